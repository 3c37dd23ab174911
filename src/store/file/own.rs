//! The file as the store itself: what one daemon keeps for itself.

use rusqlite::TransactionBehavior::Immediate;

use crate::token::revocation::{Revocation, RevocationId};

use super::super::change::{self, Revoking};
use super::super::health::Part;
use super::super::in_force::Extent;
use super::super::kept::{MOST_REVOCATIONS, Page, Recorded, Row, StoreError};
use super::super::record::{Record, RevocationRecord};
use super::keeper::Keeper;
use super::opening::{self, OpenFile};
use super::tables::Writing;
use super::trouble::Trouble;
use super::{copy, damage, tables};

impl Keeper {
    /// Writes a revocation.
    pub fn revoke(&mut self, revocation: Revocation) -> Result<Recorded, StoreError> {
        let now = self.health.now();
        let is_full = self.in_force.len() >= MOST_REVOCATIONS;
        let recorded = self.attempt(|keeper| {
            let connection = &mut keeper.writable()?.connection;
            let transaction = connection.transaction_with_behavior(Immediate)?;
            let found = tables::find(&transaction, revocation.id().as_bytes())?;
            let (revocation, is_new) = match change::revoke(found.as_ref(), revocation, now) {
                Revoking::AsItIs(row) => return Ok(Some(Recorded { row, is_new: false })),
                Revoking::Write { is_new: true, .. } if is_full => return Ok(None),
                Revoking::Write { revocation, is_new } => (revocation, is_new),
            };
            let version = tables::next_version(&transaction)?;
            let record = RevocationRecord::of(&revocation, version);
            tables::put(&transaction, &[Record::Revocation(record)], OWN)?;
            transaction.commit()?;
            keeper.catch_up()?;
            let id = revocation.id();
            let row = Row {
                id,
                version,
                revocation,
            };
            Ok(Some(Recorded { row, is_new }))
        })?;
        recorded.ok_or(StoreError::Full(MOST_REVOCATIONS))
    }

    /// Takes one back.
    pub fn withdraw(
        &mut self,
        id: RevocationId,
        version: Option<i64>,
    ) -> Result<Option<Row>, StoreError> {
        let now = self.health.now();
        self.attempt(|keeper| {
            let connection = &mut keeper.writable()?.connection;
            let transaction = connection.transaction_with_behavior(Immediate)?;
            let found = tables::find(&transaction, id.as_bytes())?;
            let found = match change::withdraw(found.as_ref(), version) {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(Ok(None)),
                Err(error) => return Ok(Err(error)),
            };
            let withdrawn = RevocationRecord {
                version: tables::next_version(&transaction)?,
                withdrawn_at: Some(now),
                ..found
            };
            let row = withdrawn.row().ok();
            tables::put(&transaction, &[Record::Revocation(withdrawn)], OWN)?;
            transaction.commit()?;
            keeper.catch_up()?;
            Ok(Ok(row))
        })?
    }

    /// Looks one up.
    pub fn find(&mut self, id: RevocationId) -> Result<Option<Row>, StoreError> {
        self.attempt(|keeper| {
            let connection = &keeper.readable()?.connection;
            let found: Option<RevocationRecord> = tables::find(connection, id.as_bytes())?;
            let found = found.filter(|found| found.withdrawn_at.is_none());
            Ok(found.and_then(|found| found.row().ok()))
        })
    }

    /// Lists them.
    pub fn list(&mut self, page: &Page) -> Result<Vec<Row>, StoreError> {
        self.attempt(|keeper| {
            let after = page.after.as_ref().map_or(&[][..], |id| id.as_bytes());
            let found = tables::list(&keeper.readable()?.connection, after, page.bounded())?;
            Ok(found
                .iter()
                .filter_map(|record| record.row().ok())
                .collect())
        })
    }

    /// Notes that a token was used, and says whether that was the first time.
    pub fn use_once(&mut self, digest: &[u8; 32], until: i64) -> Result<bool, StoreError> {
        if self.used >= MOST_USED {
            return Err(StoreError::Full(MOST_USED));
        }
        self.attempt(|keeper| {
            let is_first = tables::use_once(&keeper.writable()?.connection, digest, until)?;
            keeper.used = keeper.used.saturating_add(usize::from(is_first));
            Ok(is_first)
        })
    }

    /// Puts in force what the file has.
    pub(super) fn load_own(&mut self) -> Result<(), Trouble> {
        let now = self.health.now();
        let file = self.file.as_mut().ok_or(Trouble::Closed)?;
        self.used = tables::used(&file.connection)?;
        if file.is_writable {
            copy::make_own(&file.connection)?;
        }
        if self.in_force.can_go_on() {
            return self.catch_up();
        }
        let transaction = file.connection.transaction()?;
        let version = tables::version(&transaction)?;
        self.in_force.begin_anew();
        tables::all(&transaction, now, |records| self.in_force.add(records))?;
        drop(transaction);
        self.note_damage();
        self.in_force.complete(version, self.extent());
        Ok(())
    }

    /// Puts in force what was written, by whomever.
    pub(super) fn catch_up(&mut self) -> Result<(), Trouble> {
        loop {
            let after = self.in_force.version();
            let file = self.file.as_ref().ok_or(Trouble::Closed)?;
            let changes = tables::changes(&file.connection, after, CHANGES)?;
            self.in_force.add(&changes);
            let Some(last) = changes.last() else {
                return Ok(());
            };
            self.in_force.complete(last.version(), self.extent());
        }
    }

    /// Sees to what others did: to the file, or to one that was moved aside.
    pub(super) fn see_to_others(&mut self) -> Result<(), Trouble> {
        // Another process may write to the file while this one takes over from it.
        self.catch_up()?;
        if self.is_damaged && damage::first_aside(&self.path).is_none() {
            tracing::warn!(store = %self.path.display(), "what was lost is said to be: what the store has counts");
            self.damage = None;
            self.in_force.distrust();
            self.load_own()?;
        }
        Ok(())
    }

    const fn extent(&self) -> Extent {
        if self.is_damaged {
            Extent::Rest
        } else {
            Extent::All
        }
    }

    /// The file is damaged: another one takes its place. Says so, for people.
    pub(super) fn lose(&mut self, trouble: &Trouble) -> String {
        self.file = None;
        let now = self.health.now();
        let cause = trouble.to_string();
        let whole = format!("{}: {cause}", self.path.display());
        if let Err(error) = damage::move_aside(&self.path, now) {
            let text = format!("{whole}; and it cannot be moved aside: {error}");
            self.health.fail(Part::File, &text);
            return text;
        }
        tracing::error!("{whole}: it was moved aside");
        self.damage = Some(cause);
        match opening::open(&self.path, false).and_then(|file| self.begin(file, now)) {
            Ok(()) => self.health.mend(Part::File),
            Err(trouble) => {
                let text = self.named(trouble);
                self.health.fail(Part::File, &text);
            }
        }
        self.health.state().damage.unwrap_or(whole)
    }

    /// Begins with a file that has nothing in it. What is in force stays so.
    fn begin(&mut self, file: OpenFile, now: i64) -> Result<(), Trouble> {
        // No version is to mean two things, whatever those were that were lost.
        let version = self.in_force.version().max(now);
        tables::set_meta(&file.connection, tables::VERSION, version)?;
        self.health.set_schema(file.schema);
        self.file = Some(file);
        self.is_checked = true;
        self.note_damage();
        self.forget_copy();
        self.in_force.go_on_from(version);
        Ok(())
    }

    /// Notes what was lost, if that lies beside the file. A copy can be had again.
    fn note_damage(&mut self) {
        let aside = damage::first_aside(&self.path).filter(|_| self.copy.is_none());
        let is_known_here = self.in_force.is_all();
        let cause = self.damage.as_deref();
        let damage = aside.map(|aside| damage::described(&self.path, &aside, cause, is_known_here));
        self.is_damaged = damage.is_some();
        if let Some(damage) = &damage {
            tracing::error!("{damage}");
        }
        self.health.set_damage(damage);
    }
}

/// Rows of no database.
pub(super) const OWN: Writing = Writing {
    pass: 0,
    is_anew: false,
};

/// So many changes of others are put in force at a time.
const CHANGES: usize = 5_000;

/// So many tokens may be noted as used.
const MOST_USED: usize = 5_000_000;
