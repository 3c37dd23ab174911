//! A row as the file and the database have it: columns, of which this version may not understand each.

mod consumer;
mod credential;
mod revocation;

use thiserror::Error;
use uuid::Uuid;

use crate::token::revocation::NameError;

pub use self::consumer::ConsumerRecord;
pub use self::credential::CredentialRecord;
pub use self::revocation::RevocationRecord;

/// A row of any table. All of them have versions of one count, so that their changes are one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A revocation.
    Revocation(RevocationRecord),
    /// A consumer.
    Consumer(ConsumerRecord),
    /// A credential of one.
    Credential(CredentialRecord),
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Among revocations.
    Revocations,
    /// Among consumers.
    Consumers,
    /// Among credentials.
    Credentials,
}

/// Which row it is, of all of them.
pub type RowName = (Table, Vec<u8>);

/// Why a row means nothing to this version: a newer one wrote it, or it is damaged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotUnderstood {
    /// It revokes something of another kind.
    #[error("{0:?} is no kind of revocation")]
    Kind(String),
    /// It does not say what is revoked.
    #[error("it does not say what is revoked")]
    Target,
    /// A text of it is none.
    #[error("one of its texts cannot be: {0}")]
    Text(#[from] NameError),
    /// It says something else than what its name stands for.
    #[error("it has another ID than what it revokes")]
    Id,
    /// One of its names is no UUID.
    #[error("one of its IDs is no UUID")]
    Uuid,
    /// Its tokens are signed in another way.
    #[error("{0:?} is no algorithm")]
    Algorithm(String),
    /// Its tags are no list of texts.
    #[error("its tags are no list of texts")]
    Tags,
}

impl Record {
    /// As a revocation, where it is one.
    pub const fn revocation(&self) -> Option<&RevocationRecord> {
        match self {
            Self::Revocation(record) => Some(record),
            Self::Consumer(_) | Self::Credential(_) => None,
        }
    }

    /// As a consumer.
    pub const fn consumer(&self) -> Option<&ConsumerRecord> {
        match self {
            Self::Consumer(record) => Some(record),
            Self::Revocation(_) | Self::Credential(_) => None,
        }
    }

    /// As a credential.
    pub const fn credential(&self) -> Option<&CredentialRecord> {
        match self {
            Self::Credential(record) => Some(record),
            Self::Revocation(_) | Self::Consumer(_) => None,
        }
    }

    /// Which row it is.
    pub fn name(&self) -> RowName {
        match self {
            Self::Revocation(record) => (Table::Revocations, record.id.clone()),
            Self::Consumer(record) => (Table::Consumers, record.id.clone()),
            Self::Credential(record) => (Table::Credentials, record.id.clone()),
        }
    }

    /// Its version.
    pub const fn version(&self) -> i64 {
        match self {
            Self::Revocation(record) => record.version,
            Self::Consumer(record) => record.version,
            Self::Credential(record) => record.version,
        }
    }
}

/// What the rows of consumers and credentials have in common.
pub trait Registered: Sized {
    /// Its version.
    fn version(&self) -> i64;
    /// Whether it is deleted, and stays for those who have not seen that yet.
    fn is_deleted(&self) -> bool;
}

fn uuid(bytes: &[u8]) -> Result<Uuid, NotUnderstood> {
    Uuid::from_slice(bytes).map_err(|_| NotUnderstood::Uuid)
}

/// Tags as a column has them: a list in JSON.
fn tags_text(tags: Option<&Vec<String>>) -> Option<String> {
    tags.map(|tags| serde_json::Value::from(tags.clone()).to_string())
}

fn tags_of(text: Option<&str>) -> Result<Option<Vec<String>>, NotUnderstood> {
    let parsed = text.map(serde_json::from_str).transpose();
    parsed.map_err(|_| NotUnderstood::Tags)
}
