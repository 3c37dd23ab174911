//! Signatures that were verified before: the same token again need not cost the same again.
//!
//! Only that a signature is a key's is remembered, which stays true for ever. What follows from it is decided each time:
//! whether that key still counts, the claims, the time, the policy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{self, Context};
use quick_cache::sync::Cache;

use super::algorithm::Algorithm;
use super::key::Key;

/// Verified signatures, within a bound.
#[derive(Default)]
pub struct VerifiedSignatures(Option<Memory>);

struct Memory {
    names: Cache<Name, ()>,
    lookups: Arc<Lookups>,
}

/// How often a signature was found in the memory, and how often it had to be verified.
#[derive(Debug, Default)]
pub struct Lookups {
    hits: AtomicU64,
    misses: AtomicU64,
}

/// SHA-256 of everything that a signature's being verified depends on, and of the host and the issuer for whom it was.
type Name = [u8; 32];

/// What is remembered for one host.
#[derive(Clone, Copy)]
pub struct Recall<'a> {
    signatures: Option<&'a Memory>,
    host: &'a str,
    issuer: &'a str,
}

/// A signature, and what it is said to be of.
pub(super) struct Signed<'a> {
    pub message: &'a [u8],
    pub signature: &'a [u8],
    pub algorithm: Algorithm,
}

impl VerifiedSignatures {
    /// Remembers as many signatures as fit into this number of bytes; with 0 none.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let capacity = bytes / BYTES_EACH;
        Self((capacity > 0).then(|| Memory {
            names: Cache::new(capacity),
            lookups: Arc::default(),
        }))
    }

    /// The same, with lookups counted there.
    #[must_use]
    pub fn counting(self, lookups: &Arc<Lookups>) -> Self {
        Self(self.0.map(|memory| Memory {
            lookups: Arc::clone(lookups),
            ..memory
        }))
    }

    /// What is remembered for one host, by its name.
    #[must_use]
    pub const fn of<'a>(&'a self, host: &'a str) -> Recall<'a> {
        Recall {
            signatures: self.0.as_ref(),
            host,
            issuer: "",
        }
    }
}

impl Lookups {
    /// How often a signature was found in the memory.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// How often it was not, and had to be verified.
    #[must_use]
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }
}

impl<'a> Recall<'a> {
    /// The same for one of the host's issuers, by its name.
    pub(super) const fn of_issuer(self, issuer: &'a str) -> Self {
        Self { issuer, ..self }
    }

    /// Remembers nothing.
    pub const NOTHING: Recall<'static> = Recall {
        signatures: None,
        host: "",
        issuer: "",
    };

    /// Whether the signature is the key's: as it was found before, or as `verify` says.
    pub(super) fn or_verify(
        self,
        signed: &Signed<'_>,
        key: &Key,
        verify: impl FnOnce() -> bool,
    ) -> bool {
        let fingerprint = key.facts().fingerprint.as_deref();
        // Another key of the same numbers may be for other algorithms.
        let fingerprint = fingerprint.filter(|_| key.is_for(signed.algorithm));
        let (Some(signatures), Some(fingerprint)) = (self.signatures, fingerprint) else {
            return verify();
        };
        let name = self.name(signed, fingerprint);
        if signatures.names.get(&name).is_some() {
            signatures.lookups.hits.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        signatures.lookups.misses.fetch_add(1, Ordering::Relaxed);
        let verified = verify();
        if verified {
            signatures.names.insert(name, ());
        }
        verified
    }

    fn name(self, signed: &Signed<'_>, fingerprint: &str) -> Name {
        let mut context = Context::new(&digest::SHA256);
        for part in [
            signed.message,
            signed.signature,
            self.host.as_bytes(),
            self.issuer.as_bytes(),
            fingerprint.as_bytes(),
            signed.algorithm.name().as_bytes(),
        ] {
            context.update(&part.len().to_le_bytes());
            context.update(part);
        }
        let digest = context.finish();
        digest.as_ref().first_chunk().copied().unwrap_or_default()
    }
}

/// What one takes, with its share of the table that finds it.
const BYTES_EACH: usize = 128;

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    const ROOMY: usize = 1_048_576;

    fn key() -> Key {
        let pair = Ed25519KeyPair::generate().unwrap();
        let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
        Key::from_jwk(jwk.as_object().unwrap()).unwrap()
    }

    fn rsa_key(alg: Option<&str>) -> Key {
        let mut jwk = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
        if let Some(alg) = alg {
            jwk["alg"] = alg.into();
        }
        Key::from_jwk(jwk.as_object().unwrap()).unwrap()
    }

    const fn signed<'a>(message: &'a [u8], signature: &'a [u8]) -> Signed<'a> {
        Signed {
            message,
            signature,
            algorithm: Algorithm::EdDsa,
        }
    }

    /// Whether the signature has to be verified; as it is then, it is good.
    fn is_verified(recall: Recall<'_>, signed: &Signed<'_>, key: &Key) -> bool {
        let verified = Cell::new(false);
        assert!(recall.or_verify(signed, key, || {
            verified.set(true);
            true
        }));
        verified.get()
    }

    #[test]
    fn a_good_signature_of_a_public_key_is_verified_once() {
        let signatures = VerifiedSignatures::new(ROOMY);
        let (recall, key) = (signatures.of("a.example"), key());
        assert!(is_verified(recall, &signed(b"m", b"s"), &key));
        assert!(!is_verified(recall, &signed(b"m", b"s"), &key));
        assert!(!is_verified(recall, &signed(b"m", b"s"), &key.clone()));
    }

    #[test]
    fn what_differs_in_anything_is_verified_for_itself() {
        let signatures = VerifiedSignatures::new(ROOMY);
        let (recall, key) = (signatures.of("a.example"), rsa_key(None));
        let known = Signed {
            algorithm: Algorithm::Rs256,
            ..signed(b"message", b"signature")
        };
        assert!(is_verified(recall, &known, &key));
        assert!(!is_verified(recall, &known, &key));
        for (what, other) in [
            (
                "algorithm",
                Signed {
                    algorithm: Algorithm::Rs384,
                    ..known
                },
            ),
            (
                "border",
                Signed {
                    message: b"messages",
                    signature: b"ignature",
                    ..known
                },
            ),
            (
                "message",
                Signed {
                    message: b"",
                    ..known
                },
            ),
            (
                "signature",
                Signed {
                    signature: b"",
                    ..known
                },
            ),
        ] {
            assert!(is_verified(recall, &other, &key), "{what}");
        }
        for bit in 0..known.message.len() * 8 {
            let mut message = known.message.to_vec();
            message[bit / 8] ^= 1 << (bit % 8);
            let other = Signed {
                message: &message,
                ..known
            };
            assert!(is_verified(recall, &other, &key), "message, bit {bit}");
        }
        for bit in 0..known.signature.len() * 8 {
            let mut signature = known.signature.to_vec();
            signature[bit / 8] ^= 1 << (bit % 8);
            let other = Signed {
                signature: &signature,
                ..known
            };
            assert!(is_verified(recall, &other, &key), "signature, bit {bit}");
        }
        for host in ["", "b.example", "a.exampl", "A.example"] {
            assert!(is_verified(signatures.of(host), &known, &key), "{host}");
        }
        let other = self::key();
        let of_other = signed(known.message, known.signature);
        assert!(is_verified(recall, &of_other, &other));
        assert!(is_verified(recall, &of_other, &self::key()));
        assert!(!is_verified(recall, &known, &key));
    }

    #[test]
    fn a_key_that_is_not_for_the_algorithm_has_no_share_in_what_is_remembered_of_its_numbers() {
        let signatures = VerifiedSignatures::new(ROOMY);
        let recall = signatures.of("a.example");
        let known = Signed {
            algorithm: Algorithm::Rs256,
            ..signed(b"message", b"signature")
        };
        assert!(is_verified(recall, &known, &rsa_key(None)));
        assert!(!is_verified(recall, &known, &rsa_key(Some("RS512"))));
        assert!(!recall.or_verify(&known, &rsa_key(Some("PS256")), || false));
    }

    #[test]
    fn a_signature_that_is_none_is_not_remembered() {
        let signatures = VerifiedSignatures::new(ROOMY);
        let (recall, key) = (signatures.of("a.example"), key());
        for _ in 0..3 {
            assert!(!recall.or_verify(&signed(b"m", b"s"), &key, || false));
        }
        assert!(is_verified(recall, &signed(b"m", b"s"), &key));
    }

    #[test]
    fn nothing_of_a_secret_is_remembered() {
        let signatures = VerifiedSignatures::new(ROOMY);
        let key = Key::from_secret(b"a secret of thirty-two bytes or more").unwrap();
        let signed = Signed {
            algorithm: Algorithm::Hs256,
            ..signed(b"m", b"s")
        };
        for _ in 0..3 {
            assert!(is_verified(signatures.of("a.example"), &signed, &key));
        }
        assert_eq!(signatures.0.unwrap().names.len(), 0);
    }

    #[test]
    fn nothing_is_remembered_without_room_for_it() {
        let key = key();
        for signatures in [
            VerifiedSignatures::default(),
            VerifiedSignatures::new(0),
            VerifiedSignatures::new(BYTES_EACH - 1),
        ] {
            for recall in [signatures.of("a.example"), Recall::NOTHING] {
                assert!(is_verified(recall, &signed(b"m", b"s"), &key));
                assert!(is_verified(recall, &signed(b"m", b"s"), &key));
            }
        }
    }

    #[test]
    fn no_more_is_remembered_than_fits() {
        let key = key();
        for most in [1, 2, 10, 1_000] {
            let signatures = VerifiedSignatures::new(most * BYTES_EACH);
            let recall = signatures.of("a.example");
            let messages: Vec<[u8; 8]> = (0..most as u64 * 20).map(u64::to_le_bytes).collect();
            for message in &messages {
                is_verified(recall, &signed(message, b"s"), &key);
            }
            // To look must not change what is there.
            let cache = signatures.0.as_ref().unwrap();
            let name = |message: &[u8; 8]| {
                let fingerprint = key.facts().fingerprint.as_deref().unwrap();
                recall.name(&signed(message, b"s"), fingerprint)
            };
            let found = messages
                .iter()
                .filter(|message| cache.names.peek(&name(message)).is_some());
            let found = found.count();
            assert!((1..=most).contains(&found), "{found} of {most}");
        }
    }
}
