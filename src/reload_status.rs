//! What is wrong with reloading, for those who ask.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why the configuration in force is not the one on disk, or may not be.
#[derive(Default)]
pub struct Status(Mutex<Faults>);

#[derive(Default)]
struct Faults {
    failure: Option<String>,
    blindness: Option<String>,
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

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn replace(known: &mut Option<String>, new: Option<&str>) -> bool {
    let is_new = known.as_deref() != new;
    *known = new.map(str::to_owned);
    is_new
}
