//! Where every command finds the configuration.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the environment and the configuration file for `config`"
)]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::config::layers::Sources;

use super::Failure;

/// The configuration file, if there is one, and the environment.
pub fn read(named: Option<&Path>) -> Result<Sources, Failure> {
    Ok(Sources {
        file: read_config(named)?,
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        flags: Vec::new(),
    })
}

/// The path of the configuration file, whether it is there or not.
pub fn path(named: Option<&Path>) -> PathBuf {
    named.unwrap_or_else(|| Path::new(USUAL_CONFIG)).to_owned()
}

/// Reads the named file, or the usual one if it is there: a daemon can be set up by variables alone.
fn read_config(named: Option<&Path>) -> Result<Option<(PathBuf, String)>, Failure> {
    let path = path(named);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Failure::ConfigFile { path, source }),
    }
}

const USUAL_CONFIG: &str = "/etc/prosody-tokend/config.toml";
