//! What a keys URL answers: a JWK Set (RFC 7517 section 5), or a JSON object of X.509 certificates by `kid`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::token::key::{Key, KeyError};

/// The keys of one document, by `kid`; unusable ones with what is wrong with them.
pub type KeySet = BTreeMap<String, Result<Key, KeyError>>;

/// Why a document was refused as a whole.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// It is no JSON.
    #[error("the answer is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// It is JSON of another shape.
    #[error("the answer is neither a JWK Set nor an object of certificates by kid")]
    NotKeySet,
}

/// Reads the body of a keys URL. Keys without a `kid` cannot be asked for, and are left out.
///
/// # Errors
/// [`DocumentError`].
pub fn parse(body: &[u8]) -> Result<KeySet, DocumentError> {
    match serde_json::from_slice(body).map_err(DocumentError::NotJson)? {
        Value::Object(members) => Ok(match members.get("keys") {
            Some(Value::Array(keys)) => keys.iter().filter_map(from_jwk).collect(),
            _ => certificates(&members),
        }),
        _ => Err(DocumentError::NotKeySet),
    }
}

fn from_jwk(jwk: &Value) -> Option<(String, Result<Key, KeyError>)> {
    let members = jwk.as_object()?;
    let kid = members.get("kid")?.as_str()?;
    Some((kid.to_owned(), Key::from_jwk(members)))
}

fn certificates(members: &Map<String, Value>) -> KeySet {
    members
        .iter()
        .filter_map(|(kid, pem)| Some((kid.clone(), Key::from_pem(pem.as_str()?.as_bytes()))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_set_is_refused() {
        for body in ["", "<html>404</html>", "[]", "null", "\"x\"", "{"] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn keys_of_other_types_do_not_spoil_the_set() {
        let body = r#"{"keys": [
            {"kty": "EC", "kid": "ec", "crv": "P-256"},
            {"kty": "RSA", "kid": "encryption", "use": "enc", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": 5, "n": "AQAB", "e": "AQAB"},
            5,
            {"kty": "RSA", "kid": "good", "n": "AQAB", "e": "AQAB"}
        ]}"#;
        let keys = parse(body.as_bytes()).unwrap();
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
    fn a_certificate_that_is_none_does_not_spoil_the_map() {
        let keys = parse(br#"{"a": "garbage", "b": 5}"#).unwrap();
        assert_eq!(keys.len(), 1);
        assert!(keys["a"].is_err());
    }
}
