//! How long a token was valid, and has not been since.

use std::fmt;

/// How long a token has been expired, and how long it was meant to be valid; in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lifetime {
    /// Seconds since `exp`.
    pub expired_for: f64,
    /// Seconds from `iat` to `exp`, where there is an `iat`.
    pub valid_for: Option<f64>,
}

impl fmt::Display for Lifetime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Not acceptable by exp ({} sec since expired",
            self.expired_for
        )?;
        if let Some(valid_for) = self.valid_for {
            write!(formatter, ", valid for:{valid_for} sec")?;
        }
        formatter.write_str(")")
    }
}
