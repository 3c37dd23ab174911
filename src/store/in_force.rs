//! Rows to the set in force, which is published with each change.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;
use crate::gateway::credentials::Credentials;

use super::entry::{Changed, Entry, Sets};
use super::health::{Counts, Health};
use super::kept::{Known, Publish, PublishCredentials};
use super::record::{Record, RowName};
use super::seal::Seal;

/// The sets in force, and how much of what was revoked they are.
pub struct InForce {
    sets: Sets,
    /// The next ones, while everything is read anew: until they are whole the last ones count.
    fresh: Option<Sets>,
    extent: Extent,
    /// Whether what is known can be gone on from, or has to be read anew.
    is_trusted: bool,
    version: i64,
    /// What this daemon wrote to the database, and has not yet come to in the order of versions.
    ahead: HashMap<RowName, (i64, Entry)>,
    not_understood: HashSet<RowName>,
    /// The credentials whose secrets cannot be read, and whether the log told of one.
    unreadable: HashSet<Vec<u8>>,
    is_told: bool,
    /// When it was handed on last, and what has changed since.
    published: Instant,
    changed: Changed,
    /// Up to which time those were taken out whose time was over.
    swept: i64,
    publisher: Arc<Publisher>,
    health: Arc<Health>,
    seal: Arc<Seal>,
}

/// How much is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// There may be more, of which nobody here knows.
    Rest,
    /// All of it.
    All,
}

/// Hands on what is known, in order.
pub struct Publisher {
    publish: Publish,
    publish_credentials: PublishCredentials,
    is_told: Mutex<bool>,
}

impl Publisher {
    /// Nothing was handed on yet.
    pub fn new(publish: Publish, publish_credentials: PublishCredentials) -> Self {
        Self {
            publish,
            publish_credentials,
            is_told: Mutex::new(false),
        }
    }

    fn tell(&self, known: Option<Known>, credentials: Option<Arc<Credentials>>) {
        let mut is_told = self.is_told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known {
            *is_told = true;
            (self.publish)(known);
        }
        if let Some(credentials) = credentials {
            (self.publish_credentials)(credentials);
        }
    }

    /// Says that nothing is known, unless something was said already.
    pub fn tell_something(&self) {
        let mut is_told = self.is_told.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_told {
            *is_told = true;
            (self.publish)(Known::Nothing);
            (self.publish_credentials)(Arc::default());
        }
    }
}

impl InForce {
    /// Nothing is known.
    pub fn new(publisher: Arc<Publisher>, health: Arc<Health>, seal: Arc<Seal>) -> Self {
        Self {
            sets: Sets::default(),
            fresh: None,
            extent: Extent::Rest,
            is_trusted: false,
            version: 0,
            ahead: HashMap::new(),
            not_understood: HashSet::new(),
            unreadable: HashSet::new(),
            is_told: false,
            published: clock::instant(),
            changed: Changed::default(),
            swept: i64::MIN,
            publisher,
            health,
            seal,
        }
    }

    /// How many revocations are in force.
    pub fn len(&self) -> usize {
        self.sets.ledger.set().len()
    }

    /// The consumers and credentials in force.
    pub const fn credentials(&self) -> &Credentials {
        &self.sets.credentials
    }

    /// What secrets are sealed with.
    pub const fn seal(&self) -> &Arc<Seal> {
        &self.seal
    }

    /// The newest version that is in force.
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// Whether all that was revoked is known.
    pub fn is_all(&self) -> bool {
        self.extent == Extent::All
    }

    /// Whether changes behind the newest version are enough to know all that the store has.
    pub const fn can_go_on(&self) -> bool {
        self.is_trusted
    }

    /// Everything is to be read anew. What is in force stays so until that is done.
    pub const fn distrust(&mut self) {
        self.is_trusted = false;
    }

    /// What comes next has versions behind this one. What is in force stays so.
    pub fn go_on_from(&mut self, version: i64) {
        self.fresh = None;
        self.is_trusted = true;
        self.version = version;
        self.changed = Changed::ALL;
        self.publish();
    }

    /// Begins other sets beside those in force. What is added from now on goes there.
    pub fn begin_anew(&mut self) {
        self.fresh = Some(Sets::default());
        self.ahead.clear();
        self.not_understood.clear();
        self.unreadable.clear();
    }

    /// What was begun does not come to an end.
    pub fn abandon(&mut self) {
        self.fresh = None;
    }

    /// Adds rows in the order of their versions, to the sets that were begun, or to those in force. They are handed on when that is
    /// complete, or after a moment.
    pub fn add(&mut self, records: &[Record]) {
        let mut entries = Vec::with_capacity(records.len());
        for record in records {
            let entry = self.entry(record);
            if !self.is_behind_own(record) {
                self.ahead.remove(&record.name());
                entries.extend(entry);
            }
        }
        let is_fresh = self.fresh.is_some();
        let sets = self.fresh.as_mut().unwrap_or(&mut self.sets);
        let changed = sets.apply(&entries);
        if changed.credentials {
            // Another one may have had a name for a while that one of these has now.
            sets.apply(self.ahead.values().map(|(_, entry)| entry));
        }
        // What was handed on has to be copied before it can change: that is not done for each portion of many.
        if !is_fresh {
            self.changed |= changed;
        }
        if self.changed.any() && clock::elapsed(self.published) >= PAUSE {
            self.publish();
        }
    }

    /// All up to this version is there, which is so much of what was revoked. What was begun takes the place of the sets in force.
    pub fn complete(&mut self, version: i64, extent: Extent) {
        if let Some(fresh) = self.fresh.take() {
            self.sets = fresh;
            self.changed = Changed::ALL;
        }
        self.changed.revocations |= self.extent != extent;
        self.version = version;
        self.ahead.retain(|_, (own, _)| *own > version);
        self.extent = extent;
        self.is_trusted = true;
        self.count();
        if self.changed.any() {
            self.publish();
        }
    }

    /// Puts in force what this daemon wrote to the database, ahead of what others did before. Says whether that was to be done.
    pub fn add_own(&mut self, records: &[Record]) -> bool {
        let is_known = |record: &Record| record.version() <= self.version;
        if records.iter().any(is_known) {
            return false;
        }
        let mut is_all = true;
        for record in records {
            is_all &= self.go_ahead(record);
        }
        self.publish();
        is_all
    }

    fn go_ahead(&mut self, record: &Record) -> bool {
        let Some(entry) = self.entry(record) else {
            return false;
        };
        if !self.is_behind_own(record) {
            self.changed |= self.sets.apply([&entry]);
            if let Some(fresh) = &mut self.fresh {
                fresh.apply([&entry]);
            }
            let own = (record.version(), entry);
            self.ahead.insert(record.name(), own);
        }
        true
    }

    /// Whether this daemon has written something later in its place.
    fn is_behind_own(&self, record: &Record) -> bool {
        if self.ahead.is_empty() {
            return false;
        }
        let own = self.ahead.get(&record.name());
        own.is_some_and(|(own, _)| *own > record.version())
    }

    /// Hands on what has changed, where more of it was to come and did not.
    pub fn tell(&mut self) {
        if self.changed.any() {
            self.publish();
        }
    }

    /// Takes out what was over at this time.
    pub fn sweep(&mut self, now: i64) {
        let time = now.saturating_sub(MARGIN);
        self.swept = time.max(self.swept);
        if self.sets.ledger.sweep(time) {
            self.changed.revocations = true;
            self.publish();
        }
    }

    /// Whether the time went back behind what was taken out, so that some of that is not over.
    pub fn is_set_back(&mut self, now: i64) -> bool {
        let is_set_back = now < self.swept;
        if is_set_back {
            self.swept = now;
        }
        is_set_back
    }

    fn entry(&mut self, record: &Record) -> Option<Entry> {
        self.note_secret(record);
        match Entry::of(record, &self.seal) {
            Ok(entry) => {
                if !self.not_understood.is_empty() {
                    self.not_understood.remove(&record.name());
                }
                Some(entry)
            }
            Err(error) => {
                let is_new = self.not_understood.insert(record.name());
                if is_new && self.not_understood.len() == 1 {
                    tracing::error!(
                        version = record.version(),
                        error = error.to_string(),
                        "a row of the store is not in force here: this version of the daemon does not understand it"
                    );
                }
                Entry::instead_of(record)
            }
        }
    }

    /// A secret that cannot be read is told of once.
    fn note_secret(&mut self, record: &Record) {
        let Record::Credential(record) = record else {
            return;
        };
        if !record.is_unreadable(&self.seal) {
            self.unreadable.remove(&record.id);
            return;
        }
        self.unreadable.insert(record.id.clone());
        if !self.is_told {
            self.is_told = true;
            tracing::error!(
                credential = record.key,
                "a credential's secret cannot be read, so that none of its tokens counts: store.seal_key is not the key that it was sealed with"
            );
        }
    }

    fn publish(&mut self) {
        self.count();
        self.published = clock::instant();
        let changed = std::mem::take(&mut self.changed);
        let known = changed.revocations.then(|| self.known());
        let credentials = &self.sets.credentials;
        let credentials = changed.credentials.then(|| Arc::new(credentials.clone()));
        self.publisher.tell(known, credentials);
    }

    fn known(&self) -> Known {
        let set = self.sets.ledger.set();
        match self.extent {
            Extent::All => Known::Set(set),
            Extent::Rest if set.is_empty() => Known::Nothing,
            Extent::Rest => Known::Rest(set),
        }
    }

    fn count(&self) {
        self.health.count(Counts {
            revocations: self.len(),
            consumers: self.sets.credentials.consumers(),
            credentials: self.sets.credentials.len(),
            unreadable_secrets: self.unreadable.len(),
            not_understood: self.not_understood.len(),
            version: self.version,
        });
    }
}

/// How often what changes is handed on at most, while more of it comes.
const PAUSE: Duration = Duration::from_millis(250);

/// For how long what is over stays, in seconds: a clock may be set back a little.
const MARGIN: i64 = 60;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::record::CredentialRecord;
    use super::*;

    fn in_force() -> InForce {
        let publisher = Publisher::new(Arc::new(|_| ()), Arc::new(|_| ()));
        let health = Health::new("a place".to_owned(), true, Arc::new(|| 1_000));
        InForce::new(Arc::new(publisher), Arc::new(health), Arc::default())
    }

    fn row(number: u8, key: &str, version: i64) -> CredentialRecord {
        CredentialRecord {
            id: vec![number; 16],
            version,
            consumer: vec![9; 16],
            key: key.to_owned(),
            secret: Some("hunter2".to_owned().into()),
            rsa_public_key: None,
            algorithm: "HS256".to_owned(),
            tags: None,
            created_at: 1,
            deleted_at: None,
        }
    }

    fn live(number: u8, key: &str, version: i64) -> Record {
        Record::Credential(row(number, key, version))
    }

    fn deleted(number: u8, key: &str, version: i64) -> Record {
        Record::Credential(row(number, key, 0).deleted(version, 1_000))
    }

    fn owner_of(in_force: &InForce, key: &str) -> Option<u8> {
        let found = in_force.credentials().find(key)?;
        found.id.as_bytes().first().copied()
    }

    #[test]
    fn what_this_daemon_wrote_stays_ahead_until_what_others_wrote_has_come_that_far() {
        let mut in_force = in_force();
        in_force.add(&[live(1, "K", 1)]);
        in_force.complete(1, Extent::All);
        assert!(in_force.add_own(&[deleted(1, "K", 5)]));
        assert_eq!(owner_of(&in_force, "K"), None);
        // An older state of the same, and of another one that had the key for a while.
        in_force.add(&[live(1, "K", 3), live(2, "L", 4)]);
        in_force.complete(4, Extent::All);
        assert_eq!(owner_of(&in_force, "K"), None);
        in_force.add(&[live(1, "K", 6)]);
        in_force.complete(6, Extent::All);
        assert_eq!(owner_of(&in_force, "K"), Some(1));
    }

    #[test]
    fn what_is_deleted_after_this_daemon_wrote_it_is_not_put_back_by_that() {
        let mut in_force = in_force();
        in_force.complete(0, Extent::All);
        assert!(in_force.add_own(&[live(1, "K", 1)]));
        in_force.add(&[deleted(1, "K", 2)]);
        assert_eq!(owner_of(&in_force, "K"), None);
        in_force.complete(2, Extent::All);
        assert_eq!(owner_of(&in_force, "K"), None);
        assert!(!in_force.add_own(&[deleted(1, "K", 2)]));
    }

    #[test]
    fn a_key_that_this_daemon_gave_is_not_lost_to_one_that_had_it_before() {
        let mut in_force = in_force();
        in_force.add(&[live(1, "K", 1)]);
        in_force.complete(1, Extent::All);
        // Another daemon gave K to the second one and took it away again; this one gave it to the third one after that.
        assert!(in_force.add_own(&[live(3, "K", 5)]));
        in_force.add(&[live(1, "L", 2), live(2, "K", 3)]);
        assert_eq!(owner_of(&in_force, "K"), Some(3));
        in_force.complete(3, Extent::All);
        in_force.add(&[live(2, "M", 4), live(3, "K", 5)]);
        in_force.complete(5, Extent::All);
        for (key, owner) in [("K", 3), ("L", 1), ("M", 2)] {
            assert_eq!(owner_of(&in_force, key), Some(owner), "{key}");
        }
    }

    #[test]
    fn a_credential_that_is_not_understood_any_more_admits_nobody() {
        let mut in_force = in_force();
        in_force.add(&[live(1, "K", 1), live(2, "L", 2)]);
        let other = CredentialRecord {
            algorithm: "XY512".to_owned(),
            ..row(1, "K", 3)
        };
        let broken = CredentialRecord {
            consumer: vec![1],
            ..row(2, "L", 4)
        };
        in_force.add(&[Record::Credential(other), Record::Credential(broken)]);
        in_force.complete(4, Extent::All);
        assert!(in_force.credentials().is_empty());
        assert_eq!(in_force.health.counts().not_understood, 2);
        in_force.add(&[live(1, "K", 5), deleted(2, "L", 6)]);
        in_force.complete(6, Extent::All);
        assert_eq!(in_force.health.counts().not_understood, 0);
        assert_eq!(owner_of(&in_force, "K"), Some(1));
    }

    #[test]
    fn a_secret_that_cannot_be_read_is_counted_until_it_can_be_or_is_gone() {
        let mut in_force = in_force();
        let sealed = |number, version| {
            Record::Credential(CredentialRecord {
                secret: Some("sealed:1:AAAA".to_owned().into()),
                ..row(number, &number.to_string(), version)
            })
        };
        in_force.add(&[sealed(1, 1), sealed(2, 2)]);
        in_force.complete(2, Extent::All);
        assert_eq!(in_force.health.counts().unreadable_secrets, 2);
        assert_eq!(in_force.credentials().len(), 2);
        in_force.add(&[live(1, "1", 3), deleted(2, "2", 4)]);
        in_force.complete(4, Extent::All);
        assert_eq!(in_force.health.counts().unreadable_secrets, 0);
        let id = Uuid::from_bytes([2; 16]);
        assert!(
            in_force
                .credentials()
                .find("2")
                .is_none_or(|found| found.id != id)
        );
    }
}
