//! Keys, each bound to the algorithms it may verify.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, DecodingKeyKind};
use serde_json::{Map, Value};
use thiserror::Error;

use super::algorithm::{Algorithm, Family};

/// A parsed verification key. It prints nothing of itself.
#[derive(Clone)]
pub struct Key {
    family: Family,
    decoding: DecodingKey,
}

/// Why key material was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// An HMAC secret without a single byte would accept tokens that anybody can make.
    #[error("the secret is empty")]
    EmptySecret,
    /// A public key as HMAC secret is known to everybody who has the key.
    #[error("the secret is a PEM file; a public key or certificate must never be used as a secret")]
    PemAsSecret,
    /// There is no public RSA key in the text.
    #[error("no RSA public key in PEM: neither PUBLIC KEY, RSA PUBLIC KEY nor CERTIFICATE")]
    NotPublicKey(#[source] jsonwebtoken::errors::Error),
    /// A JWK is not for signatures with RSA.
    #[error("a key with {0} is not for RSA signatures")]
    NotForSignatures(String),
    /// A JWK lacks a member, or it is not base64url.
    #[error("the member {0} is missing or not base64url")]
    Member(&'static str),
}

impl Key {
    /// An HMAC secret, for HS256, HS384 and HS512.
    ///
    /// # Errors
    /// Material that cannot be a secret: [`KeyError`].
    pub fn from_secret(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.is_empty() {
            return Err(KeyError::EmptySecret);
        }
        if secret.trim_ascii_start().starts_with(b"-----BEGIN ") {
            return Err(KeyError::PemAsSecret);
        }
        Ok(Self {
            family: Family::Hmac,
            decoding: DecodingKey::from_secret(secret),
        })
    }

    /// An RSA public key in PEM: SPKI, PKCS#1, or the one of an X.509 certificate. The first of several counts.
    ///
    /// # Errors
    /// [`KeyError::NotPublicKey`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        Ok(Self {
            family: Family::Rsa,
            decoding: DecodingKey::from_rsa_pem(pem).map_err(KeyError::NotPublicKey)?,
        })
    }

    /// An RSA public key as a JWK (RFC 7517 section 4, RFC 7518 section 6.3.1).
    ///
    /// # Errors
    /// Keys of other types or for other uses: [`KeyError`].
    pub fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, KeyError> {
        check_purpose(jwk)?;
        let number = |name: &'static str| {
            let encoded = jwk.get(name).and_then(Value::as_str);
            encoded
                .and_then(|encoded| URL_SAFE_NO_PAD.decode(encoded).ok())
                .ok_or(KeyError::Member(name))
        };
        Ok(Self {
            family: Family::Rsa,
            decoding: DecodingKey::from_rsa_raw_components(&number("n")?, &number("e")?),
        })
    }

    /// Keys that the same secret would be if issuer or server had wrapped it, each with what would have happened.
    ///
    /// They explain a signature that does not match, and are never used to accept one.
    #[must_use]
    pub fn mistaken(&self) -> Vec<(&'static str, Self)> {
        let (Family::Hmac, DecodingKeyKind::SecretOrDer(secret)) =
            (self.family, self.decoding.kind())
        else {
            return Vec::new();
        };
        let secrets = mistaken_secrets(secret).into_iter();
        let keys = secrets.filter(|(_, mistaken)| mistaken != secret);
        keys.map(|(mistake, secret)| {
            let decoding = DecodingKey::from_secret(&secret);
            let family = Family::Hmac;
            (mistake, Self { family, decoding })
        })
        .collect()
    }

    /// Whether `signature` is this key's over `message`. The library compares in constant time.
    ///
    /// No key verifies signatures of another family, whatever bytes it consists of.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let signature = URL_SAFE_NO_PAD.encode(signature);
        self.family == algorithm.family()
            && jsonwebtoken::crypto::verify(&signature, message, &self.decoding, algorithm.jws())
                .unwrap_or(false)
    }
}

fn mistaken_secrets(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = secret.trim_ascii();
    let unquoted = text
        .strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""))
        .or_else(|| text.strip_prefix(b"'")?.strip_suffix(b"'"));
    let mut secrets = vec![
        (
            "the issuer signs with the secret and a line break after it",
            [secret, b"\n"].concat(),
        ),
        (
            "the issuer signs with the secret and a line break after it",
            [secret, b"\r\n"].concat(),
        ),
        (
            "the server's secret has a line break or blanks around it",
            text.to_vec(),
        ),
        (
            "the issuer signs with the base64 form of the server's secret",
            STANDARD.encode(secret).into_bytes(),
        ),
        (
            "the issuer signs with the base64url form of the server's secret",
            URL_SAFE_NO_PAD.encode(secret).into_bytes(),
        ),
        ("the issuer signs with an empty secret", Vec::new()),
    ];
    let unpadded = text.trim_ascii_end();
    let unpadded = unpadded
        .strip_suffix(b"==")
        .or_else(|| unpadded.strip_suffix(b"="))
        .unwrap_or(unpadded);
    let decoded = STANDARD_NO_PAD
        .decode(unpadded)
        .or_else(|_| URL_SAFE_NO_PAD.decode(unpadded));
    secrets.extend(decoded.map(|bytes| {
        (
            "the server has the secret in base64, and the issuer signs with what it stands for",
            bytes,
        )
    }));
    secrets.extend(hexadecimal(text).map(|bytes| ("the server has the secret in hex digits, and the issuer signs with what they stand for", bytes)));
    secrets
        .extend(unquoted.map(|bytes| ("the server's secret has quotes around it", bytes.to_vec())));
    secrets
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let pairs = text.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// A JWK says what it is for in `kty`, `use` and `alg`; the last two may be left out.
fn check_purpose(jwk: &Map<String, Value>) -> Result<(), KeyError> {
    let unfit = |name: &str| Err(KeyError::NotForSignatures(describe(name, jwk.get(name))));
    let is = |name: &str, fits: fn(&str) -> bool| {
        jwk.get(name)
            .is_none_or(|value| value.as_str().is_some_and(fits))
    };
    if jwk.get("kty").and_then(Value::as_str) != Some("RSA") {
        return unfit("kty");
    }
    if !is("use", |purpose| purpose == "sig") {
        return unfit("use");
    }
    if !is("alg", |name| {
        Algorithm::from_name(name).is_some_and(|algorithm| algorithm.family() == Family::Rsa)
    }) {
        return unfit("alg");
    }
    Ok(())
}

fn describe(name: &str, value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => {
            let text: String = text.chars().take(32).collect();
            format!("{name} {text:?}")
        }
        Some(_) => format!("a {name} that is no string"),
        None => format!("no {name}"),
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn material_that_cannot_be_a_secret_is_refused() {
        assert_eq!(Key::from_secret(b"").unwrap_err(), KeyError::EmptySecret);
        let pem = b"\n-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";
        assert_eq!(Key::from_secret(pem).unwrap_err(), KeyError::PemAsSecret);
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        for text in [
            "",
            "<html>404</html>",
            "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
        ] {
            assert!(Key::from_pem(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_jwk_for_anything_but_rsa_signatures_is_refused() {
        for (jwk, found) in [
            (json!({"n": "AQAB", "e": "AQAB"}), "no kty"),
            (json!({"kty": "EC"}), "kty \"EC\""),
            (json!({"kty": 5}), "a kty that is no string"),
            (json!({"kty": "RSA", "use": "enc"}), "use \"enc\""),
            (json!({"kty": "RSA", "alg": "RSA-OAEP"}), "alg \"RSA-OAEP\""),
            (json!({"kty": "RSA", "alg": "HS256"}), "alg \"HS256\""),
            (json!({"kty": "RSA", "alg": "PS256"}), "alg \"PS256\""),
        ] {
            let error = Key::from_jwk(jwk.as_object().unwrap()).unwrap_err();
            assert_eq!(error, KeyError::NotForSignatures(found.to_owned()), "{jwk}");
        }
        for (jwk, missing) in [
            (json!({"kty": "RSA", "e": "AQAB"}), "n"),
            (json!({"kty": "RSA", "n": "AQAB"}), "e"),
            (json!({"kty": "RSA", "n": "a+b", "e": "AQAB"}), "n"),
        ] {
            let error = Key::from_jwk(jwk.as_object().unwrap()).unwrap_err();
            assert_eq!(error, KeyError::Member(missing), "{jwk}");
        }
    }

    #[test]
    fn a_key_verifies_nothing_of_another_family() {
        let key = Key::from_secret(b"secret").unwrap();
        for algorithm in Algorithm::ALL {
            assert!(!key.verifies(algorithm, b"message", b""), "{algorithm}");
        }
    }

    #[test]
    fn a_key_prints_nothing_of_itself() {
        let key = Key::from_secret(b"hunter2hunter2hunter2hunter2").unwrap();
        assert_eq!(format!("{key:?}"), "Key(..)");
    }
}
