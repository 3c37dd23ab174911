//! The file that the daemon's own log goes to. Where it lies in a watched folder, its growth is no change of the
//! configuration: each line of the log would cause the next.
#![expect(
    clippy::disallowed_methods,
    reason = "compares files with the one that the log goes to"
)]

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{FileType, fstat};

/// The log by device and inode, if it is a file.
#[derive(Clone, Copy)]
pub struct OwnLog(Option<(u64, u64)>);

impl OwnLog {
    /// Looks where standard error goes.
    pub fn find() -> Self {
        let found = fstat(io::stderr()).ok();
        let file = found.filter(|found| FileType::from_raw_mode(found.st_mode).is_file());
        Self(file.map(|file| (file.st_dev, file.st_ino)))
    }

    /// Whether this is the log.
    pub fn is_at(self, path: &Path) -> bool {
        let is_log = |log| {
            let found = fs::metadata(path);
            found.is_ok_and(|found| (found.dev(), found.ino()) == log)
        };
        self.0.is_some_and(is_log)
    }
}
