//! Where every command finds the configuration.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the environment for `config`"
)]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use figment::value::Value;

use crate::config::Loaded;
use crate::config::layers::Inputs;
use crate::config::prosody_part::{DOCKER, DOCKER_ENV_FILE, PROSODY_CONFIG};
use crate::prosody::sandbox::apart::Evaluator;

use crate::config::refused::Unread;
use crate::files;

/// Where the configuration is.
#[derive(Args, Default)]
pub struct SourceArguments {
    /// The configuration [default: /etc/prosody-tokend/config.toml, where that is]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Take what Prosody's configuration says about tokens
    #[arg(long, value_name = "FILE")]
    prosody_config: Option<PathBuf>,
    /// Take what docker-jitsi-meet's variables in the environment say about tokens
    #[arg(long)]
    docker: bool,
    /// Take what docker-jitsi-meet's variables in this file say about tokens
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

impl SourceArguments {
    /// The file alone.
    pub fn of_file(config: Option<&Path>) -> Self {
        Self {
            config: config.map(Path::to_owned),
            ..Self::default()
        }
    }

    /// That file, and docker-jitsi-meet's variables, from a file or the environment.
    pub fn of_files(config: Option<&Path>, env_file: Option<&Path>, docker: bool) -> Self {
        Self {
            env_file: env_file.map(Path::to_owned),
            docker,
            ..Self::of_file(config)
        }
    }

    /// Whether any is named.
    pub fn name_any(&self) -> bool {
        self.config.is_some() || !self.flags().is_empty()
    }

    fn flags(&self) -> Vec<Flag> {
        let path = |path: &Option<PathBuf>| Some(path.as_ref()?.to_string_lossy().into_owned());
        let flags: [(&str, Option<Value>); 3] = [
            (PROSODY_CONFIG, path(&self.prosody_config).map(Into::into)),
            (DOCKER, self.docker.then(|| true.into())),
            (DOCKER_ENV_FILE, path(&self.env_file).map(Into::into)),
        ];
        let flags = flags.into_iter();
        flags
            .filter_map(|(name, value)| Some((vec![name.to_owned()], value?)))
            .collect()
    }
}

/// A path, and the value there.
pub type Flag = (Vec<String>, Value);

/// The configuration file, if there is one, the environment, and what the arguments say.
pub fn read(arguments: &SourceArguments) -> Result<Inputs, Unread> {
    read_with(arguments, Vec::new())
}

/// The same, with more from the command line.
pub fn read_with(arguments: &SourceArguments, more: Vec<Flag>) -> Result<Inputs, Unread> {
    Ok(Inputs {
        file: read_config(arguments.config.as_deref())?,
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        flags: [arguments.flags(), more].concat(),
        evaluator: evaluator(),
    })
}

/// What the configuration comes to, and all that was read for it.
pub fn load(arguments: &SourceArguments) -> Result<Loaded, Unread> {
    Ok(Loaded::read(&read(arguments)?))
}

/// This program, also where another version lies in its place by now.
pub fn evaluator() -> Evaluator {
    Evaluator::Apart("/proc/self/exe".into())
}

/// The path of the configuration file, whether it is there or not.
pub fn path(named: Option<&Path>) -> PathBuf {
    named.unwrap_or_else(|| Path::new(USUAL_CONFIG)).to_owned()
}

/// Reads the named file, or the usual one if it is there: a daemon can be set up by variables alone.
fn read_config(named: Option<&Path>) -> Result<Option<(PathBuf, String)>, Unread> {
    let path = path(named);
    match files::read_text(&path, MAX_CONFIG_BYTES) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Unread { path, source }),
    }
}

/// More than a configuration of very many hosts has.
const MAX_CONFIG_BYTES: u64 = 16 * 1_048_576;
const USUAL_CONFIG: &str = "/etc/prosody-tokend/config.toml";
/// Where Debian's packages have Prosody's configuration.
pub const USUAL_PROSODY: &str = "/etc/prosody/prosody.cfg.lua";
