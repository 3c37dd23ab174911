//! Where the values of a configuration came from.

pub mod problem;
pub mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// A file, and the line where that is known.
    File(#[serde(with = "wire::path")] PathBuf, Option<usize>),
    /// An environment variable.
    Variable(String),
    /// A command line option.
    CommandLine,
    /// Nobody said anything.
    Default,
    /// Nobody said anything, and Prosody's default is another one.
    ProsodyDefault,
}

/// Where the values of options came from, by name.
pub type Origins = BTreeMap<&'static str, Origin>;

impl Origin {
    /// A path that was written there: a relative one is meant from the folder of the file in which it stands.
    #[must_use]
    pub fn resolve(&self, path: &str) -> PathBuf {
        match self {
            Self::File(file, _) => file.parent().unwrap_or(Path::new("")).join(path),
            Self::Variable(_) | Self::CommandLine | Self::Default | Self::ProsodyDefault => {
                PathBuf::from(path)
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, Some(line)) => write!(formatter, "{}:{line}", path.display()),
            Self::File(path, None) => write!(formatter, "{}", path.display()),
            Self::Variable(name) => write!(formatter, "environment variable {name}"),
            Self::CommandLine => formatter.write_str("command line"),
            Self::Default => formatter.write_str("default"),
            Self::ProsodyDefault => formatter.write_str("Prosody's default"),
        }
    }
}
