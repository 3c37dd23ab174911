//! Denials that a claim explains.

use serde_json::Value;

use super::super::claims::{Claims, MAX_BYTES};
use super::super::compact::Compact;
use super::super::policy::Accepted;
use super::{Examined, Explanation, format};

/// There is no `exp`.
pub fn expiration_missing() -> Explanation {
    Explanation::new("exp", "nothing", "a time in Unix seconds")
        .by(&["require_exp", "max_token_lifetime"])
        .mend("let the issuer set exp")
}

/// There is no `room`.
pub fn room_missing(examined: &Examined<'_>) -> Explanation {
    Explanation::new("room", "nothing", "a room's name, or \"*\" for all")
        .by(&["asap_require_room_claim"])
        .because(elsewhere(examined, "room"))
        .mend("let the issuer set room, or set asap_require_room_claim to false")
}

/// There is no `sub`.
pub fn subject_missing(examined: &Examined<'_>) -> Explanation {
    Explanation::new("sub", "nothing", "the domain, or the tenant")
        .because(elsewhere(examined, "sub"))
        .mend("let the issuer set sub")
}

/// `context` is something else.
pub fn context_not_object(examined: &Examined<'_>) -> Explanation {
    let found = format::value(claim(examined, "context").as_ref());
    Explanation::new("context", found, "an object")
        .mend("let the issuer set context to an object, or leave it out")
}

/// They would not fit into an answer.
pub fn too_many_bytes(examined: &Examined<'_>) -> Explanation {
    let bytes = examined
        .token
        .and_then(claims)
        .map_or(0, |claims| claims.bytes());
    Explanation::new(
        "claims",
        format!("{bytes} bytes of JSON"),
        format!("at most {MAX_BYTES}"),
    )
    .mend("let the issuer leave out what nobody reads, such as pictures inside the token")
}

/// There is no `context`.
pub fn context_missing() -> Explanation {
    Explanation::new("context", "nothing", "an object")
        .mend("let the issuer set context: a module on the server demands it")
}

/// The claims of a token, as far as they can be read; nobody has vouched for them.
pub fn claims(token: &str) -> Option<Claims> {
    Claims::decode(Compact::split(token).ok()?.payload).ok()
}

fn claim(examined: &Examined<'_>, name: &str) -> Option<Value> {
    claims(examined.token?)?.claim(name).cloned()
}

/// `iss` is not accepted, or not there.
pub fn issuer(examined: &Examined<'_>) -> Explanation {
    let (found, audience) = (claim(examined, "iss"), claim(examined, "aud"));
    let (found, audience) = (found.as_ref(), audience.as_ref());
    let policy = examined.policy;
    let neighbour = examined.neighbours.iter().find(|(_, neighbour)| {
        matches!(neighbour.issuers, Accepted::Only(_))
            && found.is_some_and(|issuer| neighbour.issuers.contains(issuer))
    });
    let cause = if swapped(found, audience, &policy.issuers, &policy.audiences) {
        Some("iss and aud are swapped".to_owned())
    } else if let Some((host, _)) = neighbour {
        Some(format!("the token is for the host {host}"))
    } else {
        nearly(found, &policy.issuers)
    };
    Explanation::new(
        "iss",
        format::value(found),
        format::accepted(&policy.issuers),
    )
    .by(&["asap_accepted_issuers", "app_id"])
    .because(cause)
    .mend("let the issuer set iss to it, or add the issuer's to asap_accepted_issuers")
}

/// `aud` is not accepted, or not there.
pub fn audience(examined: &Examined<'_>) -> Explanation {
    let (found, issuer) = (claim(examined, "aud"), claim(examined, "iss"));
    let (found, issuer) = (found.as_ref(), issuer.as_ref());
    let policy = examined.policy;
    let member = found
        .and_then(Value::as_array)
        .is_some_and(|all| all.iter().any(|one| policy.audiences.contains(one)));
    let cause = if swapped(found, issuer, &policy.audiences, &policy.issuers) {
        Some("iss and aud are swapped".to_owned())
    } else if member {
        Some("aud is an array, and one of its members would be accepted; set accept_audience_array to true".to_owned())
    } else if found.is_some_and(Value::is_array) {
        Some("aud is an array, and none of its members is accepted".to_owned())
    } else {
        nearly(found, &policy.audiences)
    };
    Explanation::new(
        "aud",
        format::value(found),
        format::accepted(&policy.audiences),
    )
    .by(&["asap_accepted_audiences", "app_id"])
    .because(cause)
    .mend("let the issuer set aud to it, or add the issuer's to asap_accepted_audiences")
}

fn swapped(
    found: Option<&Value>,
    other: Option<&Value>,
    here: &Accepted,
    there: &Accepted,
) -> bool {
    let named = |accepted: &Accepted, value: Option<&Value>| {
        matches!(accepted, Accepted::Only(_)) && value.is_some_and(|value| accepted.contains(value))
    };
    named(here, other) && found != other && (there.contains(found.unwrap_or(&Value::Null)))
}

/// What keeps a value from being an accepted one, where it is nearly that.
fn nearly(found: Option<&Value>, accepted: &Accepted) -> Option<String> {
    let (Some(Value::String(found)), Accepted::Only(accepted)) = (found, accepted) else {
        return found
            .filter(|value| !value.is_string())
            .map(|_| "the claim is no string".to_owned());
    };
    let is = |form: fn(&str) -> String| accepted.iter().any(|value| form(value) == form(found));
    let cause = if is(|text| text.trim().to_owned()) {
        "there are blanks or line breaks around it"
    } else if is(str::to_lowercase) {
        "capitals and small letters differ"
    } else if is(|text| text.trim_end_matches('/').to_owned()) {
        "a slash at the end differs"
    } else {
        return None;
    };
    Some(cause.to_owned())
}

/// `exp` is past, or no time.
pub fn expiration(examined: &Examined<'_>) -> Explanation {
    let found = claim(examined, "exp");
    let found = found.as_ref();
    let now = seconds(examined.now);
    let leeway = examined.policy.lifetime.leeway;
    let expected = format!("a number above {}", the_time(now, -leeway));
    let expiration = found.and_then(Value::as_f64);
    let ago = expiration.map(|expiration| now - expiration);
    let cause = match ago {
        Some(ago) if ago < SKEW => format!(
            "the token expired {} ago: the clocks of issuer and server may differ",
            format::duration(ago)
        ),
        Some(ago) => format!("the token expired {} ago", format::duration(ago)),
        None => not_a_time(found),
    };
    let remedy = match ago {
        Some(ago) if ago < SKEW => "set the clocks right (NTP) or set leeway, or get a new token",
        Some(_) => "get a new token; a page that is kept open must fetch one before it joins",
        None => "let the issuer set exp to a number of Unix seconds",
    };
    Explanation::new("exp", shown_time(found), expected)
        .because(Some(cause))
        .mend(remedy)
}

/// `nbf` is ahead, or no time.
pub fn not_before(examined: &Examined<'_>) -> Explanation {
    let found = claim(examined, "nbf");
    let found = found.as_ref();
    let now = seconds(examined.now);
    let leeway = examined.policy.lifetime.leeway;
    let expected = format!("a number of at most {}", the_time(now, leeway));
    let not_before = found.and_then(Value::as_f64);
    let ahead = not_before.map(|not_before| not_before - now);
    let cause = match (not_before, ahead) {
        (Some(not_before), _) if is_milliseconds(not_before) => MILLISECONDS.to_owned(),
        (_, Some(ahead)) if ahead < SKEW => format!(
            "the token becomes valid in {}: the clocks of issuer and server differ",
            format::duration(ahead)
        ),
        (_, Some(ahead)) => format!("the token becomes valid in {}", format::duration(ahead)),
        (_, None) => not_a_time(found),
    };
    let remedy = match ahead {
        Some(ahead) if ahead < SKEW => {
            "set the clocks right (NTP), set leeway, or let the issuer put nbf back a little"
        }
        _ => "let the issuer set nbf to a number of Unix seconds, not in the future",
    };
    Explanation::new("nbf", shown_time(found), expected)
        .because(Some(cause))
        .mend(remedy)
}

/// `exp` is too far ahead.
pub fn too_long(lifetime: f64, examined: &Examined<'_>) -> Explanation {
    let expiration = claim(examined, "exp");
    let longest = examined.policy.lifetime.longest.unwrap_or_default();
    let milliseconds = expiration
        .as_ref()
        .and_then(Value::as_f64)
        .is_some_and(is_milliseconds);
    Explanation::new(
        "exp",
        format!("a lifetime of {}", format::duration(lifetime)),
        format!("at most {}", format::duration(longest)),
    )
    .by(&["max_token_lifetime"])
    .because(milliseconds.then(|| MILLISECONDS.to_owned()))
    .mend("let the issuer make tokens that expire sooner")
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

fn shown_time(found: Option<&Value>) -> String {
    match found.and_then(Value::as_f64) {
        Some(seconds) if !is_milliseconds(seconds) => format::time(seconds),
        _ => format::value(found),
    }
}

fn not_a_time(found: Option<&Value>) -> String {
    match found {
        Some(Value::String(text)) if text.trim().parse::<f64>().is_ok() => {
            "the number is given as a string: leave out the quotes"
        }
        Some(Value::String(_)) => "a date is given where a number of seconds must be",
        _ => "the claim is no number",
    }
    .to_owned()
}

/// A claim that stands beside its place.
fn elsewhere(examined: &Examined<'_>, name: &str) -> Option<String> {
    let claims = claims(examined.token?)?;
    let inside = claims.claim("context").and_then(|context| {
        let found = context.get(name)?;
        (!found.is_object()).then(|| format!("{name} stands in context, and belongs beside it"))
    });
    let names = ["roomName", "room_name", "Room", "ROOM", "subject", "Sub"];
    let similar = names
        .into_iter()
        .find(|other| other.to_lowercase().starts_with(name) && claims.claim(other).is_some());
    inside.or_else(|| similar.map(|other| format!("the claim is called {other} in the token")))
}

/// Whether a time must be meant in milliseconds: as seconds it is thousands of years ahead.
pub fn is_milliseconds(time: f64) -> bool {
    (1e11..1e15).contains(&time)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Unix seconds are exact in an f64 for 285 million years"
)]
const fn seconds(now: i64) -> f64 {
    now as f64
}

/// What [`is_milliseconds`] means to people.
pub const MILLISECONDS: &str = "the time is given in milliseconds; Unix seconds are needed";

/// Clocks that differ by less than this many seconds are a likely cause.
const SKEW: f64 = 300.0;
