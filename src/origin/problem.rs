//! What is wrong with one value of a configuration.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// One mistake: what was found where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// What sort of mistake it is. Whatever is decided about a mistake is decided by this and not by its texts.
    pub kind: ProblemKind,
    /// The key, as it is written in TOML.
    pub key: String,
    /// The host that it is about, where it is about one.
    pub host: Option<String>,
    /// What was found; never a secret.
    pub found: String,
    /// What would be right.
    pub expected: String,
    /// Where the value came from.
    pub origin: Origin,
}

/// What sort of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// A text does not follow the rules of its language.
    Syntax,
    /// A file is in another language than the one that belongs there.
    WrongFormat,
    /// A key is no option where it stands.
    UnknownKey,
    /// An option that is needed is not set.
    Missing,
    /// A value has a type, a size or a form that its option does not take; it may be the content of a file.
    WrongValue,
    /// Values that are right by themselves exclude or contradict each other.
    Conflict,
    /// A name is not the name of a host.
    WrongHostName,
    /// No host admits users by token.
    NoTokenHost,
    /// A file cannot be read.
    Unreadable(ReadFailure),
    /// A secret is handed over by systemd, and this process did not get it.
    CredentialUnseen,
    /// Prosody's configuration cannot be evaluated.
    NotEvaluated,
    /// The system has no CA certificates, which an address with https needs.
    NoAuthorities,
}

/// Why a file cannot be read, as far as different things have to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadFailure {
    /// It is not there.
    NotFound,
    /// This process may not read it.
    PermissionDenied,
    /// Anything else, such as a folder in the place of a file.
    Other,
}

impl From<&io::Error> for ReadFailure {
    fn from(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::PermissionDenied,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: found {}, expected {} [{}]",
            self.key, self.found, self.expected, self.origin
        )
    }
}
