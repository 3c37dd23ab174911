//! What others chose, as it may be shown: short, on one line, with nothing hidden in it, and never a token.

use std::borrow::Cow;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// A text on one line: whatever does not show, or would change how a terminal shows the rest, is escaped.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| match c {
        _ if !is_hidden(c) => c.to_string(),
        '\n' | '\r' | '\t' => c.escape_default().to_string(),
        _ => c.escape_unicode().to_string(),
    };
    text.chars().map(escape).collect()
}

/// A text without whatever does not show; its lines stay.
#[must_use]
pub fn visible(text: &str) -> String {
    let stays = |c: &char| *c == '\n' || !is_hidden(*c);
    text.chars().filter(stays).collect()
}

/// JSON that means the same, and has nothing hidden in it: all that is not ASCII stands in strings, and JSON has escapes for it.
#[must_use]
pub fn escaped_json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden_in_json) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden_in_json(c) {
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            shown.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// A text for a log or a message: escaped, and cut to this number of characters. Of a text that looks like a token it says only that.
#[must_use]
pub fn bounded(text: &str, most: usize) -> String {
    escaped(&cut(text, most)).into_owned()
}

/// The same for a text that is kept, and escaped where it is shown.
#[must_use]
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if looks_like_token(text) {
        let length = text.chars().count();
        return Cow::Owned(format!("something like a token ({length} characters)"));
    }
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(text.get(..end).unwrap_or_default().to_owned() + "…"),
        None => Cow::Borrowed(text),
    }
}

/// A part of a request in quotes, as answers and logs may repeat it.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", bounded(text, MAX_REPEATED))
}

/// An explanation as logs may have it: no more of what others chose than of a request, which stands in quotes or is one
/// long word. Paths are the configuration's own.
#[must_use]
pub fn shortened(explanation: &str) -> String {
    // Almost all are, and every denial has one.
    if is_short_throughout(explanation) {
        return explanation.to_owned();
    }
    let mut text = String::with_capacity(explanation.len());
    for (number, part) in parts(explanation).enumerate() {
        if number % 2 == 1 {
            text += "\"";
            text += &shortened_word(part);
            text += "\"";
            continue;
        }
        for (number, word) in part.split(' ').enumerate() {
            if number > 0 {
                text.push(' ');
            }
            if is_place(word) {
                text += word;
            } else {
                text += &shortened_word(word);
            }
        }
    }
    text
}

/// Whether nothing has to be cut, for sure.
fn is_short_throughout(explanation: &str) -> bool {
    let is_short = |word: &str| word.len() <= MAX_REPEATED;
    let mut is_quoted = true;
    explanation.split('"').all(|part| {
        is_quoted = !is_quoted;
        let is_plain = !part.ends_with('\\');
        let are_words_short = || part.split(' ').all(|word| is_short(word) || is_place(word));
        is_plain && (is_short(part) || (!is_quoted && are_words_short()))
    })
}

fn is_place(word: &str) -> bool {
    PLACES.iter().any(|place| word.starts_with(place))
}

/// What stands outside of quotes and inside, in turn. A quote that is escaped is none.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    text.split(move |c| {
        let is_quote = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_quote
    })
}

fn shortened_word(word: &str) -> Cow<'_, str> {
    if word.len() <= MAX_REPEATED {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(bounded(word, MAX_REPEATED))
    }
}

/// The first names of a list, and how many others there are.
pub fn listed<'a>(names: impl ExactSizeIterator<Item = &'a String>) -> String {
    let others = names.len().saturating_sub(MAX_LISTED);
    let mut shown: Vec<String> = names.take(MAX_LISTED).cloned().collect();
    if others > 0 {
        shown.push(format!("{others} more"));
    }
    shown.join(", ")
}

/// Whether a token stands in a text, or the beginning of one: the header of almost every token begins so, and a signature
/// is longer than any label of a host name that somebody would give.
#[must_use]
pub fn looks_like_token(text: &str) -> bool {
    // Most texts are short, and every denial shows some.
    if text.len() <= MAX_REPEATED && !text.contains(HEADER) {
        return false;
    }
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut runs = text.split(|c| !belongs(c)).map(without_domain);
    runs.any(|run| {
        let parts = || run.split('.');
        parts().any(has_header)
            || (parts().count() >= 3 && parts().any(|part| part.len() > MAX_REPEATED))
    })
}

/// A client of Google's is named by a domain with a long label, and no secret.
fn without_domain(run: &str) -> &str {
    run.strip_suffix(".apps.googleusercontent.com")
        .unwrap_or(run)
}

/// Whether a header stands at the end of a part, after something else or alone.
fn has_header(part: &str) -> bool {
    part.match_indices(HEADER).any(|(first, _)| {
        let (before, header) = part.split_at(first);
        (before.is_empty() || before.ends_with(['-', '_'])) && header.len() >= SHORTEST_HEADER
    })
}

/// Writers of JSON escape the others in ASCII, and delete is the one that they leave.
fn is_hidden_in_json(c: char) -> bool {
    c == '\u{7f}' || (!c.is_ascii() && is_hidden(c))
}

/// Whether a character shows nothing of itself, or changes how the rest is shown.
pub(super) fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(
        category,
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    ) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// What may be repeated of a request, in characters.
pub const MAX_REPEATED: usize = 32;

/// What paths and addresses of the configuration begin with.
const PLACES: [&str; 3] = ["/", "https://", "http://"];

/// How many names of a list are shown.
const MAX_LISTED: usize = 16;

/// `{"` in base64url.
const HEADER: &str = "eyJ";

/// Less is a name that happens to begin like a header.
const SHORTEST_HEADER: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_is_escaped() {
        for (text, expected) in [
            (
                "Grüße, Ωμέγα, नमस्ते, 会議 \"\\\"",
                "Grüße, Ωμέγα, नमस्ते, 会議 \"\\\"",
            ),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[31m\u{7f}\0", "\\u{1b}[31m\\u{7f}\\u{0}"),
            ("\u{80}\u{9b}31m\u{9f}", "\\u{80}\\u{9b}31m\\u{9f}"),
            (
                "\u{202a}\u{202e}\u{2066}\u{2069}",
                "\\u{202a}\\u{202e}\\u{2066}\\u{2069}",
            ),
            ("\u{200e}\u{200f}\u{61c}", "\\u{200e}\\u{200f}\\u{61c}"),
            (
                "\u{200b}\u{feff}\u{ad}\u{2060}",
                "\\u{200b}\\u{feff}\\u{ad}\\u{2060}",
            ),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
            (
                "\u{115f}\u{3164}\u{34f}\u{fe0f}\u{e0041}",
                "\\u{115f}\\u{3164}\\u{34f}\\u{fe0f}\\u{e0041}",
            ),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn json_means_the_same_and_hides_nothing() {
        let value = serde_json::json!({"a\u{9b}\u{202e}": "\u{7f}\u{1b}\u{e0041}é\\\u{feff}\n", "b": [1.5, null]});
        for text in [value.to_string(), format!("{value:#}")] {
            let shown = escaped_json(&text);
            assert!(!shown.chars().any(|c| c != '\n' && is_hidden(c)), "{shown}");
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
                value
            );
        }
        assert_eq!(escaped_json("{\"a\":\"é\"}"), "{\"a\":\"é\"}");
    }

    #[test]
    fn a_token_is_known_in_whatever_it_stands() {
        let token = "ewogICJhbGciOiAiSFMyNTYiCn0.eyJpc3MiOiJteV9hcHAifQ.6VNPKUcwQjTJ9Kk2wWnTd0hvPYcl4dHDyBm5xu0bYhQ";
        let lower = token.to_lowercase();
        for text in [
            token,
            lower.as_str(),
            &format!("/v1/{token}"),
            &format!("Bearer {token}"),
            &format!("https://user:{token}@keys.example.com/"),
            &format!("jwt={token}&room=standup"),
            &format!("-{token}"),
            "eyJhbGciOiJIUzI1NiJ9",
            "_eyJhbGciOiJIUzI1NiJ9",
            "auth-token_eyJhbGciOiJIUzI1NiJ9",
            "eyJhbGciOiJub25lIn0.e30.",
            "eyJhbGciOiJkaXIifQ..a.b.c",
            &format!("{token}.apps.googleusercontent.com"),
        ] {
            assert!(looks_like_token(text), "{text}");
            assert!(!quoted(text).contains("eyJ"), "{text}");
        }
    }

    #[test]
    fn names_are_not_taken_for_tokens() {
        for text in [
            "",
            "standup",
            "MickeyJohnson",
            "a-eyJohnson",
            "eyJ",
            "meet.example.com",
            "conference.meeting-platform.example.com",
            "[team]standup@conference.meet.example.com",
            "https://accounts.example.com/realms/meet/protocol/openid-connect",
            "123456789012-abcdefghijklmnopqrstuvwxyz012345.apps.googleusercontent.com",
            "3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "0123456789012345678901234567890123456789012345678901234567890123",
        ] {
            assert!(!looks_like_token(text), "{text}");
        }
    }

    #[test]
    fn of_an_explanation_a_log_has_all_but_what_others_made_long() {
        let long = "x".repeat(40);
        let cut = format!("{}…", "x".repeat(32));
        for (text, expected) in [
            ("aud: found \"a\", needed \"b\"".to_owned(), None),
            (format!("(app_id, /etc/{long}/config.toml:12); mend"), None),
            (format!("from https://{long}.example/ it came"), None),
            (
                format!("found \"{long}\", needed"),
                Some(format!("found \"{cut}\", needed")),
            ),
            (
                format!("found \"a\\\"{long}\" b"),
                Some(format!("found \"a\\\"{}…\" b", "x".repeat(29))),
            ),
            (format!("found {long} b"), Some(format!("found {cut} b"))),
            (format!("found \"{long}"), Some(format!("found \"{cut}\""))),
            ("é".repeat(32), None),
            (String::new(), None),
        ] {
            assert_eq!(shortened(&text), expected.unwrap_or(text));
        }
    }

    #[test]
    fn a_long_list_of_names_is_cut() {
        let names: Vec<String> = (0..18).map(|number| format!("h{number}")).collect();
        assert_eq!(listed(names[..2].iter()), "h0, h1");
        assert!(listed(names.iter()).ends_with(", h15, 2 more"));
    }

    #[test]
    fn a_part_of_a_request_is_repeated_up_to_32_characters() {
        assert_eq!(quoted("standup"), "\"standup\"");
        assert_eq!(quoted(&"é".repeat(32)), format!("\"{}\"", "é".repeat(32)));
        assert_eq!(quoted(&"é".repeat(33)), format!("\"{}…\"", "é".repeat(32)));
        assert_eq!(quoted("a\u{202e}b"), "\"a\\u{202e}b\"");
    }
}
