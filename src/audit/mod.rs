//! The audit log: a line for each decision, and for what was revoked, in a file or in systemd's journal. It is off unless the configuration names a
//! place for it.
//!
//! [`line`], [`change`] and [`registered`] know what a line says, [`writer`] writes it on a thread of its own, [`losses`] keeps count of what could not be
//! written. Whoever decides waits for none of this, unless a decision without its line must not count.

mod change;
mod file;
mod journal;
mod line;
mod losses;
mod place;
mod queue;
mod registered;
mod writer;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::clock;
use crate::config::audit::AuditLog;

use self::losses::Losses;
use self::place::Place;
use self::queue::Queue;

pub use self::change::{Change, ChangeKind};
pub use self::line::{Claims, Decision, Kind};
pub use self::registered::{Registered, RegisteredChange, RegisteredKind};

/// Where decisions are recorded. Clones write to the same log.
#[derive(Clone)]
pub struct Audit {
    queue: Arc<Queue>,
    losses: Arc<Losses>,
    /// How long a decision waits for its line, where it does not count without.
    patience: Option<Duration>,
}

/// A decision does not count, for its line could not be written.
#[derive(Debug, PartialEq, Eq)]
pub struct NotRecorded;

impl Audit {
    /// Opens the log, and writes it from now on. What cannot be opened now is tried again later. A decision waits no
    /// longer than `patience` for its line.
    ///
    /// # Errors
    /// What is there is no regular file, and cannot become one by waiting; or there is no thread.
    pub fn start(log: &AuditLog, patience: Duration) -> io::Result<Self> {
        let losses = Arc::new(Losses::new(log.required));
        let place = Place::open(&log.place, &losses)?;
        let (queue, messages) = Queue::new(Arc::clone(&losses));
        writer::start(messages, place, Arc::clone(&losses))?;
        Ok(Self {
            queue: Arc::new(queue),
            losses,
            patience: log.required.then_some(patience),
        })
    }

    /// Records a decision.
    ///
    /// # Errors
    /// [`NotRecorded`], where the configuration demands the line and it is not written.
    pub async fn record(&self, decision: &Decision<'_>) -> Result<(), NotRecorded> {
        let line = line::write(decision, clock::wall_clock());
        let Some(patience) = self.patience else {
            self.queue.take(line, None);
            return Ok(());
        };
        let (done, written) = oneshot::channel();
        self.queue.take(line, Some(done));
        match timeout(patience, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(NotRecorded),
        }
    }

    /// Records what was revoked, or is no longer. It is done already, so that it waits for nothing.
    pub fn note(&self, change: &Change<'_>) {
        self.queue
            .take(change::write(change, clock::wall_clock()), None);
    }

    /// Records what was made, changed or deleted of what gateways go by, as [`Audit::note`] does a revocation.
    pub fn note_registered(&self, registered: &Registered<'_>) {
        self.queue
            .take(registered::write(registered, clock::wall_clock()), None);
    }

    /// How many decisions since the start have no line.
    #[must_use]
    pub fn lost_lines(&self) -> u64 {
        self.losses.lines()
    }

    /// Why lines are not written at present, if they are not.
    #[must_use]
    pub fn outage(&self) -> Option<String> {
        self.losses.outage()
    }

    /// Whether a decision without its line does not count.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.patience.is_some()
    }

    /// Opens the file anew, for it may have been moved away. All lines before this are in the one before. It does not
    /// wait for long.
    pub fn reopen(&self) {
        self.queue.reopen();
    }

    /// Waits until all lines are written, but not for long.
    pub fn flush(&self) {
        self.queue.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIAL: Decision<'_> = Decision {
        kind: Kind::Token,
        issuer: None,
        host: "meet.example.com",
        denial: Some("no-token"),
        token_id: None,
        claims: Claims::Nothing,
        room: None,
        request_id: None,
        is_doctors: false,
    };

    /// An audit log whose disk hangs: nobody takes lines from its queue.
    fn hanging(patience: Option<Duration>) -> (Audit, queue::Messages) {
        let losses = Arc::new(Losses::new(patience.is_some()));
        let (queue, messages) = Queue::new(Arc::clone(&losses));
        let audit = Audit {
            queue: Arc::new(queue),
            losses,
            patience,
        };
        (audit, messages)
    }

    #[tokio::test(start_paused = true)]
    async fn a_decision_that_must_be_recorded_waits_for_its_line_and_not_for_ever() {
        let (audit, _messages) = hanging(Some(Duration::from_secs(5)));
        assert_eq!(audit.record(&DENIAL).await, Err(NotRecorded));
    }

    #[tokio::test]
    async fn a_decision_that_need_not_be_recorded_waits_for_nothing() {
        let (audit, messages) = hanging(None);
        for _ in 0..10_000 {
            assert_eq!(audit.record(&DENIAL).await, Ok(()));
        }
        drop(messages);
        assert!(audit.lost_lines() > 0 && audit.outage().is_some());
    }

    #[tokio::test]
    async fn a_decision_whose_line_is_written_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let log = AuditLog {
            place: crate::config::audit::AuditPlace::File(path.clone()),
            required: true,
        };
        let audit = Audit::start(&log, Duration::from_secs(30)).unwrap();
        assert_eq!(audit.record(&DENIAL).await, Ok(()));
        let text = crate::files::read_text(&path, 10_000).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("\"no-token\""), "{text}");
    }
}
