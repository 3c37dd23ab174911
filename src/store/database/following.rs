//! Follows what others write, for as long as the daemon runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use crate::clock;

use super::super::file::{File, Lack, Portion};
use super::super::health::{Health, Part};
use super::super::record::Record;
use super::asking::Asker;
use super::connection::Connection;
use super::reading::Reading;
use super::trouble::Trouble;
use super::{sharing, tables};

/// Has the changes be read at once; used as soon as they are in force.
pub type Kick = oneshot::Sender<()>;

/// Follows the database.
pub struct Follower {
    asker: Arc<Asker>,
    file: File,
    kicked: mpsc::Receiver<Kick>,
    /// Who waits for what was written to be in force.
    waiting: Vec<Kick>,
    /// Used as soon as it is known how it is.
    begun: Option<oneshot::Sender<()>>,
    /// How far the copy is written, where it lacks much.
    copying: Option<Reading>,
    pause: Duration,
    /// How many rows are read at a time.
    size: usize,
    purge_at: Instant,
}

impl Follower {
    /// Has not begun yet.
    pub fn new(
        asker: Arc<Asker>,
        file: File,
        kicked: mpsc::Receiver<Kick>,
        begun: oneshot::Sender<()>,
    ) -> Self {
        let now = clock::instant();
        Self {
            asker,
            file,
            kicked,
            waiting: Vec::new(),
            begun: Some(begun),
            copying: None,
            pause: SHORTEST_PAUSE,
            size: PORTION,
            // Not all daemons of a fleet at once.
            purge_at: now
                .checked_add(HOUR.mul_f64(fastrand::f64()))
                .unwrap_or(now),
        }
    }

    /// Goes on for ever: with another connection whenever one breaks.
    pub async fn run(mut self) {
        loop {
            let Err(trouble) = self.session().await;
            if let Trouble::Slow(_) = trouble {
                self.size = (self.size / 4).max(SMALLEST);
            }
            let named = self.asker.named(&trouble);
            self.health().fail(Part::Reading, &named);
            // They learn that it is not in force.
            self.waiting.clear();
            self.begin();
            // Not all daemons of a fleet at once.
            sleep(self.pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    async fn session(&mut self) -> Result<std::convert::Infallible, Trouble> {
        let connection = Box::pin(Connection::open(self.asker.database())).await?;
        connection.listen().await?;
        self.copying = None;
        self.share().await?;
        loop {
            // What was written before they came is read now.
            while let Ok(kick) = self.kicked.try_recv() {
                self.waiting.push(kick);
            }
            self.catch_up(&connection).await?;
            self.pause = SHORTEST_PAUSE;
            self.size = PORTION;
            self.health().set_contact(self.health().now());
            self.health().mend(Part::Reading);
            self.begin();
            for kick in self.waiting.drain(..) {
                // Whoever waited may have given up.
                let _ = kick.send(());
            }
            self.see_to(&connection).await?;
            if self.complete_copy(&connection).await? {
                // There is more of it, and what changes comes first.
                continue;
            }
            tokio::select! {
                () = connection.changed() => {}
                Some(kick) = self.kicked.recv() => self.waiting.push(kick),
                () = sleep(POLL) => {}
            }
        }
    }

    /// Puts in force what has changed.
    async fn catch_up(&self, connection: &Connection) -> Result<(), Trouble> {
        let known = self.file.position().await.map_err(|_| Trouble::Closed)?;
        let mut reading = Reading::from(known);
        loop {
            let Some(portion) = self.read(connection, &mut reading, self.size).await? else {
                continue;
            };
            let is_last = portion.complete.is_some();
            let done = self.file.follow(portion).await;
            done.map_err(|_| Trouble::Closed)?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// Reads a portion. None where everything is to be read from the beginning.
    async fn read(
        &self,
        connection: &Connection,
        reading: &mut Reading,
        size: usize,
    ) -> Result<Option<Portion>, Trouble> {
        let changes = tables::changes(connection, reading.after(), reading.seen(), size);
        let changes = changes.await?;
        let portion = reading.take(changes, size);
        if portion.is_none() {
            tracing::warn!(
                store = self.asker.place(),
                "the database is not the one that was known, or was set back: everything is read anew"
            );
            *reading = Reading::from(None);
        }
        Ok(portion)
    }

    /// Writes a portion of what the copy lacks, and says whether there is more.
    async fn complete_copy(&mut self, connection: &Connection) -> Result<bool, Trouble> {
        if self.copying.is_none() {
            let lack = self.file.lack().await.map_err(|_| Trouble::Closed)?;
            self.copying = lack.map(|lack| match lack {
                Lack::Everything => Reading::from(None),
                Lack::Since(position) => Reading::from(Some(position)),
            });
        }
        let Some(mut reading) = self.copying.take() else {
            return Ok(false);
        };
        let Some(portion) = self.read(connection, &mut reading, WRITTEN).await? else {
            self.copying = Some(reading);
            return Ok(true);
        };
        let is_last = portion.complete.is_some();
        let is_written = self.file.write_down(portion).await;
        if is_written.map_err(|_| Trouble::Closed)? && !is_last {
            self.copying = Some(reading);
        }
        Ok(self.copying.is_some())
    }

    /// Hands over to the database what was written to the file while there was none.
    async fn share(&self) -> Result<(), Trouble> {
        loop {
            let unshared = self.file.unshared().await.map_err(|_| Trouble::Closed)?;
            let Some(last) = unshared.last().map(Record::version) else {
                return Ok(());
            };
            sharing::share(&self.asker, &self.file, &unshared).await?;
            tracing::info!(
                store = self.asker.place(),
                rows = unshared.len(),
                "what the file had is in the database"
            );
            self.file
                .shared_up_to(last)
                .await
                .map_err(|_| Trouble::Closed)?;
        }
    }

    /// Sees to the database: whether it can be written again, and to what nobody asks for any more.
    async fn see_to(&mut self, connection: &Connection) -> Result<(), Trouble> {
        if self.health().is_failing(Part::Writing) {
            match tables::probe(connection).await {
                Ok(()) => self.health().mend(Part::Writing),
                Err(trouble) => {
                    let named = self.asker.named(&trouble);
                    self.health().fail(Part::Writing, &named);
                }
            }
        }
        let now = clock::instant();
        if now >= self.purge_at {
            self.purge_at = now.checked_add(HOUR).unwrap_or(now);
            // Another daemon may do it, or one that is let do it.
            while let Ok(true) = tables::purge(connection).await {}
        }
        Ok(())
    }

    fn begin(&mut self) {
        if let Some(begun) = self.begun.take() {
            // Whoever waited may have given up.
            let _ = begun.send(());
        }
    }

    fn health(&self) -> &Health {
        self.asker.health()
    }
}

/// How often is looked whether something has changed, though nobody told, and whether the connection still is one.
const POLL: Duration = Duration::from_secs(3);

/// So many rows are read at a time, and fewer where that takes too long.
const PORTION: usize = 10_000;
const SMALLEST: usize = 100;
/// So many are written to the copy at a time: whoever asks the file waits for that.
const WRITTEN: usize = 1_000;

/// Between attempts to connect.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

const HOUR: Duration = Duration::from_hours(1);
