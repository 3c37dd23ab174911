//! The configuration: read from layers, checked whole, and turned into values that cannot be wrong.

mod api_key;
pub mod asap;
mod document;
pub mod effective;
mod formats;
pub mod host;
mod hosts;
mod key_files;
mod keys;
pub mod layers;
mod limits;
pub mod listen;
mod log;
mod looks;
mod names;
pub mod prosody_settings;
pub mod prosody_source;
pub mod raw;
pub mod refused;
pub mod secret_files;
mod secrets;
pub mod settings;
pub mod token_options;
mod unknown;
mod values;
pub mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use figment::value::Value;

use crate::keys::cache::DEFAULT_MAX_STALE;
use crate::keys::source;
use crate::prosody;

pub use self::limits::Limits;
pub use self::log::{Log, LogFormat};

use self::asap::Asap;
use self::host::{Host, Surroundings};
use self::layers::{Layers, Sources};
use self::listen::ListenAddress;
use self::prosody_settings::ProsodySettings;
use self::prosody_source::{DOCKER, DOCKER_ENV_FILE, PROSODY_CONFIG};
use self::raw::{Problems, Section};
use self::secret_files::SecretFiles;
use crate::config::refused::Refused;
use crate::options::{self, Kind, KnownOption, Role};
use crate::origin::problem::{Problem, ProblemKind};
use crate::secret::Secret;

/// Everything that the daemon was told.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: Vec<ListenAddress>,
    /// Names that a request's `Host` may carry beside loopback names.
    pub server_names: Vec<String>,
    /// What callers must send as bearer token, where something is set.
    pub api_key: Option<Secret>,
    /// Worker threads.
    pub threads: usize,
    /// Bounds.
    pub limits: Limits,
    /// What is logged, and how.
    pub log: Log,
    /// Each host by its name.
    pub hosts: BTreeMap<String, Arc<Host>>,
    /// What each host's own tokens are signed with, for those that sign some.
    pub asap: BTreeMap<String, Asap>,
    /// Key servers that questions may ask for, beside those that hosts use.
    pub allowed_key_urls: Vec<String>,
    /// How long fetched keys may be used past their lifetime while their source is down.
    pub key_max_stale: Duration,
    /// What works, but is better changed.
    pub warnings: Vec<String>,
    /// The files that hold secrets.
    pub secret_files: SecretFiles,
    /// What is to be said of variables that Prosody's configuration asks for and that are not there, if any are.
    pub unset_variables: Option<String>,
    /// Where this and Prosody's configuration do not fit together.
    pub mismatches: Vec<String>,
}

impl Config {
    /// Everything that is better changed.
    pub fn doubts(&self) -> impl Iterator<Item = &String> {
        self.warnings.iter().chain(&self.mismatches)
    }
}

/// Reads the configuration.
///
/// # Errors
/// Every mistake in it, at once.
pub fn load(sources: &Sources) -> Result<Config, Refused> {
    let layers = Layers::merge(sources)?;
    let problems = Problems::new(prosody_problems(&layers, sources));
    let config = read(&layers, sources, &problems);
    let problems = problems.into_inner();
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(Refused {
            problems,
            warnings: told_beside(&layers),
        }),
    }
}

/// What is doubtful about Prosody's options, and may explain why the configuration is refused.
fn told_beside(layers: &Layers) -> Vec<String> {
    let prosody = layers.prosody();
    let mut warnings = prosody.warnings.clone();
    warnings.extend(unset_variables(prosody));
    warnings
}

fn unset_variables(prosody: &ProsodySettings) -> Option<String> {
    let (_, origin) = prosody.unset.first()?;
    let text = prosody::fault::unset_variables(&prosody.unset);
    Some(format!("Prosody's configuration: {text} [{origin}]"))
}

fn prosody_problems(layers: &Layers, sources: &Sources) -> Vec<Problem> {
    let outcome = sources.prosody.as_ref().map(|source| &source.outcome);
    match outcome {
        Some(Err(problems)) => problems.clone(),
        _ => layers.prosody().problems.clone(),
    }
}

/// The files and folders that the configuration consists of, as far as it says: the file itself, and what it names.
#[must_use]
pub fn files(sources: &Sources) -> Vec<PathBuf> {
    let file = sources.file.as_ref().map(|(path, _)| path.clone());
    let mut files: Vec<PathBuf> = file.into_iter().collect();
    let prosody = sources.prosody.iter();
    files.extend(prosody.flat_map(|source| source.files.clone()));
    if let Ok(layers) = Layers::merge(sources) {
        let named = named_files(&layers, sources.credentials().as_deref());
        files.extend(named.into_iter().map(|(_, path)| path));
    }
    files
}

/// The files and folders that options name, each with its option.
#[must_use]
pub fn named_files(
    layers: &Layers,
    credentials: Option<&Path>,
) -> Vec<(&'static KnownOption, PathBuf)> {
    let mut files = Vec::new();
    for (path, value) in layers.values() {
        let Some(option) = path.last().and_then(|name| options::named(name)) else {
            continue;
        };
        let origin = layers.origin(value.tag(), &path);
        let values = value.as_array().unwrap_or(std::slice::from_ref(value));
        for text in values.iter().filter_map(Value::as_str) {
            let file = match (option.kind, credentials) {
                (Kind::Credential, Some(folder)) => folder.join(text),
                (kind, _) if kind.is_path() => origin.resolve(text),
                _ => continue,
            };
            files.push((option, file));
        }
    }
    files
}

/// Reads the options of a `VirtualHost` as Prosody takes them. None if they are incomplete.
#[must_use]
pub fn recorded_host(
    options: &serde_json::Map<String, serde_json::Value>,
    max_token_bytes: usize,
) -> Option<Host> {
    let mut options = Value::serialize(options).ok()?.into_dict()?;
    let audiences = options.entry("asap_accepted_audiences".to_owned());
    audiences.or_insert_with(|| vec!["*"].into());
    let layers = Layers::of_prosody(options);
    let problems = Problems::default();
    let surroundings = Surroundings {
        credentials: None,
        max_token_bytes,
        has_api_key: false,
    };
    let host = host::host(
        &Section::root(&layers, &problems),
        &surroundings,
        &mut Vec::new(),
    );
    host.filter(|_| problems.into_inner().is_empty())
}

fn read(layers: &Layers, sources: &Sources, problems: &Problems) -> Option<Config> {
    let root = Section::root(layers, problems);
    let mut warnings = layers.prosody().warnings.clone();
    prosody_source(&root);
    let credentials = sources.credentials();
    let api_key = api_key::read(&root, credentials.as_deref(), &mut warnings);
    // One that is refused was meant, all the same.
    let has_api_key = root.has_any(options::names(Role::ApiKey));
    let listen = listen(&root, has_api_key);
    let server_names = root.strings("server_names").unwrap_or_default();
    let limits = limits::read(root.section("limits"));
    let log = log::read(root.section("log"));
    let workers = root.section("workers");
    let threads = workers.integer("threads", 1..=512).unwrap_or(2);
    workers.finish();
    let surroundings = Surroundings {
        credentials: credentials.as_deref(),
        max_token_bytes: limits.token_bytes,
        has_api_key,
    };
    let mut asap = BTreeMap::new();
    let sections = root.section("hosts").sections();
    // Without Prosody's part most of what is missing is missing because of that.
    let is_whole = sources
        .prosody
        .as_ref()
        .is_none_or(|source| source.outcome.is_ok());
    let hosts = is_whole
        .then(|| hosts::read(&root, sections, &surroundings, &mut asap, &mut warnings))
        .flatten();
    let mut allowed_key_urls = root.strings("allowed_key_urls").unwrap_or_default();
    for error in allowed_key_urls
        .iter()
        .filter_map(|url| source::is_exposed(url).err())
    {
        let expected = "addresses such as https://keys.example.com/asap";
        root.problem(
            "allowed_key_urls",
            ProblemKind::WrongValue,
            &error.to_string(),
            expected,
        );
    }
    let of_modules = layers.prosody().key_urls.iter();
    allowed_key_urls.extend(of_modules.map(|(url, _)| url.clone()));
    let key_max_stale = root.seconds("key_max_stale", 0.0..=31_536_000.0);
    root.finish();
    Some(Config {
        listen: listen?,
        server_names,
        api_key,
        threads,
        limits,
        log: log?,
        hosts: hosts?,
        asap,
        allowed_key_urls,
        key_max_stale: key_max_stale.map_or(DEFAULT_MAX_STALE, Duration::from_secs_f64),
        unset_variables: unset_variables(layers.prosody()),
        mismatches: layers.prosody().mismatches.clone(),
        secret_files: secret_files::of(layers, sources),
        warnings,
    })
}

/// The settings that name where Prosody's options are; they are read ahead of all others.
fn prosody_source(root: &Section<'_>) {
    let prosody = root.string(PROSODY_CONFIG);
    let file = root.string(DOCKER_ENV_FILE);
    let docker = root.boolean(DOCKER).unwrap_or(false);
    if prosody.is_some() && (docker || file.is_some()) {
        root.problem(
            PROSODY_CONFIG,
            ProblemKind::Conflict,
            "prosody_config beside the variables of docker-jitsi-meet",
            "one of them",
        );
    }
}

const EXPECTED_ADDRESS: &str =
    "an address and port such as 127.0.0.1:5290, or unix: and an absolute path";

fn listen(root: &Section<'_>, has_api_key: bool) -> Option<Vec<ListenAddress>> {
    let texts = root
        .strings("listen")
        .unwrap_or_else(|| vec!["127.0.0.1:5290".to_owned()]);
    let mut addresses = Vec::new();
    for text in texts {
        match text.parse::<ListenAddress>() {
            Ok(address) if !address.is_local() && !has_api_key => {
                let expected =
                    "a loopback address, or api_key_file, since other machines reach this one";
                root.problem(
                    "listen",
                    ProblemKind::Conflict,
                    &format!("{text:?}"),
                    expected,
                );
            }
            Ok(address) => addresses.push(address),
            Err(()) => {
                let meant = listen::meant(&text);
                let expected = if meant == text {
                    EXPECTED_ADDRESS.to_owned()
                } else {
                    format!("{meant:?}")
                };
                root.problem(
                    "listen",
                    ProblemKind::WrongValue,
                    &format!("{text:?}"),
                    &expected,
                );
            }
        }
    }
    (!addresses.is_empty()).then_some(addresses)
}

impl Sources {
    /// `$CREDENTIALS_DIRECTORY`.
    #[must_use]
    pub fn credentials(&self) -> Option<PathBuf> {
        let value = self
            .environment
            .iter()
            .find(|(name, _)| name == "CREDENTIALS_DIRECTORY");
        value.map(|(_, value)| PathBuf::from(value))
    }
}

#[cfg(test)]
mod tests;
