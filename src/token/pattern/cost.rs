//! How much work a pattern can make of a name, before it is matched.
//!
//! Lua's matcher goes back and tries again without remembering what it tried, so its work grows with the number of
//! ways to reach each item of the pattern, and nothing can stop it once it runs. Those ways are counted here instead,
//! in one pass over the pattern: how many lead to each place in the name if a literal byte fits only itself, and
//! everything else fits everything. An arrival costs a few steps and, since a set is searched from its beginning, one
//! for each byte of the item; so does each byte that a quantified item takes in. Lua never does more.

use super::skip_set;

/// The steps that matching may take at most, as far as they exceed `limit`: counting stops there.
pub fn steps(name: &str, pattern: &str, limit: u64) -> u64 {
    let (pattern, anchored) = pattern
        .strip_prefix('^')
        .map_or((pattern, false), |rest| (rest, true));
    let mut arrivals = vec![u64::from(!anchored); name.len().saturating_add(1)];
    if let Some(first) = arrivals.first_mut() {
        *first = 1;
    }
    let mut rest = pattern.as_bytes();
    let mut steps = 0_u64;
    while let Some((item, after)) = Item::first(rest) {
        let leaving = item.leave(name.as_bytes(), &arrivals);
        let taken = if item.many { sum(&leaving) } else { 0 };
        let visits = sum(&arrivals).saturating_mul(item.bytes.saturating_add(ARRIVAL));
        steps = steps
            .saturating_add(visits)
            .saturating_add(taken.saturating_mul(item.bytes));
        if steps > limit || sum(&leaving) == 0 {
            break;
        }
        (arrivals, rest) = (leaving, after);
    }
    steps
}

/// The steps of an arrival at an item, whatever the item is.
const ARRIVAL: u64 = 2;

fn sum(counts: &[u64]) -> u64 {
    counts
        .iter()
        .fold(0, |sum, count| sum.saturating_add(*count))
}

/// What Lua matches as one: a byte, a class or a set with its quantifier, or what takes none.
struct Item {
    /// The bytes to look at each time, quantifier included.
    bytes: u64,
    /// Whether it may take in nothing.
    optional: bool,
    /// Whether it may take in more than one byte.
    many: bool,
    fits: Fits,
}

#[derive(Clone, Copy)]
enum Fits {
    Nothing,
    One(u8),
    Anything,
}

impl Item {
    /// Splits the first item off, as Lua's matcher does.
    fn first(pattern: &[u8]) -> Option<(Self, &[u8])> {
        let (first, after) = pattern.split_first()?;
        let second = after.first().copied();
        let (fits, rest) = match (first, second) {
            (b'(' | b')', _) | (b'$', None) => return Some((Self::in_place(1), after)),
            (b'%', Some(b'b')) => {
                let rest = after.get(3..).unwrap_or_default();
                return Some((Self::stretch(4), rest));
            }
            (b'%', Some(b'f')) => {
                let rest = after_set(after.get(1..).unwrap_or_default());
                // Two bytes of the name are looked up in the set.
                let bytes = length(pattern, rest).saturating_mul(2);
                return Some((Self::in_place(bytes), rest));
            }
            (b'%', Some(b'0'..=b'9')) => {
                return Some((Self::stretch(2), after.get(1..).unwrap_or_default()));
            }
            (b'%', Some(escaped)) if !escaped.is_ascii_alphanumeric() => {
                (Fits::One(escaped), after.get(1..).unwrap_or_default())
            }
            (b'%', _) => (Fits::Anything, after.get(1..).unwrap_or_default()),
            (b'[', _) => (Fits::Anything, after_set(pattern)),
            (b'.', _) => (Fits::Anything, after),
            (literal, _) => (Fits::One(*literal), after),
        };
        let (optional, many) = match rest.first() {
            Some(b'*' | b'-') => (true, true),
            Some(b'+') => (false, true),
            Some(b'?') => (true, false),
            _ => (false, false),
        };
        let rest = match rest.split_first() {
            Some((_, after)) if optional || many => after,
            _ => rest,
        };
        let bytes = length(pattern, rest);
        Some((
            Self {
                bytes,
                optional,
                many,
                fits,
            },
            rest,
        ))
    }

    /// An item that takes in nothing.
    const fn in_place(bytes: u64) -> Self {
        Self {
            bytes,
            optional: true,
            many: false,
            fits: Fits::Nothing,
        }
    }

    /// An item that takes in any stretch of the name.
    const fn stretch(bytes: u64) -> Self {
        Self {
            bytes,
            optional: true,
            many: true,
            fits: Fits::Anything,
        }
    }

    /// In how many ways each place in the name is reached by what arrives at the item.
    fn leave(&self, name: &[u8], arrivals: &[u64]) -> Vec<u64> {
        let (mut before, mut taken) = (0, 0_u64);
        let bytes = std::iter::once(None).chain(name.iter().map(Some));
        let places = arrivals.iter().zip(bytes);
        places
            .map(|(arriving, byte)| {
                let more = if self.many { taken } else { 0 };
                taken = if byte.is_some_and(|byte| self.fits(*byte)) {
                    more.saturating_add(before)
                } else {
                    0
                };
                before = *arriving;
                if self.optional {
                    taken.saturating_add(*arriving)
                } else {
                    taken
                }
            })
            .collect()
    }

    const fn fits(&self, byte: u8) -> bool {
        match self.fits {
            Fits::Nothing => false,
            Fits::One(literal) => literal == byte,
            Fits::Anything => true,
        }
    }
}

/// What follows the set that `pattern` begins with.
fn after_set(pattern: &[u8]) -> &[u8] {
    let Some((b'[', inside)) = pattern.split_first() else {
        return pattern;
    };
    let mut rest = inside.iter().copied();
    skip_set(&mut rest);
    let left = rest.len();
    inside
        .get(inside.len().saturating_sub(left)..)
        .unwrap_or_default()
}

fn length(pattern: &[u8], rest: &[u8]) -> u64 {
    u64::try_from(pattern.len().saturating_sub(rest.len())).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_STEPS, string_match};
    use super::*;

    fn counted(name: &str, pattern: &str) -> u64 {
        steps(name, pattern, u64::MAX)
    }

    #[test]
    fn every_way_to_an_item_counts_its_steps() {
        for (name, pattern, expected) in [
            ("aa", "", 0),
            // One arrival, 2 steps and a byte.
            ("aa", "^a", 3),
            ("aa", "a", 3 * 3),
            ("aa", "^ab", 3 + 3),
            ("aa", "^bb", 3),
            ("ab", "a.", 3 * 3 + 3),
            // One arrival, and three ways to leave, with two bytes each.
            ("aa", "^a*", 4 + 3 * 2),
            ("aa", "^a-", 4 + 3 * 2),
            ("aa", "^a+", 4 + 2 * 2),
            ("aa", "^a?b", 4 + 2 * 3),
            ("ab", "^a*b", 4 + 2 * 2 + 2 * 3),
            ("aa", "^[abc]*", 8 + 3 * 6),
            ("aa", "^%f[a]", 2 + 10),
            ("aa", "^%b()", 6 + 3 * 4),
            ("aa", "^(a)%1", 3 + 3 + 3 + 4 + 2 * 2),
            ("aa", "^a$", 3 + 3),
        ] {
            assert_eq!(counted(name, pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn counting_ends_where_it_is_too_much() {
        let pattern = format!("{}b", "a*".repeat(100_000));
        assert!(steps(&"a".repeat(128), &pattern, MAX_STEPS) > MAX_STEPS);
        assert_eq!(counted(&"a".repeat(1_000), &pattern[..200]), u64::MAX);
    }

    #[test]
    fn patterns_as_people_write_them_are_within_bounds() {
        let long = "a-b-1".repeat(26);
        let long = &long[..128];
        for pattern in [
            "^[a-z0-9]+%-[a-z0-9]+%-[a-z0-9]+$",
            "^team%-[%w%-]+%-standup%-of%-the%-day%-%d+%-in%-the%-morning$",
            "^([%w%-_]+)%-room%-([%w%-_]+)%-of%-the%-week%-number%-(%d+)$",
            "[a-z0-9]+%-[a-z0-9]+%-[a-z0-9]+",
            "lecture%-.*%-course%-.*%-of%-the%-winter%-term%-%d+",
            "^.*%-.*%-.*$",
            ".*%-.*%-daily%-meeting%-of%-the%-platform%-group%-%d+",
            "^meet%-?%d?%d?$",
            "(.*)(.*)(.*)$",
            "(.*)%-(.*)%-(.*)$",
            "^%f[%w]%w+%f[%W].*$",
        ] {
            assert!(
                counted(long, pattern) <= MAX_STEPS,
                "{pattern}: {}",
                counted(long, pattern)
            );
        }
    }

    /// Whatever takes Lua long, each step takes it about as long as in the simplest case.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "measures time")]
    #[expect(
        clippy::cast_precision_loss,
        reason = "times and steps are far below 2^52"
    )]
    fn no_pattern_takes_lua_ten_times_as_long_as_counted() {
        let time = |name: &str, pattern: &str| {
            let times = (0..3).map(|_| {
                let begun = std::time::Instant::now();
                string_match(name, pattern).unwrap();
                begun.elapsed()
            });
            let shortest = times.min().unwrap();
            shortest.as_secs_f64() / counted(name, pattern) as f64
        };
        let (a, ab) = ("a".repeat(32), "ab".repeat(16));
        let simplest = time(&a, "a*a*a*b");
        for (name, pattern) in [
            (&a, "a-a-a-b".to_owned()),
            (&a, format!("a*a*a*{}b", "a".repeat(48))),
            (&a, format!("a*a*a*{}b", "%a".repeat(48))),
            (&a, format!("a*a*a*{}b", "[%d%da]".repeat(48))),
            (&a, format!("a*a*a*[{}]", "%d".repeat(200))),
            (&a, format!("a*a*a*[{}]", "b-c".repeat(200))),
            (&a, format!("a*a*[{}a]*b", "%d".repeat(200))),
            (&a, format!("a*[{}a]*a*b", "%d".repeat(200))),
            (&ab, format!(".*.*.*{}%z", "%f[a]".repeat(40))),
            (&ab, format!(".*.*.*{}%z", "%f[%d%d%d%d%d%d%da]".repeat(10))),
            (&a, format!("a*a*a*{}b", "()".repeat(32))),
            (&a, format!("(a*)(a*)(a*){}b", "()".repeat(29))),
            (&a, format!("(b-)a*a*a*{}b", "%1".repeat(20))),
            (&a, "(a*)(a*)(a*)%1%2%3b".to_owned()),
            (&a, "a*a*a*%bab".to_owned()),
            (&a, "a*a*a*$b".to_owned()),
            (&a, format!("^a*a*a*{}b", "%a".repeat(48))),
        ] {
            let ratio = time(name, &pattern) / simplest;
            assert!(ratio < 10.0, "{pattern}: {ratio} times the simplest");
        }
    }
}
