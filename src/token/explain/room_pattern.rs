//! Why a pattern does not fit the room, and one that does.

use super::super::pattern;
use super::super::policy::PatternLimits;

/// What is wrong with a pattern, and one that fits, where that is known.
pub struct Advice {
    /// What probably happened.
    pub cause: String,
    /// A pattern that fits the room.
    pub better: Option<String>,
}

/// Looks for what Lua reads otherwise than regular expressions, and tries it in Lua's words.
pub fn advice(limits: PatternLimits, claim: &str, name: &str) -> Option<Advice> {
    if claim.len() > LONGEST {
        return None;
    }
    let translated = translated(claim);
    let better = better(limits, claim, &translated, name);
    let cause = delimiters(claim)
        .map(|_| "the pattern has the delimiters of PCRE around it; Lua has none".to_owned())
        .or_else(|| construct(claim))
        .or_else(|| broken(claim))
        .or_else(|| foreign(claim, name))
        .or_else(|| partial(limits, claim, name))
        .or_else(|| hyphen(claim, name))
        .or_else(|| capitals(claim));
    cause.map(|cause| Advice { cause, better })
}

/// A pattern as Lua writes it, for one that is not marked as a pattern: what it must be for the room.
pub fn unmarked(limits: PatternLimits, claim: &str, name: &str) -> Option<String> {
    if claim.len() > LONGEST {
        return None;
    }
    let candidates = [claim.to_owned(), translated(claim), glob(claim)];
    let mut fitting = candidates.into_iter().filter(|one| fits(limits, one, name));
    fitting.next()
}

fn better(limits: PatternLimits, claim: &str, translated: &str, name: &str) -> Option<String> {
    let mut flat = translated
        .replace("%(", "\u{1}")
        .replace("%)", "\u{2}")
        .replace(['(', ')'], "");
    flat = flat.replace('\u{1}', "%(").replace('\u{2}', "%)");
    let lower = lowered(&flat);
    let open = lower
        .trim_start_matches('^')
        .trim_end_matches('$')
        .to_owned();
    let candidates = [
        translated.to_owned(),
        flat,
        lower.clone(),
        format!("{lower}.*"),
        format!(".*{open}"),
        format!(".*{open}.*"),
        glob(claim),
    ];
    candidates
        .into_iter()
        .find(|one| one != claim && fits(limits, one, name))
}

/// Whether a pattern fits the whole name. Takes no more than a small part of a millisecond.
fn fits(limits: PatternLimits, pattern: &str, name: &str) -> bool {
    captured(limits, pattern, name).as_deref() == Some(name)
}

fn captured(limits: PatternLimits, pattern: &str, name: &str) -> Option<String> {
    if !pattern::is_short(name, pattern) {
        return None;
    }
    pattern::captured(limits, name, pattern).ok().flatten()
}

fn partial(limits: PatternLimits, claim: &str, name: &str) -> Option<String> {
    let part = captured(limits, claim, name).filter(|part| part != name)?;
    Some(format!(
        "the pattern fits {} alone, which is a part of the name: it must fit the whole of it",
        super::format::quote(&part)
    ))
}

/// What is begun and not ended.
fn broken(claim: &str) -> Option<String> {
    let plain = claim.replace("%%", "");
    let bare = ["%[", "%]", "%(", "%)"]
        .iter()
        .fold(plain.clone(), |text, escaped| text.replace(escaped, ""));
    let cause = if plain.ends_with('%') {
        "a % at its end, which escapes nothing: the sign itself is %%"
    } else if bare.contains('[') && !bare.contains(']') {
        "a [ without ]: the sign itself is %["
    } else if bare.matches('(').count() != bare.matches(')').count() {
        "a parenthesis without the other one: the sign itself is %( or %)"
    } else {
        return None;
    };
    Some(format!("the pattern has {cause}"))
}

/// Letters that the name does not have, whatever they look like.
fn foreign(claim: &str, name: &str) -> Option<String> {
    let (place, c) = claim.chars().enumerate().find(|(_, c)| !c.is_ascii())?;
    let named = super::characters::name(c);
    (!name.contains(c)).then(|| format!("character {} of it is {named}, which the room's name does not have (the web client percent-encodes what is beyond ASCII)", place.saturating_add(1)))
}

/// A hyphen between letters.
fn hyphen(claim: &str, name: &str) -> Option<String> {
    let has_quantifier = escaped_hyphens(claim) != claim;
    (has_quantifier && name.contains('-')).then(|| {
        "- stands for a number of the character before it in Lua's patterns: the sign itself must be written %-".to_owned()
    })
}

fn capitals(claim: &str) -> Option<String> {
    (lowered(claim) != claim)
        .then(|| "the pattern has capitals; room names are in lower case".to_owned())
}

fn construct(claim: &str) -> Option<String> {
    let (_, what) = CONSTRUCTS
        .into_iter()
        .find(|(sign, _)| claim.contains(sign))?;
    Some(format!(
        "the pattern looks like a regular expression: it has {what}"
    ))
}

/// What stands between the delimiters of PCRE.
fn delimiters(claim: &str) -> Option<&str> {
    let first = claim.chars().next().filter(|c| "/#~!@".contains(*c))?;
    let (inner, flags) = claim.strip_prefix(first)?.rsplit_once(first)?;
    let are_flags = flags.chars().all(|c| "imsxuUg".contains(c));
    (are_flags && !inner.is_empty()).then_some(inner)
}

/// A regular expression in Lua's words, as far as it has them.
fn translated(claim: &str) -> String {
    let claim = delimiters(claim).unwrap_or(claim);
    let mut text = claim.to_owned();
    for (from, to) in TRANSLATIONS {
        text = text.replace(from, to);
    }
    escaped_hyphens(&counted(&text))
}

/// With the hyphens escaped that stand behind a letter or a digit, outside of sets.
fn escaped_hyphens(pattern: &str) -> String {
    let (mut text, mut in_set, mut before) = (String::new(), false, None);
    for c in pattern.chars() {
        let is_escaped = before == Some('%');
        match c {
            '[' if !is_escaped => in_set = true,
            ']' if !is_escaped => in_set = false,
            '-' if !is_escaped
                && !in_set
                && before.is_none_or(|before: char| {
                    before.is_alphanumeric() || before == '+' || before == '*'
                }) =>
            {
                text.push('%');
            }
            _ => {}
        }
        text.push(c);
        before = if is_escaped && c == '%' {
            None
        } else {
            Some(c)
        };
    }
    text
}

/// With `x{3}` written as `xxx`.
fn counted(pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((count, after)) = behind.split_once('}') else {
            break;
        };
        let (kept, atom) = last_atom(before);
        let (least, most) = count.split_once(',').unwrap_or((count, count));
        let least = least
            .trim()
            .parse::<usize>()
            .unwrap_or(0)
            .min(MOST_REPEATED);
        let tail = match most.trim().parse::<usize>() {
            Ok(most) => format!("{atom}?").repeat(most.saturating_sub(least).min(MOST_REPEATED)),
            Err(_) => format!("{atom}*"),
        };
        text.push_str(kept);
        text.push_str(&atom.repeat(least));
        text.push_str(&tail);
        rest = after;
    }
    text + rest
}

/// The last character, escaped character or set of a pattern, and what stands before it.
fn last_atom(pattern: &str) -> (&str, &str) {
    let last = pattern
        .char_indices()
        .next_back()
        .map_or(0, |(place, _)| place);
    let begin = if pattern.ends_with(']') {
        pattern.rfind('[').unwrap_or(last)
    } else {
        let before = pattern.get(..last).unwrap_or_default();
        if before.ends_with('%') {
            last.saturating_sub(1)
        } else {
            last
        }
    };
    pattern.split_at_checked(begin).unwrap_or((pattern, ""))
}

/// In lower case, but for the classes that letters behind % name.
fn lowered(pattern: &str) -> String {
    let mut before = None;
    let lower = |c: char| {
        let is_class = before == Some('%');
        before = if is_class { None } else { Some(c) };
        if is_class {
            c
        } else {
            c.to_lowercase().next().unwrap_or(c)
        }
    };
    pattern.chars().map(lower).collect()
}

/// A pattern of file names, as shells have them.
fn glob(claim: &str) -> String {
    let mut text = String::from("^");
    for c in claim.chars() {
        match c {
            '*' => text.push_str(".*"),
            '?' => text.push('.'),
            c if c.is_ascii_punctuation() && c != '_' => {
                text.push('%');
                text.push(c);
            }
            c => text.extend(c.to_lowercase()),
        }
    }
    text.push('$');
    text
}

const CONSTRUCTS: [(&str, &str); 10] = [
    (
        "(?i",
        "(?i); Lua has no flags, and room names are in lower case anyway",
    ),
    ("(?", "(?; Lua has no such groups"),
    ("\\d", "\\d, which is a backslash and d; Lua writes %d"),
    ("\\w", "\\w, which is a backslash and w; Lua writes [%w_]"),
    ("\\", "a backslash; Lua escapes with %"),
    (
        "|",
        "|; Lua has no alternatives: a token names one room, one pattern, or \"*\"",
    ),
    ("[[:", "[[:…:]]; Lua writes %a, %d, %w"),
    ("{", "{}; Lua has no counted repetition"),
    (".*?", ".*?; Lua writes .-"),
    (".*.*", ".* twice in a row"),
];
const TRANSLATIONS: [(&str, &str); 19] = [
    ("(?i)", ""),
    ("(?:", "("),
    ("\\d", "%d"),
    ("\\w", "[%w_]"),
    ("\\s", "%s"),
    ("\\D", "%D"),
    ("\\S", "%S"),
    ("\\W", "[^%w_]"),
    ("\\b", ""),
    ("\\A", "^"),
    ("\\z", "$"),
    ("\\Z", "$"),
    ("[[:alpha:]]", "%a"),
    ("[[:digit:]]", "%d"),
    ("[[:alnum:]]", "%w"),
    ("\\", "%"),
    (".*?", ".-"),
    (".+?", "..-"),
    (".*.*", ".*"),
];

/// Longer patterns are looked at no further.
const LONGEST: usize = 256;

/// Longer repetitions are not written out.
const MOST_REPEATED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PatternLimits = PatternLimits {
        enabled: true,
        max_room_bytes: 128,
        max_quantifiers: 3,
    };

    #[test]
    fn a_regular_expression_is_told_in_luas_words() {
        for (claim, name, says, better) in [
            (
                "^sales-emea%-%d+$",
                "sales-emea-4",
                "must be written %-",
                Some("^sales%-emea%-%d+$"),
            ),
            (
                "sales-%d",
                "sales-4",
                "must be written %-",
                Some("sales%-%d"),
            ),
            ("standup\\d+", "standup12", "%d", Some("standup%d+")),
            (
                "^team\\-[a-z]{3}$",
                "team-abc",
                "a backslash",
                Some("^team%-[a-z][a-z][a-z]$"),
            ),
            ("[a-z]{3}", "abc", "counted", Some("[a-z][a-z][a-z]")),
            ("(?i)Standup", "standup", "flags", Some("standup")),
            ("#^kurs_.*#", "kurs_12", "delimiters", Some("^kurs_.*")),
            (
                "/^kurs_\\d+$/i",
                "kurs_12",
                "delimiters",
                Some("^kurs_%d+$"),
            ),
            ("a|b", "a", "alternatives", None),
            ("meet", "meet-1", "a part of the name", Some("meet.*")),
            (
                "(meet)%-%d",
                "meet-1",
                "a part of the name",
                Some("meet%-%d"),
            ),
            ("Stand.*", "standup", "capitals", Some("stand.*")),
            ("[[:alpha:]]+", "abc", "[[:", Some("%a+")),
            ("stand\\w*", "standup", "[%w_]", Some("stand[%w_]*")),
        ] {
            let advice = advice(LIMITS, claim, name).unwrap_or_else(|| panic!("{claim}"));
            assert!(advice.cause.contains(says), "{claim}: {}", advice.cause);
            assert_eq!(advice.better.as_deref(), better, "{claim}");
        }
    }

    #[test]
    fn a_good_pattern_for_another_room_needs_no_advice() {
        for claim in ["^planning.*$", "%d+"] {
            assert!(advice(LIMITS, claim, "standup").is_none(), "{claim}");
        }
    }

    #[test]
    fn a_pattern_that_is_not_marked_is_written_as_lua_has_it() {
        for (claim, expected) in [
            ("stand.*", Some("stand.*")),
            ("stand*", Some("^stand.*$")),
            ("stand?p", Some("^stand.p$")),
            ("^standup$", Some("^standup$")),
            ("plan*", None),
        ] {
            assert_eq!(
                unmarked(LIMITS, claim, "standup").as_deref(),
                expected,
                "{claim}"
            );
        }
    }
}
