//! Tokens as issuers make them, and as nobody should.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
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

/// A Unix time so many seconds from now.
pub fn in_seconds(offset: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + offset
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

/// A private RSA key in PEM.
pub fn generate_rsa_key() -> String {
    generate_rsa_key_pair().0
}

/// A private RSA key in PEM, and what verifies its signatures.
pub fn generate_rsa_key_pair() -> (String, DecodingKey) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der = pair.as_der().unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        BASE64_STANDARD.encode(der.as_ref())
    );
    (pem, DecodingKey::from_rsa_der(pair.public_key().as_ref()))
}
