//! What the store keeps, how it is asked, and how it is.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::gateway::credentials::Credentials;
use crate::token::revocation::in_force::Revocations;
use crate::token::revocation::{Revocation, RevocationId};

/// A revocation with what the store gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub id: RevocationId,
    /// It grows with each change of any row. Two rows never have the same one.
    pub version: i64,
    /// What it says.
    pub revocation: Revocation,
}

/// What became of a revocation that was to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// As it stands now.
    pub row: Row,
    /// Whether there was none with its name.
    pub is_new: bool,
}

/// What is known of what was taken back.
#[derive(Clone)]
pub enum Known {
    /// This is in force, and it is all of it.
    Set(Arc<Revocations>),
    /// This is in force of it. What was written before is lost, and nobody can say what it was.
    Rest(Arc<Revocations>),
    /// Nobody can say: what was written is damaged, or was never read.
    Nothing,
}

/// Takes what is known, at the start and after each change.
pub type Publish = Arc<dyn Fn(Known) + Send + Sync>;

/// Takes the consumers and credentials that are in force, at the start and after each change.
pub type PublishCredentials = Arc<dyn Fn(Arc<Credentials>) + Send + Sync>;

/// Which revocations are asked for.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Those behind this one, in the order of their names.
    pub after: Option<RevocationId>,
    /// How many at most; no more than [`MOST_LISTED`] in any case.
    pub size: usize,
}

/// So many revocations can be in force.
pub const MOST_REVOCATIONS: usize = 2_000_000;

/// So many credentials can be in force, and as many consumers.
pub const MOST_CREDENTIALS: usize = 1_000_000;

/// So long may usernames, custom IDs and keys be, in bytes: a database finds them by an index, which has room for no more.
pub const MOST_NAME_BYTES: usize = 2_048;

/// How long whoever deletes a consumer waits, which may have very many credentials.
pub(super) const DELETING: Duration = Duration::from_secs(20);

/// So many are listed at a time: the largest page that anybody is told, and one that shows whether there is another.
pub const MOST_LISTED: usize = 1_001;

impl Page {
    /// What it is no more than.
    pub(super) fn bounded(&self) -> usize {
        self.size.min(MOST_LISTED)
    }
}

/// Why the store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// It cannot be written now. What is there stays in force.
    #[error("{0}")]
    Unavailable(String),
    /// The row is not as it was when whoever asks saw it.
    #[error("it was changed meanwhile")]
    Changed,
    /// There are as many as are kept.
    #[error("there are {0} of them, and no more are kept")]
    Full(usize),
}

/// How a store is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreState {
    /// Where it is: a path, or the database's address.
    pub place: String,
    /// Whether several daemons share it.
    pub is_shared: bool,
    /// How many revocations are in force here.
    pub revocations: usize,
    /// How many consumers are in force here.
    pub consumers: usize,
    /// How many credentials are in force here.
    pub credentials: usize,
    /// How many of them have a secret that cannot be read: it was sealed with another key.
    pub unreadable_secrets: usize,
    /// The newest version that is known here.
    pub version: i64,
    /// Since when, in Unix seconds, it cannot be written or read.
    pub failing_since: Option<i64>,
    /// Why not, for people.
    pub error: Option<String>,
    /// What was lost and moved aside, for people, with what is to be typed. It stays until somebody has seen to that.
    pub damage: Option<String>,
    /// The version of its tables, such as `1.1`.
    pub schema: Option<String>,
    /// When the database answered last, in Unix seconds; of a shared store alone.
    pub last_contact: Option<i64>,
    /// Since when, in Unix seconds, changes that others made may be missing here; of a shared store alone.
    pub behind_since: Option<i64>,
    /// Why the copy of a shared store cannot be written, for people. What is in force does not depend on it.
    pub copy_error: Option<String>,
    /// How many rows are not in force here, since a later version of the daemon wrote them.
    pub not_understood: usize,
}
