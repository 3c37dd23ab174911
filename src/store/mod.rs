//! Where what was taken back is kept, and who may come: rows to sets in force, and what is written to rows.
#![deny(missing_docs)]

pub mod address;
mod change;
mod database;
mod entry;
mod file;
mod health;
mod in_force;
mod kept;
mod listing;
mod record;
mod registered;
pub mod registry;
mod seal;
pub mod settings;

use std::sync::Arc;

use crate::clock;
use crate::gateway::credentials::Credentials;
use crate::token::revocation::in_force::Revocations;
use crate::token::revocation::{Revocation, RevocationId};

use self::database::Fleet;
use self::entry::Sets;
use self::file::File;
use self::health::Health;
use self::in_force::Publisher;
use self::seal::Seal;
use self::settings::StoreSettings;

pub use self::health::Clock;
pub use self::kept::{
    Known, MOST_CREDENTIALS, MOST_LISTED, MOST_NAME_BYTES, MOST_REVOCATIONS, Page, Publish,
    PublishCredentials, Recorded, Row, StoreError, StoreState,
};

/// A store that is open. Copies are the same store; it is closed with the last one.
#[derive(Clone)]
pub struct Store {
    parts: Arc<Parts>,
}

struct Parts {
    /// The database that several daemons have in common, where there is one.
    fleet: Option<Fleet>,
    file: File,
    health: Arc<Health>,
}

/// What the store's file says is in force, to those who only look: a shared store's is as a daemon here knew it last.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn read(settings: &StoreSettings) -> Result<Arc<Revocations>, StoreError> {
    sets(settings).map(|sets| sets.ledger.set())
}

/// The same of consumers and their credentials.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn read_credentials(settings: &StoreSettings) -> Result<Arc<Credentials>, StoreError> {
    sets(settings).map(|sets| Arc::new(sets.credentials))
}

fn sets(settings: &StoreSettings) -> Result<Sets, StoreError> {
    let path = &settings.path;
    let seal = Seal::new(settings.seal.as_ref());
    file::in_force(path, &seal).map_err(|trouble| {
        let trouble = trouble.at(path);
        StoreError::Unavailable(format!("{}: {trouble}", path.display()))
    })
}

impl Store {
    /// Opens the store. Whatever is wrong with it, it goes on trying, and its state tells; both are published before this returns.
    pub async fn open(
        settings: StoreSettings,
        publish: Publish,
        publish_credentials: PublishCredentials,
    ) -> Self {
        let now = Arc::new(clock::unix_time);
        Self::open_by(settings, publish, publish_credentials, now).await
    }

    /// The same, by another clock.
    pub async fn open_by(
        settings: StoreSettings,
        publish: Publish,
        publish_credentials: PublishCredentials,
        now: Clock,
    ) -> Self {
        let StoreSettings {
            path,
            database,
            seal,
        } = settings;
        let seal = Arc::new(Seal::new(seal.as_ref()));
        let place = database.as_ref().map_or_else(
            || path.display().to_string(),
            |database| database.address.to_string(),
        );
        let health = Arc::new(Health::new(place, database.is_some(), now));
        let publisher = Arc::new(Publisher::new(publish, publish_credentials));
        let file = File::open(
            path,
            Arc::clone(&publisher),
            Arc::clone(&health),
            Arc::clone(&seal),
            database.is_some(),
        )
        .await;
        let fleet = match database {
            Some(database) => {
                let fleet = Fleet::start(database, file.clone(), Arc::clone(&health), seal);
                Some(fleet.await)
            }
            None => None,
        };
        publisher.tell_something();
        let parts = Parts {
            fleet,
            file,
            health,
        };
        Self {
            parts: Arc::new(parts),
        }
    }

    /// Writes a revocation, in place of the one with the same name where there is one. It is in force here when this returns, and on all
    /// daemons that share the store within a second.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revoke(&self, revocation: Revocation) -> Result<Recorded, StoreError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.revoke(revocation).await,
            None => self.parts.file.revoke(revocation).await,
        }
    }

    /// Takes a revocation back, if it still has the version that whoever asks saw. None where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdraw(
        &self,
        id: RevocationId,
        version: Option<i64>,
    ) -> Result<Option<Row>, StoreError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.withdraw(id, version).await,
            None => self.parts.file.withdraw(id, version).await,
        }
    }

    /// The revocation of this name, whether its time is over or not. Of a shared store that is away, as this daemon knew it last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(&self, id: RevocationId) -> Result<Option<Row>, StoreError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.find(id).await,
            None => self.parts.file.find(id).await,
        }
    }

    /// A page of revocations, in the order of their names. Of a shared store that is away, as this daemon knew them last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(&self, page: Page) -> Result<Vec<Row>, StoreError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.list(page).await,
            None => self.parts.file.list(page).await,
        }
    }

    /// Notes that a token was used which may be used once: true the first time, and false each time after that, on whichever daemon. It is
    /// forgotten a day after `until`, in Unix seconds. Where this fails it may be noted all the same.
    ///
    /// # Errors
    /// [`StoreError`], after a second at the latest.
    pub async fn use_once(&self, digest: [u8; 32], until: i64) -> Result<bool, StoreError> {
        match &self.parts.fleet {
            Some(fleet) => fleet.use_once(digest, until).await,
            None => self.parts.file.use_once(digest, until).await,
        }
    }

    /// How it is.
    #[must_use]
    pub fn state(&self) -> StoreState {
        self.parts.health.state()
    }
}
