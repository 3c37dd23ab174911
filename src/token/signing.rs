//! Tokens made here: for trying things, and to show to others. Nothing that decides needs this.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use serde_json::{Map, Value};
use thiserror::Error;

use super::algorithm::{Algorithm, Family};

/// What a token is signed with. It prints nothing of itself.
#[derive(Clone)]
pub struct SigningKey {
    family: Family,
    pair: Pair,
}

/// What signs.
#[derive(Clone)]
enum Pair {
    Jws(EncodingKey),
    /// jsonwebtoken has no ES512.
    P521(Arc<EcdsaKeyPair>),
}

/// What the header of a token says beside its `alg`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeaderMembers<'a> {
    /// `typ`, where there is one.
    pub typ: Option<&'a str>,
    /// `kid`, where there is one.
    pub kid: Option<&'a str>,
}

/// Why a token cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SigningError {
    /// The text has no private key of RSA's.
    #[error("no RSA private key in PEM: neither RSA PRIVATE KEY (PKCS#1) nor PRIVATE KEY (PKCS#8)")]
    NotPrivateKey,
    /// The text has no private key of any kind.
    #[error(
        "no private key in PEM: neither RSA PRIVATE KEY (PKCS#1) nor PRIVATE KEY (PKCS#8) with RSA, P-256, P-384, P-521 or Ed25519; \
         openssl pkcs8 -topk8 -nocrypt -in FILE writes an EC PRIVATE KEY so"
    )]
    NoKind,
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
            pair: Pair::Jws(EncodingKey::from_secret(secret)),
        }
    }

    /// An RSA private key in PEM, as PKCS#1 or PKCS#8. It signs once, to see that it can.
    ///
    /// # Errors
    /// [`SigningError::NotPrivateKey`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, SigningError> {
        Self::of_family(Family::Rsa, pem).ok_or(SigningError::NotPrivateKey)
    }

    /// A private key of any kind that issuers sign with, in PEM.
    ///
    /// # Errors
    /// [`SigningError::NoKind`].
    pub fn from_any_pem(pem: &[u8]) -> Result<Self, SigningError> {
        let mut found = KINDS
            .iter()
            .filter_map(|family| Self::of_family(*family, pem));
        found.next().ok_or(SigningError::NoKind)
    }

    fn of_family(family: Family, pem: &[u8]) -> Option<Self> {
        let is_private = pem
            .windows(PRIVATE.len())
            .any(|part| part == PRIVATE.as_bytes());
        if !is_private {
            return None;
        }
        let encoding = match family {
            Family::Hmac => return None,
            Family::P521 => return Self::p521(pem),
            Family::Rsa | Family::RsaPss => EncodingKey::from_rsa_pem(pem),
            Family::P256 | Family::P384 => EncodingKey::from_ec_pem(pem),
            Family::Ed25519 => EncodingKey::from_ed_pem(pem),
        };
        let encoding = encoding.ok()?;
        let mut algorithms = Algorithm::ALL.into_iter();
        let tried = algorithms.find(|algorithm| algorithm.family() == family)?;
        jsonwebtoken::crypto::sign(b"", &encoding, tried.jws()?).ok()?;
        Some(Self {
            family,
            pair: Pair::Jws(encoding),
        })
    }

    /// A private key on P-521, as PKCS#8.
    fn p521(pem: &[u8]) -> Option<Self> {
        let block = pem::parse(pem).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P521_SHA512_FIXED_SIGNING, block.contents());
        Some(Self {
            family: Family::P521,
            pair: Pair::P521(Arc::new(pair.ok()?)),
        })
    }

    /// Whether it can sign with this algorithm.
    #[must_use]
    pub fn is_for(&self, algorithm: Algorithm) -> bool {
        match algorithm.family() {
            Family::RsaPss => self.family == Family::Rsa,
            family => family == self.family,
        }
    }

    /// Makes a token with the usual `typ`. The header gets a `kid` if there is one.
    ///
    /// # Errors
    /// [`SigningError::OtherAlgorithm`].
    pub fn sign(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        claims: &Map<String, Value>,
    ) -> Result<String, SigningError> {
        let typ = Some("JWT");
        self.sign_with(algorithm, HeaderMembers { typ, kid }, claims)
    }

    /// Makes a token with this header.
    ///
    /// # Errors
    /// [`SigningError::OtherAlgorithm`].
    pub fn sign_with(
        &self,
        algorithm: Algorithm,
        header: HeaderMembers<'_>,
        claims: &Map<String, Value>,
    ) -> Result<String, SigningError> {
        if !self.is_for(algorithm) {
            return Err(SigningError::OtherAlgorithm(algorithm));
        }
        let encode = |part: String| URL_SAFE_NO_PAD.encode(part);
        let claims = encode(Value::Object(claims.clone()).to_string());
        let input = format!("{}.{claims}", encode(header.written(algorithm)));
        let signature = self.encoded(algorithm, input.as_bytes());
        let signature = signature.ok_or(SigningError::OtherAlgorithm(algorithm))?;
        Ok(format!("{input}.{signature}"))
    }

    /// A signature in base64url.
    fn encoded(&self, algorithm: Algorithm, message: &[u8]) -> Option<String> {
        match &self.pair {
            Pair::Jws(key) => jsonwebtoken::crypto::sign(message, key, algorithm.jws()?).ok(),
            Pair::P521(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).ok()?;
                Some(URL_SAFE_NO_PAD.encode(signature))
            }
        }
    }

    /// A signature's bytes.
    #[cfg(test)]
    pub(super) fn signature(&self, algorithm: Algorithm, message: &[u8]) -> Option<Vec<u8>> {
        let encoded = self.encoded(algorithm, message)?;
        URL_SAFE_NO_PAD.decode(encoded).ok()
    }
}

impl HeaderMembers<'_> {
    fn written(self, algorithm: Algorithm) -> String {
        let members = [("typ", self.typ), ("kid", self.kid)];
        let members = members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        let mut header = Map::from_iter([("alg".to_owned(), algorithm.name().into())]);
        header.extend(members);
        Value::Object(header).to_string()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(..)")
    }
}

const PRIVATE: &str = "PRIVATE KEY-----";
/// The kinds of private keys, in the order in which they are tried.
const KINDS: [Family; 5] = [
    Family::Rsa,
    Family::P256,
    Family::P384,
    Family::P521,
    Family::Ed25519,
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RSA: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
    const P256: &[u8] = include_bytes!("../../tests/data/p256-private.pem");
    const P384: &[u8] = include_bytes!("../../tests/data/p384-private.pem");
    const P521: &[u8] = include_bytes!("../../tests/data/p521-private.pem");
    const ED25519: &[u8] = include_bytes!("../../tests/data/ed25519-private.pem");
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
        for (key, names) in [
            (SigningKey::from_pem(PKCS8).unwrap(), RSA.as_slice()),
            (SigningKey::from_any_pem(PKCS8).unwrap(), RSA.as_slice()),
            (SigningKey::from_any_pem(P256).unwrap(), &["ES256"]),
            (SigningKey::from_any_pem(P384).unwrap(), &["ES384"]),
            (SigningKey::from_any_pem(P521).unwrap(), &["ES512"]),
            (SigningKey::from_any_pem(ED25519).unwrap(), &["EdDSA"]),
            (
                SigningKey::from_secret(b"secret"),
                &["HS256", "HS384", "HS512"],
            ),
        ] {
            for algorithm in Algorithm::ALL {
                let signed = key.sign(algorithm, None, &claims).is_ok();
                assert_eq!(signed, names.contains(&algorithm.name()), "{algorithm}");
                assert_eq!(key.is_for(algorithm), signed, "{algorithm}");
            }
        }
    }

    #[test]
    fn what_is_no_private_key_is_none_of_any_kind() {
        for text in [
            PUBLIC,
            b"",
            b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
            b"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
        ] {
            let refused = SigningKey::from_any_pem(text).map(drop);
            assert_eq!(refused, Err(SigningError::NoKind));
        }
        for text in [P256, P384, P521, ED25519] {
            let refused = SigningKey::from_pem(text).map(drop);
            assert_eq!(refused, Err(SigningError::NotPrivateKey));
        }
    }

    #[test]
    fn a_header_has_what_it_is_given_and_nothing_else() {
        let key = SigningKey::from_secret(b"secret");
        for (typ, kid, header) in [
            (None, None, json!({"alg": "HS256"})),
            (
                Some("at+jwt"),
                None,
                json!({"alg": "HS256", "typ": "at+jwt"}),
            ),
            (None, Some("a"), json!({"alg": "HS256", "kid": "a"})),
        ] {
            let token = key.sign_with(Algorithm::Hs256, HeaderMembers { typ, kid }, &Map::new());
            let token = token.unwrap();
            let (found, _) = token.split_once('.').unwrap();
            let found: Value =
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(found).unwrap()).unwrap();
            assert_eq!(found, header);
        }
    }
}
