//! How the store is, for whoever asks, while it is at work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::kept::StoreState;

/// Tells the time in Unix seconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What may fail by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The file: the store itself, or the copy of what the database has.
    File,
    /// What the database has cannot be read.
    Reading,
    /// Nothing can be written to the database.
    Writing,
}

/// How the store is. All of its parts note here what becomes of them.
pub struct Health {
    place: String,
    is_shared: bool,
    now: Clock,
    noted: Mutex<Noted>,
}

/// What was noted last.
#[derive(Default)]
struct Noted {
    counts: Counts,
    file: Option<Failure>,
    reading: Option<Failure>,
    writing: Option<Failure>,
    damage: Option<String>,
    schema: Option<String>,
    last_contact: Option<i64>,
}

/// What is in force.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// So many revocations.
    pub revocations: usize,
    /// So many consumers.
    pub consumers: usize,
    /// So many credentials.
    pub credentials: usize,
    /// So many of them have a secret that cannot be read.
    pub unreadable_secrets: usize,
    /// So many rows mean nothing to this version of the daemon.
    pub not_understood: usize,
    /// As of this version.
    pub version: i64,
}

#[derive(Clone)]
struct Failure {
    since: i64,
    error: String,
    /// When the log told of it last.
    told_at: i64,
}

impl Health {
    /// Nothing is known yet of the store at this place.
    pub fn new(place: String, is_shared: bool, now: Clock) -> Self {
        Self {
            place,
            is_shared,
            now,
            noted: Mutex::default(),
        }
    }

    /// The time.
    pub fn now(&self) -> i64 {
        (self.now)()
    }

    /// Something does not work, for this reason.
    pub fn fail(&self, part: Part, error: &str) {
        let now = self.now();
        let mut noted = self.noted();
        let failure = noted.failure(part);
        let before = failure.as_ref();
        let since = before.map_or(now, |before| before.since);
        // What changes between two errors is not told each time.
        let is_told = before.is_some_and(|before| {
            before.error == error || now.abs_diff(before.told_at) < TELLING_PAUSE
        });
        let told_at = before.map_or(now, |before| before.told_at);
        *failure = Some(Failure {
            since,
            error: error.to_owned(),
            told_at: if is_told { told_at } else { now },
        });
        drop(noted);
        if !is_told {
            tracing::error!(store = self.place, error, "{}", self.trouble(part));
        }
    }

    /// It works.
    pub fn mend(&self, part: Part) {
        let mended = self.noted().failure(part).take();
        if mended.is_some() {
            tracing::warn!(store = self.place, "{}", self.relief(part));
        }
    }

    /// Whether something does not work.
    pub fn is_failing(&self, part: Part) -> bool {
        self.noted().failure(part).is_some()
    }

    /// Why it does not, for people.
    pub fn error(&self, part: Part) -> Option<String> {
        self.noted()
            .failure(part)
            .as_ref()
            .map(|failure| failure.error.clone())
    }

    /// So much is in force.
    pub fn count(&self, counts: Counts) {
        self.noted().counts = counts;
    }

    /// How much was in force last.
    pub fn counts(&self) -> Counts {
        self.noted().counts
    }

    /// What was lost, if anything was.
    pub fn set_damage(&self, damage: Option<String>) {
        self.noted().damage = damage;
    }

    /// The version of the tables.
    pub fn set_schema(&self, (major, minor): (i64, i64)) {
        self.noted().schema = Some(format!("{major}.{minor}"));
    }

    /// The database answered, or had at this time according to the copy.
    pub fn set_contact(&self, at: i64) {
        let mut noted = self.noted();
        noted.last_contact = noted.last_contact.max(Some(at));
    }

    /// All of it.
    pub fn state(&self) -> StoreState {
        let noted = self.noted();
        let failure = if self.is_shared {
            earlier(noted.reading.as_ref(), noted.writing.as_ref())
        } else {
            noted.file.as_ref()
        };
        let copy = noted.file.as_ref().filter(|_| self.is_shared);
        let reading = noted.reading.as_ref().map(|failure| failure.since);
        StoreState {
            place: self.place.clone(),
            is_shared: self.is_shared,
            revocations: noted.counts.revocations,
            consumers: noted.counts.consumers,
            credentials: noted.counts.credentials,
            unreadable_secrets: noted.counts.unreadable_secrets,
            version: noted.counts.version,
            failing_since: failure.map(|failure| failure.since),
            error: failure.map(|failure| failure.error.clone()),
            damage: noted.damage.clone(),
            schema: noted.schema.clone(),
            last_contact: noted.last_contact,
            behind_since: reading.map(|since| noted.last_contact.unwrap_or(since)),
            copy_error: copy.map(|failure| failure.error.clone()),
            not_understood: noted.counts.not_understood,
        }
    }

    const fn trouble(&self, part: Part) -> &'static str {
        match part {
            Part::File if self.is_shared => {
                "the copy of the database cannot be used: without the database the next start would not know what it has"
            }
            Part::File => "the store does not work: what is in force stays so",
            Part::Reading => {
                "the store cannot be read: what is known stays in force, and changes do not come"
            }
            Part::Writing => "the store cannot be written: what is in force stays so",
        }
    }

    const fn relief(&self, part: Part) -> &'static str {
        match part {
            Part::File if self.is_shared => "the copy of the database is written again",
            Part::File | Part::Writing => "the store is written again",
            Part::Reading => "the store is read again",
        }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    const fn failure(&mut self, part: Part) -> &mut Option<Failure> {
        match part {
            Part::File => &mut self.file,
            Part::Reading => &mut self.reading,
            Part::Writing => &mut self.writing,
        }
    }
}

/// How often the log tells of another error of the same outage, in seconds.
const TELLING_PAUSE: u64 = 60;

fn earlier<'a>(one: Option<&'a Failure>, other: Option<&'a Failure>) -> Option<&'a Failure> {
    one.into_iter()
        .chain(other)
        .min_by_key(|failure| failure.since)
}
