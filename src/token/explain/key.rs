//! Denials that the header or the key explains.

use serde_json::Value;

use super::super::algorithm::{Algorithm, Family};
use super::super::header::Header;
use super::super::policy::{AcceptedTypes, Keys};
use super::{Examined, Explanation, format};

/// The header names no key.
pub fn unnamed(examined: &Examined<'_>) -> Explanation {
    not_found(examined).because(Some(
        "the host's keys go by kid, and the header names none".to_owned(),
    ))
}

/// There is no key of that name.
pub fn not_found(examined: &Examined<'_>) -> Explanation {
    let found = format::value(member(examined, "kid").as_ref());
    Explanation::new("kid", found, known_kids(examined))
        .by(SOURCES)
        .mend("let the issuer set kid in the header to the name of its public key, and publish that key")
}

/// The server is to verify with an algorithm that is none.
pub fn algorithm_not_supported() -> Explanation {
    Explanation::new(
        "alg",
        "a signature_algorithm that nobody supports",
        format::alternatives(Algorithm::ALL.iter().map(ToString::to_string)),
    )
    .by(&["signature_algorithm"])
    .mend("correct signature_algorithm on the server")
}

/// The header of a token, as far as it can be read.
pub fn header(token: &str) -> Option<Header> {
    Header::decode(token.split('.').next()?).ok()
}

fn member(examined: &Examined<'_>, name: &str) -> Option<Value> {
    header(examined.token?)?.member(name).cloned()
}

fn known_kids(examined: &Examined<'_>) -> String {
    let kids = (examined.known_kids)();
    if kids.is_empty() {
        return "the name of a key that the host's sources have".to_owned();
    }
    let shown = kids.iter().take(format::MAX_LISTED);
    let others = (kids.len() > format::MAX_LISTED).then(|| "another".to_owned());
    let shown: Vec<String> = shown.map(|kid| format::quote(kid)).chain(others).collect();
    shown.join(" or ")
}

/// The token is of another type.
pub fn type_not_accepted(examined: &Examined<'_>) -> Explanation {
    let found = member(examined, "typ");
    let found = found.as_ref();
    let expected = match &examined.policy.types {
        AcceptedTypes::Jwt => "\"JWT\"".to_owned(),
        AcceptedTypes::Listed { names, none } => {
            let names = names.iter().map(|name| format::quote(name));
            format::alternatives(names.chain(none.then(|| "none".to_owned())))
        }
    };
    let text = found.and_then(Value::as_str).unwrap_or_default();
    let (cause, remedy) = match text.to_ascii_lowercase().as_str() {
        _ if found.is_none() => (
            "the header has no typ",
            "let the issuer set typ to JWT, or accept it with accepted_types = [\"JWT\", \"none\"]",
        ),
        "at+jwt" | "application/at+jwt" => (
            "this is an OIDC access token (RFC 9068)",
            "accept it with accepted_types = [\"JWT\", \"at+jwt\"]",
        ),
        "jwt" => (
            "typ must be written in capitals",
            "let the issuer set typ to JWT",
        ),
        _ => (
            "",
            "let the issuer set typ to JWT, or add its type to accepted_types",
        ),
    };
    Explanation::new("typ", format::value(found), expected)
        .by(&["accepted_types"])
        .because((!cause.is_empty()).then(|| cause.to_owned()))
        .mend(remedy)
}

/// The token is signed in another way.
pub fn algorithm_not_accepted(examined: &Examined<'_>) -> Explanation {
    let found = member(examined, "alg");
    let found = found.as_ref();
    let expected = match examined.policy.algorithm {
        Some(algorithm) => format!("\"{algorithm}\""),
        None => "a supported algorithm".to_owned(),
    };
    let name = found.and_then(Value::as_str).unwrap_or_default();
    let family = Algorithm::from_name(name).map(Algorithm::family);
    let by_id = matches!(examined.policy.keys, Keys::ById);
    let (cause, remedy) = match (family, by_id) {
        _ if name.eq_ignore_ascii_case("none") => (
            "the token is not signed at all",
            "let the issuer sign its tokens",
        ),
        _ if found.is_none() => (
            "the header has no alg",
            "let the issuer make tokens with a JWT library",
        ),
        (Some(family), false) if family != Family::Hmac => (
            "the issuer signs with a key pair, and the host has a secret",
            "configure cache_keys_url or asap_key_server, or let the issuer sign with the secret",
        ),
        (Some(Family::Hmac), true) => (
            "the issuer signs with a secret, and the host's keys go by kid",
            "configure app_secret in place of key servers, or let the issuer sign with its key pair",
        ),
        _ => (
            "",
            "let the issuer sign with this algorithm, or set signature_algorithm to the issuer's",
        ),
    };
    Explanation::new("alg", format::value(found), expected)
        .by(&["signature_algorithm"])
        .because((!cause.is_empty()).then(|| cause.to_owned()))
        .mend(remedy)
}

/// Options that say where public keys are.
pub const SOURCES: &[&str] = &["cache_keys_url", "asap_key_server", "key_folder"];
