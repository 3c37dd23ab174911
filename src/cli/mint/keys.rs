//! What tokens are signed with: a private key that the command line names, or the secret of the issuer.

use std::collections::BTreeSet;

use crate::token::algorithm::{Algorithm, Family};
use crate::token::issuer::{Issuer, Keys};
use crate::token::key::Key;
use crate::token::signing::SigningKey;

use super::arguments::MintArguments;
use super::error::MintError;
use super::recipe::Destination;

/// The key of a token of this issuer, and the first of its algorithms that the key can sign with.
pub fn of_issuer(
    arguments: &MintArguments,
    destination: &Destination,
    issuer: &Issuer,
) -> Result<(Algorithm, SigningKey), MintError> {
    if issuer.algorithms.is_empty() {
        return Err(MintError::Algorithm);
    }
    let key = match named(arguments)? {
        Some(pem) => SigningKey::from_any_pem(&pem)?,
        None => secret(issuer).ok_or_else(|| MintError::KeyNeeded {
            whose: destination.whose(),
            others: others(destination),
        })?,
    };
    let mut algorithms = issuer.algorithms.iter();
    let algorithm = algorithms.find(|algorithm| key.is_for(**algorithm));
    match algorithm {
        Some(algorithm) => Ok((*algorithm, key)),
        None => Err(unfit(destination.whose(), issuer)),
    }
}

/// The private key that the command line names.
fn named(arguments: &MintArguments) -> Result<Option<Vec<u8>>, MintError> {
    match (&arguments.key_file, &arguments.key_env) {
        (Some(path), _) => {
            let read = std::fs::read(path).map_err(|source| MintError::File {
                path: path.display().to_string(),
                source,
            });
            read.map(Some)
        }
        (None, Some(name)) => Ok(Some(unescaped(&variable(name)?).into_bytes())),
        (None, None) => Ok(None),
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

fn unfit(whose: String, issuer: &Issuer) -> MintError {
    let algorithms: Vec<&str> = issuer.algorithms.iter().map(|one| one.name()).collect();
    let algorithms = algorithms.join(" or ");
    let kinds = issuer.algorithms.iter().filter_map(|one| kind(*one));
    let kinds: BTreeSet<&str> = kinds.collect();
    if kinds.is_empty() {
        return MintError::SecretNeeded { whose, algorithms };
    }
    MintError::OtherKey {
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
        Family::Ed25519 => Some("an Ed25519 key"),
    }
}

/// What a variable of the environment holds.
pub fn variable(name: &str) -> Result<String, MintError> {
    std::env::var(name).map_err(|_| MintError::Variable(name.to_owned()))
}

/// Files of variables have one line for each, so line breaks are often written as two characters.
pub fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n")
}

const MOST_LISTED: usize = 5;
