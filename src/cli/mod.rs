//! The command line.

mod configuration;
mod replay;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use thiserror::Error;

use crate::config::problem::Refused;
use crate::http::listener::BindError;
use crate::verifier::question::Undecided;

/// Decides who may join a Jitsi Meet conference
#[derive(Parser)]
#[command(version, arg_required_else_help = true, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests until told to stop
    Serve(ServeArguments),
    /// Decide recorded joins again, offline
    ///
    /// Reads one JSON object a line and prints one verdict a line. Each case is decided by the options that it
    /// recorded, or by a configuration to try.
    Replay(ReplayArguments),
}

#[derive(Args)]
struct ServeArguments {
    /// The configuration [default: /etc/prosody-tokend/config.toml, where that is]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Listen here, and nowhere else; may be repeated
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Vec<String>,
    /// error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// auto, text or json
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

#[derive(Args)]
struct ReplayArguments {
    /// The recorded cases; - for standard input
    file: PathBuf,
    /// Decide by this configuration in place of the recorded options
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Compare with the recorded verdicts, and fail where one differs
    #[arg(long)]
    check: bool,
}

/// Why a command failed.
#[derive(Debug, Error)]
enum Failure {
    #[error("cannot read the configuration {path}")]
    ConfigFile {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(transparent)]
    Config(#[from] Refused),
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error("cannot start")]
    Start(#[source] std::io::Error),
    #[error("stopped before everything in flight was answered")]
    Hasty,
    #[error("cannot read {path}")]
    Cases {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}:{line}: not a recorded case")]
    Case {
        path: PathBuf,
        line: usize,
        source: serde_json::Error,
    },
    #[error("{path}:{line}: cannot be decided")]
    Undecided {
        path: PathBuf,
        line: usize,
        source: Undecided,
    },
    #[error("cannot write the verdicts")]
    Write(#[source] std::io::Error),
    #[error("{0} of the verdicts differ from what was recorded")]
    Differences(usize),
}

impl Failure {
    /// Exit statuses as sysexits.h has them.
    const fn status(&self) -> u8 {
        match self {
            Self::ConfigFile { .. } | Self::Config(_) => 78,
            Self::Bind(_) | Self::Start(_) => 71,
            Self::Cases { .. } => 66,
            Self::Case { .. } | Self::Undecided { .. } => 65,
            Self::Write(_) => 74,
            Self::Hasty | Self::Differences(_) => 1,
        }
    }
}

/// Runs the command that the arguments name, and says how it went.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure);
            ExitCode::from(failure.status())
        }
    }
}

/// Writes a failure with its causes to standard error.
fn report(failure: &Failure) {
    let mut message = format!("prosody-tokend: {failure}");
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    eprintln!("{message}");
}
