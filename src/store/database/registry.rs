//! Consumers and credentials in the database: asked for, and written.

use uuid::Uuid;

use crate::gateway::consumer::Consumer;
use crate::gateway::credential::Credential;

use super::super::change;
use super::super::kept::MOST_CREDENTIALS;
use super::super::listing::Listing;
use super::super::record::{ConsumerRecord, CredentialRecord, Record};
use super::super::registered::{
    ConsumerName, CredentialName, Expected, Kept, Listed, RegistryError,
};
use super::asking::{ATTEMPTS, Asker};
use super::connection::Connection;
use super::tables::{self, Put};
use super::trouble::Trouble;

/// What came of it, where the database did its part.
type Outcome<T> = Result<Result<T, RegistryError>, Trouble>;

impl Asker {
    /// Writes a consumer.
    pub async fn put_consumer(
        &self,
        consumer: &Consumer,
        expected: Expected,
    ) -> Outcome<ConsumerRecord> {
        let is_full = self.health().counts().consumers >= MOST_CREDENTIALS;
        let record = ConsumerRecord::of(consumer, 0);
        self.writing(async |connection| {
            for _ in 0..ATTEMPTS {
                let found: Option<ConsumerRecord> = tables::find(connection, &record.id).await?;
                let seen = change::seen(found.as_ref(), expected, consumer.id);
                let seen =
                    match seen.and_then(|seen| change::room(is_full, expected).map(|()| seen)) {
                        Ok(seen) => seen,
                        Err(error) => return Ok(Err(error)),
                    };
                match tables::put_consumer(connection, &record, seen).await? {
                    Put::Written(version) => return Ok(Ok(ConsumerRecord { version, ..record })),
                    Put::Taken(field) => {
                        let value = change::names(consumer).find(|(name, _)| *name == field);
                        let value = value.map_or("", |(_, value)| value);
                        return Ok(Err(change::taken(field, value)));
                    }
                    Put::NotAsSeen => {}
                }
            }
            Err(Trouble::Contended)
        })
        .await
    }

    /// Writes a credential.
    pub async fn put_credential(
        &self,
        credential: &Credential,
        expected: Expected,
    ) -> Outcome<CredentialRecord> {
        match CredentialRecord::of(credential, 0, self.seal()) {
            Ok(record) => {
                self.put_credential_record(&record, credential.id, expected)
                    .await
            }
            Err(error) => Ok(Err(error.into())),
        }
    }

    /// The same, as its columns are.
    pub async fn put_credential_record(
        &self,
        record: &CredentialRecord,
        id: Uuid,
        expected: Expected,
    ) -> Outcome<CredentialRecord> {
        let is_full = self.health().counts().credentials >= MOST_CREDENTIALS;
        self.writing(async |connection| {
            for _ in 0..ATTEMPTS {
                let found: Option<CredentialRecord> = tables::find(connection, &record.id).await?;
                let seen = change::seen(found.as_ref(), expected, id);
                let seen =
                    match seen.and_then(|seen| change::room(is_full, expected).map(|()| seen)) {
                        Ok(seen) => seen,
                        Err(error) => return Ok(Err(error)),
                    };
                let record = record.clone().in_place_of(found.as_ref(), self.seal());
                match tables::put_credential(connection, &record, seen).await? {
                    Put::Written(version) => return Ok(Ok(CredentialRecord { version, ..record })),
                    Put::Taken(field) => return Ok(Err(change::taken(field, &record.key))),
                    Put::NotAsSeen => {}
                }
                if let Some(error) = without_consumer(connection, &record).await? {
                    return Ok(Err(error));
                }
            }
            Err(Trouble::Contended)
        })
        .await
    }

    /// Deletes a consumer, and says which rows stay for those who have not seen that yet: none where it is not there.
    pub async fn delete_consumer(&self, id: Uuid) -> Result<Vec<Record>, Trouble> {
        self.writing(async |connection| {
            let id = id.as_bytes();
            for _ in 0..ATTEMPTS {
                let found: Option<ConsumerRecord> = tables::find_registered(connection, id).await?;
                let Some(found) = found else {
                    return Ok(Vec::new());
                };
                // What is late does not delete what was written after it was asked.
                let gone = tables::delete_consumer(connection, id, found.version).await?;
                if !gone.is_empty() {
                    return Ok(gone);
                }
            }
            Err(Trouble::Contended)
        })
        .await
    }

    /// Deletes a credential.
    pub async fn delete_credential(&self, id: Uuid) -> Result<Vec<Record>, Trouble> {
        self.writing(async |connection| {
            let id = id.as_bytes();
            for _ in 0..ATTEMPTS {
                let found: Option<CredentialRecord> =
                    tables::find_registered(connection, id).await?;
                let Some(found) = found else {
                    return Ok(Vec::new());
                };
                let gone = tables::delete_credential(connection, id, found.version).await?;
                if !gone.is_empty() {
                    return Ok(gone);
                }
            }
            Err(Trouble::Contended)
        })
        .await
    }

    /// Looks a consumer up.
    pub async fn find_consumer(
        &self,
        name: &ConsumerName,
    ) -> Result<Option<Kept<Consumer>>, Trouble> {
        let connection = self.connection().await?;
        let found: Option<ConsumerRecord> = match name {
            ConsumerName::Id(id) => tables::find_registered(&connection, id.as_bytes()).await?,
            ConsumerName::Username(name) => tables::consumer_by_username(&connection, name).await?,
        };
        Ok(found.and_then(|found| found.kept()))
    }

    /// Looks a credential up.
    pub async fn find_credential(
        &self,
        name: &CredentialName,
    ) -> Result<Option<Kept<Credential>>, Trouble> {
        let connection = self.connection().await?;
        let found: Option<CredentialRecord> = match name {
            CredentialName::Id(id) => tables::find_registered(&connection, id.as_bytes()).await?,
            CredentialName::Key(key) => tables::credential_by_key(&connection, key).await?,
        };
        Ok(found.and_then(|found| found.kept(self.seal())))
    }

    /// Lists consumers.
    pub async fn list_consumers(&self, listed: Listed) -> Result<Vec<Consumer>, Trouble> {
        let connection = self.connection().await?;
        let mut listing = Listing::new(listed);
        while let Some(asked) = listing.next() {
            let rows = tables::list_consumers(&connection, &asked).await?;
            listing.take(&rows, |row| &row.id, ConsumerRecord::listed);
        }
        Ok(listing.found())
    }

    /// Lists credentials, of one consumer or of all.
    pub async fn list_credentials(
        &self,
        of: Option<Uuid>,
        listed: Listed,
    ) -> Result<Vec<Credential>, Trouble> {
        let connection = self.connection().await?;
        let of = of.as_ref().map(|id| id.as_bytes().as_slice());
        let mut listing = Listing::new(listed);
        while let Some(asked) = listing.next() {
            let rows = tables::list_credentials(&connection, of, &asked).await?;
            listing.take(&rows, |row| &row.id, |row| row.listed(self.seal()));
        }
        Ok(listing.found())
    }
}

/// Where its consumer is not there, the error that says so.
async fn without_consumer(
    connection: &Connection,
    record: &CredentialRecord,
) -> Result<Option<RegistryError>, Trouble> {
    let found: Option<ConsumerRecord> =
        tables::find_registered(connection, &record.consumer).await?;
    let id = Uuid::from_slice(&record.consumer).unwrap_or_default();
    Ok(found.is_none().then_some(RegistryError::NoConsumer(id)))
}
