//! How a token is named where people read: never by itself.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;

/// The first bytes of a token's SHA-256. Others may have the same ones: it is a name for people, and nothing is looked up by it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LogName([u8; 4]);

/// A text is none of eight hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoLogName;

impl LogName {
    /// The name of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let digest = digest::digest(&digest::SHA256, token.as_bytes());
        Self(digest.as_ref().first_chunk().copied().unwrap_or_default())
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl FromStr for LogName {
    type Err = NoLogName;

    fn from_str(text: &str) -> Result<Self, NoLogName> {
        let mut bytes = [0; 4];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NoLogName)?;
        Ok(Self(bytes))
    }
}
