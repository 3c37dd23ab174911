//! The file: a thread of its own has it, and does one thing after the other.

mod copy;
mod damage;
mod keeper;
mod opening;
mod own;
mod peek;
mod registry;
mod schema;
mod tables;
mod trouble;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use uuid::Uuid;

use crate::gateway::consumer::Consumer;
use crate::gateway::credential::Credential;
use crate::token::revocation::{Revocation, RevocationId};

use super::health::{Health, Part};
use super::in_force::Publisher;
use super::kept::{DELETING, Page, Recorded, Row, StoreError};
use super::record::Record;
use super::registered::{ConsumerName, CredentialName, Expected, Kept, Listed, RegistryError};
use super::seal::Seal;

pub use self::copy::{Lack, Portion, Position};
use self::keeper::{Job, Keeper};
pub use self::peek::in_force;

/// The file, for those who ask. Its thread ends with the last clone.
#[derive(Clone)]
pub struct File {
    jobs: SyncSender<Job>,
    place: Arc<str>,
}

impl File {
    /// Starts the thread, which opens the file and puts in force what is there. Waits for that, but not for ever.
    pub async fn open(
        path: PathBuf,
        publisher: Arc<Publisher>,
        health: Arc<Health>,
        seal: Arc<Seal>,
        is_copy: bool,
    ) -> Self {
        let place = path.display().to_string();
        let (jobs, waiting) = sync_channel(MOST_WAITING);
        let keeper = Keeper::new(path, publisher, Arc::clone(&health), seal, is_copy);
        let thread = thread::Builder::new().name("store".to_owned());
        if let Err(error) = thread.spawn(move || keeper.run(&waiting)) {
            health.fail(
                Part::File,
                &format!("{place}: there is no thread for it: {error}"),
            );
        }
        let file = Self {
            jobs,
            place: place.into(),
        };
        let _ = timeout(OPENING, file.ask(|_| ())).await;
        file
    }

    /// Writes a revocation.
    pub async fn revoke(&self, revocation: Revocation) -> Result<Recorded, StoreError> {
        self.within(PATIENCE, |keeper| keeper.revoke(revocation))
            .await
    }

    /// Takes one back.
    pub async fn withdraw(
        &self,
        id: RevocationId,
        version: Option<i64>,
    ) -> Result<Option<Row>, StoreError> {
        self.within(PATIENCE, move |keeper| keeper.withdraw(id, version))
            .await
    }

    /// Looks one up.
    pub async fn find(&self, id: RevocationId) -> Result<Option<Row>, StoreError> {
        self.within(PATIENCE, move |keeper| keeper.find(id)).await
    }

    /// Lists them.
    pub async fn list(&self, page: Page) -> Result<Vec<Row>, StoreError> {
        self.within(PATIENCE, move |keeper| keeper.list(&page))
            .await
    }

    /// Notes that a token was used.
    pub async fn use_once(&self, digest: [u8; 32], until: i64) -> Result<bool, StoreError> {
        self.within(SHORT_PATIENCE, move |keeper| {
            keeper.use_once(&digest, until)
        })
        .await
    }

    /// From where on changes are to be read from the database; None where everything is.
    pub async fn position(&self) -> Result<Option<Position>, StoreError> {
        self.ask(|keeper| keeper.position()).await
    }

    /// What the copy lacks of what is in force.
    pub async fn lack(&self) -> Result<Option<Lack>, StoreError> {
        self.ask(|keeper| keeper.lack()).await
    }

    /// Writes down what was read for the copy, and says whether that worked.
    pub async fn write_down(&self, portion: Portion) -> Result<bool, StoreError> {
        self.ask(move |keeper| keeper.write_down(&portion)).await
    }

    /// Puts in force what was read from the database.
    pub async fn follow(&self, portion: Portion) -> Result<(), StoreError> {
        self.ask(move |keeper| keeper.follow(&portion)).await
    }

    /// Puts in force what this daemon wrote to the database. Says whether it is in force now, which it is not where it seems older than
    /// what is known.
    pub async fn add_own(&self, records: Vec<Record>) -> Result<bool, StoreError> {
        self.ask(move |keeper| keeper.add_own(&records)).await
    }

    /// What was written here while there was no database, and is not there yet.
    pub async fn unshared(&self) -> Result<Vec<Record>, StoreError> {
        self.ask(Keeper::unshared).await
    }

    /// All up to this version is in the database.
    pub async fn shared_up_to(&self, version: i64) -> Result<(), StoreError> {
        self.ask(move |keeper| keeper.shared_up_to(version)).await
    }

    /// Writes a consumer.
    pub async fn put_consumer(
        &self,
        consumer: Consumer,
        expected: Expected,
    ) -> Result<Kept<Consumer>, RegistryError> {
        self.within(PATIENCE, move |keeper| {
            Ok(keeper.put_consumer(consumer, expected))
        })
        .await?
    }

    /// Writes a credential.
    pub async fn put_credential(
        &self,
        credential: Credential,
        expected: Expected,
    ) -> Result<Kept<Credential>, RegistryError> {
        self.within(PATIENCE, move |keeper| {
            Ok(keeper.put_credential(credential, expected))
        })
        .await?
    }

    /// Deletes a consumer.
    pub async fn delete_consumer(&self, id: Uuid) -> Result<bool, RegistryError> {
        self.within(DELETING, move |keeper| Ok(keeper.delete_consumer(id)))
            .await?
    }

    /// Deletes a credential.
    pub async fn delete_credential(&self, id: Uuid) -> Result<bool, RegistryError> {
        self.within(PATIENCE, move |keeper| Ok(keeper.delete_credential(id)))
            .await?
    }

    /// Looks a consumer up.
    pub async fn find_consumer(
        &self,
        name: ConsumerName,
    ) -> Result<Option<Kept<Consumer>>, StoreError> {
        self.within(PATIENCE, move |keeper| keeper.find_consumer(&name))
            .await
    }

    /// Looks a credential up.
    pub async fn find_credential(
        &self,
        name: CredentialName,
    ) -> Result<Option<Kept<Credential>>, StoreError> {
        self.within(PATIENCE, move |keeper| keeper.find_credential(&name))
            .await
    }

    /// Lists consumers.
    pub async fn list_consumers(&self, listed: Listed) -> Result<Vec<Consumer>, StoreError> {
        self.within(PATIENCE, move |keeper| keeper.list_consumers(listed))
            .await
    }

    /// Lists credentials.
    pub async fn list_credentials(
        &self,
        of: Option<Uuid>,
        listed: Listed,
    ) -> Result<Vec<Credential>, StoreError> {
        self.within(PATIENCE, move |keeper| keeper.list_credentials(of, listed))
            .await
    }

    async fn within<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(&mut Keeper) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = timeout(patience, self.ask(work)).await;
        answer.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(format!(
                "{}: there is no answer within {} s, as if the disk hung; what was asked may still be done",
                self.place,
                patience.as_secs()
            )))
        })?
    }

    /// Has the thread do something, unless nobody waits for it any more when its turn comes.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Keeper) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |keeper| {
            if !reply.is_closed() {
                // Whoever asked may have stopped waiting meanwhile.
                let _ = reply.send(work(keeper));
            }
        });
        let problem = match self.jobs.try_send(job) {
            Ok(()) => match answer.await {
                Ok(answer) => return Ok(answer),
                Err(_) => "it is closed".to_owned(),
            },
            Err(TrySendError::Full(_)) => format!("{MOST_WAITING} requests wait already"),
            Err(TrySendError::Disconnected(_)) => "it is closed".to_owned(),
        };
        Err(StoreError::Unavailable(format!(
            "{}: {problem}",
            self.place
        )))
    }
}

/// So many requests may wait for the thread.
const MOST_WAITING: usize = 256;

/// How long the start waits for the file. A big one takes seconds, and nobody is to be let in before it is known what was revoked.
const OPENING: Duration = Duration::from_secs(10);

/// How long whoever asks waits.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a login waits.
const SHORT_PATIENCE: Duration = Duration::from_secs(1);
