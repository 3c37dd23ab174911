//! The row of a credential.

use uuid::Uuid;

use crate::gateway::credential::{Credential, SecretText};
use crate::token::algorithm::Algorithm;

use super::super::kept::StoreError;
use super::super::registered::Kept;
use super::super::seal::Seal;
use super::{NotUnderstood, Registered, tags_of, tags_text, uuid};

/// The columns of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRecord {
    /// Its ID, as bytes.
    pub id: Vec<u8>,
    /// Its version.
    pub version: i64,
    /// The ID of the consumer whose it is, as bytes.
    pub consumer: Vec<u8>,
    /// What tokens name it by.
    pub key: String,
    /// Its secret as the column has it, sealed perhaps.
    pub secret: Option<SecretText>,
    /// Its public key, in PEM.
    pub rsa_public_key: Option<String>,
    /// What its tokens are signed with.
    pub algorithm: String,
    /// Words to find it by, as a list in JSON.
    pub tags: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// When it was deleted, if it was. The row stays for those who have not seen that yet, without its secret.
    pub deleted_at: Option<i64>,
}

impl CredentialRecord {
    /// The columns of a credential that is in force from this version on.
    pub fn of(credential: &Credential, version: i64, seal: &Seal) -> Result<Self, StoreError> {
        let sealed = |secret: &SecretText| seal.close(credential.id, secret);
        Ok(Self {
            id: credential.id.as_bytes().to_vec(),
            version,
            consumer: credential.consumer.as_bytes().to_vec(),
            key: credential.key.clone(),
            secret: credential.secret.as_ref().map(sealed).transpose()?,
            rsa_public_key: credential.rsa_public_key.clone(),
            algorithm: credential.algorithm.name().to_owned(),
            tags: tags_text(credential.tags.as_ref()),
            created_at: credential.created_at,
            deleted_at: None,
        })
    }

    /// The credential's ID, which is all that counts of one that is deleted.
    pub fn id(&self) -> Result<Uuid, NotUnderstood> {
        uuid(&self.id)
    }

    /// What it says. There is no secret where it cannot be read.
    pub fn credential(&self, seal: &Seal) -> Result<Credential, NotUnderstood> {
        let id = self.id()?;
        let algorithm = Algorithm::from_name(&self.algorithm);
        let unknown = || NotUnderstood::Algorithm(self.algorithm.clone());
        let secret = self.secret.as_ref();
        Ok(Credential {
            id,
            consumer: uuid(&self.consumer)?,
            key: self.key.clone(),
            secret: secret.and_then(|text| seal.open(id, text)),
            rsa_public_key: self.rsa_public_key.clone(),
            algorithm: algorithm.ok_or_else(unknown)?,
            tags: tags_of(self.tags.as_deref())?,
            created_at: self.created_at,
        })
    }

    /// What it says, with its version; None where it is not understood.
    pub fn kept(&self, seal: &Seal) -> Option<Kept<Credential>> {
        let version = self.version;
        let value = self.credential(seal).ok()?;
        Some(Kept { value, version })
    }

    /// What it says, with its tags; None where it is not understood.
    pub fn listed(&self, seal: &Seal) -> Option<(Credential, Option<Vec<String>>)> {
        let credential = self.credential(seal).ok()?;
        let tags = credential.tags.clone();
        Some((credential, tags))
    }

    /// Whether there is a secret, and it cannot be read.
    pub fn is_unreadable(&self, seal: &Seal) -> bool {
        let secret = self.secret.as_ref().zip(self.id().ok());
        secret.is_some_and(|(text, id)| seal.open(id, text).is_none())
    }

    /// With the secret of the row in whose place it comes, where that cannot be read and no other one is given: whoever has the right key
    /// still needs it.
    #[must_use]
    pub fn in_place_of(mut self, found: Option<&Self>, seal: &Seal) -> Self {
        let unreadable = found.filter(|found| !found.is_deleted() && found.is_unreadable(seal));
        if let (None, Some(found)) = (&self.secret, unreadable) {
            self.secret.clone_from(&found.secret);
        }
        self
    }

    /// The row that stays when it is deleted.
    #[must_use]
    pub fn deleted(self, version: i64, now: i64) -> Self {
        Self {
            version,
            secret: None,
            rsa_public_key: None,
            deleted_at: Some(now),
            ..self
        }
    }
}

impl Registered for CredentialRecord {
    fn version(&self) -> i64 {
        self.version
    }

    fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }
}
