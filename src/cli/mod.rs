//! The command line.

mod accounts;
mod check;
mod client;
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

use std::io::{self, Write as _};
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
use self::reload::command::{ReloadArguments, ReloadError};
use self::sources::SourceArguments;

/// Decides who may join a Jitsi Meet conference
#[derive(Parser)]
#[command(version, arg_required_else_help = true, propagate_version = true, after_help = STATUSES)]
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
    /// Every option of every host with its value and where that came from, then what is risky. Exits with 78 if the
    /// daemon would not take the configuration, with 0 if it would.
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
    /// Begins with what the daemon decided lately. Looks at Prosody, its configuration and modules, at the daemon, its
    /// configuration and key servers, at the clock, and at who can read what. As root it logs in at Prosody once, with a
    /// token that it makes for this, and joins nothing. Exits with 0 if all is well, with 1 if there are warnings, with 3 if something keeps people out or lets
    /// the wrong ones in.
    Doctor(DoctorArguments),
    /// Show the keys that the running daemon has loaded
    Keys(KeysArguments),
    /// Have a running daemon load its configuration anew, and wait for what comes of it
    ///
    /// This is what `systemctl reload prosody-tokend` runs. Exits with 78, and says why, if the daemon does not take the
    /// configuration and keeps the one before.
    Reload(ReloadArguments),
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
    ConfigFile { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Config(#[from] Refused),
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error("cannot start")]
    Start(#[source] io::Error),
    #[error(transparent)]
    Mint(#[from] MintError),
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error(transparent)]
    Reload(#[from] ReloadError),
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
    /// Whoever reads standard output has enough, as `head` has.
    #[error("nobody reads standard output")]
    Unread,
    #[error("stopped before everything in flight was answered")]
    Hasty,
    #[error("cannot read {path}")]
    Cases { path: PathBuf, source: io::Error },
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
    Token(#[source] io::Error),
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
    /// 1 is an answer that is no, 2 a mistake on the command line, as clap has it; failures are as in sysexits.h.
    const fn status(&self) -> u8 {
        match self {
            Self::ConfigFile { .. } | Self::Config(_) | Self::Mistaken => 78,
            Self::Bind(_) | Self::Start(_) => 71,
            Self::Case { .. } | Self::Undecided { .. } => 65,
            Self::Output(_) => 74,
            Self::Cases { .. } | Self::Token(_) => 66,
            Self::NoToken => 2,
            Self::Question(undecided) => match undecided {
                Undecided::HostNotConfigured { .. }
                | Undecided::HostAmbiguous { .. }
                | Undecided::KeyUrlNotAllowed { .. } => 2,
                Undecided::Overloaded => 75,
            },
            Self::Mint(error) => error.status(),
            Self::Keys(_) => 69,
            Self::Reload(error) => error.status(),
            Self::Unwell(status) => *status,
            Self::Unread => 0,
            Self::Hasty | Self::Denied | Self::Differences(_) => 1,
        }
    }

    /// Whether why is said already, or there is nobody to say it to.
    const fn is_silent(&self) -> bool {
        matches!(
            self,
            Self::Denied | Self::Mistaken | Self::Unwell(_) | Self::Unread
        )
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
        Command::Reload(arguments) => reload::command::run(&arguments),
        Command::EvaluateProsodyConfig => apart::answer().map_err(Failure::Output),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_silent() {
                report(&failure);
            }
            ExitCode::from(failure.status())
        }
    }
}

/// Writes to standard output.
fn print(text: &str) -> Result<(), Failure> {
    write_to(&mut io::stdout().lock(), text)
}

/// Writes to standard output what has colours, which a terminal alone gets.
fn print_coloured(text: &str) -> Result<(), Failure> {
    write_to(&mut anstream::stdout(), text)
}

/// Whoever reads it may have gone: what was found stays what it is, and so does the status that tells it.
fn write_to(output: &mut impl io::Write, text: &str) -> Result<(), Failure> {
    let written = output.write_all(text.as_bytes());
    match written.and_then(|()| output.flush()).map_err(unwritten) {
        Err(Failure::Unread) => Ok(()),
        other => other,
    }
}

fn unwritten(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::Unread
    } else {
        Failure::Output(error)
    }
}

/// Writes to standard error. That nobody can read it is no reason to fail.
fn remark(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
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

const STATUSES: &str = "\
Exit status: 0 yes or done, 1 no (a token that is denied, a warning of doctor's), 2 a mistake on the command line, 3 an
error that doctor found, 65 or 66 input that is wrong or cannot be read, 69 nobody answers, 71 the system refuses,
74 output that cannot be written, 75 try again, 78 a configuration that is wrong.";

const REPORT_TIMEOUT: Duration = Duration::from_secs(1);
