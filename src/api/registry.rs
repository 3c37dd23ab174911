//! What Kong's Admin API answers, as far as commands look at it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Somebody whom credentials are for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Consumer {
    pub id: String,
    pub username: Option<String>,
    pub custom_id: Option<String>,
}

/// What tokens are verified with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Credential {
    pub id: String,
    pub created_at: i64,
    pub consumer: Owner,
    pub key: String,
    pub secret: Option<ShownSecret>,
    pub rsa_public_key: Option<String>,
    pub algorithm: String,
    pub tags: Option<Vec<String>>,
}

/// Whose a credential is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Owner {
    pub id: String,
}

/// A secret that was told. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShownSecret(pub String);

impl fmt::Debug for ShownSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ShownSecret(..)")
    }
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub struct Listed<T> {
    pub data: Vec<T>,
    pub offset: Option<String>,
}

/// Why something was not done.
#[derive(Debug, Deserialize)]
pub struct Told {
    pub message: String,
}
