//! Keys, each bound to the algorithms it may verify.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use thiserror::Error;

use super::algorithm::Algorithm;

/// A parsed verification key. It prints nothing of itself.
#[derive(Clone)]
pub struct Key {
    decoding: DecodingKey,
}

/// Why key material was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// An HMAC secret without a single byte would accept tokens that anybody can make.
    #[error("the secret is empty")]
    EmptySecret,
    /// A public key as HMAC secret is known to everybody who has the key.
    #[error("the secret is a PEM file; a public key or certificate must never be used as a secret")]
    PemAsSecret,
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
            decoding: DecodingKey::from_secret(secret),
        })
    }

    /// Whether `signature` is this key's over `message`. The library compares in constant time.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let signature = URL_SAFE_NO_PAD.encode(signature);
        jsonwebtoken::crypto::verify(&signature, message, &self.decoding, algorithm.jws())
            .unwrap_or(false)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn material_that_cannot_be_a_secret_is_refused() {
        assert_eq!(Key::from_secret(b"").unwrap_err(), KeyError::EmptySecret);
        let pem = b"\n-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";
        assert_eq!(Key::from_secret(pem).unwrap_err(), KeyError::PemAsSecret);
    }

    #[test]
    fn a_key_prints_nothing_of_itself() {
        let key = Key::from_secret(b"hunter2hunter2hunter2hunter2").unwrap();
        assert_eq!(format!("{key:?}"), "Key(..)");
    }
}
