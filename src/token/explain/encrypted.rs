//! Encrypted tokens (JWE), which only their provider can read.

use serde_json::Value;

use super::super::header::Header;
use super::super::reason::Reason;
use super::examined::Examined;
use super::explanation::Explanation;
use super::provider::Provider;
use super::{format, reading};

/// Explains a token that is encrypted. None where it is none of that kind.
pub fn explain(reason: &Reason, examined: &Examined<'_>) -> Option<Explanation> {
    let token = examined.token.filter(|_| is_of_form(reason))?;
    let header = reading::header(token)?;
    let is_encrypted = token.split('.').count() == 5 && header.member("enc").is_some();
    is_encrypted.then(|| {
        Explanation::new(
            "token",
            found(&header),
            "a signed token: three parts with a dot between them",
        )
        .because(Some(cause(&header)))
        .mend(remedy(&header))
    })
}

/// Whether a token that is encrypted is denied for this: it has neither a key nor parts that are known here.
const fn is_of_form(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::NotThreeParts
            | Reason::KeyIdMissing
            | Reason::KeyIdNotText
            | Reason::KeyNotFound
            | Reason::AlgorithmMissing
            | Reason::AlgorithmNotRsa
    )
}

fn text<'a>(header: &'a Header, name: &str) -> &'a str {
    header
        .member(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn found(header: &Header) -> String {
    let shown = |name| format::value(header.member(name));
    format!(
        "an encrypted token in five parts (JWE, {} with {})",
        shown("alg"),
        shown("enc")
    )
}

/// Whoever encrypts to a key that is agreed on can only mean himself.
fn cause(header: &Header) -> String {
    let provider = Provider::of_issuer(text(header, "iss")).map(|provider| provider.name);
    match provider {
        Some(name) => format!("this is an access token of {name} for its own API, which nobody else can read"),
        None if text(header, "alg") == "dir" => {
            "this is an access token that its provider encrypts for itself, and nobody else can read".to_owned()
        }
        None => "the issuer encrypts its tokens, with a key that this server does not have".to_owned(),
    }
}

fn remedy(header: &Header) -> &'static str {
    if text(header, "iss").contains("auth0.com") {
        "name an API of your own as audience where users log in: then Auth0 answers with a signed token"
    } else if text(header, "alg") == "dir" {
        "ask the provider for an access token for an API of your own (audience or resource), which it signs"
    } else {
        "let the issuer sign tokens, not encrypt them: take the client's encryption key away"
    }
}
