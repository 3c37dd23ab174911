//! What the file says is in force, to those who only look and leave it as it is.

use std::path::Path;

use crate::clock;

use super::super::entry::{Entry, Sets};
use super::super::seal::Seal;
use super::trouble::Trouble;
use super::{opening, tables};

/// Reads what is in force, whether a daemon has the file open or not.
pub fn in_force(path: &Path, seal: &Seal) -> Result<Sets, Trouble> {
    let file = opening::open_to_read(path)?;
    let mut sets = Sets::default();
    tables::all(&file.connection, clock::unix_time(), |records| {
        // What a later version of the daemon wrote may be of a kind that is not known here.
        let entries = records
            .iter()
            .filter_map(|record| Entry::of(record, seal).ok());
        let entries: Vec<Entry> = entries.collect();
        sets.apply(&entries);
    })?;
    Ok(sets)
}
