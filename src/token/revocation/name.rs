//! Texts of a revocation: what is taken back, where and why.

use std::fmt;

use thiserror::Error;

/// A text of a revocation: not empty, within a bound, and without control characters, since people read it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Box<str>);

/// Why a text is none of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is too long.
    #[error("it has {0} bytes, and may have {MOST_BYTES}")]
    Long(usize),
    /// There is a character in it that cannot be seen.
    #[error("it has a control character, such as a line break")]
    Control,
}

impl Name {
    /// Takes a text as it stands.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn new(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > MOST_BYTES {
            return Err(NameError::Long(text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(NameError::Control);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The longest text, in bytes. A room's bare JID is not longer than what Prosody takes for two labels of 1023.
pub const MOST_BYTES: usize = 1024;
