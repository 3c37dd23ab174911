//! The command line.

mod accounts;
mod check;
mod doctor;
mod explain;
mod exposure;
mod keys;
mod layout;
mod mint;
mod reload;
mod replay;
mod serve;
mod sources;
mod unit;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use thiserror::Error;

use crate::config::problem::Refused;
use crate::config::prosody::apart;
use crate::http::listener::BindError;
use crate::verifier::question::Undecided;

use self::check::CheckArguments;
use self::doctor::DoctorArguments;
use self::keys::{KeysArguments, KeysError};
use self::mint::{MintArguments, MintError};
use self::sources::SourceArguments;

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
    /// Show what the configuration comes to, and what is wrong with it
    ///
    /// Every option of every host with its value and where that came from, then what is risky. Exits with 1 if the
    /// daemon would not take the configuration.
    Check(CheckArguments),
    /// Say what is wrong with a token, or that nothing is
    ///
    /// Goes through all checks, with the policy of the configuration. Exits with 0 if the token is accepted, with 1 if
    /// it is not.
    Explain(ExplainArguments),
    /// Decide recorded joins again, offline
    ///
    /// Reads one JSON object a line and prints one verdict a line. Each case is decided by the options that it
    /// recorded, or by a configuration to try, where one is named.
    Replay(ReplayArguments),
    /// Print a token for trying things
    Mint(Box<MintArguments>),
    /// Say what on this machine stands between a user and a join
    ///
    /// Looks at Prosody, its configuration and modules, at the daemon, its configuration and key servers, and at who can
    /// read what. Exits with 0 if all is well, with 1 if there are warnings, with 2 if something keeps people out or lets
    /// the wrong ones in.
    Doctor(DoctorArguments),
    /// Show the keys that the running daemon has loaded
    Keys(KeysArguments),
    /// Evaluate a configuration of Prosody for another process of this program
    #[command(name = apart::COMMAND, hide = true)]
    EvaluateProsodyConfig,
}

#[derive(Args)]
struct ServeArguments {
    #[command(flatten)]
    sources: SourceArguments,
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
struct ExplainArguments {
    /// The token; - or nothing for standard input, where other users of this machine cannot see it
    token: Option<String>,
    /// The `VirtualHost`; may be left out where one is configured, or where the issuer tells
    #[arg(long, value_name = "DOMAIN")]
    host: Option<String>,
    /// The room to join: its name, or its JID
    #[arg(long)]
    room: Option<String>,
    /// The tenant in the meeting's web address
    #[arg(long)]
    tenant: Option<String>,
    /// The time to decide at: 2026-01-31T12:00:00Z, or Unix seconds [default: now]
    #[arg(long, value_name = "TIME", value_parser = explain::parse_time)]
    at: Option<i64>,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sources: SourceArguments,
}

#[derive(Args)]
struct ReplayArguments {
    /// The recorded cases; - for standard input
    file: PathBuf,
    #[command(flatten)]
    sources: SourceArguments,
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
    #[error(transparent)]
    Mint(#[from] MintError),
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error("cannot write to standard output")]
    Output(#[source] std::io::Error),
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
    #[error("cannot read the token")]
    Token(#[source] std::io::Error),
    #[error("there is no token; pass it on standard input: prosody-tokend explain < FILE")]
    NoToken,
    #[error(transparent)]
    Question(#[from] Undecided),
    #[error("the token is denied")]
    Denied,
    #[error("the configuration has mistakes")]
    Mistaken,
    #[error("something is wrong on this machine")]
    Unwell(u8),
    #[error("{0} of the verdicts differ from what was recorded")]
    Differences(usize),
}

impl Failure {
    /// Exit statuses as sysexits.h has them.
    const fn status(&self) -> u8 {
        match self {
            Self::ConfigFile { .. } | Self::Config(_) => 78,
            Self::Bind(_) | Self::Start(_) => 71,
            Self::Case { .. } | Self::Undecided { .. } => 65,
            Self::Output(_) => 74,
            Self::Cases { .. } | Self::Token(_) => 66,
            Self::NoToken | Self::Question(_) | Self::Mint(_) => 64,
            Self::Keys(_) => 69,
            Self::Unwell(status) => *status,
            Self::Hasty | Self::Denied | Self::Mistaken | Self::Differences(_) => 1,
        }
    }
}

/// Runs the command that the arguments name, and says how it went.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Mint(arguments) => mint::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Keys(arguments) => keys::run(arguments),
        Command::EvaluateProsodyConfig => apart::answer().map_err(Failure::Output),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Why is said already.
            if !matches!(
                failure,
                Failure::Denied | Failure::Mistaken | Failure::Unwell(_)
            ) {
                report(&failure);
            }
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

/// Writes to standard error. That nobody can read it is no reason to fail.
fn remark(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes a failure with its causes to standard error. It does not wait for long: a pipe that nobody reads must not keep
/// a daemon that failed from ending, and from being started again.
fn report(failure: &Failure) {
    let text = format!("prosody-tokend: {}\n", layout::plain(&described(failure)));
    let (done, reported) = mpsc::channel();
    let writing = move || {
        remark(&text);
        let _ = done.send(());
    };
    if thread::Builder::new().spawn(writing).is_ok() {
        let _ = reported.recv_timeout(REPORT_TIMEOUT);
    }
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

const REPORT_TIMEOUT: Duration = Duration::from_secs(1);
