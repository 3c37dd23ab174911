//! Tokens whose keys are published.

use serde_json::Value;

use super::super::refusal::Refusal;
use super::Examined;
use crate::token::algorithm::{Algorithm, Family};
use crate::token::explain::key::{longer, naming, way_out};
use crate::token::explain::{Explanation, format, unseen};
use crate::token::header::Header;
use crate::token::key::{Key, KeyError};

/// What it is refused with that there is no key, and why.
type Failure = Box<(Refusal, Explanation)>;

/// `alg` is not among the gateway's algorithms.
pub fn algorithm(examined: &Examined<'_>, found: Algorithm) -> Explanation {
    let accepted = &examined.rules.settings.beyond.algorithms;
    let names = accepted.iter().map(|algorithm| format!("\"{algorithm}\""));
    let explanation = Explanation::new("alg", format!("\"{found}\""), format::alternatives(names))
        .by(&["algorithms"]);
    if found.family() == Family::Hmac {
        let cause = "the issuer signs with a secret, and this gateway verifies with published keys";
        return explanation.because(Some(cause.to_owned())).mend(
            "let the issuer sign with its private key, or take cache_keys_url and discover away and add a credential with the secret",
        );
    }
    let all = accepted.iter().chain([&found]);
    let all: Vec<&str> = all.map(|algorithm| algorithm.name()).collect();
    explanation.mend(format!(
        "{}, or let the issuer sign with one of them",
        examined.set("algorithms", &format::list(&all))
    ))
}

/// The key that was found, or why there is none.
pub fn key(examined: &Examined<'_>, header: &Header) -> Result<Key, Failure> {
    let claim = || "kid".to_owned();
    match examined.found {
        Some(Ok(key)) => Ok(key.clone()),
        Some(Err(KeyError::Unavailable(failure))) => {
            let explanation = Explanation::new(
                "kid",
                format!("no keys at {}", failure.address),
                format!("the key {}", format::value(header.member("kid"))),
            )
            .by(SOURCES)
            .because(Some(format!(
                "{}; nothing is wrong with the token so far",
                failure.said
            )))
            .mend(way_out(failure));
            Err(Box::new((Refusal::KeysUnavailable, explanation)))
        }
        Some(Err(error)) => {
            let found = "no usable key under this kid";
            let explanation = Explanation::new("kid", found, "a public key")
                .by(SOURCES)
                .because(Some(error.to_string()))
                .mend("publish the public key, in PEM or as a JWK, under this kid");
            Err(Box::new((Refusal::KeyUnusable, explanation)))
        }
        None => {
            let kid = header.member("kid");
            let refusal = match kid {
                Some(Value::String(_)) => Refusal::NoCredential { claim: claim() },
                Some(_) | None => Refusal::KeyMissing { claim: claim() },
            };
            Err(Box::new((refusal, absent(examined, kid))))
        }
    }
}

fn absent(examined: &Examined<'_>, kid: Option<&Value>) -> Explanation {
    let kids = (examined.known_kids)();
    let known = if kids.is_empty() {
        "the name of a published key".to_owned()
    } else {
        format::quoted_alternatives(&kids)
    };
    let name = kid.and_then(Value::as_str);
    let words = name.map(|kid| (examined.source_words)(kid).join("; "));
    let words = words.filter(|words| !words.is_empty());
    let near = name.and_then(|kid| unseen::difference(kid, &kids).or_else(|| longer(kid, &kids)));
    let cause = match kid {
        None => Some("published keys go by kid, and the header names none".to_owned()),
        Some(Value::String(_)) => near.or(words),
        Some(_) => Some("kid is no text, and names of keys are".to_owned()),
    };
    Explanation::new("kid", format::value(kid), known)
        .by(SOURCES)
        .because(cause)
        .mend(naming(&kids))
}

const SOURCES: &[&str] = &["cache_keys_url", "discover"];
