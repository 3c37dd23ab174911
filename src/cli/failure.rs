//! How commands fail: with an error of their own, and a status.

use std::error::Error;
use std::fmt;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::causes::described;
use crate::config::refused::{Refused, Unread};
use crate::verifier::gateways::NoAnswer;
use crate::verifier::undecided::Undecided;

use super::layout;
use super::remark::remark;
use super::statuses::{AGAIN, DONE, ExitStatus, REFUSED, SYSTEM, USAGE};

/// An error that knows the status that a command ends with because of it.
pub trait Status {
    /// One of the table.
    fn status(&self) -> ExitStatus;
}

/// Why a command ends otherwise than well.
#[derive(Debug)]
pub struct Failure {
    status: ExitStatus,
    /// What there is to say; nothing where the command has said it already, or there is nobody to say it to.
    error: Option<Box<dyn Error>>,
}

impl<E: Error + Status + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            status: error.status(),
            error: Some(Box::new(error)),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error.as_deref();
        formatter.write_str(&error.map_or_else(String::new, described))
    }
}

impl Failure {
    /// A status alone, where the command's output says why.
    pub const fn said(status: ExitStatus) -> Self {
        Self {
            status,
            error: None,
        }
    }

    /// The status to end with.
    pub const fn status(&self) -> ExitStatus {
        self.status
    }

    /// Writes it with its causes to standard error. It does not wait for long: a pipe that nobody reads must not keep a daemon
    /// that failed from ending, and from being started again.
    pub fn report(&self) {
        // With this a reader of the output has enough, and does not want to know more.
        if self.error.is_none() || self.status == DONE {
            return;
        }
        let text = format!("prosody-tokend: {}\n", layout::plain(&self.to_string()));
        let (done, reported) = mpsc::channel();
        let writing = move || {
            remark(&text);
            let _ = done.send(());
        };
        if thread::Builder::new().spawn(writing).is_ok() {
            let _ = reported.recv_timeout(REPORT_TIMEOUT);
        }
    }
}

/// The system does not let a command begin.
#[derive(Debug, thiserror::Error)]
#[error("cannot start")]
pub struct StartError(#[from] std::io::Error);

impl Status for StartError {
    fn status(&self) -> ExitStatus {
        SYSTEM
    }
}

impl Status for Unread {
    fn status(&self) -> ExitStatus {
        REFUSED
    }
}

impl Status for Refused {
    fn status(&self) -> ExitStatus {
        REFUSED
    }
}

impl Status for Undecided {
    fn status(&self) -> ExitStatus {
        match self {
            Self::HostNotConfigured { .. }
            | Self::HostAmbiguous { .. }
            | Self::KeyUrlNotAllowed { .. }
            | Self::IssuerNotConfigured { .. } => USAGE,
            Self::RevocationsUnknown | Self::UseNotNoted(_) | Self::Overloaded => AGAIN,
        }
    }
}

impl Status for NoAnswer {
    fn status(&self) -> ExitStatus {
        match self {
            Self::NotConfigured { .. } => USAGE,
            Self::Undecided(undecided) => undecided.status(),
        }
    }
}

const REPORT_TIMEOUT: Duration = Duration::from_secs(1);
