//! What tells things that were taken back, and their revocations, from others.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{self, Context};
use thiserror::Error;

use super::kind::Kind;

/// SHA-256 of what identifies a thing among those of its kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub(super) [u8; 32]);

/// The name of a revocation: what it takes back, where, and how. Who takes the same thing back again changes that revocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RevocationId([u8; 16]);

/// A text is no name of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an ID is 32 hexadecimal digits")]
pub struct IdError;

impl Digest {
    pub(super) fn of(kind: Kind, identity: &[u8]) -> Self {
        let mut context = Context::new(&digest::SHA256);
        context.update(kind.name().as_bytes());
        context.update(&[0]);
        context.update(identity);
        Self(bytes(&context))
    }
}

fn bytes<const N: usize>(context: &Context) -> [u8; N] {
    let digest = context.clone().finish();
    digest.as_ref().first_chunk().copied().unwrap_or([0; N])
}

impl RevocationId {
    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(super) fn of(digest: &Digest, host: Option<&str>, is_of_earlier: bool) -> Self {
        let mut context = Context::new(&digest::SHA256);
        context.update(&digest.0);
        context.update(&[u8::from(is_of_earlier), u8::from(host.is_some())]);
        context.update(host.unwrap_or_default().as_bytes());
        Self(bytes(&context))
    }
}

impl FromStr for RevocationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for RevocationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for RevocationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
