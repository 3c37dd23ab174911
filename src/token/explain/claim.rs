//! Denials that a claim explains.

use serde_json::Value;

use super::super::claims::MAX_BYTES;
use super::super::mapping::{Mapping, Target};
use super::examined::Examined;
use super::explanation::Explanation;
use super::reading;
use super::{elsewhere, format, mapped, unit};

/// There is no `room`.
pub fn room_missing(examined: &Examined<'_>) -> Explanation {
    let explanation = Explanation::new("room", "nothing", "a room's name, or \"*\" for all")
        .by(&["asap_require_room_claim"]);
    if let Some(mapping) = &examined.issuer.mapping {
        return unmapped_room(mapping, examined, explanation);
    }
    explanation
        .because(elsewhere::find(examined, "room"))
        .mend("let the issuer set room to the room's name or \"*\", or set asap_require_room_claim = false")
}

/// There is none where the issuer's mapping looks for it.
fn unmapped_room(
    mapping: &Mapping,
    examined: &Examined<'_>,
    explanation: Explanation,
) -> Explanation {
    let name = &examined.issuer.name;
    let place = mapped::place_of(mapping, &Target::Room);
    let cause = place.as_ref().map_or_else(
        || format!("the claims of the issuer {name} have no room"),
        |place| format!("room is taken from {place}, where the token has no text"),
    );
    let at_issuer = place.map_or_else(
        || "let the issuer set room to the room's name".to_owned(),
        |place| format!("let the issuer put the room's name into {place}"),
    );
    let remedy = format!(
        "{at_issuer}, or set room = \"*\" in the claims of the issuer {name}, which opens all rooms"
    );
    explanation.because(Some(cause)).mend(remedy)
}

/// There is no `sub`.
pub fn subject_missing(examined: &Examined<'_>) -> Explanation {
    let explanation = Explanation::new("sub", "nothing", "the domain, or the tenant");
    let mapping = examined.issuer.mapping.as_ref();
    if let Some(place) = mapping.and_then(|mapping| mapped::place_of(mapping, &Target::Subject)) {
        let cause = format!("sub is taken from {place}, where the token has no text");
        let domain = examined.policy.rooms.domain(examined.host);
        let remedy = mapped::subject_remedy(examined.policy, examined.issuer, domain);
        return explanation.because(Some(cause)).mend(remedy);
    }
    explanation
        .because(elsewhere::find(examined, "sub"))
        .mend(format!(
            "let the issuer set sub to {}, or to the tenant for a tenant's rooms",
            format::quote(examined.policy.rooms.domain(examined.host))
        ))
}

/// `context` is something else.
pub fn context_not_object(examined: &Examined<'_>) -> Explanation {
    let found = reading::value(examined, "context");
    let is_json = found
        .as_ref()
        .and_then(Value::as_str)
        .is_some_and(|text| text.trim_start().starts_with('{'));
    let kind = found
        .as_ref()
        .map(|found| format!("it is {}", format::kind(found)));
    let cause = if is_json {
        Some("it is JSON as a text: leave out the quotes around it".to_owned())
    } else {
        kind
    };
    Explanation::new("context", format::value(found.as_ref()), "an object")
        .because(cause)
        .mend("let the issuer set context to an object, or leave it out")
}

/// They would not fit into an answer.
pub fn too_many_bytes(examined: &Examined<'_>) -> Explanation {
    let bytes = examined
        .token
        .and_then(reading::claims)
        .map_or(0, |claims| claims.bytes());
    Explanation::new(
        "claims",
        format!("{bytes} bytes of JSON"),
        format!("at most {MAX_BYTES}"),
    )
    .mend("let the issuer leave out what nobody reads, such as pictures inside the token")
}

/// There is no `context`.
pub fn context_missing(examined: &Examined<'_>) -> Explanation {
    Explanation::new("context", "nothing", "an object")
        .because(elsewhere::find(examined, "context"))
        .mend("let the issuer set context: a module on the server demands it")
}

/// A claim is not of the type that the standard gives it.
pub fn wrong_type(name: &'static str, examined: &Examined<'_>) -> Explanation {
    let found = reading::value(examined, name);
    let kind = found.as_ref().map_or("nothing", format::kind);
    let inside = found.as_ref().and_then(only_text);
    let (cause, remedy) = match (name, inside) {
        ("exp" | "nbf" | "iat", _) => (
            unit::no_number(found.as_ref(), reading::seconds(examined.now)),
            format!(
                "let the issuer set {name} to a number of Unix seconds, such as {}",
                format::time(reading::seconds(examined.now))
            ),
        ),
        ("aud", _) => (
            format!("the claim is no string but {kind}"),
            "let the issuer set aud to a string".to_owned(),
        ),
        (_, Some(text)) => (
            format!("the claim is no string but {kind}"),
            format!(
                "let the issuer set {name} to {}, without what is around it",
                format::quote(&text)
            ),
        ),
        ("room", None) if found.as_ref().is_some_and(Value::is_array) => (
            "the claim is a list, and a token names one room".to_owned(),
            "let the issuer make a token for each room, set room to \"*\" for all, or to a Lua pattern beside context.room.regex = true".to_owned(),
        ),
        ("room", None) => (
            format!("the claim is no string but {kind}"),
            "let the issuer set room to the room's name in quotes, or to \"*\" for all".to_owned(),
        ),
        ("sub", None) => (
            format!("the claim is no string but {kind}"),
            format!(
                "let the issuer set sub to {}, or to the tenant, in quotes",
                format::quote(examined.policy.rooms.domain(examined.host))
            ),
        ),
        (_, None) => (
            format!("the claim is no string but {kind}"),
            format!("let the issuer set {name} to a string, in quotes"),
        ),
    };
    Explanation::new(
        name,
        format!("{}, {kind}", format::value(found.as_ref())),
        standard_type(name),
    )
    .because(Some(cause))
    .mend(remedy)
}

/// The one text in a list, or the number as a text.
fn only_text(found: &Value) -> Option<String> {
    match found {
        Value::Array(values) => match values.as_slice() {
            [Value::String(text)] => Some(text.clone()),
            _ => None,
        },
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Object(_) => None,
    }
}

fn standard_type(name: &str) -> &'static str {
    match name {
        "exp" | "nbf" | "iat" => "a number (RFC 7519 section 4.1)",
        "aud" => "a string or an array of strings (RFC 7519 section 4.1.3)",
        _ => "a string (RFC 7519 section 4.1)",
    }
}
