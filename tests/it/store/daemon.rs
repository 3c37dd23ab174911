//! A store as one daemon has it, with what it published.
#![expect(clippy::disallowed_methods, reason = "measures time")]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use prosody_tokend::clock;
use prosody_tokend::gateway::credentials::Credentials;
use prosody_tokend::secret::Secret;
use prosody_tokend::store::address::DatabaseAddress;
use prosody_tokend::store::settings::{Database, StoreSettings};
use prosody_tokend::store::{
    Clock, Known, Page, Publish, PublishCredentials, Recorded, Row, Store, StoreError, StoreState,
};
use prosody_tokend::token::pointer::Pointer;
use prosody_tokend::token::revocation::{Name, Revocation, RevocationId, Target};
use rusqlite::Connection;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::sleep;

use support::postgres::PASSWORD;
use support::until;

/// A store, on a runtime of its own, as if in a process of its own.
pub struct Daemon {
    pub(super) store: Store,
    pub(super) runtime: Runtime,
    pub(super) seen: Arc<Seen>,
}

#[derive(Default)]
pub(super) struct Seen {
    known: Mutex<Option<Known>>,
    told: AtomicUsize,
    pub(super) credentials: Mutex<Option<Arc<Credentials>>>,
}

/// How much is known.
#[derive(Debug, PartialEq, Eq)]
pub enum Extent {
    All,
    Rest,
    Nothing,
}

impl Daemon {
    /// One that keeps what it knows for itself.
    pub fn alone(path: &Path) -> Self {
        Self::open(settings(path), Arc::new(clock::unix_time))
    }

    /// One that shares it, over this address.
    pub fn sharing(path: &Path, url: &str) -> Self {
        Self::open(shared(path, url), Arc::new(clock::unix_time))
    }

    pub fn open(settings: StoreSettings, now: Clock) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let seen = Arc::new(Seen::default());
        let told = Arc::clone(&seen);
        let publish: Publish = Arc::new(move |known| {
            *told.known.lock().unwrap() = Some(known);
            told.told.fetch_add(1, Ordering::SeqCst);
        });
        let told = Arc::clone(&seen);
        let publish_credentials: PublishCredentials =
            Arc::new(move |credentials| *told.credentials.lock().unwrap() = Some(credentials));
        let opening = Store::open_by(settings, publish, publish_credentials, now);
        let store = runtime.block_on(opening);
        assert!(
            seen.told.load(Ordering::SeqCst) > 0,
            "nothing was published"
        );
        Self {
            store,
            runtime,
            seen,
        }
    }

    pub fn revoke(&self, revocation: Revocation) -> Result<Recorded, StoreError> {
        self.runtime.block_on(self.store.revoke(revocation))
    }

    /// Revokes a room, and nothing may go wrong about it.
    pub fn revoke_room(&self, name: &str) -> Row {
        self.revoke(room(name)).unwrap().row
    }

    pub fn withdraw(
        &self,
        id: RevocationId,
        version: Option<i64>,
    ) -> Result<Option<Row>, StoreError> {
        self.runtime.block_on(self.store.withdraw(id, version))
    }

    pub fn find(&self, id: RevocationId) -> Result<Option<Row>, StoreError> {
        self.runtime.block_on(self.store.find(id))
    }

    pub fn list(&self, after: Option<RevocationId>, size: usize) -> Result<Vec<Row>, StoreError> {
        self.runtime.block_on(self.store.list(Page { after, size }))
    }

    /// The names of all rooms that are listed.
    pub fn rooms(&self) -> Vec<String> {
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let page = self.list(rows.last().map(|row| row.id), 1_000).unwrap();
            if page.is_empty() {
                break;
            }
            rows.extend(page);
        }
        let name = |row: &Row| row.revocation.target.name().unwrap().to_string();
        let mut names: Vec<String> = rows.iter().map(name).collect();
        names.sort();
        names
    }

    pub fn use_once(&self, digest: [u8; 32], until: i64) -> Result<bool, StoreError> {
        self.runtime.block_on(self.store.use_once(digest, until))
    }

    pub fn state(&self) -> StoreState {
        self.store.state()
    }

    pub fn extent(&self) -> Extent {
        match &*self.seen.known.lock().unwrap() {
            Some(Known::Set(_)) => Extent::All,
            Some(Known::Rest(_)) => Extent::Rest,
            Some(Known::Nothing) | None => Extent::Nothing,
        }
    }

    /// How many are in force.
    pub fn len(&self) -> usize {
        match &*self.seen.known.lock().unwrap() {
            Some(Known::Set(set) | Known::Rest(set)) => set.len(),
            Some(Known::Nothing) | None => 0,
        }
    }

    /// Whether this room is revoked, as a decision finds it.
    pub fn denies(&self, name: &str) -> bool {
        let known = self.seen.known.lock().unwrap().clone();
        let set = match known {
            Some(Known::Set(set) | Known::Rest(set)) => set,
            Some(Known::Nothing) | None => return false,
        };
        let pointer = Pointer::to_user_id();
        let host = set.of_host("meet.example.com", &pointer);
        host.check_room(name, clock::unix_time()).is_err()
    }

    /// Sees how long other work of the same application has to wait, until it is asked.
    pub fn watch(&self) -> impl FnOnce() -> Duration + use<> {
        let (stop, mut stopped) = oneshot::channel::<()>();
        let watching = self.runtime.spawn(async move {
            let mut longest = Duration::ZERO;
            while stopped.try_recv().is_err() {
                let began = Instant::now();
                sleep(Duration::from_millis(5)).await;
                longest = longest.max(began.elapsed());
            }
            longest
        });
        let runtime = self.runtime.handle().clone();
        move || {
            stop.send(()).unwrap();
            runtime.block_on(watching).unwrap()
        }
    }

    pub fn until_denies(&self, name: &str, denies: bool) {
        until(&format!("{name} to be denied: {denies}"), || {
            (self.denies(name) == denies).then_some(())
        });
    }

    /// Waits until the copy, which is there, has all that is known.
    pub fn until_copied(&self, path: &Path) {
        until("the copy to be whole", || {
            let file = Connection::open(path).ok()?;
            let copied = "SELECT value FROM meta WHERE key = 'copied_version'";
            let copied: i64 = file.query_row(copied, [], |row| row.get(0)).ok()?;
            (copied == self.state().version).then_some(())
        });
    }

    pub fn until_fails(&self, fails: bool) -> StoreState {
        until(&format!("the store to fail: {fails}"), || {
            let state = self.state();
            (state.failing_since.is_some() == fails).then_some(state)
        })
    }
}

pub fn settings(path: &Path) -> StoreSettings {
    StoreSettings {
        path: path.to_owned(),
        database: None,
        seal: None,
    }
}

pub fn shared(path: &Path, url: &str) -> StoreSettings {
    StoreSettings {
        path: path.to_owned(),
        database: Some(Database {
            address: DatabaseAddress::parse(url).unwrap(),
            password: Some(Secret::from(PASSWORD.to_owned())),
            ca_file: None,
        }),
        seal: None,
    }
}

/// A room that nobody may join.
pub fn room(name: &str) -> Revocation {
    Revocation {
        target: Target::Room(Name::new(name).unwrap()),
        host: None,
        until: None,
        reason: Some(Name::new("the booking was taken back").unwrap()),
        made_by: Name::new("tests").unwrap(),
        made_at: clock::unix_time(),
    }
}

/// Tokens of a user that were issued before this time.
pub fn user(id: &str, issued_before: Option<i64>) -> Revocation {
    Revocation {
        target: Target::User {
            id: Name::new(id).unwrap(),
            issued_before,
        },
        ..room("none")
    }
}
