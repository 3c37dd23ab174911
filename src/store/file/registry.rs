//! Consumers and credentials in the file: as the store itself they are written, and of a copy they are read.

use rusqlite::{Connection, Transaction, TransactionBehavior::Immediate};
use uuid::Uuid;

use crate::gateway::consumer::Consumer;
use crate::gateway::credential::Credential;

use super::super::change;
use super::super::kept::{MOST_CREDENTIALS, StoreError};
use super::super::listing::Listing;
use super::super::record::{ConsumerRecord, CredentialRecord, Record};
use super::super::registered::{
    ConsumerName, CredentialName, Expected, Kept, Listed, RegistryError,
};
use super::keeper::Keeper;
use super::own::OWN;
use super::tables;
use super::trouble::Trouble;

/// What came of a change, where the file did its part.
type Outcome<T> = Result<Result<T, RegistryError>, Trouble>;

impl Keeper {
    /// Writes a consumer.
    pub fn put_consumer(
        &mut self,
        consumer: Consumer,
        expected: Expected,
    ) -> Result<Kept<Consumer>, RegistryError> {
        let is_full = self.in_force.credentials().consumers() >= MOST_CREDENTIALS;
        let version = self.change(|transaction| {
            let id = consumer.id.as_bytes();
            let found: Option<ConsumerRecord> = tables::find(transaction, id)?;
            if let Err(error) = change::seen(found.as_ref(), expected, consumer.id)
                .and_then(|_| change::room(is_full, expected))
            {
                return Ok(Err(error));
            }
            for (field, value) in change::names(&consumer) {
                if tables::other_with::<ConsumerRecord>(transaction, field, value, id)? {
                    return Ok(Err(change::taken(field, value)));
                }
            }
            let version = tables::next_version(transaction)?;
            let record = ConsumerRecord::of(&consumer, version);
            tables::put(transaction, &[Record::Consumer(record)], OWN)?;
            Ok(Ok(version))
        })?;
        Ok(Kept {
            value: consumer,
            version,
        })
    }

    /// Writes a credential.
    pub fn put_credential(
        &mut self,
        credential: Credential,
        expected: Expected,
    ) -> Result<Kept<Credential>, RegistryError> {
        let is_full = self.in_force.credentials().len() >= MOST_CREDENTIALS;
        let seal = self.in_force.seal().clone();
        let record = CredentialRecord::of(&credential, 0, &seal)?;
        let version = self.change(|transaction| {
            let found: Option<CredentialRecord> = tables::find(transaction, &record.id)?;
            if let Err(error) = change::seen(found.as_ref(), expected, credential.id)
                .and_then(|_| change::room(is_full, expected))
            {
                return Ok(Err(error));
            }
            let owner: Option<ConsumerRecord> = tables::find(transaction, &record.consumer)?;
            if owner.is_none_or(|owner| owner.deleted_at.is_some()) {
                return Ok(Err(RegistryError::NoConsumer(credential.consumer)));
            }
            let key = &credential.key;
            if tables::other_with::<CredentialRecord>(transaction, "key", key, &record.id)? {
                return Ok(Err(change::taken("key", key)));
            }
            let version = tables::next_version(transaction)?;
            let record = CredentialRecord { version, ..record };
            let record = record.in_place_of(found.as_ref(), &seal);
            tables::put(transaction, &[Record::Credential(record)], OWN)?;
            Ok(Ok(version))
        })?;
        Ok(Kept {
            value: credential,
            version,
        })
    }

    /// Deletes a consumer with its credentials, and says whether it was there.
    pub fn delete_consumer(&mut self, id: Uuid) -> Result<bool, RegistryError> {
        let now = self.health.now();
        self.change(|transaction| {
            let found: Option<ConsumerRecord> = tables::find(transaction, id.as_bytes())?;
            let Some(found) = found.filter(|found| found.deleted_at.is_none()) else {
                return Ok(Ok(false));
            };
            let credentials = tables::credentials_of(transaction, id.as_bytes())?;
            bury(transaction, credentials, now)?;
            let gone = ConsumerRecord {
                version: tables::next_version(transaction)?,
                deleted_at: Some(now),
                ..found
            };
            tables::put(transaction, &[Record::Consumer(gone)], OWN)?;
            Ok(Ok(true))
        })
    }

    /// Deletes a credential, and says whether it was there.
    pub fn delete_credential(&mut self, id: Uuid) -> Result<bool, RegistryError> {
        let now = self.health.now();
        self.change(|transaction| {
            let found: Option<CredentialRecord> = tables::find(transaction, id.as_bytes())?;
            let Some(found) = found.filter(|found| found.deleted_at.is_none()) else {
                return Ok(Ok(false));
            };
            bury(transaction, vec![found], now)?;
            Ok(Ok(true))
        })
    }

    /// Looks a consumer up.
    pub fn find_consumer(
        &mut self,
        name: &ConsumerName,
    ) -> Result<Option<Kept<Consumer>>, StoreError> {
        let found: Option<ConsumerRecord> = self.attempt(|keeper| {
            let connection = &keeper.readable()?.connection;
            Ok(match name {
                ConsumerName::Id(id) => tables::find_registered(connection, id.as_bytes())?,
                ConsumerName::Username(name) => tables::consumer_by_username(connection, name)?,
            })
        })?;
        Ok(found.and_then(|found| found.kept()))
    }

    /// Looks a credential up.
    pub fn find_credential(
        &mut self,
        name: &CredentialName,
    ) -> Result<Option<Kept<Credential>>, StoreError> {
        let found: Option<CredentialRecord> = self.attempt(|keeper| {
            let connection = &keeper.readable()?.connection;
            Ok(match name {
                CredentialName::Id(id) => tables::find_registered(connection, id.as_bytes())?,
                CredentialName::Key(key) => tables::credential_by_key(connection, key)?,
            })
        })?;
        let seal = self.in_force.seal();
        Ok(found.and_then(|found| found.kept(seal)))
    }

    /// Lists consumers.
    pub fn list_consumers(&mut self, listed: Listed) -> Result<Vec<Consumer>, StoreError> {
        let mut listing = Listing::new(listed);
        while let Some(asked) = listing.next() {
            let rows = self.attempt(|keeper| {
                let connection = &keeper.readable()?.connection;
                Ok(tables::list_consumers(connection, &asked)?)
            })?;
            listing.take(&rows, |row| &row.id, ConsumerRecord::listed);
        }
        Ok(listing.found())
    }

    /// Lists credentials, of one consumer or of all.
    pub fn list_credentials(
        &mut self,
        of: Option<Uuid>,
        listed: Listed,
    ) -> Result<Vec<Credential>, StoreError> {
        let of = of.as_ref().map(|id| id.as_bytes().as_slice());
        let seal = self.in_force.seal().clone();
        let mut listing = Listing::new(listed);
        while let Some(asked) = listing.next() {
            let rows = self.attempt(|keeper| {
                let connection = &keeper.readable()?.connection;
                Ok(tables::list_credentials(connection, of, &asked)?)
            })?;
            listing.take(&rows, |row| &row.id, |row| row.listed(&seal));
        }
        Ok(listing.found())
    }

    /// Makes a change, and puts it in force.
    fn change<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Outcome<T>,
    ) -> Result<T, RegistryError> {
        self.attempt(|keeper| {
            let connection = &mut keeper.writable()?.connection;
            let transaction = connection.transaction_with_behavior(Immediate)?;
            let done = work(&transaction)?;
            if done.is_ok() {
                transaction.commit()?;
                keeper.catch_up()?;
            }
            Ok(done)
        })?
    }
}

/// What is deleted leaves rows for those who have not seen that yet, each with a version of its own.
fn bury(connection: &Connection, found: Vec<CredentialRecord>, now: i64) -> Result<(), Trouble> {
    let last = tables::next_versions(connection, found.len())?;
    let versions = (0..=last).rev();
    let gone = found.into_iter().zip(versions);
    let gone = gone.map(|(found, version)| Record::Credential(found.deleted(version, now)));
    let gone: Vec<Record> = gone.collect();
    Ok(tables::put(connection, &gone, OWN)?)
}
