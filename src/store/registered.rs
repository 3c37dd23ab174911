//! How consumers and credentials are asked for, and why they are not written.

use thiserror::Error;
use uuid::Uuid;

use super::kept::StoreError;

/// Something that is kept, with what the store gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<T> {
    /// What it says.
    pub value: T,
    /// It grows with each change of any row. Two rows never have the same one.
    pub version: i64,
}

/// What has to be there for something to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing with its ID.
    Nothing,
    /// What has this version.
    Version(i64),
}

/// How a consumer is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsumerName {
    /// By its ID.
    Id(Uuid),
    /// By its username.
    Username(String),
}

/// How a credential is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialName {
    /// By its ID.
    Id(Uuid),
    /// By what tokens name it by.
    Key(String),
}

/// Which of them are listed, in the order of their IDs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Those behind this one.
    pub after: Option<Uuid>,
    /// How many at most; no more than [`super::MOST_LISTED`] in any case.
    pub size: usize,
    /// Those that have these tags.
    pub tags: Tags,
}

/// Which tags something has to have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tags {
    /// Any, or none.
    #[default]
    Any,
    /// All of these.
    All(Vec<String>),
    /// One of these.
    Some(Vec<String>),
}

/// Why something was not written.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// Another one has this already.
    #[error("another one has the {field} {value:?}")]
    Taken {
        /// `id`, `username`, `custom_id` or `key`.
        field: &'static str,
        /// What it has.
        value: String,
    },
    /// There is no such consumer.
    #[error("there is no consumer {0}")]
    NoConsumer(Uuid),
    /// The store did not do it. [`StoreError::Changed`] where what was expected is not there.
    #[error(transparent)]
    Store(#[from] StoreError),
}
