//! Tokens as issuers make them, and as nobody should.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

/// A token with the usual header.
pub fn mint(claims: &Value, secret: &str) -> String {
    mint_with(Algorithm::HS256, claims, secret)
}

pub fn mint_with(algorithm: Algorithm, claims: &Value, secret: &str) -> String {
    let header = json!({"alg": format!("{algorithm:?}"), "typ": "JWT"});
    seal(
        algorithm,
        header.to_string().as_bytes(),
        claims.to_string().as_bytes(),
        secret,
    )
}

/// Any two byte strings as header and payload, properly signed.
pub fn seal(algorithm: Algorithm, header: &[u8], payload: &[u8], secret: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let key = EncodingKey::from_secret(secret.as_bytes());
    let signature = crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
    format!("{message}.{signature}")
}

pub fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The claims with some of them set to other values, or taken away by null.
pub fn with(mut claims: Value, changes: &Value) -> Value {
    let members = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    claims
}
