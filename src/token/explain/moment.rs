//! Times as people type them, and as tokens have them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{format, reading, unit};
use crate::token::when;

/// A time as commands take it, or a date with a time of day as people type it, which is in UTC. A date alone is no time, and one
/// of which day and month could be mixed up is none either.
#[must_use]
pub fn typed(text: &str) -> Option<i64> {
    let text = text.trim();
    when::time(text).or_else(|| {
        let local = text.strip_suffix("UTC").unwrap_or(text).trim_end();
        let time: DateTime = local.parse().ok().filter(|_| local.contains(':'))?;
        let time = time.to_zoned(TimeZone::UTC).ok()?;
        Some(time.timestamp().as_second())
    })
}

/// How far away a time is.
#[must_use]
pub fn distance(seconds: f64, now: f64) -> String {
    let distance = seconds - now;
    if distance.abs() < 1.0 {
        "now".to_owned()
    } else if distance > 0.0 {
        format!("in {}", format::duration(distance))
    } else {
        format!("{} ago", format::duration(-distance))
    }
}

/// The time that a member of a token stands for, or what is wrong with it. None where it is no time.
#[must_use]
pub fn of_member(name: &str, value: &Value, now: i64) -> Option<String> {
    let now = reading::seconds(now);
    let must_be = REGISTERED.contains(&name);
    let may_be = must_be || OTHERS.contains(&name) || ENDS.iter().any(|end| name.ends_with(end));
    match value.as_f64().filter(|_| may_be) {
        Some(seconds) => match unit::mistaken(seconds, now) {
            None => date(seconds).map(|date| format!("{date}, {}", distance(seconds, now))),
            Some(mistake) => must_be.then_some(mistake),
        },
        None => must_be.then(|| unit::no_number(Some(value), now)),
    }
}

fn date(seconds: f64) -> Option<String> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and what the calendar lacks is no date"
    )]
    let date = Timestamp::from_second(seconds as i64).ok()?;
    Some(date.strftime("%F %T UTC").to_string())
}

/// The times of RFC 7519.
const REGISTERED: [&str; 3] = ["exp", "nbf", "iat"];

/// Those that `OpenID` providers set besides (`OpenID` Connect Core 1.0, sections 2 and 5.1), and RFC 8417.
const OTHERS: [&str; 4] = ["auth_time", "updated_at", "orig_iat", "toe"];

/// How the names end of those that providers make up.
const ENDS: [&str; 5] = ["_at", "_time", "_iat", "_exp", "_nbf"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_time_is_taken_as_people_type_it_where_it_can_mean_one_thing_alone() {
        for text in [
            "2026-01-31T12:00:00Z",
            "2026-01-31T13:00:00+01:00",
            "2026-01-31 12:00:00Z",
            "1769860800",
            "1769860800000",
            "2026-01-31 12:00",
            " 2026-01-31 12:00:00 ",
            "2026-01-31T12:00",
            "2026-01-31 12:00 UTC",
        ] {
            assert_eq!(typed(text), Some(1_769_860_800), "{text}");
        }
        for text in [
            "",
            "now",
            "soon",
            "2026-01-31",
            "31.01.2026 12:00",
            "01/02/2026 12:00",
            "12:00",
            "2026-01-31 12:00 CET",
            "2026-01-31 25:00",
            "2026-02-30 12:00",
            "1769860800.5",
            "99999999999999999999",
        ] {
            assert_eq!(typed(text), None, "{text}");
        }
    }

    #[test]
    fn a_distance_is_told_in_its_largest_unit() {
        for (distance, words) in [
            (0.0, "now"),
            (7_200.0, "in 2 hours"),
            (-259_200.0, "3 days ago"),
            (-1.0, "1 second ago"),
        ] {
            assert_eq!(super::distance(distance, 0.0), words);
        }
    }

    #[test]
    fn a_time_of_a_token_is_told_as_a_date_and_from_here() {
        let now = 1_769_860_800;
        for (name, value, said) in [
            (
                "exp",
                json!(1_769_868_000),
                Some("2026-01-31 14:00:00 UTC, in 2 hours"),
            ),
            (
                "auth_time",
                json!(1_769_857_200),
                Some("2026-01-31 11:00:00 UTC, 1 hour ago"),
            ),
            (
                "created_at",
                json!(1_769_860_800),
                Some("2026-01-31 12:00:00 UTC, now"),
            ),
            ("nbf", json!(1_769_860_800_000_i64), Some("in milliseconds")),
            (
                "exp",
                json!("1769860800"),
                Some("the number is given as a string: leave out the quotes"),
            ),
            ("room", json!(1_769_860_800), None),
            ("seen_at", json!("2026-01-31"), None),
            ("seen_at", json!(5), None),
        ] {
            assert_eq!(of_member(name, &value, now).as_deref(), said, "{name}");
        }
    }
}
