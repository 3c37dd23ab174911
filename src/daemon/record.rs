//! What came of the last reload, for the command that asked for it: a small file in the service's own folder.
#![expect(
    clippy::disallowed_methods,
    reason = "owns the file that tells of reloads, in the folder that the service manager names"
)]

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// How many reloads began and ended, and whether the last one failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloads {
    /// The daemon's process ID, so that the record of an earlier daemon is not taken for its own.
    pub pid: u32,
    /// How many have begun.
    pub begun: u64,
    /// How many of them have ended.
    pub ended: u64,
    /// What was wrong with the configuration when the last one ended.
    pub failure: Option<String>,
}

/// Writes the file; nothing where no service manager named a folder.
pub struct Recorder {
    path: Option<PathBuf>,
    reloads: Mutex<Reloads>,
}

impl Recorder {
    /// Starts a record without reloads.
    pub fn start() -> Self {
        let folder = std::env::var_os(FOLDER).and_then(|folders| first_of(&folders));
        let recorder = Self {
            path: folder.map(|folder| folder.join(NAME)),
            reloads: Mutex::new(Reloads {
                pid: std::process::id(),
                ..Reloads::default()
            }),
        };
        recorder.update(|_| {});
        recorder
    }

    /// A reload has begun.
    pub fn begun(&self) {
        self.update(|reloads| reloads.begun = reloads.begun.saturating_add(1));
    }

    /// It has ended, well or with this failure.
    pub fn ended(&self, failure: Option<String>) {
        self.update(|reloads| {
            reloads.ended = reloads.begun;
            reloads.failure = failure;
        });
    }

    fn update(&self, change: impl FnOnce(&mut Reloads)) {
        let mut reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut reloads);
        let Some(path) = &self.path else { return };
        if let Err(error) = write(path, &reloads) {
            let path = path.display();
            tracing::warn!(%path, %error, "what came of a reload cannot be told to who asked for it");
        }
    }
}

/// Puts a whole file in the place of the one before.
fn write(path: &Path, reloads: &Reloads) -> io::Result<()> {
    // The `reload` command may read at any moment. A rename gives it the old record or the new one, never a part.
    let new = path.with_extension("new");
    fs::write(&new, serde_json::to_vec(reloads)?)?;
    fs::rename(&new, path)
}

/// The record of the daemon with this process ID.
pub fn read(pid: u32) -> Option<Reloads> {
    let folder = std::env::var_os(FOLDER).and_then(|folders| first_of(&folders));
    let path = folder.unwrap_or_else(|| USUAL_FOLDER.into()).join(NAME);
    let reloads: Reloads = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (reloads.pid == pid).then_some(reloads)
}

/// The first folder of a list that is separated by colons.
fn first_of(folders: &OsStr) -> Option<PathBuf> {
    let first = std::env::split_paths(folders).next()?;
    first.is_absolute().then_some(first)
}

const FOLDER: &str = "RUNTIME_DIRECTORY";
const USUAL_FOLDER: &str = "/run/prosody-tokend";
const NAME: &str = "reloads.json";
