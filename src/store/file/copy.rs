//! The file as the copy of what a database has, for starts without it.

use rusqlite::{Connection, TransactionBehavior::Immediate};

use super::super::health::Part;
use super::super::in_force::Extent;
use super::super::record::Record;
use super::keeper::Keeper;
use super::tables::{self, Writing};
use super::trouble::Trouble;

/// How far the changes of a database are known. The mark tells whether it still is the same history: a database that was set back has another
/// one there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Which database.
    pub store_id: String,
    /// Up to which version.
    pub version: i64,
    /// What stands beside that version.
    pub mark: i64,
}

/// Rows that were read from the database, in the order of their versions.
#[derive(Clone)]
pub struct Portion {
    /// From where on they were read; None where everything is.
    pub known: Option<Position>,
    /// Whether they are the first ones of what is read now.
    pub is_first: bool,
    /// The rows.
    pub records: Vec<Record>,
    /// How far the changes are known with these; None where more of them come.
    pub complete: Option<Position>,
}

/// From where on the copy is to be completed.
pub enum Lack {
    /// All of it is to be written.
    Everything,
    /// What has changed since.
    Since(Position),
}

/// How far memory and file are.
#[derive(Default)]
pub struct Copy {
    /// What is in force.
    memory: Option<Position>,
    /// What the file has.
    file: Option<Position>,
    /// How often everything was written to the file.
    pass: i64,
    /// When it was noted that the database is there.
    noted: i64,
}

impl Keeper {
    /// From where on changes are to be put in force; None where everything is.
    pub fn position(&self) -> Option<Position> {
        let copy = self.copy.as_ref()?;
        copy.memory.clone().filter(|_| self.in_force.can_go_on())
    }

    /// What the copy lacks of what is in force, while it can be written.
    pub fn lack(&self) -> Option<Lack> {
        let copy = self.copy.as_ref()?;
        if !self.has_copy() || copy.file == copy.memory {
            return None;
        }
        let since = copy.file.clone();
        Some(since.map_or(Lack::Everything, Lack::Since))
    }

    /// Puts in force what was read. Writes it down after that, where it is all that the copy lacks: whether that works makes no difference
    /// to who is let in.
    pub fn follow(&mut self, portion: &Portion) {
        match (portion.is_first, &portion.known) {
            (true, None) => self.in_force.begin_anew(),
            // What was read anew before broke off.
            (true, Some(_)) => self.in_force.abandon(),
            (false, _) => {}
        }
        self.in_force.add(&portion.records);
        let Some(position) = &portion.complete else {
            return;
        };
        self.in_force.complete(position.version, Extent::All);
        let Some(copy) = self.copy.as_mut() else {
            return;
        };
        copy.memory = Some(position.clone());
        let is_due = portion.known.is_none() || copy.file == portion.known;
        let is_all = portion.is_first && is_due;
        if is_all && self.has_copy() {
            self.write_down(portion);
        }
    }

    /// Writes down what was read for the copy, and says whether that worked.
    pub fn write_down(&mut self, portion: &Portion) -> bool {
        let written = self.try_write_down(portion);
        let is_written = written.is_ok();
        if let Err(trouble) = written {
            self.suffer(trouble);
        }
        is_written
    }

    /// Puts in force what this daemon wrote to the database. Says whether it is newer than what is known.
    pub fn add_own(&mut self, records: &[Record]) -> bool {
        let is_newer = self.in_force.add_own(records);
        let pass = self.copy.as_ref().map(|copy| copy.pass);
        if let Some(pass) = pass.filter(|_| is_newer && self.has_copy()) {
            let writing = Writing {
                pass,
                is_anew: false,
            };
            let written = self.writable().and_then(|file| {
                let transaction = file.connection.transaction()?;
                tables::put(&transaction, records, writing)?;
                Ok(transaction.commit()?)
            });
            if let Err(trouble) = written {
                self.suffer(trouble);
            }
        }
        is_newer
    }

    /// Whether there is a copy that can be written.
    fn has_copy(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.is_writable)
            && !self.health.is_failing(Part::File)
    }

    /// A portion of what was written here while there was no database.
    pub fn unshared(&mut self) -> Vec<Record> {
        let Ok(file) = self.readable() else {
            return Vec::new();
        };
        let found = unshared(&file.connection);
        found.unwrap_or_else(|trouble| {
            self.suffer(trouble);
            Vec::new()
        })
    }

    /// All up to this version is in the database, from which everything is read anew then.
    pub fn shared_up_to(&mut self, version: i64) {
        let noted = self.writable().and_then(|file| {
            let transaction = file.connection.transaction()?;
            tables::set_meta(&transaction, COPIED_VERSION, version)?;
            tables::set_meta(&transaction, COPIED_STORE, None::<String>)?;
            Ok(transaction.commit()?)
        });
        if let Err(trouble) = noted {
            self.suffer(trouble);
        }
        self.forget_copy();
    }

    /// Puts in force what the copy has, unless more is already.
    pub(super) fn load_copy(&mut self) -> Result<(), Trouble> {
        let now = self.health.now();
        let file = self.file.as_mut().ok_or(Trouble::Closed)?;
        let transaction = file.connection.transaction()?;
        let position = position(&transaction)?;
        let version = tables::version(&transaction)?;
        let contact: Option<i64> = tables::meta(&transaction, CONTACT)?;
        let pass: Option<i64> = tables::meta(&transaction, PASS)?;
        if let Some(contact) = contact {
            self.health.set_contact(contact);
        }
        if !self.in_force.can_go_on() {
            self.in_force.begin_anew();
            tables::all(&transaction, now, |records| self.in_force.add(records))?;
            let was_whole = is_copy(&transaction)?;
            let extent = if was_whole { Extent::All } else { Extent::Rest };
            self.in_force.complete(version, extent);
            if let Some(copy) = &mut self.copy {
                copy.memory.clone_from(&position);
            }
        }
        drop(transaction);
        if let Some(copy) = &mut self.copy {
            copy.file = position;
            copy.pass = pass.unwrap_or_default();
        }
        Ok(())
    }

    /// The copy is to be written anew.
    pub(super) fn forget_copy(&mut self) {
        if let Some(copy) = &mut self.copy {
            copy.file = None;
        }
    }

    fn try_write_down(&mut self, portion: &Portion) -> Result<(), Trouble> {
        let now = self.health.now();
        let Some(copy) = &mut self.copy else {
            return Ok(());
        };
        let is_nothing = portion.records.is_empty() && copy.file == portion.complete;
        if is_nothing && now.abs_diff(copy.noted) < NOTE_PAUSE {
            return Ok(());
        }
        let is_anew = portion.known.is_none();
        if is_anew && portion.is_first {
            copy.pass = copy.pass.saturating_add(1);
        }
        let pass = copy.pass;
        let connection = &mut self.writable()?.connection;
        let transaction = connection.transaction_with_behavior(Immediate)?;
        tables::set_meta(&transaction, PASS, pass)?;
        tables::put(&transaction, &portion.records, Writing { pass, is_anew })?;
        if let Some(position) = portion.complete.as_ref().filter(|_| !is_anew) {
            set_position(&transaction, position, now)?;
        }
        transaction.commit()?;
        let Some(position) = &portion.complete else {
            return Ok(());
        };
        if is_anew {
            self.delete_others(pass)?;
            let transaction = self.writable()?.connection.transaction()?;
            set_position(&transaction, position, now)?;
            transaction.commit()?;
        }
        if let Some(copy) = &mut self.copy {
            copy.file = Some(position.clone());
            copy.noted = now;
        }
        Ok(())
    }

    /// What was not there when everything was read is there no more.
    fn delete_others(&mut self, pass: i64) -> Result<(), Trouble> {
        let connection = &mut self.writable()?.connection;
        for table in tables::ALL {
            let mut after = Some(Vec::new());
            while let Some(last) = after {
                let transaction = connection.transaction()?;
                after = tables::delete_others(&transaction, table, pass, &last)?;
                transaction.commit()?;
            }
        }
        Ok(())
    }
}

/// From where on the copy is to be completed. What was written to it while it was none has versions of its own, and a version of the daemon
/// that knows of revocations alone copies those alone.
fn position(connection: &Connection) -> Result<Option<Position>, Trouble> {
    let (Some(store_id), Some(version), Some(mark)) = (
        tables::meta(connection, COPIED_STORE)?,
        tables::meta(connection, COPIED_VERSION)?,
        tables::meta(connection, COPIED_MARK)?,
    ) else {
        return Ok(None);
    };
    if tables::meta(connection, COPIED_REGISTRY)? != Some(mark) {
        return Ok(None);
    }
    let position = Position {
        store_id,
        version,
        mark,
    };
    Ok((tables::version(connection)? == version).then_some(position))
}

fn set_position(connection: &Connection, position: &Position, now: i64) -> Result<(), Trouble> {
    tables::set_meta(connection, CONTACT, now)?;
    tables::set_meta(connection, COPIED_STORE, &position.store_id)?;
    tables::set_meta(connection, COPIED_VERSION, position.version)?;
    tables::set_meta(connection, COPIED_MARK, position.mark)?;
    tables::set_meta(connection, COPIED_REGISTRY, position.mark)?;
    Ok(tables::set_meta(
        connection,
        tables::VERSION,
        position.version,
    )?)
}

/// Whether a database was copied to the file once, whole.
fn is_copy(connection: &Connection) -> Result<bool, Trouble> {
    let store: Option<String> = tables::meta(connection, COPIED_STORE)?;
    Ok(store.is_some())
}

fn unshared(connection: &Connection) -> Result<Vec<Record>, Trouble> {
    let copied: Option<i64> = tables::meta(connection, COPIED_VERSION)?;
    let copied = copied.unwrap_or_default();
    if tables::version(connection)? == copied {
        return Ok(Vec::new());
    }
    Ok(tables::made_since(connection, copied, UNSHARED)?)
}

/// What the file had as a copy is its own from now on, and is not to be taken for what was written since.
pub(super) fn make_own(connection: &Connection) -> Result<(), Trouble> {
    let copied: Option<i64> = tables::meta(connection, COPIED_VERSION)?;
    if let Some(copied) = copied
        && copied == tables::version(connection)?
    {
        let newest = tables::newest(connection)?.max(copied);
        tables::set_meta(connection, COPIED_VERSION, newest)?;
        tables::set_meta(connection, tables::VERSION, newest)?;
    }
    Ok(())
}

const COPIED_STORE: &str = "copied_store";
const COPIED_VERSION: &str = "copied_version";
const COPIED_MARK: &str = "copied_mark";
/// The same, written by those who copy consumers and credentials as well.
const COPIED_REGISTRY: &str = "copied_registry";
const PASS: &str = "pass";
/// When the database was there last.
const CONTACT: &str = "contact";

/// How often is noted that the database is there, in seconds.
const NOTE_PAUSE: u64 = 60;

/// So many are handed over to a database at a time.
const UNSHARED: usize = 200;
