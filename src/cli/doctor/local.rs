//! What the daemon's files say.
#![expect(
    clippy::disallowed_methods,
    reason = "looks for the files that the daemon reads"
)]

use std::path::{Path, PathBuf};

use figment::value::Dict;

use crate::cli::sources::SourceArguments;
use crate::cli::{Failure, sources};
use crate::config::layers::{Layers, Sources};
use crate::config::problem::{Origin, Problem, Refused};
use crate::config::secret::EXPOSED;
use crate::config::{self, Config};
use crate::doctor::facts::{DaemonConfig, HostPolicy, NeededFile, Purpose};
use crate::verifier::policy_digest;

use super::accounts::needed;

/// The daemon's own configuration.
pub struct Local {
    path: PathBuf,
    settings: Dict,
    /// Whether a secret stands in the file itself.
    has_secret: bool,
    /// What it comes to, or every mistake in it.
    pub config: Result<Config, Refused>,
}

impl Local {
    /// Reads it as the daemon does.
    pub fn read(named: Option<&Path>) -> Self {
        let path = sources::path(named);
        let sources = match sources::read(&SourceArguments::of_file(named)) {
            Ok(sources) => with_credentials(sources),
            Err(failure) => return Self::unread(path, &failure),
        };
        let own = Sources {
            file: sources.file.clone(),
            ..Sources::default()
        };
        Self {
            path,
            settings: settings(&sources),
            has_secret: has_secret(&settings(&own)),
            config: config::load(&sources),
        }
    }

    fn unread(path: PathBuf, failure: &Failure) -> Self {
        let cause = std::error::Error::source(failure)
            .map_or_else(|| failure.to_string(), ToString::to_string);
        let problem = Problem {
            key: "the file".to_owned(),
            found: cause,
            expected: "a configuration that can be read".to_owned(),
            origin: Origin::File(path.clone(), None),
        };
        Self {
            path,
            settings: Dict::new(),
            has_secret: false,
            config: Err(problem.into()),
        }
    }

    /// The configuration of Prosody that it names.
    pub fn prosody_config(&self) -> Option<PathBuf> {
        self.settings
            .get("prosody_config")?
            .as_str()
            .map(PathBuf::from)
    }

    /// Whether it names one.
    pub fn reads_prosody(&self) -> bool {
        self.prosody_config().is_some()
    }

    /// What findings need of it.
    pub fn facts(&self) -> Result<DaemonConfig, Vec<Problem>> {
        let config = self.config.as_ref();
        let config = config.map_err(|refused| refused.problems.clone())?;
        let hosts = config.hosts.iter().map(|(name, host)| {
            let digest = policy_digest::of(host);
            (name.clone(), HostPolicy { digest })
        });
        Ok(DaemonConfig {
            hosts: hosts.collect(),
        })
    }

    /// What of it is better changed, whether it is taken or not. Permissions are looked at for themselves.
    pub fn warnings(&self) -> Vec<String> {
        let warnings = match &self.config {
            Ok(config) => &config.warnings,
            Err(refused) => &refused.warnings,
        };
        let warnings = warnings.iter().filter(|text| !text.contains(EXPOSED));
        warnings.cloned().collect()
    }

    /// The files that the daemon has to read.
    pub fn files(&self) -> Vec<NeededFile> {
        let mut files = Vec::new();
        named_files(&self.settings, &mut files);
        let own = if self.has_secret {
            Purpose::Secret
        } else {
            Purpose::Daemon
        };
        files.push((self.path.clone(), own));
        let files = files.iter().filter(|(path, _)| path.exists());
        files
            .map(|(path, purpose)| needed(path, *purpose))
            .collect()
    }
}

/// While the daemon runs, systemd keeps its credentials where root can read them.
fn with_credentials(mut sources: Sources) -> Sources {
    let is_set = sources
        .environment
        .iter()
        .any(|(name, _)| name == CREDENTIALS_VARIABLE);
    if !is_set && Path::new(CREDENTIALS).is_dir() {
        sources
            .environment
            .push((CREDENTIALS_VARIABLE.to_owned(), CREDENTIALS.to_owned()));
    }
    sources
}

fn settings(sources: &Sources) -> Dict {
    let layers = Layers::merge(sources);
    layers.map_or_else(|_| Dict::new(), |layers| layers.root().clone())
}

fn has_secret(table: &Dict) -> bool {
    table.iter().any(|(name, value)| {
        SECRETS.contains(&name.as_str()) || value.as_dict().is_some_and(has_secret)
    })
}

fn named_files(table: &Dict, files: &mut Vec<(PathBuf, Purpose)>) {
    for (name, value) in table {
        if let Some(table) = value.as_dict() {
            named_files(table, files);
        }
        let purpose = if SECRET_FILES.contains(&name.as_str()) {
            Purpose::Secret
        } else {
            Purpose::Daemon
        };
        let values = value.as_array().unwrap_or(std::slice::from_ref(value));
        let paths = values
            .iter()
            .filter_map(|value| Some((PathBuf::from(value.as_str()?), purpose)));
        if FILE_ENDS.iter().any(|end| name.ends_with(end)) {
            files.extend(paths);
        }
    }
}

const CREDENTIALS_VARIABLE: &str = "CREDENTIALS_DIRECTORY";
const CREDENTIALS: &str = "/run/credentials/prosody-tokend.service";
const SECRETS: [&str; 3] = ["app_secret", "api_key", "asap_key"];
const SECRET_FILES: [&str; 3] = ["app_secret_file", "api_key_file", "asap_key_path"];
const FILE_ENDS: [&str; 3] = ["_file", "_folder", "_path"];
