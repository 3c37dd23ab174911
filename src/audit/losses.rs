//! Lines that could not be written: how many, and why none is at present. The daemon's own log has one line when that begins
//! and one when it ends, whatever number of decisions there is in between.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is lost, and why.
pub struct Losses {
    lines: AtomicU64,
    outage: Mutex<Option<Outage>>,
    /// What an outage means for decisions.
    required: bool,
}

/// A time in which no line is written.
struct Outage {
    reason: String,
    /// How many lines were lost before.
    before: u64,
}

impl Losses {
    /// Nothing is lost yet.
    pub const fn new(required: bool) -> Self {
        Self {
            lines: AtomicU64::new(0),
            outage: Mutex::new(None),
            required,
        }
    }

    /// Lines lost since the start.
    pub fn lines(&self) -> u64 {
        self.lines.load(Ordering::Relaxed)
    }

    /// Why lines are not written at present.
    pub fn outage(&self) -> Option<String> {
        self.lock().as_ref().map(|outage| outage.reason.clone())
    }

    /// Whether lines are not written at present.
    pub fn is_outage(&self) -> bool {
        self.lock().is_some()
    }

    /// Counts a line that is lost.
    pub fn lose(&self, reason: impl FnOnce() -> String) {
        let before = self.lines.fetch_add(1, Ordering::Relaxed);
        self.begin_after(before, reason);
    }

    /// Lines cannot be written from now on.
    pub fn begin(&self, reason: impl FnOnce() -> String) {
        self.begin_after(self.lines(), reason);
    }

    /// Lines are written again.
    pub fn end(&self) {
        if let Some(outage) = self.lock().take() {
            let lost = self.lines().saturating_sub(outage.before);
            tracing::warn!(lost, "the audit log is written again");
        }
    }

    fn begin_after(&self, before: u64, reason: impl FnOnce() -> String) {
        let mut outage = self.lock();
        if outage.is_some() {
            return;
        }
        let reason = reason();
        let Outage { reason, .. } = outage.insert(Outage { reason, before });
        if self.required {
            tracing::error!(
                reason,
                "the audit log cannot be written: decisions are refused, as audit.required says"
            );
        } else {
            tracing::error!(
                reason,
                "the audit log cannot be written: decisions go on, and their lines are lost"
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Outage>> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_of_an_outage_stays_until_its_end() {
        let losses = Losses::new(false);
        losses.lose(|| "the disk is full".to_owned());
        losses.lose(|| unreachable!("a reason is made once"));
        assert_eq!(losses.outage().as_deref(), Some("the disk is full"));
        losses.end();
        assert_eq!((losses.outage(), losses.lines()), (None, 2));
    }
}
