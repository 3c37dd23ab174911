//! What the console shows.

use std::time::Duration;

/// What there is of the console, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// How many decisions it remembers.
    pub recent: usize,
    /// Whether names of users and rooms stand beside them.
    pub names: bool,
    /// Whether it makes tokens.
    pub mint: bool,
    /// How long a login lasts.
    pub session: Duration,
}
