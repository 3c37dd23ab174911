//! Asks the database, and writes to it, on a connection that is made when it is needed.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::token::revocation::{Revocation, RevocationId};

use super::super::change::{self, Revoking};
use super::super::health::{Health, Part};
use super::super::kept::{MOST_REVOCATIONS, Page, Row, StoreError};
use super::super::record::RevocationRecord;
use super::super::seal::Seal;
use super::super::settings::Database;
use super::connection::Connection;
use super::tables;
use super::trouble::Trouble;

/// Asks and writes.
pub struct Asker {
    database: Database,
    connection: Mutex<Option<Arc<Connection>>>,
    /// The one that transactions have for themselves.
    writing: Mutex<Option<Connection>>,
    health: Arc<Health>,
    seal: Arc<Seal>,
}

/// What came of it, where the database did its part.
type Outcome<T> = Result<Result<T, StoreError>, Trouble>;

impl Asker {
    /// Nothing is connected yet.
    pub fn new(database: Database, health: Arc<Health>, seal: Arc<Seal>) -> Self {
        Self {
            database,
            connection: Mutex::new(None),
            writing: Mutex::new(None),
            health,
            seal,
        }
    }

    /// Where the database is.
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Notes how it is.
    pub const fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// What secrets are sealed with.
    pub const fn seal(&self) -> &Arc<Seal> {
        &self.seal
    }

    /// The database's address.
    pub fn place(&self) -> String {
        self.database.address.to_string()
    }

    /// Writes a revocation, and says whether there was none with its name.
    pub async fn revoke(&self, asked: Revocation) -> Outcome<(RevocationRecord, bool)> {
        for _ in 0..ATTEMPTS {
            let connection = self.connection().await?;
            let id = asked.id();
            let found: Option<RevocationRecord> = tables::find(&connection, id.as_bytes()).await?;
            let seen = found.as_ref().map_or(0, |found| found.version);
            let (revocation, is_new) =
                match change::revoke(found.as_ref(), asked.clone(), self.health.now()) {
                    Revoking::AsItIs(row) => {
                        return Ok(Ok((
                            RevocationRecord::of(&row.revocation, row.version),
                            false,
                        )));
                    }
                    Revoking::Write { is_new: true, .. } if self.is_full() => {
                        return Ok(Err(StoreError::Full(MOST_REVOCATIONS)));
                    }
                    Revoking::Write { revocation, is_new } => (revocation, is_new),
                };
            let record = RevocationRecord::of(&revocation, seen);
            if let Some(version) = tables::put(&connection, &record, seen).await? {
                return Ok(Ok((RevocationRecord { version, ..record }, is_new)));
            }
        }
        Err(Trouble::Contended)
    }

    /// Takes one back. None where there is none.
    pub async fn withdraw(
        &self,
        id: RevocationId,
        version: Option<i64>,
    ) -> Outcome<Option<RevocationRecord>> {
        for _ in 0..ATTEMPTS {
            let connection = self.connection().await?;
            let found = tables::find(&connection, id.as_bytes()).await?;
            let found = match change::withdraw(found.as_ref(), version) {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(Ok(None)),
                Err(error) => return Ok(Err(error)),
            };
            let seen = found.version;
            let record = RevocationRecord {
                withdrawn_at: Some(self.health.now()),
                ..found
            };
            if let Some(version) = tables::put(&connection, &record, seen).await? {
                return Ok(Ok(Some(RevocationRecord { version, ..record })));
            }
        }
        Err(Trouble::Contended)
    }

    /// Looks one up.
    pub async fn find(&self, id: RevocationId) -> Result<Option<Row>, Trouble> {
        let connection = self.connection().await?;
        let found: Option<RevocationRecord> = tables::find(&connection, id.as_bytes()).await?;
        let found = found.filter(|found| found.withdrawn_at.is_none());
        Ok(found.and_then(|found| found.row().ok()))
    }

    /// Lists them.
    pub async fn list(&self, page: &Page) -> Result<Vec<Row>, Trouble> {
        let connection = self.connection().await?;
        let after = page.after.as_ref().map_or(&[][..], |id| id.as_bytes());
        let found = tables::list(&connection, after, page.bounded()).await?;
        Ok(found
            .iter()
            .filter_map(|record| record.row().ok())
            .collect())
    }

    /// Notes that a token was used.
    pub async fn use_once(&self, digest: &[u8; 32], until: i64) -> Result<bool, Trouble> {
        let connection = self.connection().await?;
        tables::use_once(&connection, digest, until).await
    }

    /// Notes whether writing works, and says it.
    pub fn note_writing<T>(&self, outcome: Result<T, Trouble>) -> Result<T, StoreError> {
        match outcome {
            Ok(outcome) => {
                self.health.mend(Part::Writing);
                Ok(outcome)
            }
            Err(trouble) => {
                self.health.fail(Part::Writing, &self.named(&trouble));
                Err(self.unavailable(&trouble))
            }
        }
    }

    /// What is wrong, with where that is.
    pub fn named(&self, trouble: &Trouble) -> String {
        format!("{}: {trouble}", self.database.address)
    }

    /// The error of whoever asks.
    pub fn unavailable(&self, trouble: &Trouble) -> StoreError {
        StoreError::Unavailable(self.named(trouble))
    }

    fn is_full(&self) -> bool {
        self.health.counts().revocations >= MOST_REVOCATIONS
    }

    /// Does something on the connection that transactions have for themselves, one after the other.
    pub(super) async fn writing<T>(
        &self,
        work: impl AsyncFnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let mut writing = self.writing.lock().await;
        // Whoever gives up while it waits for an answer leaves a connection of which nobody knows what it does.
        let open = match writing.take().filter(|open| !open.is_closed()) {
            Some(open) => open,
            None => Box::pin(Connection::open(&self.database)).await?,
        };
        let done = work(&open).await?;
        *writing = Some(open);
        Ok(done)
    }

    /// The connection, or another one where it is closed.
    pub(super) async fn connection(&self) -> Result<Arc<Connection>, Trouble> {
        let mut connection = self.connection.lock().await;
        if let Some(open) = connection.as_ref().filter(|open| !open.is_closed()) {
            return Ok(Arc::clone(open));
        }
        // What connecting takes is much, and is not kept by everybody who asks.
        let open = Box::pin(Connection::open(&self.database)).await?;
        let open = Arc::new(open);
        *connection = Some(Arc::clone(&open));
        Ok(open)
    }

    /// Does not use the connection any more: it does not answer.
    pub fn disconnect(&self) {
        // Whoever has it makes another one just now.
        if let Ok(mut connection) = self.connection.try_lock() {
            *connection = None;
        }
    }
}

/// How often it is tried, where others change the same thing at the same time: each time one of them has done so.
pub(super) const ATTEMPTS: usize = 16;
