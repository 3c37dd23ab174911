//! What `check` has found of a configuration.

use std::fmt;

use crate::exposure::Exposed;
use crate::origin::problem::ConfigProblem;
use crate::overview::Overview;

/// Everything that `check` prints about a configuration.
#[derive(Default)]
pub struct Report {
    pub overview: Overview,
    pub exposed: Vec<Exposed>,
    pub errors: Vec<ConfigMistake>,
}

/// What keeps a configuration from being taken.
pub enum ConfigMistake {
    /// The configuration was read, and this part of it is refused.
    Refused(ConfigProblem),
    /// The configuration cannot be read.
    Unreadable(String),
}

impl Report {
    /// One of nothing but mistakes.
    pub fn of_errors(errors: Vec<ConfigMistake>) -> Self {
        Self {
            errors,
            ..Self::default()
        }
    }

    /// What works, but is better changed, and then what lets in too much.
    pub fn warnings(&self) -> impl Iterator<Item = &String> {
        let Overview {
            warnings, risks, ..
        } = &self.overview;
        warnings.iter().chain(risks)
    }

    /// Whether there is anything that tokens are verified with.
    pub const fn is_taken(&self) -> bool {
        !self.overview.hosts.is_empty() || !self.overview.gateways.is_empty()
    }
}

impl fmt::Display for ConfigMistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(problem) => problem.fmt(formatter),
            Self::Unreadable(text) => formatter.write_str(text),
        }
    }
}
