//! The thread that writes the audit log. After lines were lost, the log itself says how many, before it goes on.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;

use crate::clock;

use super::line;
use super::losses::Losses;
use super::place::Place;
use super::queue::{Message, Messages};

/// Writes what comes from now on.
pub fn start(messages: Messages, place: Place, losses: Arc<Losses>) -> io::Result<()> {
    let writer = Writer {
        messages,
        place,
        losses,
        told: 0,
    };
    let thread = thread::Builder::new().name("audit".to_owned());
    thread.spawn(move || writer.run()).map(drop)
}

struct Writer {
    messages: Messages,
    place: Place,
    losses: Arc<Losses>,
    /// How many lost lines the log tells of.
    told: u64,
}

impl Writer {
    fn run(mut self) {
        loop {
            // With nothing to mend, only another message is worth waking up for.
            let pause = if self.losses.is_outage() {
                MENDING_PAUSE
            } else {
                Duration::MAX
            };
            match self.messages.receiver.recv_timeout(pause) {
                Ok(Message::Line(line, done)) => {
                    if self.write(&line).is_ok()
                        && let Some(done) = done
                    {
                        // Whoever asked may have stopped waiting.
                        let _ = done.send(());
                    }
                    self.messages.done();
                }
                Ok(Message::Reopen(done)) => {
                    self.reopen();
                    let _ = done.send(());
                }
                Ok(Message::Flush(done)) => {
                    let _ = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => self.mend(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Writes a line, behind one that tells of those that were lost before it.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if !self.losses.is_outage() {
            return self.put(line).inspect_err(|error| self.lose(error));
        }
        let lost = self.lost();
        let both = [Self::gap(lost), line.to_vec()].concat();
        self.put(&both).inspect_err(|error| self.lose(error))?;
        self.tell(lost);
        Ok(())
    }

    /// Sees whether lines can be written again, for nobody may come while they cannot.
    fn mend(&mut self) {
        let lost = self.lost();
        let gap = Self::gap(lost);
        let mended = if gap.is_empty() {
            self.place.check()
        } else {
            self.put(&gap)
        };
        if mended.is_ok() {
            self.tell(lost);
        }
    }

    fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        self.place.put(lines)
    }

    fn lose(&self, error: &io::Error) {
        self.losses.lose(|| self.place.named(error).to_string());
    }

    fn lost(&self) -> u64 {
        self.losses.lines().saturating_sub(self.told)
    }

    fn gap(lost: u64) -> Vec<u8> {
        if lost == 0 {
            return Vec::new();
        }
        line::write_gap(lost, clock::wall_clock())
    }

    /// The log tells of so many more. While lines still come faster than they are written, the next ones may be lost.
    fn tell(&mut self, lost: u64) {
        self.told = self.told.saturating_add(lost);
        if self.messages.is_calm() {
            self.losses.end();
        }
    }

    /// What cannot be opened anew is no outage: lines go on to where they went.
    fn reopen(&mut self) {
        if let Err(error) = self.place.reopen() {
            let error = self.place.named(&error).to_string();
            tracing::error!(
                error,
                "the audit log cannot be opened anew: it goes on in the file that was open"
            );
        }
    }
}

/// How often it is tried to go on.
const MENDING_PAUSE: Duration = Duration::from_secs(1);
