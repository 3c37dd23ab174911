//! Why a configuration of Prosody was not taken.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind, ReadFailure};
use crate::origin::wire;

/// A configuration that cannot be evaluated here, and where that showed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{fault} [{origin}]")]
pub struct Refusal {
    #[source]
    pub fault: Fault,
    /// The file, and the line where one is to blame.
    pub origin: Origin,
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Fault {
    /// A file or folder that it needs cannot be read.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        #[serde(with = "wire::path")]
        path: PathBuf,
        failure: ReadFailure,
        /// Why, as the operating system says it.
        error: String,
    },
    /// No Lua. The message leaves out what might be a secret.
    #[error("this is not Lua: {0}")]
    Syntax(String),
    /// An error that evaluating it raised.
    #[error("{0}")]
    Raised(String),
    /// It asks for something that reading a configuration must not do.
    #[error(
        "asks for {0}, which is not available where a configuration is only read; \
         write the value itself here, or set the option in the daemon's own configuration"
    )]
    Forbidden(String),
    /// It does not end.
    #[error("still running after {MAX_INSTRUCTIONS} instructions; it probably loops for ever")]
    Endless,
    /// It takes too long, in few instructions.
    #[error(
        "still running after {} s; a call in it probably never ends: take out what was written last",
        MAX_TIME.as_secs()
    )]
    TooSlow,
    /// The process that evaluates it does not survive it.
    #[error(
        "the process that evaluates it was ended by {signal}: it probably needs more than {} MiB of memory",
        MAX_PROCESS_BYTES / 1_048_576
    )]
    Fatal {
        /// The signal's name.
        signal: String,
    },
    /// The process that is to evaluate it does not get that far.
    #[error("cannot be evaluated in a process of its own: {0}")]
    Unstarted(String),
    /// It needs too much memory.
    #[error("needs more than {} MiB of memory", MAX_MEMORY_BYTES / 1_048_576)]
    TooLarge,
    /// It includes files that include files, and so on, or runs them.
    #[error(
        "more than {MAX_DEPTH} files include or run each other; one of them probably comes back to itself"
    )]
    TooDeep,
    /// More files than any real configuration has.
    #[error("reads more than {MAX_FILES} files")]
    TooManyFiles,
    /// More in files than any real configuration has.
    #[error("reads more than {} MiB of files", MAX_READ_BYTES / 1_048_576)]
    TooMuchRead,
    /// More options than any real configuration has.
    #[error("sets more than {MAX_OPTIONS} options")]
    TooManyOptions,
    /// More values than any real configuration has, or a table that contains itself.
    #[error("the value of {0} is too large, or contains itself")]
    EndlessValue(String),
}

/// How many instructions of Lua's machine a configuration may take.
pub const MAX_INSTRUCTIONS: u32 = 5_000_000;
/// How long a configuration may take.
pub const MAX_TIME: Duration = Duration::from_secs(4);
/// How much memory the process that evaluates it may use, everything included.
pub const MAX_PROCESS_BYTES: u64 = 512 * 1_048_576;
/// How much memory Lua may use.
pub const MAX_MEMORY_BYTES: usize = 64 * 1_048_576;
/// How deep files may include or run files.
pub const MAX_DEPTH: usize = 20;
/// How many files may be read.
pub const MAX_FILES: usize = 1_000;
/// How large a file may be, in bytes.
pub const MAX_FILE_BYTES: u64 = 4 * 1_048_576;
/// How much may be read from files, in bytes.
pub const MAX_READ_BYTES: usize = 32 * 1_048_576;
/// How many options may be set, all hosts together.
pub const MAX_OPTIONS: usize = 20_000;

impl Fault {
    /// Whether Prosody stumbles over it, too: what goes beyond a bound here, Prosody may do.
    #[must_use]
    pub const fn is_prosodys(&self) -> bool {
        matches!(
            self,
            Self::Unreadable { .. } | Self::Syntax(_) | Self::Raised(_)
        )
    }

    /// What keeps a file from being read, and what to do where it is permission.
    #[must_use]
    pub fn unreadable(path: &Path, error: &io::Error) -> Self {
        let failure = ReadFailure::from(error);
        let advice = match failure {
            ReadFailure::PermissionDenied => PERMISSION,
            ReadFailure::NotFound | ReadFailure::Other => "",
        };
        Self::Unreadable {
            path: path.to_owned(),
            failure,
            error: format!("{error}{advice}"),
        }
    }
}

/// What lets one user read it depends on the whole path, and must not keep another out.
const PERMISSION: &str =
    "; this names the command that lets the daemon's user read it: sudo prosody-tokend doctor";

impl Refusal {
    /// The refusal as one of the mistakes of the daemon's configuration, under `key`.
    #[must_use]
    pub fn problem(&self, key: &str) -> ConfigProblem {
        let kind = if let Fault::Unreadable { failure, .. } = self.fault {
            ProblemKind::Unreadable(failure)
        } else {
            ProblemKind::NotEvaluated
        };
        ConfigProblem {
            kind,
            key: key.to_owned(),
            host: None,
            found: self.fault.to_string(),
            expected: "a configuration of Prosody that can be evaluated".to_owned(),
            origin: self.origin.clone(),
        }
    }
}

/// One line about variables that are not there.
#[must_use]
pub fn unset_variables(unset: &[(String, Origin)]) -> String {
    let names: Vec<&str> = unset.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(", ");
    format!(
        "it asks for variables that the environment of this process has not, and that of Prosody may have: {names}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_permission_says_what_to_do() {
        for (kind, advised) in [
            (io::ErrorKind::PermissionDenied, true),
            (io::ErrorKind::NotFound, false),
        ] {
            let fault = Fault::unreadable(Path::new("/p"), &kind.into()).to_string();
            assert!(fault.starts_with("cannot read /p: "), "{fault}");
            assert_eq!(
                fault.contains("sudo prosody-tokend doctor"),
                advised,
                "{fault}"
            );
        }
    }

    #[test]
    fn a_refusal_is_one_mistake_of_the_configuration_with_its_place() {
        let refusal = Refusal {
            fault: Fault::Endless,
            origin: Origin::File("/p".into(), Some(3)),
        };
        let problem = refusal.problem("prosody_config").to_string();
        assert!(
            problem.starts_with("prosody_config: found still running"),
            "{problem}"
        );
        assert!(problem.ends_with("[/p:3]"), "{problem}");
    }
}
