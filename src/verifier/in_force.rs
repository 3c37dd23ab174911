//! What was taken back, as the verifier goes by it, and whether that has changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};

use crate::token::revocation::in_force::Revocations;

use super::undecided::Undecided;

/// What the verifier knows of what was taken back.
#[derive(Clone, Default)]
pub enum Revoked {
    /// Nothing can be: there is no store.
    #[default]
    Nothing,
    /// This is in force.
    Set(Arc<Revocations>),
    /// Nobody can say, and nobody is let in until that is known.
    Unknown,
}

impl Revoked {
    /// The set in force, where there is one.
    pub(super) fn set(&self) -> Option<&Revocations> {
        match self {
            Self::Set(set) => Some(set),
            Self::Nothing | Self::Unknown => None,
        }
    }

    /// Nothing is decided while it is not known what was taken back.
    pub(super) const fn check(&self) -> Result<(), Undecided> {
        match self {
            Self::Nothing | Self::Set(_) => Ok(()),
            Self::Unknown => Err(Undecided::RevocationsUnknown),
        }
    }
}

/// What is in force now. Questions that are being decided on stay with what they began with.
pub struct InForce {
    known: ArcSwap<Revoked>,
    /// Another number in each process.
    start: u64,
    changes: AtomicU64,
}

impl Default for InForce {
    fn default() -> Self {
        Self {
            known: ArcSwap::default(),
            start: fastrand::u64(..),
            changes: AtomicU64::new(0),
        }
    }
}

impl InForce {
    pub(super) fn known(&self) -> Guard<Arc<Revoked>> {
        self.known.load()
    }

    /// Puts something else in force.
    pub fn replace(&self, known: Revoked) {
        self.known.store(Arc::new(known));
        self.note_change();
    }

    /// Whoever sees the new version must find what it is the version of.
    pub(super) fn note_change(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    pub(super) fn version(&self) -> String {
        let changes = self.changes.load(Ordering::Acquire);
        format!("{:016x}-{changes}", self.start)
    }
}
