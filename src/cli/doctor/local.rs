//! What the daemon's files say.
#![expect(
    clippy::disallowed_methods,
    reason = "looks for the files that the daemon reads"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::value::Value;

use crate::cli::sources::{self, SourceArguments};
use crate::config::layers::{Inputs, Layers};
use crate::config::prosody_part::{DOCKER, DOCKER_ENV_FILE, PROSODY_CONFIG, ProsodyPart};
use crate::config::refused::{Refused, Unread};
use crate::config::{self, Config, Loaded};
use crate::doctor::facts::{DaemonConfig, HostPolicy, NeededFile, Purpose};
use crate::options::{Kind, KnownOption};
use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind, ReadFailure};
use crate::prosody::model::ProsodyConfig;
use crate::verifier::policy_digest;

use super::files::{needed, within};

/// The daemon's own configuration.
pub struct Local {
    path: PathBuf,
    prosody_config: Option<PathBuf>,
    named_files: Vec<(&'static KnownOption, PathBuf)>,
    /// Whether a secret stands in the file itself.
    has_secret: bool,
    /// The hosts that the file itself has a section for, and where.
    pub own_hosts: BTreeMap<String, Origin>,
    /// What the variables of docker-jitsi-meet come to, where those are its source, and the file that has them.
    pub variables: Option<(Option<PathBuf>, Option<ProsodyConfig>)>,
    /// Where `listen` is set.
    pub listen_origin: Origin,
    /// The checked configuration, or every mistake in it.
    pub config: Result<Config, Refused>,
}

impl Local {
    /// Reads the configuration as the daemon does.
    pub fn read(named: Option<&Path>, env_file: Option<&Path>, docker: bool) -> Self {
        let path = sources::path(named);
        let sources = match sources::read(&SourceArguments::of_files(named, env_file, docker)) {
            Ok(sources) => with_credentials(sources),
            Err(failure) => return Self::unread(path, &failure),
        };
        let Loaded {
            config,
            layers,
            prosody,
            ..
        } = Loaded::read(&sources);
        let layers = layers.as_ref();
        let credentials = sources.credentials();
        let named_files = |layers| config::named_files(layers, credentials.as_deref());
        Self {
            path,
            prosody_config: layers.and_then(prosody_config),
            named_files: layers.map(named_files).unwrap_or_default(),
            has_secret: layers.is_some_and(Layers::file_has_secret),
            variables: layers.and_then(|layers| variables(layers, prosody.as_ref())),
            listen_origin: layers.map_or(Origin::Default, |layers| layers.origin_of("listen")),
            own_hosts: layers.map(sections).unwrap_or_default(),
            config,
        }
    }

    fn unread(path: PathBuf, unread: &Unread) -> Self {
        let problem = ConfigProblem {
            kind: ProblemKind::Unreadable(ReadFailure::from(&unread.source)),
            host: None,
            key: "the file".to_owned(),
            found: unread.source.to_string(),
            expected: "a configuration that can be read".to_owned(),
            origin: Origin::File(path.clone(), None),
        };
        Self {
            path,
            prosody_config: None,
            named_files: Vec::new(),
            has_secret: false,
            own_hosts: BTreeMap::new(),
            variables: None,
            listen_origin: Origin::Default,
            config: Err(problem.into()),
        }
    }

    /// The configuration of Prosody that it names.
    pub fn prosody_config(&self) -> Option<PathBuf> {
        self.prosody_config.clone()
    }

    /// Whether it names one.
    pub fn reads_prosody(&self) -> bool {
        self.prosody_config.is_some()
    }

    /// The facts about the configuration that findings are made from.
    pub fn facts(&self) -> Result<DaemonConfig, Vec<ConfigProblem>> {
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

    /// The warnings about the configuration, whether it is refused or not.
    pub fn warnings(&self) -> Vec<String> {
        match &self.config {
            Ok(config) => config.warnings.clone(),
            Err(refused) => refused.warnings.clone(),
        }
    }

    /// The files that the daemon has to read.
    pub fn files(&self) -> Vec<NeededFile> {
        // What systemd hands over is for systemd to read.
        let named = self.named_files.iter();
        let named = named.filter(|(option, _)| option.kind.is_path());
        let mut files: Vec<(PathBuf, Purpose)> = named
            .map(|(option, path)| (path.clone(), purpose(option)))
            .collect();
        let folders = self.named_files.iter();
        let folders = folders.filter(|(option, _)| option.kind == Kind::Folder);
        let keys = folders.flat_map(|(_, folder)| within(folder));
        files.extend(keys.map(|key| (key, Purpose::Daemon)));
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
fn with_credentials(mut sources: Inputs) -> Inputs {
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

fn prosody_config(layers: &Layers) -> Option<PathBuf> {
    let path = layers.root().get(PROSODY_CONFIG)?.as_str()?;
    Some(layers.origin_of(PROSODY_CONFIG).resolve(path))
}

fn variables(
    layers: &Layers,
    prosody: Option<&ProsodyPart>,
) -> Option<(Option<PathBuf>, Option<ProsodyConfig>)> {
    let root = layers.root();
    let file = root.get(DOCKER_ENV_FILE).and_then(Value::as_str);
    let file = file.map(|file| layers.origin_of(DOCKER_ENV_FILE).resolve(file));
    let is_set = root
        .get(DOCKER)
        .is_some_and(|set| set.to_bool() == Some(true) || set.as_str() == Some("true"));
    if file.is_none() && !is_set {
        return None;
    }
    let outcome = &prosody?.outcome;
    Some((file, outcome.as_ref().ok().cloned()))
}

fn sections(layers: &Layers) -> BTreeMap<String, Origin> {
    let names = layers.hosts_of_file().into_iter();
    names
        .map(|name| {
            let path = ["hosts".to_owned(), name.clone()];
            (name.to_ascii_lowercase(), layers.file_origin(&path))
        })
        .collect()
}

fn purpose(option: &KnownOption) -> Purpose {
    if option.kind == Kind::SecretFile || option.name == DOCKER_ENV_FILE {
        Purpose::Secret
    } else {
        Purpose::Daemon
    }
}

const CREDENTIALS_VARIABLE: &str = "CREDENTIALS_DIRECTORY";
const CREDENTIALS: &str = "/run/credentials/prosody-tokend.service";
