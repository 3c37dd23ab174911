//! Mistakes in a configuration, collected so that all of them are named at once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file, and the line where that is known.
    File(PathBuf, Option<usize>),
    /// An environment variable.
    Variable(String),
    /// A command line option.
    CommandLine,
    /// Nobody said anything.
    Default,
}

/// Where the values of options came from, by name.
pub type Origins = BTreeMap<&'static str, Origin>;

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, Some(line)) => write!(formatter, "{}:{line}", path.display()),
            Self::File(path, None) => write!(formatter, "{}", path.display()),
            Self::Variable(name) => write!(formatter, "environment variable {name}"),
            Self::CommandLine => formatter.write_str("command line"),
            Self::Default => formatter.write_str("default"),
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
pub struct Refused(pub Vec<Problem>);

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 {
            "mistake"
        } else {
            "mistakes"
        };
        write!(
            formatter,
            "the configuration has {} {plural}:",
            self.0.len()
        )?;
        self.0
            .iter()
            .try_for_each(|problem| write!(formatter, "\n  {problem}"))
    }
}
