//! Denials that the token's times explain.

use serde_json::Value;

use super::examined::Examined;
use super::explanation::Explanation;
use super::reading;
use super::{elsewhere, format, unit};

/// The times of a token, as far as they are numbers, and the time here.
pub struct Times {
    pub now: f64,
    pub expiration: Option<f64>,
    pub not_before: Option<f64>,
    pub issued: Option<f64>,
}

impl Times {
    fn of(examined: &Examined<'_>) -> Self {
        let value = |name: &str| reading::value(examined, name);
        Self::among(value, examined.now)
    }

    /// Those among claims, which the caller looks up.
    pub fn among(claim: impl Fn(&str) -> Option<Value>, now: i64) -> Self {
        let number = |name| claim(name).as_ref().and_then(Value::as_f64);
        Self {
            now: reading::seconds(now),
            expiration: number("exp"),
            not_before: number("nbf"),
            issued: number("iat"),
        }
    }

    /// A time of issue beside which the expiry would make sense.
    pub fn example(&self) -> String {
        let lifetime = self
            .expiration
            .filter(|value| *value > 0.0 && *value < 1e9)
            .unwrap_or(3_600.0);
        format::time(self.now + lifetime)
    }
}

/// There is no `exp`.
pub fn expiration_missing(examined: &Examined<'_>) -> Explanation {
    let example = format::time(reading::seconds(examined.now) + 3_600.0);
    Explanation::new("exp", "nothing", "a time in Unix seconds")
        .by(&["require_exp", "max_token_lifetime"])
        .because(elsewhere::find(examined, "exp"))
        .mend(format!(
            "let the issuer set exp to a number of Unix seconds, such as {example}"
        ))
}

/// `exp` is past, or no time.
pub fn expiration(examined: &Examined<'_>) -> Explanation {
    let found = reading::value(examined, "exp");
    let times = Times::of(examined);
    let leeway = examined.issuer.lifetime.leeway;
    let expected = format!("a number above {}", the_time(times.now, -leeway));
    let (cause, remedy) = match times.expiration {
        Some(expiration) => expired(expiration, &times),
        None => (
            unit::no_number(found.as_ref(), times.now),
            seconds_remedy("exp", &times.example()),
        ),
    };
    Explanation::new("exp", shown_time(found.as_ref()), expected)
        .because(Some(cause))
        .mend(remedy)
}

pub fn expired(expiration: f64, times: &Times) -> (String, String) {
    let ago = times.now - expiration;
    if let Some(mistake) = unit::mistaken(expiration, times.now) {
        return (
            format!("exp is {mistake}"),
            seconds_remedy("exp", &times.example()),
        );
    }
    let ago_shown = format::duration(ago);
    if let Some(begin) = times
        .not_before
        .or(times.issued)
        .filter(|begin| *begin >= expiration)
    {
        let name = if times.not_before.is_some() {
            "nbf"
        } else {
            "iat"
        };
        let order = if begin > expiration {
            "before"
        } else {
            "at the same time as"
        };
        return (
            format!(
                "exp is {order} {name}: there is no time between the two in which the token is valid"
            ),
            format!(
                "let the issuer set exp to {name} and a lifetime, such as {}",
                times.example()
            ),
        );
    }
    if ago < SKEW {
        return (
            format!(
                "the token expired {ago_shown} ago: the clocks of issuer and server may differ"
            ),
            "set the clocks right (NTP) or set leeway = 300, or get a new token".to_owned(),
        );
    }
    let zone = times
        .issued
        .and_then(|issued| unit::zone(times.now - issued));
    let zone = zone.map_or_else(String::new, |hours| {
        format!("; if it is new, the issuer's clock or time zone is {hours} behind")
    });
    (
        format!("the token expired {ago_shown} ago{zone}"),
        "get a new token; a page that is kept open must fetch one before it joins".to_owned(),
    )
}

pub fn seconds_remedy(name: &str, example: &str) -> String {
    format!("let the issuer set {name} to a number of Unix seconds, such as {example}")
}

/// `nbf` is ahead, or no time.
pub fn not_before(examined: &Examined<'_>) -> Explanation {
    let found = reading::value(examined, "nbf");
    let times = Times::of(examined);
    let leeway = examined.issuer.lifetime.leeway;
    let expected = format!("a number of at most {}", the_time(times.now, leeway));
    let (cause, remedy) = match times.not_before {
        Some(not_before) => ahead(not_before, &times),
        None => (
            unit::no_number(found.as_ref(), times.now),
            seconds_remedy("nbf", &format::time(times.now)),
        ),
    };
    Explanation::new("nbf", shown_time(found.as_ref()), expected)
        .because(Some(cause))
        .mend(remedy)
}

pub fn ahead(not_before: f64, times: &Times) -> (String, String) {
    if let Some(mistake) = unit::mistaken(not_before, times.now) {
        return (
            format!("nbf is {mistake}; Unix seconds are needed"),
            seconds_remedy("nbf", &format::time(times.now)),
        );
    }
    let ahead = not_before - times.now;
    let shown = format::duration(ahead);
    if let Some(hours) = unit::zone(ahead) {
        return (
            format!("the token becomes valid in {shown}: the issuer's clock or time zone is {hours} ahead, as if local time were written for UTC"),
            "let the issuer take Unix seconds from its system, which know no time zone (not local time), and set its clock right (NTP)".to_owned(),
        );
    }
    if times
        .expiration
        .is_some_and(|expiration| expiration <= not_before)
    {
        return (
            format!(
                "nbf is not before exp, and {shown} ahead: there is no time in which the token is valid"
            ),
            format!(
                "let the issuer set nbf to the time of issue, such as {}",
                format::time(times.now)
            ),
        );
    }
    if ahead < SKEW {
        return (
            format!("the token becomes valid in {shown}: the clocks of issuer and server differ"),
            "set the clocks right (NTP), set leeway = 300, or let the issuer put nbf back a little"
                .to_owned(),
        );
    }
    (
        format!(
            "the token becomes valid in {shown}: it is meant for later, or the issuer's clock is ahead"
        ),
        "let the issuer set nbf to a number of Unix seconds, not in the future, or leave nbf out"
            .to_owned(),
    )
}

/// `exp` is too far ahead.
pub fn too_long(lifetime: f64, examined: &Examined<'_>) -> Explanation {
    let longest = examined.issuer.lifetime.longest.unwrap_or_default();
    let times = Times::of(examined);
    let mistake = times
        .expiration
        .and_then(|expiration| unit::mistaken(expiration, times.now));
    let remedy = if mistake.is_some() {
        seconds_remedy("exp", &format::time(times.now + longest.min(3_600.0)))
    } else if lifetime <= LONGEST {
        format!(
            "let the issuer make tokens that expire sooner, or set max_token_lifetime = {:.0}",
            lifetime.ceil()
        )
    } else {
        "let the issuer make tokens that expire sooner".to_owned()
    };
    Explanation::new(
        "exp",
        format!("a lifetime of {}", format::duration(lifetime)),
        format!("at most {}", format::duration(longest)),
    )
    .by(&["max_token_lifetime"])
    .because(mistake.map(|mistake| format!("exp is {mistake}; Unix seconds are needed")))
    .mend(remedy)
}

fn the_time(now: f64, leeway: f64) -> String {
    if leeway == 0.0 {
        return format!("{}, the time here", format::time(now));
    }
    let shifted = format::time(now + leeway);
    format!(
        "{shifted}, the time here and the leeway of {}",
        format::duration(leeway.abs())
    )
}

pub fn shown_time(found: Option<&Value>) -> String {
    match found.and_then(Value::as_f64) {
        Some(seconds) if (1e8..1e10).contains(&seconds) => format::time(seconds),
        _ => format::value(found),
    }
}

/// Clocks that differ by less than this many seconds are a likely cause.
const SKEW: f64 = 300.0;

/// What `max_token_lifetime` takes.
const LONGEST: f64 = 3_153_600_000.0;
