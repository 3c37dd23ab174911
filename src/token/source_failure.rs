//! A source of public keys that did not give any.

use std::fmt;

/// What a source that may have a key said in place of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFailure {
    /// The option that names the source.
    pub option: &'static str,
    /// Its address.
    pub address: String,
    /// What was answered, or why nothing was.
    pub said: String,
    /// The address that it names as the one that has keys.
    pub referral: Option<String>,
    /// What to do about it, where that is more than to correct the address.
    pub remedy: Option<String>,
}

impl fmt::Display for SourceFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.address, self.said)
    }
}
