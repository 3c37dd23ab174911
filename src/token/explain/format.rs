//! How values are shown: shortened, quoted, and times in both forms.

use jiff::Timestamp;
use serde_json::Value;

use super::super::issuer::Accepted;
use super::super::shown;

/// A claim as it stands in the token.
pub fn value(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| shorten(&value.to_string()))
}

/// A text in quotes, and whatever does not show in it escaped.
pub fn quote(text: &str) -> String {
    shorten(&Value::from(text).to_string())
}

/// A text in quotes that somebody is to write: whole, for cut it would be another one.
pub fn quote_whole(text: &str) -> String {
    shown::bounded(&Value::from(text).to_string(), MAX_WRITTEN)
}

/// A text in quotes, or the word for none.
pub fn quote_or_nothing(text: Option<&str>) -> String {
    text.map_or_else(|| "nothing".to_owned(), quote)
}

/// What is accepted.
pub fn accepted(values: &Accepted) -> String {
    match values {
        Accepted::Any => "any".to_owned(),
        Accepted::Only(values) if values.is_empty() => "none: the list is empty".to_owned(),
        Accepted::Only(values) => alternatives(values.iter().map(|value| quote(value))),
    }
}

/// What a JSON value is, in words.
pub const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The values that an issuer may set, in quotes.
pub fn quoted_alternatives(values: &[String]) -> String {
    alternatives(values.iter().map(|value| quote(value)))
}

/// A list as an option has it.
pub fn list(values: &[&str]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| Value::from(*value).to_string())
        .collect();
    format!("[{}]", values.join(", "))
}

/// Whether a text may stand in a line that somebody types: short, and with nothing in it that some file reads otherwise.
pub fn can_be_typed(text: &str) -> bool {
    text.len() <= MAX_SHOWN && is_plain(text)
}

/// Whether a text may stand in a line that somebody copies: of two addresses in one, some issuers are made.
pub fn can_be_copied(text: &str) -> bool {
    text.len() <= MAX_ISSUER && is_plain(text)
}

fn is_plain(text: &str) -> bool {
    let is_odd = |c: char| !c.is_ascii_graphic() && c != ' ';
    !text.is_empty()
        && text.trim() == text
        && !text.contains(['"', '\\', ',', '$', '[', ']'])
        && !text.contains(is_odd)
        && !shown::looks_like_token(text)
}

/// A list with "or" between its members, cut where it gets long.
pub fn alternatives(values: impl Iterator<Item = String>) -> String {
    let values: Vec<String> = values.collect();
    match values.split_at_checked(MAX_LISTED) {
        Some((shown, more)) if !more.is_empty() => {
            format!("{} or {} more", shown.join(" or "), more.len())
        }
        _ => values.join(" or "),
    }
}

/// A point in time: Unix seconds, and the date.
pub fn time(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and dates beyond the calendar are not shown"
    )]
    let date = Timestamp::from_second(seconds as i64);
    match date {
        Ok(date) => format!("{seconds} ({})", date.strftime("%F %T UTC")),
        Err(_) => seconds.to_string(),
    }
}

/// A span of time in its largest fitting unit.
pub fn duration(seconds: f64) -> String {
    let (count, unit) = UNITS
        .iter()
        .find(|(length, _)| seconds >= *length)
        .map_or((seconds, "second"), |(length, unit)| {
            ((seconds / length).floor(), *unit)
        });
    let plural = if (count - 1.0).abs() < f64::EPSILON {
        ""
    } else {
        "s"
    };
    format!("{count} {unit}{plural}")
}

fn shorten(text: &str) -> String {
    shown::bounded(text, MAX_SHOWN)
}

const UNITS: [(f64, &str); 4] = [
    (31_556_952.0, "year"),
    (86_400.0, "day"),
    (3_600.0, "hour"),
    (60.0, "minute"),
];

/// Claims are shown up to this many characters; what a peer chose must not fill a log.
const MAX_SHOWN: usize = 80;

/// No issuer that people have is longer.
const MAX_ISSUER: usize = 160;

/// What is to be written may be as long as a name that is percent-encoded.
const MAX_WRITTEN: usize = 1_024;

/// How many alternatives are shown.
pub const MAX_LISTED: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_odd_values_are_shown_short_and_on_one_line() {
        assert_eq!(quote("a\nb\u{1b}"), r#""a\nb\u001b""#);
        assert_eq!(quote("a\u{9b}b\u{202e}"), r#""a\u{9b}b\u{202e}""#);
        assert_eq!(
            quote("eyJhbGciOiJIUzI1NiJ9"),
            "something like a token (22 characters)"
        );
        assert_eq!(quote(&"a".repeat(200)).chars().count(), MAX_SHOWN + 1);
        assert_eq!(value(None), "nothing");
    }

    #[test]
    fn times_are_shown_with_their_date_while_there_is_one() {
        assert_eq!(
            time(1_765_139_000.0),
            "1765139000 (2025-12-07 20:23:20 UTC)"
        );
        assert_eq!(time(1e30), "1000000000000000000000000000000");
    }

    #[test]
    fn spans_are_shown_in_their_largest_unit() {
        for (seconds, text) in [
            (0.5, "0.5 seconds"),
            (1.0, "1 second"),
            (59.0, "59 seconds"),
            (60.0, "1 minute"),
            (7_199.0, "1 hour"),
            (172_800.0, "2 days"),
            (1e9, "31 years"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }
}
