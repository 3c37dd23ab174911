//! Mistakes in a configuration, collected so that all of them are named at once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::wire;

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

/// One mistake: what was found where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, as it is written in TOML.
    pub key: String,
    /// What was found; never a secret.
    pub found: String,
    /// What would be right.
    pub expected: String,
    /// Where the value came from.
    pub origin: Origin,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: found {}, expected {} [{}]",
            self.key, self.found, self.expected, self.origin
        )
    }
}

/// A configuration that was refused, with every mistake in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The mistakes.
    pub problems: Vec<Problem>,
    /// What is doubtful about Prosody's options, and may explain them, such as a name that is misspelt.
    pub warnings: Vec<String>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
            warnings: Vec::new(),
        }
    }
}

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.problems.len() == 1 {
            "mistake"
        } else {
            "mistakes"
        };
        write!(
            formatter,
            "the configuration has {} {plural}:",
            self.problems.len()
        )?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(formatter, "\n  {problem}"))?;
        self.warnings
            .iter()
            .try_for_each(|warning| write!(formatter, "\n  beside that: {warning}"))
    }
}
