//! What is wrong with reloading, for those who ask.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why the configuration in force is not the one on disk, or may not be.
#[derive(Default)]
pub struct Status(Mutex<Faults>);

#[derive(Default)]
struct Faults {
    failure: Option<String>,
    blindness: Option<String>,
    reloads: Reloads,
    warnings: usize,
}

/// How often the configuration was loaded anew, and when it was last. Times are in Unix seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reloads {
    /// When the daemon started.
    pub started: Option<i64>,
    /// How often it was put in force.
    pub succeeded: u64,
    /// How often it was refused.
    pub failed: u64,
    /// When one was put in force last, at the start or later.
    pub last_success: Option<i64>,
    /// When one was refused last.
    pub last_failure: Option<i64>,
}

impl Status {
    /// What was wrong with the configuration when it was loaded last.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.faults().failure.clone()
    }

    /// Why changes of the configuration are not noticed at once.
    #[must_use]
    pub fn blindness(&self) -> Option<String> {
        self.faults().blindness.clone()
    }

    /// Notes how loading went. True if it went differently before.
    pub fn set_failure(&self, failure: Option<&str>) -> bool {
        replace(&mut self.faults().failure, failure)
    }

    /// Notes whether changes are noticed. True if that is new.
    pub fn set_blindness(&self, blindness: Option<&str>) -> bool {
        replace(&mut self.faults().blindness, blindness)
    }

    /// Notes that the daemon started with a good configuration.
    pub fn started(&self, now: i64) {
        let reloads = &mut self.faults().reloads;
        reloads.started = Some(now);
        reloads.last_success = Some(now);
    }

    /// Counts a reload.
    pub fn reloaded(&self, now: i64, is_good: bool) {
        let reloads = &mut self.faults().reloads;
        let (count, last) = if is_good {
            (&mut reloads.succeeded, &mut reloads.last_success)
        } else {
            (&mut reloads.failed, &mut reloads.last_failure)
        };
        *count = count.saturating_add(1);
        *last = Some(now);
    }

    /// What was counted.
    #[must_use]
    pub fn reloads(&self) -> Reloads {
        self.faults().reloads
    }

    /// Notes how many warnings the configuration in force has.
    pub fn set_warnings(&self, warnings: usize) {
        self.faults().warnings = warnings;
    }

    /// How many warnings the configuration in force has.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.faults().warnings
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn replace(known: &mut Option<String>, new: Option<&str>) -> bool {
    let is_new = known.as_deref() != new;
    *known = new.map(str::to_owned);
    is_new
}
