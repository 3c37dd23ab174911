//! What keeps a text from being the one that is needed, where it is nearly that.

use percent_encoding::percent_decode_str;

use super::{characters, format};

/// Says how a text differs from the one that is needed. None where they are simply two texts.
pub fn difference(found: &str, needed: &str) -> Option<String> {
    if found.len() > LONGEST || needed.is_empty() || found == needed {
        return None;
    }
    let checks = [
        around,
        characters::lookalike,
        wrapped,
        form,
        address,
        list,
        typing,
    ];
    checks.iter().find_map(|check| check(found, needed))
}

/// Whether a text stands where a program should have put a value in.
pub fn is_unfilled(text: &str) -> bool {
    let pairs = [
        ("{{", "}}"),
        ("${", "}"),
        ("$(", ")"),
        ("<", ">"),
        ("%(", ")s"),
        ("{", "}"),
        ("%%", "%%"),
        ("__", "__"),
        (":", ":"),
        ("#{", "}"),
    ];
    let is_wrapped = |(open, close): (&str, &str)| {
        let inner = text
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close));
        inner.is_some_and(|inner| {
            !inner.is_empty()
                && inner
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_-. |?:".contains(c))
        })
    };
    let words = [
        "undefined",
        "null",
        "nil",
        "none",
        "nan",
        "[object object]",
        "your_app_id",
        "my_app_id",
        "room_name",
        "changeme",
    ];
    let is_variable = text.strip_prefix('$').is_some_and(|name| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty()
    });
    is_variable
        || words.contains(&text.to_lowercase().as_str())
        || pairs.into_iter().any(is_wrapped)
}

/// What is said of such a text.
pub const UNFILLED: &str = "this stands where the issuer's program should have put a value in: a variable that is empty, or a placeholder";

fn around(found: &str, needed: &str) -> Option<String> {
    if let Some((inner, place)) = characters::around(found)
        && inner.eq_ignore_ascii_case(needed)
    {
        return Some(format!(
            "there are blanks or line breaks around it: {place}"
        ));
    }
    let (inner, place) = characters::around(needed)?;
    (inner == found).then(|| format!("the server's own value has {place}: correct it there"))
}

/// Quotes and brackets around it, and what programs put before it.
fn wrapped(found: &str, needed: &str) -> Option<String> {
    let pairs = [
        ('"', '"'),
        ('\'', '\''),
        ('`', '`'),
        ('[', ']'),
        ('{', '}'),
        ('<', '>'),
        ('(', ')'),
    ];
    let inside = |(open, close): (char, char)| {
        let inner = found.strip_prefix(open)?.strip_suffix(close)?;
        (inner.trim() == needed).then(|| format!("there is {open} before and {close} after it"))
    };
    pairs.into_iter().find_map(inside)
}

fn form(found: &str, needed: &str) -> Option<String> {
    let is = |text: &str| text == needed;
    let decoded = percent_decode_str(found).decode_utf8_lossy();
    let cause = if found.to_lowercase() == needed.to_lowercase() {
        "capitals and small letters differ".to_owned()
    } else if decoded != found && is(&decoded) {
        "it is percent-encoded, and is compared as it stands".to_owned()
    } else if found.replace("&amp;", "&") == needed && found != needed {
        "& is written as &amp; in it, as HTML has it".to_owned()
    } else if folded(found) == folded(needed) && !folded(needed).is_empty() {
        "hyphens, underscores, dots or blanks differ".to_owned()
    } else if latin1_of_utf8(found).is_some_and(|text| is(&text)) {
        "its UTF-8 was read as Latin-1 on the way".to_owned()
    } else {
        return None;
    };
    Some(cause)
}

fn folded(text: &str) -> String {
    let kept = |c: &char| !matches!(c, '-' | '_' | '.' | ' ');
    text.chars()
        .filter(kept)
        .flat_map(char::to_lowercase)
        .collect()
}

fn latin1_of_utf8(text: &str) -> Option<String> {
    let bytes: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(u32::from(c))).collect();
    String::from_utf8(bytes.ok()?)
        .ok()
        .filter(|decoded| decoded != text)
}

/// What addresses have around them.
fn address(found: &str, needed: &str) -> Option<String> {
    let slashless = |text: &str| text.trim_end_matches('/').to_owned();
    let bare = |text: &str| {
        text.split_once("://")
            .map_or(text, |(_, rest)| rest)
            .to_owned()
    };
    if slashless(found) == slashless(needed) {
        return Some("a slash at the end differs".to_owned());
    }
    if found.trim_end_matches(['.', ',', ';']) == needed {
        return Some("there is a dot, comma or semicolon at the end of it".to_owned());
    }
    let of_entra = |text: &str| text.starts_with("api://");
    let cause = if of_entra(found) == of_entra(needed) {
        "what stands before :// differs, such as http and https"
    } else {
        "api:// stands before one of the two: an API of Entra is named so in tokens of v1.0, and by its ID alone in those of v2.0"
    };
    (slashless(&bare(found)) == slashless(&bare(needed))).then(|| cause.to_owned())
}

/// Several values in one string, with blanks between them.
pub fn words(found: &str, needed: &str) -> Option<String> {
    let mut parts = found.split_whitespace();
    let is_list = parts.clone().nth(1).is_some() && parts.any(|part| part == needed);
    is_list.then(|| in_a_list(needed))
}

fn in_a_list(needed: &str) -> String {
    format!(
        "it is a list in one string, which is compared as a whole: {} alone must be there",
        format::quote(needed)
    )
}

/// Several values in one string.
fn list(found: &str, needed: &str) -> Option<String> {
    let separators = [',', ';', '|', '\\', '[', ']', '{', '}', '"', '\''];
    let cut = |c: char| separators.contains(&c) || c.is_whitespace();
    let mut parts = found.split(cut);
    let is_list = found.contains(separators) && parts.any(|part| part == needed);
    is_list.then(|| in_a_list(needed))
}

/// The text that is needed, with something before or behind it.
fn longer(found: &str, needed: &str) -> Option<String> {
    let is_end =
        |rest: &str, at: Option<char>| !rest.is_empty() && at.is_some_and(|c| !c.is_alphanumeric());
    let behind = found
        .strip_prefix(needed)
        .filter(|rest| is_end(rest, rest.chars().next()));
    let before = found
        .strip_suffix(needed)
        .filter(|rest| is_end(rest, rest.chars().next_back()));
    match (before, behind) {
        (Some(before), _) => Some(format!(
            "it has {} before what is needed",
            format::quote(before)
        )),
        (None, Some(behind)) => Some(format!(
            "it has {} behind what is needed",
            format::quote(behind)
        )),
        (None, None) => None,
    }
}

fn typing(found: &str, needed: &str) -> Option<String> {
    let most = match needed.chars().count() {
        0..4 => return None,
        4..8 => 1,
        _ => 2,
    };
    // Rooms and hosts are often numbered: another number is another name.
    let lettered = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    if lettered(found) == lettered(needed) {
        return None;
    }
    if let Some(cause) = longer(found, needed) {
        return Some(cause);
    }
    (strsim::osa_distance(found, needed) <= most).then(|| {
        format!(
            "nearly the same: {}",
            characters::first_difference(found, needed)
        )
    })
}

/// Longer texts are no names.
const LONGEST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_right_is_told_how() {
        for (found, needed, says) in [
            (
                "my_app ",
                "my_app",
                "blanks or line breaks around it: a blank at its end",
            ),
            (
                "my_app",
                "my_app ",
                "the server's own value has a blank at its end",
            ),
            ("\"my_app\"", "my_app", "\" before"),
            ("[my_app]", "my_app", "[ before"),
            ("MY_APP", "my_app", "capitals"),
            ("my-app", "my_app", "hyphens"),
            ("my%5fapp", "my_app", "percent-encoded"),
            (
                "https://a.example/",
                "https://a.example",
                "slash at the end",
            ),
            ("http://a.example", "https://a.example", "before ://"),
            ("a.example", "https://a.example", "before ://"),
            ("api://1b2c", "1b2c", "api:// stands before one"),
            ("my_app;jitsi", "my_app", "a list in one string"),
            ("[\"my_app\"]", "my_app", "a list in one string"),
            ("my_app,", "my_app", "comma"),
            ("my_aqp", "my_app", "character 5"),
            ("my_app-test", "my_app", "\"-test\" behind"),
            ("jitsi:my_app", "my_app", "\"jitsi:\" before"),
            ("caf\u{c3}\u{a9}", "café", "Latin-1"),
            ("a&amp;b", "a&b", "&amp;"),
            ("my\u{200b}_app", "my_app", "ZERO WIDTH SPACE"),
        ] {
            let said = difference(found, needed).unwrap_or_default();
            assert!(said.contains(says), "{found:?}: {said:?}");
        }
    }

    #[test]
    fn words_with_blanks_between_them_are_a_list_where_that_is_asked() {
        assert!(words("my_app jitsi", "my_app").is_some());
        assert!(words("my_apps jitsi", "my_app").is_none());
        assert!(words("my_app ", "my_app").is_none());
    }

    #[test]
    fn what_nobody_filled_in_is_told() {
        for text in [
            "undefined",
            "null",
            "${room}",
            "$ROOM",
            "{{room}}",
            "<room>",
            "[object Object]",
            "__ROOM__",
            "{room}",
        ] {
            assert!(is_unfilled(text), "{text}");
        }
        for text in ["standup", "", "*", "{}", "$", "standup-{x}", "a:b"] {
            assert!(!is_unfilled(text), "{text}");
        }
    }

    #[test]
    fn two_texts_are_no_misspelling_of_each_other() {
        for (found, needed) in [
            ("globex", "my_app"),
            ("", "my_app"),
            ("account", "jitsi"),
            ("sales-3", "sales-4"),
            ("my_app", "my_app"),
        ] {
            assert_eq!(difference(found, needed), None, "{found}");
        }
    }
}
