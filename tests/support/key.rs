//! Key pairs made for one test.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::DecodingKey;

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
