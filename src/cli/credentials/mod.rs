//! `prosody-tokend credentials`: whom gateways let in, at the daemon that runs.

mod add;
mod delete;
mod failure;
mod list;
mod show;
mod token;

use clap::{Args, Subcommand};

use self::add::AddArguments;
use self::delete::DeleteArguments;
use self::list::ListArguments;
use self::show::ShowArguments;

use super::failure::Failure;

/// Options of `credentials`.
#[derive(Args)]
pub struct CredentialsArguments {
    #[command(subcommand)]
    command: CredentialsCommand,
}

#[derive(Subcommand)]
enum CredentialsCommand {
    /// Make a credential for a user or a program, and print its key and its secret
    ///
    /// Whoever is named is made as well where there is none of that name. Where tokens are signed with a private key, --public-key has
    /// the public one, and there is no secret.
    Add(Box<AddArguments>),
    /// Show the credentials that there are, without their secrets
    List(ListArguments),
    /// Show one credential, without its secret
    ///
    /// Exits with 1 if there is none of this key or ID.
    Show(ShowArguments),
    /// Delete a credential: its tokens let nobody in any longer
    ///
    /// It counts with the next request. Exits with 1 if there is none of this key or ID.
    Delete(DeleteArguments),
}

/// Asks the daemon.
pub fn run(arguments: CredentialsArguments) -> Result<(), Failure> {
    match arguments.command {
        CredentialsCommand::Add(arguments) => add::run(&arguments),
        CredentialsCommand::List(arguments) => list::run(&arguments),
        CredentialsCommand::Show(arguments) => show::run(&arguments),
        CredentialsCommand::Delete(arguments) => delete::run(&arguments),
    }
}
