//! What tokens are signed with: a private key that is given, or the secret of the issuer.

use std::collections::BTreeSet;

use crate::token::algorithm::{Algorithm, Family};
use crate::token::issuer::{Issuer, Keys};
use crate::token::key::Key;
use crate::token::signing::SigningKey;

use super::error::NotMinted;
use super::recipe::Destination;

/// The key of a token of this issuer, and the first of its algorithms that the key can sign with.
///
/// # Errors
/// [`NotMinted`].
pub fn of_issuer(
    given: Option<SigningKey>,
    destination: &Destination,
    issuer: &Issuer,
) -> Result<(Algorithm, SigningKey), NotMinted> {
    if issuer.algorithms.is_empty() {
        return Err(NotMinted::Algorithm);
    }
    let key = given.or_else(|| secret(issuer));
    let key = key.ok_or_else(|| NotMinted::KeyNeeded {
        whose: destination.whose(),
        others: others(destination),
    })?;
    let mut algorithms = issuer.algorithms.iter();
    let algorithm = algorithms.find(|algorithm| key.is_for(**algorithm));
    match algorithm {
        Some(algorithm) => Ok((*algorithm, key)),
        None => Err(unfit(destination.whose(), issuer)),
    }
}

fn secret(issuer: &Issuer) -> Option<SigningKey> {
    match &issuer.keys {
        Keys::Fixed(keys) => keys.first().and_then(Key::signing),
        Keys::ById(_) => None,
    }
}

/// The options that name issuers whose secret is here.
fn others(destination: &Destination) -> String {
    let issuers = destination.host.policy.issuers.iter();
    let with_secret = issuers.filter(|issuer| secret(issuer).is_some());
    let options: Vec<String> = with_secret
        .map(|issuer| format!("--issuer {}", issuer.name))
        .take(MOST_LISTED)
        .collect();
    if options.is_empty() {
        return String::new();
    }
    format!(", or an issuer with a secret: {}", options.join(", "))
}

fn unfit(whose: String, issuer: &Issuer) -> NotMinted {
    let algorithms: Vec<&str> = issuer.algorithms.iter().map(|one| one.name()).collect();
    let algorithms = algorithms.join(" or ");
    let kinds = issuer.algorithms.iter().filter_map(|one| kind(*one));
    let kinds: BTreeSet<&str> = kinds.collect();
    if kinds.is_empty() {
        return NotMinted::SecretNeeded { whose, algorithms };
    }
    NotMinted::OtherKey {
        whose,
        algorithms,
        kinds: kinds.into_iter().collect::<Vec<_>>().join(" or "),
    }
}

/// The private key that an algorithm takes.
const fn kind(algorithm: Algorithm) -> Option<&'static str> {
    match algorithm.family() {
        Family::Hmac => None,
        Family::Rsa | Family::RsaPss => Some("an RSA key"),
        Family::P256 => Some("a P-256 key"),
        Family::P384 => Some("a P-384 key"),
        Family::P521 => Some("a P-521 key"),
        Family::Ed25519 => Some("an Ed25519 key"),
    }
}

const MOST_LISTED: usize = 5;
