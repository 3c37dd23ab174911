//! `PostgreSQL` as the store of several daemons: each follows what the others write, and keeps a copy of it in its file.

mod asking;
mod connection;
mod following;
mod patience;
mod reading;
mod registry;
mod schema;
mod sharing;
mod tables;
mod tls;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use uuid::Uuid;

use crate::gateway::consumer::Consumer;
use crate::gateway::credential::Credential;
use crate::token::revocation::{Revocation, RevocationId};

use super::file::File;
use super::health::{Health, Part};
use super::kept::{DELETING, Page, Recorded, Row, StoreError};
use super::record::Record;
use super::registered::{ConsumerName, CredentialName, Expected, Kept, Listed, RegistryError};
use super::seal::Seal;
use super::settings::Database;

use self::asking::Asker;
use self::following::{Follower, Kick};
use self::patience::within;
use self::trouble::Trouble;

/// A database that several daemons have in common. Its connections end with it.
pub struct Fleet {
    asker: Arc<Asker>,
    file: File,
    health: Arc<Health>,
    kicks: mpsc::Sender<Kick>,
    follower: JoinHandle<()>,
}

impl Fleet {
    /// Begins to follow the database, and waits a moment until that is up to date, or known not to be.
    pub async fn start(
        database: Database,
        file: File,
        health: Arc<Health>,
        seal: Arc<Seal>,
    ) -> Self {
        let (kicks, kicked) = mpsc::channel(MOST_KICKS);
        let asker = Arc::new(Asker::new(database, Arc::clone(&health), seal));
        let (begun, outcome) = oneshot::channel();
        let follower = Follower::new(Arc::clone(&asker), file.clone(), kicked, begun);
        let follower = tokio::spawn(follower.run());
        let _ = timeout(OPENING, outcome).await;
        Self {
            asker,
            file,
            health,
            kicks,
            follower,
        }
    }

    /// Writes a revocation. It is in force here when this returns, and elsewhere a moment later.
    pub async fn revoke(&self, revocation: Revocation) -> Result<Recorded, StoreError> {
        let written = self.ask(PATIENCE, self.asker.revoke(revocation)).await;
        let (record, is_new) = self.asker.note_writing(written)??;
        let row = record
            .row()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        self.put_in_force(vec![Record::Revocation(record)]).await?;
        Ok(Recorded { row, is_new })
    }

    /// Takes one back.
    pub async fn withdraw(
        &self,
        id: RevocationId,
        version: Option<i64>,
    ) -> Result<Option<Row>, StoreError> {
        let written = self.ask(PATIENCE, self.asker.withdraw(id, version)).await;
        let Some(record) = self.asker.note_writing(written)?? else {
            return Ok(None);
        };
        let row = record.row().ok();
        self.put_in_force(vec![Record::Revocation(record)]).await?;
        Ok(row)
    }

    /// Looks one up: where the database is away, in the copy.
    pub async fn find(&self, id: RevocationId) -> Result<Option<Row>, StoreError> {
        match self.while_there(self.asker.find(id)).await {
            Some(found) => Ok(found),
            None => self.file.find(id).await,
        }
    }

    /// Lists them: where the database is away, those of the copy.
    pub async fn list(&self, page: Page) -> Result<Vec<Row>, StoreError> {
        match self.while_there(self.asker.list(&page)).await {
            Some(found) => Ok(found),
            None => self.file.list(page).await,
        }
    }

    /// Notes that a token was used, and says whether that was the first time anywhere.
    pub async fn use_once(&self, digest: [u8; 32], until: i64) -> Result<bool, StoreError> {
        let noted = self.ask(SHORT_PATIENCE, self.asker.use_once(&digest, until));
        let noted = noted.await;
        noted.map_err(|trouble| self.asker.unavailable(&trouble))
    }

    /// Writes a consumer, as [`Self::revoke`] does a revocation.
    pub async fn put_consumer(
        &self,
        consumer: Consumer,
        expected: Expected,
    ) -> Result<Kept<Consumer>, RegistryError> {
        let written = self.asker.put_consumer(&consumer, expected);
        let record = self
            .asker
            .note_writing(self.ask(PATIENCE, written).await)??;
        let version = record.version;
        self.put_in_force(vec![Record::Consumer(record)]).await?;
        Ok(Kept {
            value: consumer,
            version,
        })
    }

    /// Writes a credential.
    pub async fn put_credential(
        &self,
        credential: Credential,
        expected: Expected,
    ) -> Result<Kept<Credential>, RegistryError> {
        let written = self.asker.put_credential(&credential, expected);
        let record = self
            .asker
            .note_writing(self.ask(PATIENCE, written).await)??;
        let version = record.version;
        self.put_in_force(vec![Record::Credential(record)]).await?;
        Ok(Kept {
            value: credential,
            version,
        })
    }

    /// Deletes a consumer with its credentials, and says whether it was there.
    pub async fn delete_consumer(&self, id: Uuid) -> Result<bool, RegistryError> {
        let deleted = self.ask(DELETING, self.asker.delete_consumer(id)).await;
        self.put_deleted_in_force(deleted).await
    }

    /// Deletes a credential, and says whether it was there.
    pub async fn delete_credential(&self, id: Uuid) -> Result<bool, RegistryError> {
        let deleted = self.ask(PATIENCE, self.asker.delete_credential(id)).await;
        self.put_deleted_in_force(deleted).await
    }

    async fn put_deleted_in_force(
        &self,
        deleted: Result<Vec<Record>, Trouble>,
    ) -> Result<bool, RegistryError> {
        let gone = self.asker.note_writing(deleted)?;
        let was_there = !gone.is_empty();
        if was_there {
            self.put_in_force(gone).await?;
        }
        Ok(was_there)
    }

    /// Looks a consumer up: where the database is away, in the copy.
    pub async fn find_consumer(
        &self,
        name: ConsumerName,
    ) -> Result<Option<Kept<Consumer>>, StoreError> {
        let found = self.asker.find_consumer(&name);
        match self.while_there(found).await {
            Some(found) => Ok(found),
            None => self.file.find_consumer(name).await,
        }
    }

    /// Looks a credential up.
    pub async fn find_credential(
        &self,
        name: CredentialName,
    ) -> Result<Option<Kept<Credential>>, StoreError> {
        let found = self.asker.find_credential(&name);
        match self.while_there(found).await {
            Some(found) => Ok(found),
            None => self.file.find_credential(name).await,
        }
    }

    /// Lists consumers.
    pub async fn list_consumers(&self, listed: Listed) -> Result<Vec<Consumer>, StoreError> {
        let found = self.asker.list_consumers(listed.clone());
        match self.while_there(found).await {
            Some(found) => Ok(found),
            None => self.file.list_consumers(listed).await,
        }
    }

    /// Lists credentials, of one consumer or of all.
    pub async fn list_credentials(
        &self,
        of: Option<Uuid>,
        listed: Listed,
    ) -> Result<Vec<Credential>, StoreError> {
        let found = self.asker.list_credentials(of, listed.clone());
        match self.while_there(found).await {
            Some(found) => Ok(found),
            None => self.file.list_credentials(of, listed).await,
        }
    }

    /// What the database says. None while it is away.
    async fn while_there<T>(&self, asking: impl Future<Output = Result<T, Trouble>>) -> Option<T> {
        if self.health.is_failing(Part::Reading) {
            return None;
        }
        self.ask(PATIENCE, asking).await.ok()
    }

    /// Asks the database, on another connection the next time if this one does not answer.
    async fn ask<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let done = within(patience, work).await;
        if let Err(Trouble::Slow(_)) = done {
            self.asker.disconnect();
        }
        done
    }

    /// What others wrote before is not waited for; but what seems older than that has to be looked at in the order of versions.
    async fn put_in_force(&self, records: Vec<Record>) -> Result<(), StoreError> {
        if let Ok(true) = self.file.add_own(records).await {
            return Ok(());
        }
        let (kick, done) = oneshot::channel();
        let is_kicked = self.kicks.send(kick).await.is_ok();
        let caught_up = timeout(PATIENCE, done).await;
        if is_kicked && matches!(caught_up, Ok(Ok(()))) {
            return Ok(());
        }
        Err(StoreError::Unavailable(format!(
            "{}: it is written, but could not be read back, so that it is not in force here yet",
            self.asker.place()
        )))
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

/// How long the start waits for the database.
const OPENING: Duration = Duration::from_secs(3);
/// How long whoever asks waits.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a login waits.
const SHORT_PATIENCE: Duration = Duration::from_secs(1);

const MOST_KICKS: usize = 64;
