//! What a keys URL answers: a JWK Set (RFC 7517 section 5), or a JSON object of X.509 certificates by `kid`.

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

use crate::token::algorithm::Algorithm;
use crate::token::key::{Key, KeyError};

use super::answer::{self, Unfit};

/// The keys of one document, by `kid`; unusable ones with what is wrong with them.
pub type KeySet = BTreeMap<String, Result<Key, KeyError>>;

/// Why a document was refused as a whole.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// It cannot be read as JSON.
    #[error("the answer is not JSON: it is {}", .0.said)]
    NotJson(Unfit),
    /// It is JSON of another shape.
    #[error("the answer is neither a JWK Set nor an object of certificates by kid: it is {}", .0.said)]
    NotKeySet(Unfit),
}

impl DocumentError {
    /// What the document is instead.
    #[must_use]
    pub fn into_unfit(self) -> Unfit {
        let said = self.to_string();
        match self {
            Self::NotJson(unfit) | Self::NotKeySet(unfit) => Unfit { said, ..unfit },
        }
    }
}

/// Reads the body of a keys URL. Keys without a `kid` cannot be asked for, and are left out.
///
/// Keys that are for none of the `algorithms` cannot be used. A map without any certificate is no map: a server that answers
/// errors in JSON must not take away all keys. A JWK Set may be empty.
///
/// # Errors
/// [`DocumentError`].
pub fn parse(body: &[u8], algorithms: &[Algorithm]) -> Result<KeySet, DocumentError> {
    let document: Value =
        serde_json::from_slice(body).map_err(|_| DocumentError::NotJson(answer::describe(body)))?;
    let not_key_set = || DocumentError::NotKeySet(answer::describe(body));
    let members = document.as_object().ok_or_else(not_key_set)?;
    if let Some(Value::Array(jwks)) = members.get("keys") {
        return Ok(collect(jwks.iter().filter_map(from_jwk), algorithms));
    }
    let certificates: Vec<Entry> = members.iter().filter_map(from_certificate).collect();
    if certificates.iter().all(|(_, key)| key.is_err()) {
        return Err(not_key_set());
    }
    Ok(collect(certificates.into_iter(), algorithms))
}

/// How many keys of a JWK Set have no `kid`, so that nobody can ask for them.
#[must_use]
pub fn nameless(body: &[u8]) -> usize {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let keys = document.get("keys").and_then(Value::as_array);
    let is_nameless = |jwk: &&Value| jwk.get("kty").is_some() && jwk.get("kid").is_none();
    keys.map_or(0, |keys| keys.iter().filter(is_nameless).count())
}

type Entry = (String, Result<Key, KeyError>);

/// The first usable key of each `kid`; one for encryption may share it with one for signatures (RFC 7517 section 4.5).
fn collect(entries: impl Iterator<Item = Entry>, algorithms: &[Algorithm]) -> KeySet {
    let mut keys = KeySet::new();
    for (kid, key) in entries {
        let key = key.and_then(|key| key.for_algorithms(algorithms));
        if !keys.get(&kid).is_some_and(Result::is_ok) {
            keys.insert(kid, key);
        }
    }
    keys
}

fn from_jwk(jwk: &Value) -> Option<Entry> {
    let members = jwk.as_object()?;
    let kid = members.get("kid")?.as_str()?;
    Some((kid.to_owned(), Key::from_jwk(members)))
}

fn from_certificate((kid, pem): (&String, &Value)) -> Option<Entry> {
    Some((kid.clone(), Key::from_pem(pem.as_str()?.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_set_is_refused() {
        for body in ["", "<html>404</html>", "[]", "null", "\"x\"", "{"] {
            assert!(parse(body.as_bytes(), &[]).is_err(), "{body}");
        }
    }

    #[test]
    fn keys_of_other_types_do_not_spoil_the_set() {
        let body = r#"{"keys": [
            {"kty": "EC", "kid": "ec", "crv": "secp256k1"},
            {"kty": "RSA", "kid": "encryption", "use": "enc", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": 5, "n": "AQAB", "e": "AQAB"},
            5,
            {"kty": "RSA", "kid": "good", "n": "AQAB", "e": "AQAB"}
        ]}"#;
        let keys = parse(body.as_bytes(), &[]).unwrap();
        let usable: Vec<(&str, bool)> = keys
            .iter()
            .map(|(kid, key)| (kid.as_str(), key.is_ok()))
            .collect();
        assert_eq!(
            usable,
            [("ec", false), ("encryption", false), ("good", true)]
        );
    }

    #[test]
    fn keys_for_other_algorithms_are_not_used() {
        let body = r#"{"keys": [
            {"kty": "RSA", "kid": "any", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "shared", "use": "enc", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "shared", "use": "sig", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "shared", "use": "enc", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "pss", "alg": "PS256", "n": "AQAB", "e": "AQAB"},
            {"kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
        ]}"#;
        for (algorithms, usable) in [
            (vec![Algorithm::Rs256], vec!["any", "shared"]),
            (vec![Algorithm::Ps256], vec!["any", "pss", "shared"]),
            (vec![Algorithm::EdDsa], vec!["ed"]),
            (vec![Algorithm::Es256], vec![]),
            (vec![Algorithm::Es256, Algorithm::Hs256], vec![]),
            (
                vec![Algorithm::Rs256, Algorithm::EdDsa],
                vec!["any", "ed", "shared"],
            ),
        ] {
            let keys = parse(body.as_bytes(), &algorithms).unwrap();
            let found = keys.iter().filter(|(_, key)| key.is_ok());
            let found: Vec<&String> = found.map(|(kid, _)| kid).collect();
            assert_eq!(found, usable, "{algorithms:?}");
        }
    }

    #[test]
    fn a_map_without_certificates_is_refused_and_an_empty_set_is_not() {
        for body in ["{}", r#"{"error": "try later"}"#, r#"{"keys": 5}"#] {
            assert!(parse(body.as_bytes(), &[]).is_err(), "{body}");
        }
        assert!(parse(br#"{"keys": []}"#, &[]).unwrap().is_empty());
    }
}
