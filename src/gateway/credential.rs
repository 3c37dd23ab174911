//! JWT credentials of consumers, as Kong keeps them.

use std::fmt;

use uuid::Uuid;

use crate::token::algorithm::Algorithm;

/// What tokens are verified with that name its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its name for good.
    pub id: Uuid,
    /// Whose it is.
    pub consumer: Uuid,
    /// What tokens name it by; no other credential has it.
    pub key: String,
    /// For HS algorithms what tokens are signed with, as text. None where it is there, and cannot be read.
    pub secret: Option<SecretText>,
    /// For the other algorithms the public key, in PEM.
    pub rsa_public_key: Option<String>,
    /// What its tokens are signed with, and nothing else.
    pub algorithm: Algorithm,
    /// Words to find it by, in the order in which they were given; none and an empty list are told apart.
    pub tags: Option<Vec<String>>,
    /// When it was made, in Unix seconds.
    pub created_at: i64,
}

/// A secret as text. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Box<str>);

impl SecretText {
    /// The text; not to be shown but to whom it belongs.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text.into_boxed_str())
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretText(..)")
    }
}
