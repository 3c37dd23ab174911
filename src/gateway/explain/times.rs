//! Times that are not right.

use serde_json::Value;

use super::super::refusal::{ExpirationFault, NotBeforeFault};
use super::Examined;
use super::read::Read;
use crate::token::explain::times::{self, Times, seconds_remedy, shown_time};
use crate::token::explain::{Explanation, elsewhere, format, unit};

/// Unix seconds as a number.
#[expect(
    clippy::cast_precision_loss,
    reason = "Unix seconds are exact in an f64 for 285 million years"
)]
pub const fn seconds(time: i64) -> f64 {
    time as f64
}

/// A time as it stands in the token, with its date.
pub fn shown(value: &Value) -> String {
    shown_time(Some(value))
}

/// `exp` is missing, no number, or past.
pub fn expiration(examined: &Examined<'_>, read: &Read<'_>, fault: ExpirationFault) -> Explanation {
    let times = of(examined, read);
    let found = read.claim("exp");
    let expected = format!("a number above {}, the time here", format::time(times.now));
    let explanation = Explanation::new("exp", shown_time(found), expected).by(OPTION);
    let (cause, remedy) = match (fault, times.expiration) {
        (ExpirationFault::Expired, Some(expiration)) => times::expired(expiration, &times),
        (ExpirationFault::NotNumber, _) | (ExpirationFault::Expired, None) => {
            let example = example(examined, &times);
            return no_number(examined, read, "exp", &example, explanation);
        }
    };
    explanation.because(Some(cause)).mend(remedy)
}

/// `nbf` is missing, no number, or to come.
pub fn not_before(examined: &Examined<'_>, read: &Read<'_>, fault: NotBeforeFault) -> Explanation {
    let times = of(examined, read);
    let found = read.claim("nbf");
    let expected = format!(
        "a number of at most {}, the time here",
        format::time(times.now)
    );
    let explanation = Explanation::new("nbf", shown_time(found), expected).by(OPTION);
    let (cause, remedy) = match (fault, times.not_before) {
        (NotBeforeFault::ToCome, Some(not_before)) => times::ahead(not_before, &times),
        (NotBeforeFault::NotNumber, _) | (NotBeforeFault::ToCome, None) => {
            let example = format::time(times.now);
            return no_number(examined, read, "nbf", &example, explanation);
        }
    };
    explanation.because(Some(cause)).mend(remedy)
}

/// An expiry that would be right.
fn example(examined: &Examined<'_>, times: &Times) -> String {
    match examined.rules.settings.maximum_expiration {
        Some(maximum) => format::time(times.now + f64::from(maximum).min(3_600.0)),
        None => times.example(),
    }
}

fn no_number(
    examined: &Examined<'_>,
    read: &Read<'_>,
    name: &'static str,
    example: &str,
    explanation: Explanation,
) -> Explanation {
    let remedy = seconds_remedy(name, example);
    let Some(found) = read.claim(name) else {
        return explanation
            .because(Some(missing(read, name)))
            .mend(format!("{remedy}, or {}", without(examined, name)));
    };
    let cause = unit::no_number(Some(found), seconds(examined.now));
    explanation.because(Some(cause)).mend(remedy)
}

fn missing(read: &Read<'_>, name: &str) -> String {
    let claims = read.claims.as_ref();
    let elsewhere = claims.and_then(|claims| {
        let other = elsewhere::called_otherwise(claims, name);
        other.or_else(|| elsewhere::inside(claims, name))
    });
    elsewhere.unwrap_or_else(|| format!("the token has no {name}, and claims_to_verify wants it"))
}

/// What to set so that the time is not looked at.
fn without(examined: &Examined<'_>, name: &str) -> String {
    let verified = examined.rules.settings.claims_to_verify;
    let others = [("exp", verified.expiration), ("nbf", verified.not_before)];
    let others = others.into_iter();
    let others = others.filter(|(other, is_verified)| *is_verified && *other != name);
    let others: Vec<&str> = others.map(|(other, _)| other).collect();
    let set = examined.set("claims_to_verify", &format::list(&others));
    let needs_expiration = name == "exp" && examined.rules.settings.maximum_expiration.is_some();
    if needs_expiration {
        format!("{set}, and maximum_expiration = 0")
    } else if name == "exp" {
        format!("{set}, so that tokens count for ever")
    } else {
        set
    }
}

/// `exp` is further ahead than it may be.
pub fn too_far(examined: &Examined<'_>, read: &Read<'_>, maximum: u32) -> Explanation {
    let times = of(examined, read);
    let maximum = f64::from(maximum);
    let latest = format::time(times.now + maximum);
    let needed = format!("at most {}: {latest}", format::duration(maximum));
    let Some(expiration) = times.expiration else {
        return Explanation::new("exp", shown_time(read.claim("exp")), needed)
            .by(&["maximum_expiration"])
            .mend(seconds_remedy("exp", &latest));
    };
    let ahead = expiration - times.now;
    let found = format!(
        "{}, which is {} ahead",
        format::time(expiration),
        format::duration(ahead)
    );
    let mistake = unit::mistaken(expiration, times.now);
    let remedy = if mistake.is_some() {
        seconds_remedy("exp", &latest)
    } else if ahead <= LONGEST {
        let set = examined.set("maximum_expiration", &format!("{:.0}", ahead.ceil()));
        format!("let the issuer make tokens that expire sooner, or {set}")
    } else {
        "let the issuer make tokens that expire sooner".to_owned()
    };
    Explanation::new("exp", found, needed)
        .by(&["maximum_expiration"])
        .because(mistake.map(|mistake| format!("exp is {mistake}; Unix seconds are needed")))
        .mend(remedy)
}

fn of(examined: &Examined<'_>, read: &Read<'_>) -> Times {
    Times::among(|name| read.claim(name).cloned(), examined.now)
}

const OPTION: &[&str] = &["claims_to_verify"];
/// What `maximum_expiration` takes.
const LONGEST: f64 = 31_536_000.0;
