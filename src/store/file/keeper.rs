//! The thread that has the file: it opens it, does what it is asked, and sees to it meanwhile.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::clock;

use super::super::health::{Health, Part};
use super::super::in_force::{InForce, Publisher};
use super::super::kept::StoreError;
use super::super::seal::Seal;
use super::copy::Copy;
use super::opening::{self, OpenFile, Whereabouts};
use super::tables;
use super::trouble::Trouble;

/// What the thread is asked to do.
pub type Job = Box<dyn FnOnce(&mut Keeper) + Send>;

/// All that the thread has.
pub struct Keeper {
    pub(super) path: PathBuf,
    pub(super) file: Option<OpenFile>,
    pub(super) in_force: InForce,
    pub(super) health: Arc<Health>,
    /// Where the file is the copy of a database, how far it is.
    pub(super) copy: Option<Copy>,
    /// Why a file was moved aside, while that is known.
    pub(super) damage: Option<String>,
    /// Whether something was lost, and nobody has seen to it.
    pub(super) is_damaged: bool,
    /// Whether it was looked whether the file is damaged.
    pub(super) is_checked: bool,
    /// How many tokens are noted as used.
    pub(super) used: usize,
    tried: Option<Instant>,
    swept: Option<Instant>,
    purge_after: Duration,
    purged: Option<Instant>,
}

impl Keeper {
    /// Nothing is open yet.
    pub fn new(
        path: PathBuf,
        publisher: Arc<Publisher>,
        health: Arc<Health>,
        seal: Arc<Seal>,
        is_copy: bool,
    ) -> Self {
        Self {
            path,
            file: None,
            in_force: InForce::new(publisher, Arc::clone(&health), seal),
            health,
            copy: is_copy.then(Copy::default),
            damage: None,
            is_damaged: false,
            is_checked: false,
            used: 0,
            tried: None,
            swept: None,
            // A clock that is wrong when the machine starts is set by then.
            purge_after: TEN_MINUTES,
            purged: Some(clock::instant()),
        }
    }

    /// Does what it is asked until nobody can ask any more.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        self.open();
        let mut looked = clock::instant();
        loop {
            let left = PAUSE.saturating_sub(clock::elapsed(looked));
            match jobs.recv_timeout(left) {
                Ok(job) => job(&mut self),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if clock::elapsed(looked) >= PAUSE {
                self.look();
                looked = clock::instant();
            }
        }
    }

    /// The file, to be read at least.
    pub(super) fn readable(&mut self) -> Result<&mut OpenFile, Trouble> {
        self.file.as_mut().ok_or(Trouble::Closed)
    }

    /// The file, to be written. It is no use to write what has no name any more.
    pub(super) fn writable(&mut self) -> Result<&mut OpenFile, Trouble> {
        self.find_again()?;
        let file = self.file.as_mut().filter(|file| file.is_writable);
        file.ok_or(Trouble::Closed)
    }

    /// Does something with the file, and sees to what goes wrong.
    pub(super) fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        work(self).map_err(|trouble| StoreError::Unavailable(self.suffer(trouble)))
    }

    /// It does not work. Says why, for people.
    pub(super) fn suffer(&mut self, trouble: Trouble) -> String {
        if trouble.is_damage() {
            return self.lose(&trouble);
        }
        if let Trouble::Closed = trouble
            && let Some(error) = self.health.error(Part::File)
        {
            return error;
        }
        let text = self.named(trouble);
        self.health.fail(Part::File, &text);
        text
    }

    pub(super) fn named(&self, trouble: Trouble) -> String {
        format!("{}: {}", self.path.display(), trouble.at(&self.path))
    }

    /// Opens the file as far as that goes, and puts in force what is there.
    pub(super) fn open(&mut self) {
        self.tried = Some(clock::instant());
        self.file = None;
        match opening::open(&self.path, self.is_checked) {
            Ok(file) => self.take(file),
            Err(trouble) => {
                let may_be_readable = trouble.may_be_readable();
                self.suffer(trouble);
                if may_be_readable && let Ok(file) = opening::open_to_read(&self.path) {
                    self.take(file);
                }
            }
        }
    }

    /// Puts in force what a file has, which is open.
    pub(super) fn take(&mut self, file: OpenFile) {
        let is_writable = file.is_writable;
        self.health.set_schema(file.schema);
        self.file = Some(file);
        self.is_checked = true;
        match self.load().and_then(|()| self.probe(is_writable)) {
            Ok(()) if is_writable => self.health.mend(Part::File),
            Ok(()) => {}
            Err(trouble) => {
                self.file = self.file.take().filter(|_| trouble.is_want_of_room());
                self.suffer(trouble);
            }
        }
    }

    fn load(&mut self) -> Result<(), Trouble> {
        if self.copy.is_some() {
            self.load_copy()
        } else {
            self.load_own()
        }
    }

    /// Sees whether the file at the path still is the one that is open.
    fn find_again(&mut self) -> Result<(), Trouble> {
        let whereabouts = self.file.as_ref().map(OpenFile::whereabouts);
        match whereabouts {
            None | Some(Whereabouts::Same) => Ok(()),
            Some(Whereabouts::Gone) => Err(Trouble::Gone),
            Some(Whereabouts::Replaced) => {
                tracing::warn!(store = %self.path.display(), "another file took the store's place: what is there is read");
                self.is_checked = false;
                self.in_force.distrust();
                self.open();
                Ok(())
            }
        }
    }

    /// Sees to the file, and to what is in force.
    fn look(&mut self) {
        if let Err(trouble) = self.see_to_file() {
            self.suffer(trouble);
        }
        self.in_force.tell();
        self.sweep();
        if is_due(self.purged, self.purge_after) && !self.health.is_failing(Part::File) {
            self.purged = Some(clock::instant());
            self.purge_after = HOUR;
            if let Err(trouble) = self.purge() {
                self.suffer(trouble);
            }
        }
    }

    fn see_to_file(&mut self) -> Result<(), Trouble> {
        self.find_again()?;
        let is_failing = self.health.is_failing(Part::File);
        if is_failing && is_due(self.tried, RETRY_PAUSE) {
            self.tried = Some(clock::instant());
            self.retry()?;
        }
        if self.file.is_some() && self.copy.is_none() {
            self.see_to_others()?;
        }
        Ok(())
    }

    /// Sees whether it works again.
    fn retry(&mut self) -> Result<(), Trouble> {
        if !self.file.as_ref().is_some_and(|file| file.is_writable) {
            self.open();
            return Ok(());
        }
        if let Err(trouble) = self.probe(true) {
            // Nobody knows what is left of the connection.
            self.file = self.file.take().filter(|_| trouble.is_want_of_room());
            return Err(trouble);
        }
        self.health.mend(Part::File);
        Ok(())
    }

    /// Writes something that changes nothing.
    fn probe(&self, is_writable: bool) -> Result<(), Trouble> {
        let file = self.file.as_ref().filter(|_| is_writable);
        let Some(OpenFile { connection, .. }) = file else {
            return Ok(());
        };
        let version = tables::version(connection)?;
        Ok(tables::set_meta(connection, tables::VERSION, version)?)
    }

    /// Takes out what is over. Where the clock was set back, what is not over any more is put in force again.
    fn sweep(&mut self) {
        let now = self.health.now();
        if self.in_force.is_set_back(now) && self.file.is_some() {
            self.in_force.distrust();
            if let Err(trouble) = self.load() {
                self.suffer(trouble);
            }
        }
        if is_due(self.swept, MINUTE) {
            self.swept = Some(clock::instant());
            self.in_force.sweep(now);
        }
    }

    fn purge(&mut self) -> Result<(), Trouble> {
        let now = self.health.now();
        let file = self.writable()?;
        loop {
            let transaction = file.connection.transaction()?;
            let may_be_more = tables::purge(&transaction, now)?;
            transaction.commit()?;
            if !may_be_more {
                break;
            }
        }
        self.used = tables::used(&self.readable()?.connection)?;
        Ok(())
    }
}

fn is_due(last: Option<Instant>, pause: Duration) -> bool {
    last.is_none_or(|last| clock::elapsed(last) >= pause)
}

/// How often is seen to the file.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is tried whether it works again.
const RETRY_PAUSE: Duration = Duration::from_secs(3);

const MINUTE: Duration = Duration::from_mins(1);
const TEN_MINUTES: Duration = Duration::from_mins(10);
const HOUR: Duration = Duration::from_hours(1);
