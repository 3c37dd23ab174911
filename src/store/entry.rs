//! What a row changes of what is in force.

use uuid::Uuid;

use crate::gateway::consumer::Consumer;
use crate::gateway::credential::Credential;
use crate::gateway::credentials::Credentials;
use crate::token::revocation::Revocation;
use crate::token::revocation::ledger::{Change, Ledger};

use super::record::{ConsumerRecord, CredentialRecord, NotUnderstood, Record, RevocationRecord};
use super::seal::Seal;

/// What a row changes.
#[derive(Debug)]
pub enum Entry {
    /// This is revoked from now on.
    Made(Revocation),
    /// This no more.
    Withdrawn(Revocation),
    /// This consumer is there.
    Consumer(Consumer),
    /// This one is not.
    NoConsumer(Uuid),
    /// This credential is there.
    Credential(Credential),
    /// This one is not.
    NoCredential(Uuid),
}

/// All that is in force.
#[derive(Default)]
pub struct Sets {
    /// What was revoked.
    pub ledger: Ledger,
    /// Consumers, and their credentials.
    pub credentials: Credentials,
}

impl Entry {
    /// What a row changes.
    ///
    /// # Errors
    /// [`NotUnderstood`]. What is in force in its place already may be so no more: see [`Self::instead_of`].
    pub fn of(record: &Record, seal: &Seal) -> Result<Self, NotUnderstood> {
        match record {
            Record::Revocation(record) => of_revocation(record),
            Record::Consumer(record) => of_consumer(record),
            Record::Credential(record) => of_credential(record, seal),
        }
    }

    /// What a row changes that is not understood: a revocation stays as it was, and what lets in is taken out.
    pub fn instead_of(record: &Record) -> Option<Self> {
        match record {
            Record::Revocation(_) => None,
            Record::Consumer(record) => record.id().ok().map(Self::NoConsumer),
            Record::Credential(record) => record.id().ok().map(Self::NoCredential),
        }
    }

    fn change(&self) -> Option<Change<'_>> {
        match self {
            Self::Made(revocation) => Some(Change::Made(revocation)),
            Self::Withdrawn(revocation) => Some(Change::Withdrawn(revocation)),
            Self::Consumer(_)
            | Self::NoConsumer(_)
            | Self::Credential(_)
            | Self::NoCredential(_) => None,
        }
    }
}

impl Sets {
    /// Puts in force what rows change, in their order.
    pub fn apply<'a>(&mut self, entries: impl IntoIterator<Item = &'a Entry> + Clone) -> Changed {
        let mut changed = Changed::default();
        self.ledger
            .apply(entries.clone().into_iter().filter_map(|entry| {
                let change = entry.change();
                changed.revocations |= change.is_some();
                change
            }));
        for entry in entries {
            changed.credentials |= self.register(entry);
        }
        changed
    }

    fn register(&mut self, entry: &Entry) -> bool {
        match entry {
            Entry::Made(_) | Entry::Withdrawn(_) => return false,
            Entry::Consumer(consumer) => self.credentials.put_consumer(consumer),
            Entry::NoConsumer(id) => self.credentials.remove_consumer(id),
            Entry::Credential(credential) => self.credentials.put(credential),
            Entry::NoCredential(id) => self.credentials.remove(id),
        }
        true
    }
}

/// What has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changed {
    /// What is revoked.
    pub revocations: bool,
    /// Consumers, or credentials.
    pub credentials: bool,
}

impl Changed {
    /// All of it.
    pub const ALL: Self = Self {
        revocations: true,
        credentials: true,
    };

    /// Whether anything has.
    pub const fn any(self) -> bool {
        self.revocations || self.credentials
    }
}

impl std::ops::BitOrAssign for Changed {
    fn bitor_assign(&mut self, other: Self) {
        self.revocations |= other.revocations;
        self.credentials |= other.credentials;
    }
}

fn of_revocation(record: &RevocationRecord) -> Result<Entry, NotUnderstood> {
    let revocation = record.row()?.revocation;
    Ok(match record.withdrawn_at {
        None => Entry::Made(revocation),
        Some(_) => Entry::Withdrawn(revocation),
    })
}

fn of_consumer(record: &ConsumerRecord) -> Result<Entry, NotUnderstood> {
    match record.deleted_at {
        None => record.consumer().map(Entry::Consumer),
        Some(_) => record.id().map(Entry::NoConsumer),
    }
}

fn of_credential(record: &CredentialRecord, seal: &Seal) -> Result<Entry, NotUnderstood> {
    match record.deleted_at {
        None => record.credential(seal).map(Entry::Credential),
        Some(_) => record.id().map(Entry::NoCredential),
    }
}
