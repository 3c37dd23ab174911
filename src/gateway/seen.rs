//! Tokens that were read and verified before: the same token again need not cost the same again.
//!
//! What is remembered stays true for ever: that this text has these claims, and that this credential verifies it. Whether the credential is
//! still there as it was is looked at each time, as are times, revocations, and all else.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::credentials::Verifying;
use crate::token::claims::VerifiedClaims;
use crate::token::header::Header;

/// Tokens of one gateway that were verified, within a bound.
#[derive(Default)]
pub struct Seen(Option<Cache<Box<str>, Arc<SeenToken>>>);

/// A token that was verified.
pub struct SeenToken {
    /// What it names its credential by.
    pub key: String,
    /// The credential that verifies it. One that was changed since is another one.
    pub verifying: Arc<Verifying>,
    /// Its header.
    pub header: Header,
    /// Its claims.
    pub claims: VerifiedClaims,
}

impl Seen {
    /// Remembers as many tokens as fit into this number of bytes; with 0 none.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let capacity = bytes / BYTES_EACH;
        Self((capacity > 0).then(|| Cache::new(capacity)))
    }

    /// The token, if it was verified before.
    pub(super) fn find(&self, token: &str) -> Option<Arc<SeenToken>> {
        self.0.as_ref()?.get(token)
    }

    /// Remembers that a token was verified. A long one costs more room than it is worth.
    pub(super) fn remember(&self, token: &str, seen: &Arc<SeenToken>) {
        if let Some(tokens) = self.0.as_ref().filter(|_| token.len() <= LONGEST) {
            tokens.insert(token.into(), Arc::clone(seen));
        }
    }
}

/// What a token of the longest kind takes: its text, what was read of it, and its place.
const BYTES_EACH: usize = 2_048;
const LONGEST: usize = 768;
