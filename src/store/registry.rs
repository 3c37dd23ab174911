//! Consumers and credentials, as the store keeps them: how they are asked for, and what becomes of them.

use uuid::Uuid;

use super::{Store, StoreError, change};
use crate::gateway::consumer::Consumer;
use crate::gateway::credential::Credential;

pub use super::registered::{
    ConsumerName, CredentialName, Expected, Kept, Listed, RegistryError, Tags,
};

impl Store {
    /// Writes a consumer. It is in force here when this returns, and on all daemons that share the store within a second.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn put_consumer(
        &self,
        consumer: Consumer,
        expected: Expected,
    ) -> Result<Kept<Consumer>, RegistryError> {
        change::fits_consumer(&consumer)?;
        match &self.parts.fleet {
            Some(fleet) => fleet.put_consumer(consumer, expected).await,
            None => self.parts.file.put_consumer(consumer, expected).await,
        }
    }

    /// Writes a credential, as [`Store::put_consumer`] does a consumer.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn put_credential(
        &self,
        credential: Credential,
        expected: Expected,
    ) -> Result<Kept<Credential>, RegistryError> {
        change::fits_credential(&credential)?;
        match &self.parts.fleet {
            Some(fleet) => fleet.put_credential(credential, expected).await,
            None => self.parts.file.put_credential(credential, expected).await,
        }
    }

    /// Deletes a consumer and its credentials, and says whether it was there.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn delete_consumer(&self, id: Uuid) -> Result<bool, RegistryError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.delete_consumer(id).await,
            None => self.parts.file.delete_consumer(id).await,
        }
    }

    /// Deletes a credential, and says whether it was there.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn delete_credential(&self, id: Uuid) -> Result<bool, RegistryError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.delete_credential(id).await,
            None => self.parts.file.delete_credential(id).await,
        }
    }

    /// Looks a consumer up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_consumer(
        &self,
        name: ConsumerName,
    ) -> Result<Option<Kept<Consumer>>, StoreError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.find_consumer(name).await,
            None => self.parts.file.find_consumer(name).await,
        }
    }

    /// Looks a credential up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_credential(
        &self,
        name: CredentialName,
    ) -> Result<Option<Kept<Credential>>, StoreError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.find_credential(name).await,
            None => self.parts.file.find_credential(name).await,
        }
    }

    /// Lists consumers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_consumers(&self, listed: Listed) -> Result<Vec<Consumer>, StoreError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.list_consumers(listed).await,
            None => self.parts.file.list_consumers(listed).await,
        }
    }

    /// Lists credentials: those of a consumer, or all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_credentials(
        &self,
        of: Option<Uuid>,
        listed: Listed,
    ) -> Result<Vec<Credential>, StoreError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.list_credentials(of, listed).await,
            None => self.parts.file.list_credentials(of, listed).await,
        }
    }
}
