//! What a number or a text is that stands where Unix seconds belong.

use jiff::Timestamp;
use serde_json::Value;

use super::super::claims::Claims;
use super::format;
use super::reading;

/// What is wrong with a time, as a clause that follows "exp is". None for usual Unix seconds.
pub(crate) fn mistaken(value: f64, now: f64) -> Option<String> {
    if value < 0.0 {
        return Some("below zero, and so no time of a token".to_owned());
    }
    if value == 0.0 {
        return Some("0, and so no time of a token: what shall never count is left out".to_owned());
    }
    if let Some(unit) = unit(value, now) {
        return Some(unit.to_owned());
    }
    if value < FIRST {
        return Some(format!(
            "a lifetime ({}) in place of a time",
            format::duration(value)
        ));
    }
    let digits = digits(value);
    (digits > SECONDS_DIGITS).then(|| {
        format!("a number of {digits} digits: neither seconds nor milliseconds of this century")
    })
}

/// The unit in which a number is a time of these years.
fn unit(value: f64, now: f64) -> Option<&'static str> {
    let is_near = |seconds: f64, years: f64| (seconds - now).abs() < years * YEAR;
    let scaled = SCALES.into_iter().find(|(scale, _)| {
        let seconds = value / scale;
        (FIRST..LAST).contains(&seconds)
    });
    if let Some((_, name)) = scaled {
        return Some(name);
    }
    OTHERS
        .into_iter()
        .find(|(to_seconds, years, _)| is_near(to_seconds(value), *years))
        .map(|(_, _, name)| name)
        .or_else(|| {
            is_written_date(value).then_some("a date written as a number, in place of seconds")
        })
}

/// As 20261126 or 20261126120000.
fn is_written_date(value: f64) -> bool {
    let day = if value >= 1e13 {
        (value / 1e6).floor()
    } else {
        value
    };
    let (year, rest) = ((day / 1e4).floor(), day % 1e4);
    let (month, day) = ((rest / 100.0).floor(), rest % 100.0);
    (2_000.0..2_100.0).contains(&year)
        && (1.0..=12.0).contains(&month)
        && (1.0..=31.0).contains(&day)
}

fn digits(value: f64) -> usize {
    format!("{value:.0}").trim_start_matches('-').len()
}

/// What stands in place of a number.
pub(crate) fn no_number(found: Option<&Value>, now: f64) -> String {
    match found {
        Some(Value::String(text)) => of_text(text.trim(), now),
        Some(Value::Array(_)) => {
            "the time stands in a list: leave out the brackets, it is no number so".to_owned()
        }
        Some(Value::Object(_)) => {
            "the time stands in an object, as some libraries write it; the claim is no number"
                .to_owned()
        }
        Some(Value::Bool(_)) => {
            "a truth value stands in place of a time; the claim is no number".to_owned()
        }
        Some(Value::Null) => {
            "null stands in place of a time (JavaScript writes NaN so); the claim is no number"
                .to_owned()
        }
        Some(Value::Number(_)) | None => "the claim is no number".to_owned(),
    }
}

fn of_text(text: &str, now: f64) -> String {
    if let Ok(number) = text.parse::<f64>() {
        let also = mistaken(number, now)
            .map_or_else(String::new, |mistake| format!(", and it is {mistake}"));
        return format!("the number is given as a string: leave out the quotes{also}");
    }
    of_words(text).to_owned()
}

fn of_words(text: &str) -> &'static str {
    if text.is_empty() {
        "the text is empty: a number of seconds must be there"
    } else if is_placeholder(text) {
        "a placeholder that nobody filled in stands in place of a time"
    } else if is_duration(text) {
        "a duration is given in place of a time: add it to the time of issue"
    } else if text.chars().any(|c| c.is_ascii_digit()) {
        "a date is given where a number of seconds must be"
    } else {
        "words are given where a number of seconds must be"
    }
}

fn is_placeholder(text: &str) -> bool {
    let marks = [
        ("{{", "}}"),
        ("${", "}"),
        ("$(", ")"),
        ("<", ">"),
        ("%", "%"),
        ("{", "}"),
    ];
    marks
        .into_iter()
        .any(|(open, close)| text.starts_with(open) && text.ends_with(close))
}

/// `PT1H`, `1h`, `+1 hour`, `in 2 days`, `now+3600`, `01:00:00`.
fn is_duration(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let iso = lower.strip_prefix('p').is_some_and(|rest| {
        rest.starts_with(|c: char| c == 't' || c.is_ascii_digit())
            && rest.ends_with(|c: char| c.is_ascii_alphabetic())
    });
    let rest = lower
        .trim_start_matches("now")
        .trim_start_matches("in ")
        .trim_start_matches(['+', ' ', '-']);
    let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let counted = number.len() < rest.len();
    let unit = number.trim().trim_end_matches(" ago");
    iso || (counted && UNIT_NAMES.contains(&unit))
        || (counted && unit.is_empty() && lower.starts_with("now"))
        || [
            "an hour", "a day", "one hour", "one day", "a week", "a minute",
        ]
        .contains(&rest)
        || (text.len() <= 8
            && text.contains(':')
            && text.chars().all(|c| c.is_ascii_digit() || c == ':'))
}

/// What is odd about the times of a token that is let in all the same.
#[must_use]
pub fn oddities(claims: &Claims, now: i64) -> Vec<String> {
    let now = reading::seconds(now);
    let number = |name| claims.claim(name).and_then(Value::as_f64);
    let odd = number("exp").filter(|time| *time >= LAST).and_then(|time| {
        let unit = mistaken(time, now)?;
        let of_issue = number("iat").and_then(|issued| mistaken(issued, now));
        let what = if of_issue.as_ref() == Some(&unit) {
            "exp and iat are"
        } else {
            "exp is"
        };
        Some(if time < LAST_YEAR {
            format!(
                "{what} {unit}: this token expires in the year {}",
                year(time)
            )
        } else {
            format!("{what} {unit}: this token never expires")
        })
    });
    odd.into_iter().collect()
}

/// Unix seconds, where a number is that or milliseconds; none where it is neither.
#[must_use]
pub fn seconds_of(time: i64) -> Option<i64> {
    match time {
        LEAST_MILLISECONDS..MOST_MILLISECONDS => time.checked_div(1_000),
        LEAST_SECONDS..MOST_SECONDS => Some(time),
        _ => None,
    }
}

/// The year of a time, also where the calendar ends.
pub(crate) fn year(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and what the calendar lacks is computed"
    )]
    let date = Timestamp::from_second(seconds as i64);
    date.map_or_else(
        |_| format!("{:.0}", 1970.0 + (seconds / YEAR).floor()),
        |date| date.strftime("%Y").to_string(),
    )
}

/// How many whole or half hours a clock is off, where it is off by such a number: a time zone, then.
pub(crate) fn zone(seconds: f64) -> Option<String> {
    let halves = (seconds / 1_800.0).round();
    let is_zone = (1.0..=28.0).contains(&halves) && (halves * 1_800.0 - seconds).abs() < 120.0;
    is_zone.then(|| {
        let hours = format!("{} hours", halves / 2.0);
        if hours == "1 hours" {
            "1 hour".to_owned()
        } else {
            hours
        }
    })
}

/// What makes seconds of a number, how many years around now it must be then, and its name.
type Other = (fn(f64) -> f64, f64, &'static str);

const SCALES: [(f64, &str); 3] = [
    (1e3, "in milliseconds"),
    (1e6, "in microseconds"),
    (1e9, "in nanoseconds"),
];
const OTHERS: [Other; 5] = [
    (
        |value| value / 1e7 - 62_135_596_800.0,
        20.0,
        "in .NET's ticks of 100 ns since the year 1",
    ),
    (
        |value| value / 1e7 - 11_644_473_600.0,
        20.0,
        "in Windows' ticks of 100 ns since 1601",
    ),
    (
        |value| value + 978_307_200.0,
        2.0,
        "in seconds since 2001, as Apple counts, not since 1970",
    ),
    (|value| value * 60.0, 10.0, "in minutes since 1970"),
    (|value| value * 3_600.0, 2.0, "in hours since 1970"),
];
const UNIT_NAMES: [&str; 21] = [
    "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr",
    "hrs", "hour", "hours", "d", "day", "days", "w", "week", "weeks",
];
const YEAR: f64 = 31_556_952.0;
/// Milliseconds of the years 2001 to 2099, and what seconds are taken for such: to the year 5138.
const LEAST_MILLISECONDS: i64 = 1_000_000_000_000;
const MOST_MILLISECONDS: i64 = 4_102_444_800_000;
const LEAST_SECONDS: i64 = -62_000_000_000;
const MOST_SECONDS: i64 = 100_000_000_000;
/// September 2001: no token is older.
const FIRST: f64 = 1e9;
/// The year 2100.
const LAST: f64 = 4_102_444_800.0;
/// Nanoseconds of these years are seconds of later ones than this.
const LAST_YEAR: f64 = 1e20;
/// Unix seconds have ten of them until 2286.
const SECONDS_DIGITS: usize = 10;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: f64 = 1_795_000_000.0;

    #[test]
    fn numbers_that_are_no_unix_seconds_are_told_by_their_unit() {
        for (value, says) in [
            (NOW * 1e3, "in milliseconds"),
            (NOW * 1e6, "in microseconds"),
            (NOW * 1e9, "in nanoseconds"),
            (-1.0, "below zero"),
            (0.0, "0, and so"),
            (60.0, "a lifetime (1 minute)"),
            (3_600.0, "a lifetime (1 hour)"),
            (86_400.0, "a lifetime (1 day)"),
            (159_084_646_376.0, "a number of 12 digits"),
            (NOW / 60.0, "in minutes"),
            (NOW - 978_307_200.0, "as Apple counts"),
            ((NOW + 62_135_596_800.0) * 1e7, ".NET"),
            ((NOW + 11_644_473_600.0) * 1e7, "Windows"),
            (20_261_126.0, "a date written as a number"),
            (20_261_126_120_000.0, "a date written as a number"),
        ] {
            let said = mistaken(value, NOW).unwrap_or_default();
            assert!(said.contains(says), "{value}: {said:?}");
        }
    }

    #[test]
    fn usual_times_are_not_mistaken() {
        for value in [
            NOW,
            NOW + 3_600.0,
            NOW - 1e8,
            1_500_000_000.0,
            4e9,
            9_999_999_999.0,
        ] {
            assert_eq!(mistaken(value, NOW), None, "{value}");
        }
    }

    #[test]
    fn texts_in_place_of_a_time_are_told_apart() {
        for (text, says) in [
            ("1795000000", "quotes"),
            ("3600", "a lifetime (1 hour)"),
            ("1795000000000", "in milliseconds"),
            ("PT1H", "a duration"),
            ("P1D", "a duration"),
            ("1h", "a duration"),
            ("+1 hour", "a duration"),
            ("15 minutes", "a duration"),
            ("now+3600", "a duration"),
            ("01:00:00", "a duration"),
            ("2026-11-21T06:00:00Z", "a date"),
            ("Thu, 26 Nov 2026 06:00:00 GMT", "a date"),
            ("{{exp}}", "a placeholder"),
            ("never", "words"),
            ("", "empty"),
        ] {
            let said = no_number(Some(&json!(text)), NOW);
            assert!(said.contains(says), "{text}: {said}");
        }
    }

    #[test]
    fn clocks_that_are_off_by_hours_are_in_another_time_zone() {
        for (seconds, expected) in [
            (7_200.0, Some("2 hours")),
            (3_590.0, Some("1 hour")),
            (19_800.0, Some("5.5 hours")),
            (600.0, None),
            (5_000.0, None),
            (86_400.0, None),
        ] {
            assert_eq!(zone(seconds).as_deref(), expected, "{seconds}");
        }
    }
}
