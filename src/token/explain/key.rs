//! Denials that the key's name or its source explains.

use serde_json::Value;

use super::super::key::KeyError;
use super::super::source_failure::SourceFailure;
use super::examined::Examined;
use super::explanation::Explanation;
use super::reading;
use super::{algorithm, elsewhere, format, unseen};

/// The header names no key.
pub fn unnamed(examined: &Examined<'_>) -> Explanation {
    if let Some(explanation) = algorithm::foreign(examined) {
        return explanation;
    }
    let there = |name| reading::member(examined, name).is_some();
    let cause = elsewhere::key_id(examined).unwrap_or_else(|| {
        let cause = if there("kid") {
            "kid is no text, and names of keys are"
        } else if there("x5t") || there("x5t#S256") || there("x5u") || there("x5c") {
            "the header names its key by a certificate (x5t), and the host's keys go by kid"
        } else if there("jku") || there("jwk") {
            "the header brings a key of its own, which nobody may trust: the host's keys go by kid"
        } else {
            "the host's keys go by kid, and the header names none"
        };
        cause.to_owned()
    });
    let kids = (examined.known_kids)();
    not_found(examined).because(Some(cause)).mend(naming(&kids))
}

/// There is no key of that name.
pub fn not_found(examined: &Examined<'_>) -> Explanation {
    if let Some(explanation) = algorithm::foreign(examined) {
        return explanation;
    }
    let kid = reading::member(examined, "kid");
    let kids = (examined.known_kids)();
    let name = kid.as_ref().and_then(Value::as_str);
    let words = name.map(|kid| (examined.source_words)(kid).join("; "));
    let near = name.and_then(|kid| unseen::difference(kid, &kids).or_else(|| longer(kid, &kids)));
    let cause = near.or_else(|| words.filter(|words| !words.is_empty()));
    Explanation::new("kid", format::value(kid.as_ref()), known(&kids))
        .by(SOURCES)
        .because(cause)
        .mend(remedy(&kids))
}

/// A known name with something around it.
pub fn longer(name: &str, kids: &[String]) -> Option<String> {
    let known = kids
        .iter()
        .find(|kid| name != kid.as_str() && !kid.is_empty() && name.contains(kid.as_str()));
    if name.is_empty() {
        return Some("the name is empty".to_owned());
    }
    let known = known?;
    Some(if name.strip_suffix(".pem") == Some(known) {
        "the ending of the file is no part of the name".to_owned()
    } else {
        format!(
            "{} stands in it, with something around",
            format::quote(known)
        )
    })
}

fn remedy(kids: &[String]) -> String {
    format!(
        "{}, or publish its public key under the name in the token",
        naming(kids)
    )
}

/// How the issuer names its key.
pub fn naming(kids: &[String]) -> String {
    match kids {
        [] => "let the issuer set kid in the header to the name of its public key".to_owned(),
        [kid] => format!(
            "let the issuer sign with the key {} and set kid to that",
            format::quote(kid)
        ),
        [_, ..] => {
            "let the issuer set kid in the header to the one of these that it signs with".to_owned()
        }
    }
}

/// A source that may have the key gave none. Whose key it is does not matter then, and the issuer can change nothing.
pub fn source_unavailable(examined: &Examined<'_>) -> Explanation {
    let Some(Err(KeyError::Unavailable(failure))) = examined.found else {
        return not_found(examined);
    };
    let kid = reading::member(examined, "kid");
    Explanation::new(
        "key",
        format!("no keys at {}", failure.address),
        format!("the key {}", format::value(kid.as_ref())),
    )
    .by(option(failure.option))
    .because(Some(format!(
        "{}; nothing is wrong with the token so far",
        failure.said
    )))
    .mend(way_out(failure))
}

pub fn way_out(failure: &SourceFailure) -> String {
    let SourceFailure {
        option,
        referral,
        remedy,
        ..
    } = failure;
    if let Some(remedy) = remedy {
        return remedy.clone();
    }
    match referral {
        Some(referral) => format!("set {option} = \"{referral}\""),
        None if *option == "cache_keys_url" => format!(
            "let that address answer this server with a JWK Set, or set {option} to the one that does"
        ),
        None if *option == "discover" => {
            "let that address, which the issuer's metadata has as its jwks_uri, answer this \
            server with a JWK Set"
                .to_owned()
        }
        None => format!(
            "let that address answer this server with the public key in PEM, or correct {option}"
        ),
    }
}

/// The same name, as explanations have it.
fn option(name: &str) -> &'static [&'static str] {
    let single = SOURCES.chunks(1).find(|one| one.contains(&name));
    single.unwrap_or(SOURCES)
}

fn known(kids: &[String]) -> String {
    if kids.is_empty() {
        return "the name of a key that the host's sources have".to_owned();
    }
    let shown = kids.iter().take(format::MAX_LISTED);
    let others = (kids.len() > format::MAX_LISTED).then(|| "another".to_owned());
    let shown: Vec<String> = shown.map(|kid| format::quote(kid)).chain(others).collect();
    shown.join(" or ")
}

/// Options that say where public keys are.
pub const SOURCES: &[&str] = &[
    "cache_keys_url",
    "asap_key_server",
    "key_folder",
    "discover",
];
