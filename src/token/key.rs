//! Keys, each bound to the algorithms it may verify.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};
use thiserror::Error;

use super::algorithm::{Algorithm, Family};
use super::material::{Material, Prepared};
use super::public_key::{Curve, PublicKey};
use super::signing::SigningKey;
use super::source_failure::SourceFailure;

/// A parsed verification key. It prints nothing of itself, and clones of it share what it is.
#[derive(Clone)]
pub struct Key(Arc<Parsed>);

struct Parsed {
    families: &'static [Family],
    material: Material,
    facts: Facts,
    /// For the algorithm that it was first used with; most policies have but one.
    prepared: OnceLock<(Algorithm, Option<Prepared>)>,
}

/// What may be told of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `secret`, `RSA`, `P-256`, `P-384`, `P-521` or `Ed25519`.
    pub key_type: &'static str,
    /// Its size.
    pub bits: usize,
    /// The JWK Thumbprint of a public key (RFC 7638); a secret has none, for it could be guessed from that.
    pub fingerprint: Option<String>,
}

impl Facts {
    /// What is wrong with a key that is too short (RFC 7518 sections 3.2 and 3.3).
    #[must_use]
    pub fn weakness(&self) -> Option<&'static str> {
        match self.key_type {
            "secret" if self.bits < 256 => Some("shorter than 32 bytes: it can be guessed"),
            "RSA" if self.bits < 2048 => Some("shorter than 2048 bits: no signature is accepted"),
            _ => None,
        }
    }
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
    /// A private key belongs to the issuer alone.
    #[error("a private key; only the public key belongs here (openssl pkey -pubout makes it)")]
    PrivateKey,
    /// An RSA key of a kind whose private key is as good as published.
    #[error(
        "an RSA key whose private key can be computed from it (ROCA, CVE-2017-15361); the issuer needs a new one"
    )]
    Guessable,
    /// There is no public key of a known type in the text.
    #[error(
        "no public key in PEM: neither PUBLIC KEY, RSA PUBLIC KEY nor CERTIFICATE with RSA, P-256, P-384, P-521 or Ed25519"
    )]
    NotPublicKey,
    /// The library has nothing for that curve.
    #[error(
        "a key of Ed448, whose signatures cannot be verified here; the issuer needs one of another kind, such as Ed25519"
    )]
    Ed448,
    /// A JWK is not for signatures that can be verified here.
    #[error("a key with {0} is not for signatures that can be verified here")]
    NotForSignatures(String),
    /// The policy asks for other algorithms.
    #[error("not a key for {}", alternatives(.0))]
    OtherAlgorithm(Vec<Algorithm>),
    /// A JWK lacks a member, or it is not base64url of the right length.
    #[error("the member {0} is missing or not base64url of the right length")]
    Member(&'static str),
    /// Nobody knows whether there is one: the source that may have it gave no keys.
    #[error("{0}")]
    Unavailable(Box<SourceFailure>),
}

impl KeyError {
    pub(super) fn unfit(member: &str, value: Option<&Value>) -> Self {
        Self::NotForSignatures(describe(member, value))
    }
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
        Ok(Self::hmac(secret))
    }

    /// Any bytes as a secret; to explain what somebody else may have signed with.
    pub(crate) fn hmac(secret: &[u8]) -> Self {
        let facts = Facts {
            key_type: "secret",
            bits: secret.len().saturating_mul(8),
            fingerprint: None,
        };
        Self::new(&[Family::Hmac], Material::Secret(secret.to_vec()), facts)
    }

    /// A public key in PEM: SPKI, PKCS#1, or the one of an X.509 certificate. The first of several counts.
    ///
    /// # Errors
    /// [`KeyError::NotPublicKey`], [`KeyError::PrivateKey`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let public = PublicKey::from_pem(pem)?;
        Ok(Self::public(&public, families(&public)))
    }

    /// A public key as a JWK (RFC 7517 section 4), for the algorithms of the kind that its `alg` names, if it has one.
    ///
    /// # Errors
    /// Keys of other types or for other uses: [`KeyError`].
    pub fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, KeyError> {
        if jwk.get("use").is_some_and(|purpose| purpose != "sig") {
            return Err(KeyError::unfit("use", jwk.get("use")));
        }
        if jwk.get("key_ops").is_some_and(|uses| !verifies(uses)) {
            return Err(KeyError::NotForSignatures("key_ops without verify".into()));
        }
        let public = PublicKey::from_jwk(jwk)?;
        let families = families(&public);
        let Some(name) = jwk.get("alg") else {
            return Ok(Self::public(&public, families));
        };
        let algorithm = name.as_str().and_then(Algorithm::from_name);
        let family = algorithm.map(Algorithm::family);
        let chosen = families
            .chunks(1)
            .find(|chosen| family.is_some_and(|family| chosen.contains(&family)));
        let chosen = chosen.ok_or_else(|| KeyError::unfit("alg", Some(name)))?;
        Ok(Self::public(&public, chosen))
    }

    fn public(public: &PublicKey, families: &'static [Family]) -> Self {
        let facts = Facts {
            key_type: public.type_name(),
            bits: public.bits(),
            fingerprint: Some(public.thumbprint()),
        };
        Self::new(families, public.material(), facts)
    }

    fn new(families: &'static [Family], material: Material, facts: Facts) -> Self {
        Self(Arc::new(Parsed {
            families,
            material,
            facts,
            prepared: OnceLock::new(),
        }))
    }

    /// What signs what it verifies, which only a secret does.
    #[must_use]
    pub fn signing(&self) -> Option<SigningKey> {
        self.secret().map(SigningKey::from_secret)
    }

    /// What may be told of it.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.0.facts
    }

    /// Whether it verifies signatures of this algorithm.
    #[must_use]
    pub fn is_for(&self, algorithm: Algorithm) -> bool {
        self.0.families.contains(&algorithm.family())
    }

    /// The key, if it verifies signatures of one of these algorithms, or if there is none to ask for.
    ///
    /// # Errors
    /// [`KeyError::OtherAlgorithm`].
    pub fn for_algorithms(self, algorithms: &[Algorithm]) -> Result<Self, KeyError> {
        if algorithms.is_empty() || algorithms.iter().any(|algorithm| self.is_for(*algorithm)) {
            Ok(self)
        } else {
            Err(KeyError::OtherAlgorithm(algorithms.to_vec()))
        }
    }

    /// The secret, where it is one; for explanations, which never show it.
    pub(crate) fn secret(&self) -> Option<&[u8]> {
        match &self.0.material {
            Material::Secret(secret) => Some(secret),
            Material::Rsa(_) | Material::Point(_) => None,
        }
    }

    /// Whether `signature` is this key's over `message`.
    ///
    /// No key verifies signatures of another family, whatever bytes it consists of.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if !self.is_for(algorithm) {
            return false;
        }
        let Parsed {
            material, prepared, ..
        } = &*self.0;
        let (prepared_for, prepared) =
            prepared.get_or_init(|| (algorithm, material.prepare(algorithm)));
        let verifies = |prepared: &Prepared| prepared.verifies(message, signature);
        if *prepared_for == algorithm {
            prepared.as_ref().is_some_and(verifies)
        } else {
            material.prepare(algorithm).as_ref().is_some_and(verifies)
        }
    }
}

/// Whether a JWK's `key_ops` has what its `use` calls `sig` (RFC 7517 section 4.3).
fn verifies(key_ops: &Value) -> bool {
    let names = key_ops.as_array();
    names.is_some_and(|names| names.iter().any(|name| name == "verify"))
}

fn alternatives(algorithms: &[Algorithm]) -> String {
    let names: Vec<&str> = algorithms
        .iter()
        .map(|algorithm| algorithm.name())
        .collect();
    names.join(" or ")
}

const fn families(public: &PublicKey) -> &'static [Family] {
    match public {
        PublicKey::Rsa { .. } => &[Family::Rsa, Family::RsaPss],
        PublicKey::Point {
            curve: Curve::P256, ..
        } => &[Family::P256],
        PublicKey::Point {
            curve: Curve::P384, ..
        } => &[Family::P384],
        PublicKey::Point {
            curve: Curve::P521, ..
        } => &[Family::P521],
        PublicKey::Ed25519 { .. } => &[Family::Ed25519],
    }
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
    use std::sync::Barrier;
    use std::thread;

    use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY};
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use jsonwebtoken::EncodingKey;
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
    fn a_jwk_for_anything_but_signatures_is_refused() {
        for (jwk, found) in [
            (json!({"n": "AQAB", "e": "AQAB"}), "no kty"),
            (json!({"kty": "oct"}), "kty \"oct\""),
            (json!({"kty": "EC"}), "no crv"),
            (
                json!({"kty": "EC", "crv": "secp256k1"}),
                "crv \"secp256k1\"",
            ),
            (json!({"kty": "OKP", "crv": "X25519"}), "crv \"X25519\""),
            (json!({"kty": 5}), "a kty that is no string"),
            (json!({"kty": "RSA", "use": "enc"}), "use \"enc\""),
            (
                json!({"kty": "RSA", "alg": "RSA-OAEP", "n": "AQAB", "e": "AQAB"}),
                "alg \"RSA-OAEP\"",
            ),
            (
                json!({"kty": "RSA", "key_ops": ["encrypt"], "n": "AQAB", "e": "AQAB"}),
                "key_ops without verify",
            ),
            (
                json!({"kty": "RSA", "use": "sig", "key_ops": ["sign"], "n": "AQAB", "e": "AQAB"}),
                "key_ops without verify",
            ),
            (
                json!({"kty": "RSA", "key_ops": [], "n": "AQAB", "e": "AQAB"}),
                "key_ops without verify",
            ),
            (
                json!({"kty": "RSA", "key_ops": "verify", "n": "AQAB", "e": "AQAB"}),
                "key_ops without verify",
            ),
            (
                json!({"kty": "RSA", "key_ops": ["Verify", null], "n": "AQAB", "e": "AQAB"}),
                "key_ops without verify",
            ),
            (
                json!({"kty": "RSA", "alg": "HS256", "n": "AQAB", "e": "AQAB"}),
                "alg \"HS256\"",
            ),
            (
                json!({"kty": "RSA", "alg": "ES256", "n": "AQAB", "e": "AQAB"}),
                "alg \"ES256\"",
            ),
        ] {
            let error = Key::from_jwk(jwk.as_object().unwrap()).unwrap_err();
            assert_eq!(error, KeyError::NotForSignatures(found.to_owned()), "{jwk}");
        }
        for (jwk, missing) in [
            (json!({"kty": "RSA", "e": "AQAB"}), "n"),
            (json!({"kty": "RSA", "n": "AQAB"}), "e"),
            (json!({"kty": "RSA", "n": "a+b", "e": "AQAB"}), "n"),
            (
                json!({"kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB"}),
                "x",
            ),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": "AQAB"}), "x"),
        ] {
            let error = Key::from_jwk(jwk.as_object().unwrap()).unwrap_err();
            assert_eq!(error, KeyError::Member(missing), "{jwk}");
        }
    }

    #[test]
    fn a_jwk_may_be_for_verifying_among_other_uses() {
        for key_ops in [json!(["verify"]), json!(["encrypt", "verify"])] {
            let jwk = json!({"kty": "RSA", "key_ops": key_ops, "n": "AQAB", "e": "AQAB"});
            assert!(Key::from_jwk(jwk.as_object().unwrap()).is_ok(), "{jwk}");
        }
    }

    #[test]
    fn a_jwk_is_for_the_algorithms_of_the_kind_that_it_names() {
        for (alg, accepted) in [
            (
                json!({}),
                vec![Algorithm::Rs256, Algorithm::Rs512, Algorithm::Ps384],
            ),
            (
                json!({"alg": "RS256"}),
                vec![Algorithm::Rs256, Algorithm::Rs512],
            ),
            (
                json!({"alg": "PS256"}),
                vec![Algorithm::Ps256, Algorithm::Ps384],
            ),
        ] {
            let mut jwk = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
            let members = jwk.as_object_mut().unwrap();
            members.extend(alg.as_object().unwrap().clone());
            let key = Key::from_jwk(members).unwrap();
            for algorithm in Algorithm::ALL {
                let kind = accepted
                    .iter()
                    .any(|one| one.prefix() == algorithm.prefix());
                assert_eq!(key.is_for(algorithm), kind, "{alg} and {algorithm}");
            }
        }
    }

    #[test]
    fn a_key_for_none_of_the_algorithms_is_refused_and_all_of_them_are_named() {
        let named = |key: Key, algorithms: &[Algorithm]| {
            key.for_algorithms(algorithms)
                .err()
                .map(|error| error.to_string())
        };
        for (algorithms, refused) in [
            (vec![Algorithm::Es256], Some("not a key for ES256")),
            (
                vec![Algorithm::Es256, Algorithm::EdDsa, Algorithm::Hs256],
                Some("not a key for ES256 or EdDSA or HS256"),
            ),
            (vec![Algorithm::Ps512], None),
            (vec![Algorithm::Es256, Algorithm::Rs256], None),
            (vec![], None),
        ] {
            let found = named(rsa_key(), &algorithms);
            assert_eq!(found.as_deref(), refused, "{algorithms:?}");
        }
    }

    #[test]
    fn a_key_verifies_nothing_of_another_family() {
        let key = Key::from_secret(b"secret").unwrap();
        for algorithm in Algorithm::ALL {
            assert!(!key.verifies(algorithm, b"message", b""), "{algorithm}");
        }
    }

    const HMAC: [Algorithm; 3] = [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];
    const RSA: [Algorithm; 6] = [
        Algorithm::Rs256,
        Algorithm::Ps256,
        Algorithm::Rs512,
        Algorithm::Ps384,
        Algorithm::Rs384,
        Algorithm::Ps512,
    ];
    const SECRET: &[u8] = b"a secret of sixty-four bytes is long enough for any of the HMACs";

    fn rsa_key() -> Key {
        Key::from_pem(include_bytes!("../../tests/data/rsa-public.pem")).unwrap()
    }

    fn secret_key() -> Key {
        Key::from_secret(SECRET).unwrap()
    }

    /// A key that was not used yet, its algorithms, and what signs for them.
    type Kind = (fn() -> Key, &'static [Algorithm], EncodingKey);

    fn kinds() -> [Kind; 2] {
        let private = include_bytes!("../../tests/data/rsa-private.pem");
        let private = EncodingKey::from_rsa_pem(private).unwrap();
        [
            (rsa_key, &RSA, private),
            (secret_key, &HMAC, EncodingKey::from_secret(SECRET)),
        ]
    }

    fn signature(algorithm: Algorithm, key: &EncodingKey) -> Vec<u8> {
        let signature =
            jsonwebtoken::crypto::sign(b"message", key, algorithm.jws().unwrap()).unwrap();
        BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap()
    }

    #[test]
    fn a_key_verifies_for_each_algorithm_whichever_it_was_first_used_for() {
        for (fresh, algorithms, private) in kinds() {
            let signed = algorithms
                .iter()
                .map(|one| (*one, signature(*one, &private)));
            let signed: Vec<(Algorithm, Vec<u8>)> = signed.collect();
            for first in algorithms {
                let key = fresh();
                for algorithm in [first].into_iter().chain(algorithms) {
                    for (with, signature) in &signed {
                        assert_eq!(
                            key.verifies(*algorithm, b"message", signature),
                            algorithm == with,
                            "{with} for {algorithm}, used for {first} first"
                        );
                        assert!(!key.verifies(*algorithm, b"massage", signature));
                    }
                }
            }
        }
    }

    #[test]
    fn a_key_may_be_used_for_the_first_time_by_many_at_once() {
        for (fresh, algorithms, private) in kinds() {
            let (key, start) = (fresh(), Barrier::new(algorithms.len() * 4));
            thread::scope(|scope| {
                for algorithm in algorithms.repeat(4) {
                    let (key, start) = (key.clone(), &start);
                    let signature = signature(algorithm, &private);
                    scope.spawn(move || {
                        start.wait();
                        for other in algorithms {
                            let verified = key.verifies(*other, b"message", &signature);
                            assert_eq!(verified, *other == algorithm, "{algorithm} for {other}");
                        }
                    });
                }
            });
        }
    }

    #[test]
    fn an_rsa_key_of_1024_bits_verifies_nothing_not_even_its_own_signature() {
        let pem = include_bytes!("../../tests/data/rsa-1024-public.pem");
        let signature = include_bytes!("../../tests/data/rsa-1024-signature.bin");
        let spki = pem::parse(pem).unwrap();
        let legacy = &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
        let good = ParsedPublicKey::new(legacy, spki.contents()).unwrap();
        assert!(good.verify_sig(b"message", signature).is_ok());
        let key = Key::from_pem(pem).unwrap();
        for algorithm in RSA.into_iter().chain(RSA) {
            assert!(
                !key.verifies(algorithm, b"message", signature),
                "{algorithm}"
            );
        }
    }

    #[test]
    fn a_key_prints_nothing_of_itself() {
        let key = Key::from_secret(b"hunter2hunter2hunter2hunter2").unwrap();
        assert_eq!(format!("{key:?}"), "Key(..)");
    }
}
