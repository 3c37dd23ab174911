//! `prosody-tokend mint`: a token for trying things.
#![expect(
    clippy::disallowed_methods,
    reason = "reads private keys and claims from files, and the environment"
)]

mod arguments;
mod changes;
mod denied;
mod error;
mod jaas;
mod keys;
mod of_host;

pub use self::arguments::MintArguments;

use crate::mint::recipe::Recipe;

use self::error::MintError;
use super::failure::Failure;
use super::output::print;
use super::remark::remark;

/// Prints a token, and nothing else; what was made of its room, and who would deny it, goes to standard error.
pub fn run(arguments: &MintArguments) -> Result<(), Failure> {
    let recipe = if arguments.jaas {
        jaas::recipe(arguments)?
    } else {
        of_host::recipe(arguments)?
    };
    let token = recipe.signed().map_err(MintError::from)?;
    let said = recipe.remarks.iter().cloned();
    for said in said.chain(denial(arguments, &recipe, &token)) {
        remark(&format!("{said}\n"));
    }
    print(&format!("{token}\n"))
}

/// What the token's own host says of it.
fn denial(arguments: &MintArguments, recipe: &Recipe, token: &str) -> Option<String> {
    let destination = recipe.destination.as_ref()?;
    let denied = denied::by_host(&arguments.sources, destination, &recipe.claims, token);
    // The token is made; that nobody could tell what it is good for is no failure.
    denied.unwrap_or_else(|failure| Some(destination.unknown(failure)))
}
