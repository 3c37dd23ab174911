//! `prosody-tokend reload`: has a running daemon load its configuration anew, and waits for what comes of it.

use std::thread;
use std::time::Duration;

use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use thiserror::Error;

use crate::clock;

use crate::daemon::record::{self, Reloads};

use super::failure::{Failure, Status};
use super::statuses::{ExitStatus, REFUSED, SYSTEM, UNAVAILABLE};

/// Options of `reload`.
#[derive(Args)]
pub struct ReloadArguments {
    /// The daemon's process, as `systemctl show --property MainPID prosody-tokend` tells it
    #[arg(value_parser = clap::value_parser!(i32).range(1..))]
    pid: i32,
}

/// Why the configuration was not loaded, or nobody knows whether it was.
#[derive(Debug, Error)]
pub enum ReloadError {
    /// There is no such process, or it is somebody else's.
    #[error("cannot tell process {0} to reload; is it the daemon, and are you its user or root?")]
    Signal(i32, #[source] std::io::Error),
    /// It keeps no record.
    #[error(
        "process {0} was told to reload, and does not tell what came of it: it keeps no record in the folder \
         $RUNTIME_DIRECTORY, as a daemon that systemd started from its unit does; look at its log, or at /readyz"
    )]
    NotRecorded(i32),
    /// It did not end in time.
    #[error(
        "process {pid} was told to reload, and has not done so within {} s; look at its log",
        PATIENCE.as_secs()
    )]
    TooSlow { pid: i32 },
    /// There are mistakes.
    #[error("not reloaded, and what was in force stays so: {0}")]
    Refused(String),
}

impl Status for ReloadError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::Signal(..) => SYSTEM,
            Self::NotRecorded(_) | Self::TooSlow { .. } => UNAVAILABLE,
            Self::Refused(_) => REFUSED,
        }
    }
}

/// Ends well once a reload has that began after this command.
pub fn run(arguments: &ReloadArguments) -> Result<(), Failure> {
    let pid = arguments.pid;
    let before = recorded(pid);
    signal(pid)?;
    let before = before.ok_or(ReloadError::NotRecorded(pid))?;
    let ended = ended(pid, before.begun)?;
    match ended.failure {
        Some(failure) => Err(ReloadError::Refused(failure).into()),
        None => Ok(()),
    }
}

fn signal(pid: i32) -> Result<(), ReloadError> {
    let process = Pid::from_raw(pid).ok_or(rustix::io::Errno::SRCH);
    let told = process.and_then(|process| kill_process(process, Signal::HUP));
    told.map_err(|error| ReloadError::Signal(pid, error.into()))
}

fn recorded(pid: i32) -> Option<Reloads> {
    record::read(u32::try_from(pid).ok()?)
}

/// The result of the first reload that begins after these others.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no runtime, and nothing else to do meanwhile"
)]
fn ended(pid: i32, others: u64) -> Result<Reloads, ReloadError> {
    let started = clock::instant();
    while clock::elapsed(started) < PATIENCE {
        if let Some(reloads) = recorded(pid).filter(|reloads| reloads.ended > others) {
            return Ok(reloads);
        }
        thread::sleep(PAUSE);
    }
    Err(ReloadError::TooSlow { pid })
}

/// Reading may take ten seconds, and the unit allows fifteen.
const PATIENCE: Duration = Duration::from_secs(14);
const PAUSE: Duration = Duration::from_millis(50);
