//! Room claims that are Lua patterns, matched by Lua itself.

mod cost;

use mlua::{Function, Lua, LuaOptions, StdLib, Value};

use super::policy::PatternLimits;
use super::reason::Reason;

/// What a room claim says of `name`: Lua's `string.match(name, pattern)`, the whole match or the first capture.
///
/// Lua cannot be interrupted, so what may take it longer than half a second is refused, too.
///
/// # Errors
/// [`Reason::PatternsDisabled`], [`Reason::RoomNameTooLong`], [`Reason::PatternTooComplex`],
/// [`Reason::PatternInvalid`]; [`Reason::RoomMismatch`] where what is captured is no text.
pub fn captured(
    limits: PatternLimits,
    name: &str,
    pattern: &str,
) -> Result<Option<String>, Reason> {
    if !limits.enabled {
        return Err(Reason::PatternsDisabled);
    }
    if name.len() > limits.max_room_bytes {
        return Err(Reason::RoomNameTooLong);
    }
    if has_too_many_quantifiers(limits, pattern) || takes_long(name, pattern) {
        return Err(Reason::PatternTooComplex);
    }
    match string_match(name, pattern) {
        Ok(Some(found)) => String::from_utf8(found)
            .map(Some)
            // Patterns see bytes: a part of a character is no room's name.
            .map_err(|_| Reason::RoomMismatch),
        Ok(None) => Ok(None),
        Err(_) => Err(Reason::PatternInvalid),
    }
}

/// Whether a pattern has more quantifiers than the limits allow.
pub(super) fn has_too_many_quantifiers(limits: PatternLimits, pattern: &str) -> bool {
    quantifiers(pattern) > limits.max_quantifiers
}

/// Whether `string.match` takes no more than a small part of a millisecond. Quickly told, whatever the pattern.
#[must_use]
pub fn is_short(name: &str, pattern: &str) -> bool {
    pattern.len() <= SHORT_PATTERN && cost::steps(name, pattern, SHORT_STEPS) <= SHORT_STEPS
}

fn takes_long(name: &str, pattern: &str) -> bool {
    cost::steps(name, pattern, MAX_STEPS) > MAX_STEPS
}

/// A step is a byte of the pattern that is looked at; each takes one to two nanoseconds.
const MAX_STEPS: u64 = 1 << 28;
const SHORT_STEPS: u64 = 1 << 16;
/// Counting takes time, too: that of some steps for each byte of the pattern.
const SHORT_PATTERN: usize = 256;

fn string_match(name: &str, pattern: &str) -> mlua::Result<Option<Vec<u8>>> {
    let lua = Lua::new_with(StdLib::STRING, LuaOptions::default())?;
    let string: mlua::Table = lua.globals().get("string")?;
    let matching: Function = string.get("match")?;
    Ok(match matching.call::<Value>((name, pattern))? {
        Value::String(found) => Some(found.as_bytes().to_vec()),
        Value::Integer(position) => Some(position.to_string().into_bytes()),
        _ => None,
    })
}

/// Counts `*`, `+`, `-` and `?` outside sets and escapes.
fn quantifiers(pattern: &str) -> usize {
    let mut rest = pattern.bytes();
    let mut count = 0_usize;
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => drop(rest.next()),
            b'[' => skip_set(&mut rest),
            b'*' | b'+' | b'-' | b'?' => count = count.saturating_add(1),
            _ => {}
        }
    }
    count
}

/// Skips what follows `[`; a `]` that comes first belongs to the set.
fn skip_set(rest: &mut impl Iterator<Item = u8>) {
    let mut byte = rest.next();
    if byte == Some(b'^') {
        byte = rest.next();
    }
    loop {
        if byte == Some(b'%') {
            rest.next();
        }
        byte = rest.next();
        if matches!(byte, None | Some(b']')) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PatternLimits = PatternLimits {
        enabled: true,
        max_room_bytes: 128,
        max_quantifiers: 3,
    };

    #[test]
    fn the_whole_match_or_the_first_capture_is_what_the_claim_says() {
        for (name, pattern, expected) in [
            ("meet-1", "meet%-%d", Some("meet-1")),
            ("meet-1", "meet", Some("meet")),
            ("meet-1", "^meet%-(%d)$", Some("1")),
            ("meet-1", "()meet", Some("1")),
            ("meet-1", "(m)(e)", Some("m")),
            ("meet-1", "", Some("")),
            ("meet-1", "^eet", None),
            ("meet-1", "meet-1", None),
            ("meet-1", "MEET", None),
            ("meet.1", "meet[.]1", Some("meet.1")),
            ("é", "é", Some("é")),
        ] {
            assert_eq!(
                captured(LIMITS, name, pattern),
                Ok(expected.map(str::to_owned)),
                "{pattern}"
            );
        }
    }

    #[test]
    fn odd_patterns_mean_what_they_mean_to_lua() {
        for (name, pattern, expected) in [
            ("meet", "()ee()", Some("2")),
            ("meet", "()$", Some("5")),
            ("meet", "(()e)", Some("e")),
            ("meet", "()%1", None),
            ("meetmeet", "^(meet)%1$", Some("meet")),
            ("meetmeat", "^(meet)%1$", None),
            ("a[b[c]d", "%b[]", Some("[c]")),
            ("aba", "%baa", Some("aba")),
            ("a.b", "%b.b", Some(".b")),
            ("the-meet", "%f[%w]%w+$", Some("meet")),
            ("meet", "%f[%z]", Some("")),
            ("meet", "t%f[%w]", None),
            ("a\0b", "a%zb", Some("a\0b")),
            ("a\0b", "a\0b", Some("a\0b")),
            ("a\0b", "^a[^b]b$", Some("a\0b")),
            ("a\0b", "a", Some("a")),
            ("a-b", "a-b", Some("b")),
            ("x^y", "x^y", Some("x^y")),
            ("^x", "^^x", Some("^x")),
            ("x", "^^x", None),
            ("a$b", "a$b", Some("a$b")),
            ("a$", "a$$", Some("a$")),
            ("a]", "[]]", Some("]")),
            ("a^", "[a^]+", Some("a^")),
            ("a-z", "[a-]+", Some("a-")),
            ("a%", "[%%]", Some("%")),
            ("ab", "(a)*", None),
            ("a*", "(a)*", Some("a")),
            ("ab", "^*ab", None),
            ("é", "^..$", Some("é")),
            ("é", "%a", None),
            ("é", "^[é]$", None),
            ("aaa", "^(a-)$", Some("aaa")),
            ("aaa", "a-", Some("")),
            ("aaa", "^a?a?a?$", Some("aaa")),
            ("meet", "^(m)(e)(e)(t)$", Some("m")),
        ] {
            let found = captured(LIMITS, name, pattern);
            assert_eq!(found, Ok(expected.map(str::to_owned)), "{pattern}");
        }
    }

    #[test]
    fn a_part_of_a_character_names_no_room() {
        for (name, pattern) in [("é", "."), ("\u{fffd}", "."), ("é", "^(.)"), ("né", "n.")] {
            assert_eq!(
                captured(LIMITS, name, pattern),
                Err(Reason::RoomMismatch),
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_pattern_that_lua_refuses_is_invalid() {
        for pattern in [
            "(",
            "%",
            "[a",
            "[",
            "(meet",
            "meet)",
            "%b",
            "%bm",
            "%f",
            "%f[",
            "[a-",
            "[%",
            "%1",
            "(%1)",
            ")",
            "m%",
            &"()".repeat(33),
        ] {
            assert_eq!(
                captured(LIMITS, "meet", pattern),
                Err(Reason::PatternInvalid),
                "{pattern}"
            );
        }
    }

    #[test]
    fn patterns_outside_the_limits_are_refused() {
        let disabled = PatternLimits {
            enabled: false,
            ..LIMITS
        };
        assert_eq!(
            captured(disabled, "meet", "meet"),
            Err(Reason::PatternsDisabled)
        );
        assert_eq!(
            captured(LIMITS, &"a".repeat(129), "a"),
            Err(Reason::RoomNameTooLong)
        );
        assert_eq!(
            captured(LIMITS, &"é".repeat(65), "a"),
            Err(Reason::RoomNameTooLong)
        );
        assert_eq!(
            captured(LIMITS, "aaaa", "a*a*a*a*"),
            Err(Reason::PatternTooComplex)
        );
        assert_eq!(
            captured(LIMITS, &"a".repeat(128), "a*a*a*"),
            Ok(Some("a".repeat(128)))
        );
    }

    #[test]
    fn quantifiers_are_counted_outside_sets_and_escapes() {
        for (pattern, count) in [
            ("a*b+c-d?", 4),
            ("%*%+%-%?", 0),
            ("[*+-?]", 0),
            ("[]*+]", 0),
            ("[^]*+]", 0),
            ("[%]*]", 0),
            ("[^%]*]*", 1),
            ("[*", 0),
            ("%", 0),
            ("[", 0),
            ("[^", 0),
        ] {
            assert_eq!(quantifiers(pattern), count, "{pattern}");
        }
    }
}
