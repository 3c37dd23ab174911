//! Characters by name and place, for texts that look alike and are not.

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

use super::super::shown;
use super::format;

/// What makes two texts differ that look the same, or nearly: characters that do not show, or that look like others.
pub fn lookalike(found: &str, needed: &str) -> Option<String> {
    if found == needed {
        return None;
    }
    if plain(found) == plain(needed) {
        return unseen(found, needed);
    }
    if found.nfc().eq(needed.nfc()) {
        return Some(composition(found));
    }
    let alike = |text: &str| skeleton(&plain(text)).collect::<String>();
    if alike(found) == alike(needed) {
        return Some(foreign(found, needed));
    }
    bare(found).eq(&bare(needed)).then(|| marked(found))?
}

/// Without what does not show, and with usual blanks.
fn plain(text: &str) -> String {
    let shows = |c: &char| !is_unseen(*c) || is_blank(*c);
    let usual = |c: char| if is_blank(c) { ' ' } else { c };
    text.chars().filter(shows).map(usual).collect()
}

fn unseen(found: &str, needed: &str) -> Option<String> {
    let odd = |c: char| (is_unseen(c) || is_blank(c)) && c != ' ';
    if let Some((place, c)) = found.chars().enumerate().find(|(_, c)| odd(*c)) {
        let what = if is_blank(c) {
            "which is no usual blank"
        } else {
            "which does not show"
        };
        return Some(format!(
            "character {} of it is {}, {what}",
            place.saturating_add(1),
            name(c)
        ));
    }
    let c = needed.chars().find(|c| odd(*c))?;
    Some(format!(
        "the server's own value has {}, which does not show",
        name(c)
    ))
}

fn composition(found: &str) -> String {
    let mark = found.chars().enumerate().find(|(_, c)| is_mark(*c));
    mark.map_or_else(
        || "it has in one character what is a letter and a mark on the server (Unicode's normal forms differ)".to_owned(),
        |(place, c)| {
            format!(
                "character {} of it is {}, where letter and mark must be one character (Unicode's normal form NFC)",
                place.saturating_add(1),
                name(c)
            )
        },
    )
}

fn foreign(found: &str, needed: &str) -> String {
    let pairs = found.chars().zip(needed.chars()).enumerate();
    pairs
        .clone()
        .find(|(_, (one, other))| one != other)
        .map_or_else(
            || "it has characters that look like those of another".to_owned(),
            |(place, (one, other))| {
                format!(
                    "character {} of it is {}, where {} must be",
                    place.saturating_add(1),
                    name(one),
                    name(other)
                )
            },
        )
}

/// Without combining marks.
fn bare(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_mark(*c))
        .collect::<String>()
        .to_lowercase()
}

fn marked(found: &str) -> Option<String> {
    let (place, c) = found.chars().enumerate().find(|(_, c)| !c.is_ascii())?;
    Some(format!(
        "character {} of it is {}",
        place.saturating_add(1),
        name(c)
    ))
}

/// A character as people can find it.
pub fn name(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    match (c, unicode_names2::name(c)) {
        (' ', _) => "a blank".to_owned(),
        ('\n' | '\r', _) => "a line break".to_owned(),
        ('\t', _) => "a tab".to_owned(),
        (_, Some(name)) => format!("{code} {name}"),
        (_, None) => code,
    }
}

/// Whether a character stands for a blank, of whatever kind.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

/// Whether a character shows nothing of itself.
pub fn is_unseen(c: char) -> bool {
    c != ' ' && (shown::is_hidden(c) || c.is_whitespace())
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// Where blanks and other things that do not show stand around a text, and the text without them.
pub fn around(text: &str) -> Option<(&str, String)> {
    let inner = text.trim_matches(|c| is_blank(c) || is_unseen(c));
    let after = text.chars().next_back().filter(|_| !text.ends_with(inner));
    let before = text.chars().next().filter(|_| !text.starts_with(inner));
    let where_it_is = match (before, after) {
        (_, Some(c)) => format!("{} at its end", name(c)),
        (Some(c), None) => format!("{} at its beginning", name(c)),
        (None, None) => return None,
    };
    (!inner.is_empty()).then_some((inner, where_it_is))
}

/// The first place at which two texts differ.
pub fn first_difference(found: &str, needed: &str) -> String {
    let mut pairs = found.chars().zip(needed.chars()).enumerate();
    match pairs.find(|(_, (one, other))| one != other) {
        Some((place, (one, other))) => format!(
            "it differs from character {} on: {} stands where {} must be",
            place.saturating_add(1),
            shown(one),
            shown(other)
        ),
        None if found.len() > needed.len() => "it has more at its end".to_owned(),
        None => "its end is missing".to_owned(),
    }
}

/// Letters of ASCII show what they are; others are named.
fn shown(c: char) -> String {
    if c.is_ascii_graphic() {
        format::quote(&c.to_string())
    } else {
        name(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_told_apart_by_name_and_place() {
        for (found, needed, says) in [
            (
                "\u{430}cme",
                "acme",
                "character 1 of it is U+0430 CYRILLIC SMALL LETTER A, where U+0061 LATIN SMALL LETTER A",
            ),
            (
                "acm\u{435}",
                "acme",
                "character 4 of it is U+0435 CYRILLIC SMALL LETTER IE",
            ),
            (
                "ac\u{ad}me",
                "acme",
                "character 3 of it is U+00AD SOFT HYPHEN, which does not show",
            ),
            ("ac\u{200b}me", "acme", "U+200B ZERO WIDTH SPACE"),
            ("\u{feff}acme", "acme", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
            (
                "my\u{a0}app",
                "my app",
                "U+00A0 NO-BREAK SPACE, which is no usual blank",
            ),
            ("acme", "ac\u{ad}me", "the server's own value has U+00AD"),
            (
                "cafe\u{301}",
                "café",
                "character 5 of it is U+0301 COMBINING ACUTE ACCENT",
            ),
            (
                "acme\u{301}",
                "acme",
                "character 5 of it is U+0301 COMBINING ACUTE ACCENT",
            ),
            ("meet\u{2010}1", "meet-1", "U+2010 HYPHEN"),
        ] {
            let said = lookalike(found, needed).unwrap_or_default();
            assert!(said.contains(says), "{found:?}: {said:?}");
        }
    }

    #[test]
    fn what_looks_different_is_left_alone() {
        for (found, needed) in [
            ("acme", "acme"),
            ("acme", "globex"),
            ("", "acme"),
            ("acme2", "acme"),
        ] {
            assert_eq!(lookalike(found, needed), None, "{found}");
        }
    }

    #[test]
    fn what_stands_around_a_text_is_named() {
        for (text, expected) in [
            ("acme ", Some(("acme", "a blank at its end".to_owned()))),
            (
                "acme\r\n",
                Some(("acme", "a line break at its end".to_owned())),
            ),
            (
                "\u{feff}acme",
                Some((
                    "acme",
                    "U+FEFF ZERO WIDTH NO-BREAK SPACE at its beginning".to_owned(),
                )),
            ),
            ("acme", None),
            (" ", None),
        ] {
            assert_eq!(around(text), expected, "{text:?}");
        }
    }
}
