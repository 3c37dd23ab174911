//! Tokens of a host of the configuration.

use std::sync::Arc;

use crate::cli::failure::Failure;
use crate::cli::sources;
use crate::clock;
use crate::config::host::Host;
use crate::mint::named;
use crate::mint::of_host::{self, Given};
use crate::mint::recipe::Recipe;
use crate::token::preparation;

use super::arguments::MintArguments;
use super::error::MintError;
use super::{changes, keys};

/// What a token of the issuer that the command line names is made of.
pub fn recipe(arguments: &MintArguments) -> Result<Recipe, Failure> {
    let (name, host) = host(arguments)?;
    let given = Given {
        key: keys::named(arguments)?,
        changes: changes::of(arguments)?,
        now: clock::unix_time(),
    };
    let recipe = of_host::recipe(&arguments.wanted(), name, host, given);
    Ok(recipe.map_err(MintError::from)?)
}

/// The host that the command line names, or the only one.
fn host(arguments: &MintArguments) -> Result<(String, Arc<Host>), Failure> {
    let mut config = sources::load(&arguments.sources)?.config?;
    let name = match (&arguments.host, config.hosts.keys().next()) {
        (Some(host), _) => preparation::host(&named::host(host)),
        (None, Some(only)) if config.hosts.len() == 1 => only.clone(),
        (None, _) => String::new(),
    };
    let Some(host) = config.hosts.remove(&name) else {
        let known: Vec<String> = config.hosts.into_keys().collect();
        return Err(MintError::Host(known.join(", ")).into());
    };
    Ok((name, host))
}
