//! Where lines go.

use std::io;

use crate::config::audit::AuditPlace;

use super::file::AuditFile;
use super::journal::Journal;
use super::losses::Losses;

/// A file, or the journal.
pub enum Place {
    File(AuditFile),
    Journal(Journal),
}

impl Place {
    /// Opens it. Where that fails for a reason that may pass, it is tried again later.
    ///
    /// # Errors
    /// What is there is no regular file.
    pub fn open(place: &AuditPlace, losses: &Losses) -> io::Result<Self> {
        let mut place = match place {
            AuditPlace::File(path) => Self::File(AuditFile::new(path.clone())),
            AuditPlace::Journal => Self::Journal(Journal::new()?),
        };
        match place.check() {
            Ok(()) => {}
            Err(error) if is_of_another_kind(&error) => return Err(place.named(&error)),
            Err(error) => losses.begin(|| place.named(&error).to_string()),
        }
        Ok(place)
    }

    /// Whether lines can be expected to get there.
    pub fn check(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.check(),
            Self::Journal(journal) => journal.check(),
        }
    }

    /// Writes whole lines, or nothing.
    pub fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::File(file) => file.put(lines),
            Self::Journal(journal) => journal.put(lines),
        }
    }

    /// Goes on in a new file of the same name.
    pub fn reopen(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.reopen(),
            Self::Journal(_) => Ok(()),
        }
    }

    /// An error with the place that it is about.
    pub fn named(&self, error: &io::Error) -> io::Error {
        let place = match self {
            Self::File(file) => file.path().display().to_string(),
            Self::Journal(_) => "the journal".to_owned(),
        };
        io::Error::new(error.kind(), format!("{place}: {error}"))
    }
}

/// A folder, a device or a pipe does not become a file by itself.
fn is_of_another_kind(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::IsADirectory
    )
}
