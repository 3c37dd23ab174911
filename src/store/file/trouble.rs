//! What can be wrong with the file, and what to do about it.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the file does not do what it is for. It says what to do; the path stands before it.
#[derive(Debug, Error)]
pub enum Trouble {
    /// Its folder is not there.
    #[error(
        "there is no such folder; systemd makes {folder} where the unit has StateDirectory=, and otherwise \
        `sudo install -d -m 0700 -o {user} {folder}` does"
    )]
    NoFolder {
        /// The folder.
        folder: String,
        /// The user's number that the daemon has.
        user: u32,
    },
    /// It can be had by no means of the file system.
    #[error("{0}")]
    System(#[source] io::Error),
    /// It is no regular file.
    #[error("it is not a regular file; `store.path` must name one, or none")]
    NotAFile,
    /// Another program's database is there.
    #[error("it is a database of something else; `store.path` must name a file of its own")]
    NotOurs,
    /// A later version of the daemon wrote it, which this one cannot understand.
    #[error(
        "it has tables of version {0}.{1}, which this version of the daemon does not know; install the one that made it, or a later one"
    )]
    Newer(i64, i64),
    /// It is not written yet, and cannot be.
    #[error("there is nothing in it, and it cannot be written")]
    Empty,
    /// It is not open.
    #[error("it is not open")]
    Closed,
    /// Somebody took it away.
    #[error(
        "it was removed while it was in use; what it held stays in force until the daemon ends. Put it back from a backup, \
        or restart the daemon, which then begins with nothing"
    )]
    Gone,
    /// Its contents are damaged.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// The disk is full.
    #[error("the disk is full; make room there (`df -h {0}` shows how much is left)")]
    Full(String),
    /// Nothing can be written there.
    #[error("it cannot be written: {cause}; user {user} must be able to write it, and its folder")]
    ReadOnly {
        /// What `SQLite` says.
        #[source]
        cause: rusqlite::Error,
        /// The user's number that the daemon has.
        user: u32,
    },
    /// Another program holds it.
    #[error(
        "another program holds it for longer than {BUSY_SECONDS} s; `fuser -v {0}` shows which"
    )]
    Busy(String),
    /// Anything else.
    #[error("{0}")]
    Sql(rusqlite::Error),
}

/// How long another program may hold the file.
pub const BUSY_SECONDS: u64 = 2;

impl Trouble {
    /// Whether the contents are damaged, so that nothing of them can be trusted.
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged(_))
    }

    /// Whether nothing is wrong but that the disk is full.
    pub const fn is_want_of_room(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether only writing is impossible, perhaps.
    pub const fn may_be_readable(&self) -> bool {
        matches!(self, Self::ReadOnly { .. } | Self::Full(_) | Self::Sql(_))
    }

    /// With what is to be typed about the file at this path.
    pub fn at(self, path: &Path) -> Self {
        match self {
            Self::Full(_) => {
                let folder = path.parent().unwrap_or(path);
                Self::Full(folder.display().to_string())
            }
            Self::Busy(_) => Self::Busy(path.display().to_string()),
            other => other,
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        if is_no_value(&error) {
            return Self::Damaged(error.to_string());
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            Some(ErrorCode::DiskFull) => Self::Full(String::new()),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly {
                    cause: error,
                    user: user(),
                }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(String::new()),
            _ => Self::Sql(error),
        }
    }
}

/// Whether something stands in the tables that nobody writes there.
const fn is_no_value(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
    )
}

/// Whom the daemon runs as.
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}
