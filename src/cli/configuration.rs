//! Reads the configuration for every command that needs it.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the environment and the configuration file for `config`"
)]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use figment::value::Value;

use crate::config::layers::Sources;
use crate::config::{self, Config};

use super::Failure;

/// Loads the named file, or the usual one, with the environment and what flags say over it.
pub fn load(
    file: Option<PathBuf>,
    flags: impl IntoIterator<Item = (&'static str, Option<Value>)>,
) -> Result<Config, Failure> {
    let flags = flags
        .into_iter()
        .filter_map(|(path, value)| Some((path.split('.').map(str::to_owned).collect(), value?)));
    let sources = Sources {
        file: read(file)?,
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        flags: flags.collect(),
    };
    Ok(config::load(&sources)?)
}

/// Whether standard error goes to systemd's journal.
pub fn is_under_journal() -> bool {
    std::env::var_os("JOURNAL_STREAM").is_some()
}

/// Reads the named file, or the usual one if it is there: a daemon can be set up by variables alone.
fn read(named: Option<PathBuf>) -> Result<Option<(PathBuf, String)>, Failure> {
    let usual = named.is_none();
    let path = named.unwrap_or_else(|| Path::new(USUAL).to_owned());
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if usual && error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Failure::ConfigFile { path, source }),
    }
}

const USUAL: &str = "/etc/prosody-tokend/config.toml";
