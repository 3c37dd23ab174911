//! The command line.

mod keys;
mod mint;
mod reload;
mod serve;
mod sources;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use thiserror::Error;

use crate::config::problem::Refused;
use crate::http::listener::BindError;

use self::keys::{KeysArguments, KeysError};
use self::mint::{MintArguments, MintError};

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
    /// Print a token for trying things
    Mint(Box<MintArguments>),
    /// Show the keys that the running daemon has loaded
    Keys(KeysArguments),
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
    #[error(transparent)]
    Mint(#[from] MintError),
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error("cannot write to standard output")]
    Output(#[source] std::io::Error),
    #[error("stopped before everything in flight was answered")]
    Hasty,
}

impl Failure {
    /// Exit statuses as sysexits.h has them.
    const fn status(&self) -> u8 {
        match self {
            Self::ConfigFile { .. } | Self::Config(_) => 78,
            Self::Bind(_) | Self::Start(_) => 71,
            Self::Mint(_) => 64,
            Self::Keys(_) => 69,
            Self::Output(_) => 74,
            Self::Hasty => 1,
        }
    }
}

/// Runs the command that the arguments name, and says how it went.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Mint(arguments) => mint::run(&arguments),
        Command::Keys(arguments) => keys::run(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure);
            ExitCode::from(failure.status())
        }
    }
}

/// Writes to standard output. Whoever reads it may have gone.
fn print(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let written = output.write_all(text.as_bytes());
    written
        .and_then(|()| output.flush())
        .map_err(Failure::Output)
}

/// Writes a failure with its causes to standard error.
fn report(failure: &Failure) {
    eprintln!("prosody-tokend: {}", described(failure));
}

/// A failure with its causes.
fn described(failure: &Failure) -> String {
    let mut message = failure.to_string();
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    message
}
