//! The command line.

mod administrator;
mod check;
mod client;
mod credentials;
mod doctor;
mod explain;
mod failure;
mod health;
mod keys;
mod layout;
mod mint;
mod output;
mod reload;
mod remark;
mod replay;
mod revocations;
mod revoke;
mod runtime;
mod serve;
mod shim;
mod sources;
pub mod statuses;
mod unrevoke;
mod when;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::prosody::sandbox::apart;

use self::check::CheckArguments;
use self::credentials::CredentialsArguments;
use self::doctor::DoctorArguments;
use self::explain::ExplainArguments;
use self::health::HealthArguments;
use self::keys::KeysArguments;
use self::mint::MintArguments;
use self::output::OutputError;
use self::reload::ReloadArguments;
use self::replay::ReplayArguments;
use self::revocations::RevocationsArguments;
use self::revoke::RevokeArguments;
use self::serve::ServeArguments;
use self::shim::ShimArguments;
use self::unrevoke::UnrevokeArguments;

/// Decides who may join a Jitsi Meet conference
#[derive(Parser)]
#[command(version, arg_required_else_help = true, propagate_version = true, after_help = statuses::help())]
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
    /// token that it makes for this, and joins nothing. Exits with 0 if all is well, with 1 if there are warnings, with 78 if
    /// the daemon does not take its configuration, with 3 if something else keeps people out or lets the wrong ones in.
    Doctor(DoctorArguments),
    /// Show the keys that the running daemon has loaded
    Keys(KeysArguments),
    /// Have the running daemon deny a token, or all of a user, a key, an issuer or a room
    ///
    /// It counts at once, also for sessions that are in where Prosody loads `token_sessions`, until its time is over or it is taken back
    /// with unrevoke. Needs a store and a key of administrators, or a Unix socket of the daemon.
    Revoke(Box<RevokeArguments>),
    /// Show what the running daemon denies by a revocation
    Revocations(RevocationsArguments),
    /// Have the running daemon take a revocation back
    ///
    /// Exits with 1 if there is none of this ID.
    Unrevoke(UnrevokeArguments),
    /// Make, show and delete credentials of whom gateways let in, at the running daemon
    ///
    /// It asks Kong's Admin API of the daemon, which needs an address in [admin], a store, and a key of administrators.
    Credentials(CredentialsArguments),
    /// Have a running daemon load its configuration anew, and wait for what comes of it
    ///
    /// This is what `systemctl reload prosody-tokend` runs. Exits with 78, and says why, if the daemon does not take the
    /// configuration and keeps the one before.
    Reload(ReloadArguments),
    /// Say whether the running daemon answers, and whether it can decide
    ///
    /// For what supervises it, such as HEALTHCHECK in an image. Exits with 0 if it answers, with 69 if it does not. One that
    /// has no keys answers, and a restart brings none: only with --ready that is 1.
    Health(HealthArguments),
    /// Write the files for Prosody that belong to this daemon into a folder
    ///
    /// This program carries them. What is there already is left alone, and a file of another maker is never replaced.
    Shim(ShimArguments),
    /// Evaluate a configuration of Prosody for another process of this program
    #[command(name = apart::COMMAND, hide = true)]
    EvaluateProsodyConfig,
}

/// The command line as it is described: for manual pages and completions.
pub fn command() -> clap::Command {
    Arguments::command()
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
        Command::Revoke(arguments) => revoke::run(*arguments),
        Command::Revocations(arguments) => revocations::run(&arguments),
        Command::Unrevoke(arguments) => unrevoke::run(&arguments),
        Command::Credentials(arguments) => credentials::run(arguments),
        Command::Reload(arguments) => reload::run(&arguments),
        Command::Health(arguments) => health::run(&arguments),
        Command::Shim(arguments) => shim::run(&arguments),
        Command::EvaluateProsodyConfig => {
            apart::answer().map_err(|error| OutputError::from(error).into())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.status().code)
        }
    }
}
