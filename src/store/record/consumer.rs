//! The row of a consumer.

use uuid::Uuid;

use crate::gateway::consumer::Consumer;

use super::super::registered::Kept;
use super::{NotUnderstood, Registered, tags_of, tags_text, uuid};

/// The columns of a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerRecord {
    /// Its ID, as bytes.
    pub id: Vec<u8>,
    /// Its version.
    pub version: i64,
    /// What people call it.
    pub username: Option<String>,
    /// What another system calls it.
    pub custom_id: Option<String>,
    /// Words to find it by, as a list in JSON.
    pub tags: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// When it was changed last.
    pub updated_at: i64,
    /// When it was deleted, if it was. The row stays for those who have not seen that yet.
    pub deleted_at: Option<i64>,
}

impl ConsumerRecord {
    /// The columns of a consumer that is in force from this version on.
    pub fn of(consumer: &Consumer, version: i64) -> Self {
        Self {
            id: consumer.id.as_bytes().to_vec(),
            version,
            username: consumer.username.clone(),
            custom_id: consumer.custom_id.clone(),
            tags: tags_text(consumer.tags.as_ref()),
            created_at: consumer.created_at,
            updated_at: consumer.updated_at,
            deleted_at: None,
        }
    }

    /// The consumer's ID, which is all that counts of one that is deleted.
    pub fn id(&self) -> Result<Uuid, NotUnderstood> {
        uuid(&self.id)
    }

    /// What it says.
    pub fn consumer(&self) -> Result<Consumer, NotUnderstood> {
        Ok(Consumer {
            id: self.id()?,
            username: self.username.clone(),
            custom_id: self.custom_id.clone(),
            tags: tags_of(self.tags.as_deref())?,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    /// What it says, with its version; None where it is not understood.
    pub fn kept(&self) -> Option<Kept<Consumer>> {
        let version = self.version;
        let value = self.consumer().ok()?;
        Some(Kept { value, version })
    }

    /// What it says, with its tags; None where it is not understood.
    pub fn listed(&self) -> Option<(Consumer, Option<Vec<String>>)> {
        let consumer = self.consumer().ok()?;
        let tags = consumer.tags.clone();
        Some((consumer, tags))
    }
}

impl Registered for ConsumerRecord {
    fn version(&self) -> i64 {
        self.version
    }

    fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }
}
