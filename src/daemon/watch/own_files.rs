//! The files that the daemon itself writes: its log, and the audit log. Where they lie in a watched folder, their growth is no
//! change of the configuration: each line of the log would cause the next.
#![expect(
    clippy::disallowed_methods,
    reason = "compares files with those that the daemon writes"
)]

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, fstat};

/// What the daemon writes.
#[derive(Clone, Default)]
pub struct OwnFiles {
    /// The log by device and inode, if it is a file.
    log: Option<(u64, u64)>,
    /// The path of the audit log, under which there is another file after each rotation.
    audit: Option<PathBuf>,
}

impl OwnFiles {
    /// Looks where standard error goes.
    pub fn find(audit: Option<PathBuf>) -> Self {
        let found = fstat(io::stderr()).ok();
        let file = found.filter(|found| FileType::from_raw_mode(found.st_mode).is_file());
        Self {
            log: file.map(|file| (file.st_dev, file.st_ino)),
            audit,
        }
    }

    /// Whether this is one of them.
    pub fn has(&self, path: &Path) -> bool {
        let Some(found) = identity(path) else {
            return self.audit.as_deref() == Some(path);
        };
        let is_audit = |audit: &Path| audit == path || identity(audit) == Some(found);
        self.log == Some(found) || self.audit.as_deref().is_some_and(is_audit)
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}
