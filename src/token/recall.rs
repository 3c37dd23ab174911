//! Signatures that were verified before: the same token again need not cost the same again.
//!
//! Only that a signature is a key's is remembered, which stays true for ever. What follows from it is decided each time:
//! whether that key still counts, the claims, the time, the policy.

use std::fmt;

use aws_lc_rs::digest::{self, Context};
use quick_cache::sync::Cache;

use super::algorithm::Algorithm;
use super::key::Key;

/// Verified signatures, within a bound.
#[derive(Default)]
pub struct VerifiedSignatures(Option<Cache<Name, ()>>);

/// SHA-256 of everything that a signature's being verified depends on, and of the host.
type Name = [u8; 32];

/// What is remembered for one host.
#[derive(Clone, Copy)]
pub struct Recall<'a> {
    signatures: Option<&'a Cache<Name, ()>>,
    host: &'a str,
}

/// A signature, and what it is said to be of.
pub(super) struct Signed<'a> {
    pub message: &'a [u8],
    pub signature: &'a [u8],
    pub algorithm: Algorithm,
}

impl VerifiedSignatures {
    /// Remembers as many as fit into so many bytes; with 0 none.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let capacity = bytes / BYTES_EACH;
        Self((capacity > 0).then(|| Cache::new(capacity)))
    }

    /// What is remembered for one host, by its name.
    #[must_use]
    pub const fn of<'a>(&'a self, host: &'a str) -> Recall<'a> {
        Recall {
            signatures: self.0.as_ref(),
            host,
        }
    }
}

impl Recall<'_> {
    /// Remembers nothing.
    pub const NOTHING: Recall<'static> = Recall {
        signatures: None,
        host: "",
    };

    /// Whether the signature is the key's: as it was found before, or as `verify` says.
    pub(super) fn or_verify(
        self,
        signed: &Signed<'_>,
        key: &Key,
        verify: impl FnOnce() -> bool,
    ) -> bool {
        let (Some(signatures), Some(key)) = (self.signatures, key.facts().fingerprint.as_deref())
        else {
            return verify();
        };
        let name = self.name(signed, key);
        if signatures.get(&name).is_some() {
            return true;
        }
        let verified = verify();
        if verified {
            signatures.insert(name, ());
        }
        verified
    }

    fn name(self, signed: &Signed<'_>, key: &str) -> Name {
        let mut context = Context::new(&digest::SHA256);
        for part in [
            signed.message,
            signed.signature,
            self.host.as_bytes(),
            key.as_bytes(),
            signed.algorithm.name().as_bytes(),
        ] {
            context.update(&part.len().to_le_bytes());
            context.update(part);
        }
        let digest = context.finish();
        digest.as_ref().first_chunk().copied().unwrap_or_default()
    }
}

impl fmt::Debug for VerifiedSignatures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VerifiedSignatures(..)")
    }
}

/// What one takes, with its share of the table that finds it.
const BYTES_EACH: usize = 128;
