//! Denials for a signature that does not match.

use super::super::algorithm::{Algorithm, Family};
use super::super::compact::Compact;
use super::super::key::Key;
use super::super::policy::{Keys, Policy};
use super::super::signature::{Signature, matches};
use super::key::{SOURCES, header};
use super::{Examined, Explanation, format, secret};

pub fn explain(examined: &Examined<'_>) -> Explanation {
    let algorithm = examined.policy.algorithm;
    let is_secret = algorithm.is_none_or(|algorithm| algorithm.family() == Family::Hmac);
    match (&examined.policy.keys, examined.found) {
        (Keys::ById, Some(Err(error))) => Explanation::new(
            "signature",
            "no usable key under this kid",
            format!("a public key for {}", name(algorithm)),
        )
        .by(SOURCES)
        .because(Some(error.to_string()))
        .mend("publish the public key, in PEM or as a JWK, under this kid"),
        (Keys::Fixed(_), _) if is_secret => Explanation::new(
            "signature",
            "one that does not match",
            format!("an {} signature with the host's secret", name(algorithm)),
        )
        .by(&["app_secret", "app_secret_file", "app_secret_credential"])
        .because(Some(mistaken_secret(examined)))
        .mend("give issuer and server the same secret, to the byte"),
        (Keys::ById, _) => of_public_key(examined).by(SOURCES),
        (Keys::Fixed(_), _) => of_public_key(examined).by(&["public_key_file", "app_secret"]),
    }
}

fn of_public_key(examined: &Examined<'_>) -> Explanation {
    let algorithm = name(examined.policy.algorithm);
    let kid = examined.token.and_then(kid);
    let by_id = matches!(examined.policy.keys, Keys::ById);
    let key = match &examined.policy.keys {
        Keys::ById => examined
            .found
            .as_ref()
            .and_then(|found| found.as_ref().ok()),
        Keys::Fixed(keys) => keys.first(),
    };
    let named = kid
        .filter(|_| by_id)
        .map(|kid| format!(" {}", format::quote(&kid)));
    let named = named.unwrap_or_default();
    let print = key.and_then(|key| key.facts().fingerprint.as_deref());
    let print = print.map_or_else(String::new, |print| format!(" (fingerprint {print})"));
    let weakness = key.and_then(|key| key.facts().weakness());
    Explanation::new(
        "signature",
        "one that does not match",
        format!("an {algorithm} signature of the key{named}{print}"),
    )
    .because(Some(weakness.map_or_else(
        || "the issuer signs with another key, or the token was changed".to_owned(),
        |weakness| format!("the key is {weakness}"),
    )))
    .mend("publish the public key that belongs to the issuer's private key")
}

fn kid(token: &str) -> Option<String> {
    let header = header(token)?;
    header.member("kid")?.as_str().map(str::to_owned)
}

/// Tries what people do to secrets; says which one fits, and shows none.
fn mistaken_secret(examined: &Examined<'_>) -> String {
    let Keys::Fixed(keys) = &examined.policy.keys else {
        return String::new();
    };
    let mistakes = keys
        .iter()
        .filter_map(Key::secret)
        .flat_map(secret::mistaken);
    let mut fitting = mistakes.filter(|(_, secret)| fits(examined, &Key::hmac(secret)));
    if let Some((mistake, _)) = fitting.next() {
        return mistake.to_owned();
    }
    let is_its = |policy: &Policy| match &policy.keys {
        Keys::Fixed(keys) => keys.iter().any(|key| fits(examined, key)),
        Keys::ById => false,
    };
    let mut neighbours = examined.neighbours.iter();
    neighbours.find(|(_, policy)| is_its(policy)).map_or_else(
        || "the issuer has another secret, or the token was changed".to_owned(),
        |(host, _)| format!("the token is for the host {host}, whose secret fits"),
    )
}

fn fits(examined: &Examined<'_>, key: &Key) -> bool {
    let parts = examined.token.and_then(|token| Compact::split(token).ok());
    let (Some(parts), Some(algorithm)) = (parts, examined.policy.algorithm) else {
        return false;
    };
    Signature::decode(parts.signature)
        .is_ok_and(|signature| matches(parts.signing_input, &signature, key, algorithm))
}

fn name(algorithm: Option<Algorithm>) -> &'static str {
    algorithm.map_or("known", Algorithm::name)
}
