//! Tokens as attackers make them.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::Algorithm::HS256;
use serde_json::{Value, json};

use crate::daemon::fixture::SECRET;
use support::time::in_seconds;
use support::token::{encode, seal};

/// What is tried, the token, and the code of the reason why it is denied.
pub type Attack = (String, String, &'static str);

pub const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

pub fn row(name: impl Into<String>, token: String, code: &'static str) -> Attack {
    (name.into(), token, code)
}

pub fn claims() -> String {
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "meeting", "exp": in_seconds(600),
    });
    claims.to_string()
}

/// A token with this member last among its claims, in place of the usual one.
pub fn claiming(member: &str) -> String {
    let mut usual: Value = serde_json::from_str(&claims()).unwrap();
    let names = usual.as_object_mut().unwrap();
    names.retain(|name, _| !member.contains(&format!("\"{name}\":")));
    let usual = usual.to_string();
    signed(
        HEADER,
        &format!("{},{member}}}", usual.trim_end_matches('}')),
    )
}

pub fn header_with(member: &str) -> String {
    format!("{},{member}}}", HEADER.trim_end_matches('}'))
}

pub fn rsa_header(kid: &str) -> String {
    json!({"alg": "RS256", "typ": "JWT", "kid": kid}).to_string()
}

pub fn signed(header: &str, claims: &str) -> String {
    seal(HS256, header.as_bytes(), claims.as_bytes(), SECRET)
}

pub fn hmac(secret: &[u8], header: &str, claims: &str) -> String {
    let input = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    );
    format!("{input}.{}", hmac_of(secret, &input))
}

pub fn hmac_of(secret: &[u8], input: &str) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(secret);
    jsonwebtoken::crypto::sign(input.as_bytes(), &key, HS256).unwrap()
}

/// A good token whose signature has both digits in which base64url differs from base64.
pub fn with_both_odd_digits() -> String {
    let tokens = (0..).map(|id| claiming(&format!(r#""jti":"{id}""#)));
    let is_odd = |token: &String| {
        let signature = token.rsplit('.').next().unwrap();
        signature.contains('-') && signature.contains('_')
    };
    tokens.into_iter().find(is_odd).unwrap()
}

/// The same signature with bits set that its last digit has to spare.
pub fn with_stray_bits(signature: &str) -> String {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = signature.split_at(signature.len() - 1);
    let digit = DIGITS.find(last).unwrap();
    format!("{rest}{}", &DIGITS[digit + 1..=digit + 1])
}

pub static RSA: LazyLock<Rsa> = LazyLock::new(Rsa::generate);

pub struct Rsa(KeyPair);

impl Rsa {
    pub fn generate() -> Self {
        Self(KeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    pub fn signed(&self, header: &str) -> String {
        let input = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(claims().as_bytes())
        );
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                input.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{input}.{}", encode(&signature))
    }

    pub fn der(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        der.as_ref().to_vec()
    }

    pub fn pem(&self, line_break: &str) -> String {
        let digits = BASE64_STANDARD.encode(self.der());
        let lines: Vec<&str> = digits
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let lines = lines.join(line_break);
        format!(
            "-----BEGIN PUBLIC KEY-----{line_break}{lines}{line_break}-----END PUBLIC KEY-----{line_break}"
        )
    }

    /// What a verifier that confuses kinds of keys may take for a secret.
    pub fn as_secrets(&self) -> Vec<(&'static str, Vec<u8>)> {
        let pem = self.pem("\n");
        vec![
            ("the PEM", pem.clone().into_bytes()),
            (
                "the PEM without its last line break",
                pem.trim_end().as_bytes().to_vec(),
            ),
            ("the PEM with CRLF", self.pem("\r\n").into_bytes()),
            (
                "the PEM with a line break before",
                format!("\n{pem}").into_bytes(),
            ),
            ("the DER", self.der()),
            ("the DER and a line break", [&*self.der(), b"\n"].concat()),
            (
                "the modulus",
                self.0
                    .public_key()
                    .modulus()
                    .big_endian_without_leading_zero()
                    .to_vec(),
            ),
            (
                "the base64",
                BASE64_STANDARD.encode(self.der()).into_bytes(),
            ),
        ]
    }
}
