//! A configuration that is refused, with all of its mistakes.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::origin::problem::ConfigProblem;

/// A configuration that was refused, with every mistake in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub problems: Vec<ConfigProblem>,
    /// What is doubtful about Prosody's options, and may explain them, such as a name that is misspelt.
    pub warnings: Vec<String>,
}

impl From<ConfigProblem> for Refused {
    fn from(problem: ConfigProblem) -> Self {
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

/// The configuration file could not be read at all.
#[derive(Debug, Error)]
#[error("cannot read the configuration {path}")]
pub struct Unread {
    pub path: PathBuf,
    pub source: io::Error,
}
