//! Times as people type and read them.

use jiff::{Span, SpanRelativeTo, Timestamp, Unit};

use super::explain::unit;

/// A time as people type it.
///
/// # Errors
/// What is expected instead.
pub fn parse_time(text: &str) -> Result<i64, String> {
    time(text).ok_or_else(|| format!("expected {TIME}"))
}

/// A time that is to come, or how long it is until then.
///
/// # Errors
/// What is expected instead.
pub fn parse_later(text: &str, now: i64) -> Result<i64, String> {
    let expected = || format!("expected {TIME}, or how long from now, as 12h or 7d");
    if let Some(time) = time(text) {
        return Ok(time);
    }
    let span: Span = text.parse().map_err(|_| expected())?;
    let seconds = span.total((Unit::Second, SpanRelativeTo::days_are_24_hours()));
    let seconds = seconds.map_err(|_| expected())?;
    if seconds < 1.0 {
        return Err(expected());
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and is no time that anybody means then"
    )]
    Ok(now.saturating_add(seconds as i64))
}

/// A time that is over, or this moment.
///
/// # Errors
/// What is expected instead.
pub fn parse_moment(text: &str, now: i64) -> Result<i64, String> {
    if text == "now" {
        // Those of this very second are earlier ones as well.
        return Ok(now.saturating_add(1));
    }
    time(text).ok_or_else(|| format!("expected now, {TIME}"))
}

/// Unix seconds, or a time with its offset (RFC 3339).
pub(super) fn time(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return unit::seconds_of(number);
    }
    let time: Option<Timestamp> = text.parse().ok();
    time.map(Timestamp::as_second)
}

/// A time in figures.
#[must_use]
pub fn shown(seconds: i64) -> String {
    let time = Timestamp::from_second(seconds);
    time.map_or_else(
        |_| seconds.to_string(),
        |time| time.strftime("%F %T UTC").to_string(),
    )
}

/// How far away a time is, in words.
#[must_use]
pub fn words(seconds: i64, now: i64) -> String {
    let distance = seconds.saturating_sub(now);
    let span = span(distance.unsigned_abs());
    match distance {
        0 => "now".to_owned(),
        1.. => format!("in {span}"),
        _ => format!("{span} ago"),
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

const TIME: &str = "2026-01-31T12:00:00Z, or Unix seconds";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, now: i64) -> [Result<i64, String>; 3] {
        [
            parse_time(text),
            parse_later(text, now),
            parse_moment(text, now),
        ]
    }

    #[test]
    fn a_time_is_taken_as_a_date_or_as_seconds_and_one_to_come_as_a_span_too() {
        let now = 1_769_000_000;
        for text in [
            "2026-01-31T12:00:00Z",
            "2026-01-31T13:00:00+01:00",
            "1769860800",
        ] {
            for parsed in parsed(text, now) {
                assert_eq!(parsed, Ok(1_769_860_800), "{text}");
            }
        }
        for (text, seconds) in [
            ("90s", 90),
            ("12h", 43_200),
            ("7d", 604_800),
            ("1h 30m", 5_400),
            ("PT2H", 7_200),
        ] {
            let [time, later, moment] = parsed(text, now);
            assert_eq!(later, Ok(now + seconds), "{text}");
            assert!(time.is_err() && moment.is_err(), "{text}");
        }
        assert_eq!(parse_moment("now", now), Ok(now + 1));
    }

    #[test]
    fn what_is_no_time_is_refused_with_an_example() {
        for text in [
            "",
            "soon",
            "-1h",
            "0s",
            "1y",
            "2mo",
            "tomorrow",
            "1769860800.5",
            "now ",
        ] {
            for parsed in parsed(text, 0) {
                let refused = parsed.unwrap_err();
                assert!(
                    refused.contains("2026-01-31T12:00:00Z"),
                    "{text}: {refused}"
                );
            }
        }
    }

    #[test]
    fn a_distance_is_told_in_the_largest_unit_that_says_enough() {
        for (distance, words) in [
            (0, "now"),
            (90, "in 90 s"),
            (-119, "119 s ago"),
            (3_700, "in 61 min"),
            (90_000, "in 25 h"),
            (-400_000, "4 days ago"),
            (i64::MAX, "in 106751991167300 days"),
        ] {
            assert_eq!(super::words(distance, 0), words, "{distance}");
        }
    }
}
