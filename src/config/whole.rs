//! The whole configuration, read from settings that are merged already.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::keys::cache::DEFAULT_MAX_STALE;
use crate::keys::source;
use crate::options::{self, Role};
use crate::origin::problem::ProblemKind;
use crate::prosody;
use crate::secret::Secret;

use super::asap::Asap;
use super::audit::{self, AuditLog};
use super::host::Host;
use super::inputs::HostInputs;
use super::layers::{Inputs, Layers};
use super::limits::{self, Limits};
use super::listen::{self, ListenAddress};
use super::log::{self, Log};
use super::prosody_part::{DOCKER, DOCKER_ENV_FILE, PROSODY_CONFIG, ProsodyOutcome};
use super::prosody_settings::ProsodySettings;
use super::raw::{Problems, Section};
use super::secret_files::{self, SecretFiles};
use super::{api_key, hosts};

/// The checked configuration of the daemon.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: Vec<ListenAddress>,
    /// Names that a request's `Host` may carry beside loopback names.
    pub server_names: Vec<String>,
    /// What callers must send as bearer token, where something is set.
    pub api_key: Option<Secret>,
    /// The number of worker threads.
    pub threads: usize,
    pub limits: Limits,
    /// What is logged, and how.
    pub log: Log,
    /// Where metrics are served, and nothing else.
    pub metrics_listen: Option<ListenAddress>,
    /// Where decisions are recorded, if they are to be.
    pub audit: Option<AuditLog>,
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
    /// All warnings: those about the daemon's own options, and where its configuration and Prosody's do not fit.
    pub fn warnings_and_mismatches(&self) -> impl Iterator<Item = &String> {
        self.warnings.iter().chain(&self.mismatches)
    }
}

/// Reads the whole configuration. None if something is missing; mistakes are noted among the problems.
pub fn read(
    layers: &Layers,
    sources: &Inputs,
    prosody: Option<&ProsodyOutcome>,
    problems: &Problems,
) -> Option<Config> {
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
    let metrics_listen = metrics_listen(root.section("metrics"), listen.as_deref());
    let audit = audit::read(root.section("audit"));
    let threads = threads(root.section("workers"));
    let inputs = HostInputs {
        credentials: credentials.as_deref(),
        max_token_bytes: limits.token_bytes,
        has_api_key,
    };
    let mut asap = BTreeMap::new();
    let sections = root.section("hosts").sections();
    // Without Prosody's part most of what is missing is missing because of that.
    let is_whole = prosody.is_none_or(Result::is_ok);
    let hosts = is_whole
        .then(|| hosts::read(&root, sections, &inputs, &mut asap, &mut warnings))
        .flatten();
    let allowed_key_urls = allowed_key_urls(&root, layers.prosody());
    let key_max_stale = root.seconds("key_max_stale", 0.0..=31_536_000.0);
    root.finish();
    Some(Config {
        listen: listen?,
        server_names,
        api_key,
        threads,
        limits,
        log: log?,
        metrics_listen,
        audit,
        hosts: hosts?,
        asap,
        allowed_key_urls,
        key_max_stale: key_max_stale.map_or(DEFAULT_MAX_STALE, Duration::from_secs_f64),
        unset_variables: unset_variables(layers.prosody()),
        mismatches: layers.prosody().mismatches.clone(),
        secret_files: secret_files::collect(layers, prosody),
        warnings,
    })
}

fn threads(workers: Section<'_>) -> usize {
    let threads = workers.integer("threads", 1..=512).unwrap_or(2);
    workers.finish();
    threads
}

/// The key servers that the option names, and those that modules of Prosody ask for.
fn allowed_key_urls(root: &Section<'_>, prosody: &ProsodySettings) -> Vec<String> {
    let mut urls = root.strings("allowed_key_urls").unwrap_or_default();
    for error in urls.iter().filter_map(|url| source::is_exposed(url).err()) {
        root.problem(
            "allowed_key_urls",
            ProblemKind::WrongValue,
            &error.to_string(),
            "addresses such as https://keys.example.com/asap",
        );
    }
    let of_modules = prosody.key_urls.iter();
    urls.extend(of_modules.map(|(url, _)| url.clone()));
    urls
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

/// Where to listen; only with an API key where other machines can reach it.
pub fn listen(root: &Section<'_>, has_api_key: bool) -> Option<Vec<ListenAddress>> {
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
            Err(()) => no_address(root, &text),
        }
    }
    (!addresses.is_empty()).then_some(addresses)
}

fn no_address(section: &Section<'_>, text: &str) {
    let meant = listen::intended_address(text);
    let expected = if meant == text {
        EXPECTED_ADDRESS.to_owned()
    } else {
        format!("{meant:?}")
    };
    let found = format!("{text:?}");
    section.problem("listen", ProblemKind::WrongValue, &found, &expected);
}

/// An address of the metrics' own. Who serves everything there serves no metrics without a key.
fn metrics_listen(metrics: Section<'_>, listen: Option<&[ListenAddress]>) -> Option<ListenAddress> {
    let text = metrics.string("listen");
    let address = text.as_ref().map(|text| text.parse::<ListenAddress>());
    match (&address, &text) {
        (Some(Ok(address)), Some(text))
            if !address.is_any_port() && listen.is_some_and(|all| all.contains(address)) =>
        {
            let expected =
                "another address than those above all sections, where /metrics is served as well";
            let found = format!("{text:?}");
            metrics.problem("listen", ProblemKind::Conflict, &found, expected);
        }
        (Some(Err(())), Some(text)) => no_address(&metrics, text),
        (Some(_) | None, _) => {}
    }
    metrics.finish();
    address?.ok()
}

/// Warnings about Prosody's options that may explain why the configuration is refused.
pub fn described_beside(layers: &Layers) -> Vec<String> {
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
