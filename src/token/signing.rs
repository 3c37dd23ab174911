//! Tokens made here: for trying things, and to show to others. Nothing that decides needs this.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::algorithm::{Algorithm, Family};

/// What a token is signed with. It prints nothing of itself.
#[derive(Clone)]
pub struct SigningKey {
    family: Family,
    encoding: EncodingKey,
}

/// Why a token cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SigningError {
    /// The text has no private key.
    #[error("no RSA private key in PEM: neither RSA PRIVATE KEY (PKCS#1) nor PRIVATE KEY (PKCS#8)")]
    NotPrivateKey,
    /// The key is for other algorithms.
    #[error("the key cannot sign with {0}")]
    OtherAlgorithm(Algorithm),
}

impl SigningKey {
    /// An HMAC secret.
    #[must_use]
    pub fn from_secret(secret: &[u8]) -> Self {
        Self {
            family: Family::Hmac,
            encoding: EncodingKey::from_secret(secret),
        }
    }

    /// An RSA private key in PEM, as PKCS#1 or PKCS#8. It signs once, to see that it can.
    ///
    /// # Errors
    /// [`SigningError::NotPrivateKey`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, SigningError> {
        let is_private = pem
            .windows(PRIVATE.len())
            .any(|part| part == PRIVATE.as_bytes());
        let encoding = EncodingKey::from_rsa_pem(pem).ok().filter(|_| is_private);
        let encoding = encoding.ok_or(SigningError::NotPrivateKey)?;
        let signed = jsonwebtoken::crypto::sign(b"", &encoding, Algorithm::Rs256.jws());
        signed.map_err(|_| SigningError::NotPrivateKey)?;
        Ok(Self {
            family: Family::Rsa,
            encoding,
        })
    }

    /// Makes a token. The header gets a `kid` if there is one.
    ///
    /// # Errors
    /// [`SigningError::OtherAlgorithm`].
    pub fn sign(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        claims: &Map<String, Value>,
    ) -> Result<String, SigningError> {
        let family = match algorithm.family() {
            Family::RsaPss => Family::Rsa,
            family => family,
        };
        if family != self.family {
            return Err(SigningError::OtherAlgorithm(algorithm));
        }
        let header = match kid {
            Some(kid) => json!({ "alg": algorithm.name(), "typ": "JWT", "kid": kid }),
            None => json!({ "alg": algorithm.name(), "typ": "JWT" }),
        };
        let encode = |part: String| URL_SAFE_NO_PAD.encode(part);
        let claims = encode(Value::Object(claims.clone()).to_string());
        let input = format!("{}.{claims}", encode(header.to_string()));
        let signature =
            jsonwebtoken::crypto::sign(input.as_bytes(), &self.encoding, algorithm.jws());
        let signature = signature.map_err(|_| SigningError::NotPrivateKey)?;
        Ok(format!("{input}.{signature}"))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(..)")
    }
}

const PRIVATE: &str = "PRIVATE KEY-----";

#[cfg(test)]
mod tests {
    use super::*;

    const PKCS8: &[u8] = include_bytes!("../../tests/data/rsa-private.pem");
    const PUBLIC: &[u8] = include_bytes!("../../tests/data/rsa-public.pem");

    #[test]
    fn only_a_private_key_signs_and_only_with_its_algorithms() {
        for text in [
            PUBLIC,
            b"",
            b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        ] {
            assert!(SigningKey::from_pem(text).is_err());
        }
        let claims = Map::new();
        for (key, prefixes) in [
            (
                SigningKey::from_pem(PKCS8).unwrap(),
                ["RS", "PS"].as_slice(),
            ),
            (SigningKey::from_secret(b"secret"), &["HS"]),
        ] {
            for algorithm in Algorithm::ALL {
                let signed = key.sign(algorithm, None, &claims).is_ok();
                assert_eq!(
                    signed,
                    prefixes.contains(&algorithm.prefix()),
                    "{algorithm}"
                );
            }
        }
    }
}
