//! What is wrong with one value of a configuration.

use std::fmt;

use crate::origin::Origin;

/// One mistake: what was found where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, as it is written in TOML.
    pub key: String,
    /// What was found; never a secret.
    pub found: String,
    /// What would be right.
    pub expected: String,
    /// Where the value came from.
    pub origin: Origin,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: found {}, expected {} [{}]",
            self.key, self.found, self.expected, self.origin
        )
    }
}
