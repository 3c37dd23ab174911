//! The whole configuration, read from settings that are merged already.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::keys::cache::DEFAULT_MAX_STALE;
use crate::keys::source;
use crate::origin::problem::ProblemKind;
use crate::prosody;
use crate::secret::Secret;
use crate::store::settings::StoreSettings;

use super::asap::Asap;
use super::audit::{self, AuditLog};
use super::caller_key::CallerKeys;
use super::console::{self, Console};
use super::gateways::{self, Gateway};
use super::host::Host;
use super::hosts;
use super::inputs::HostInputs;
use super::layers::{Inputs, Layers};
use super::limits::{self, Limits};
use super::listen::ListenAddress;
use super::listening::{Admin, ForwardAuth, Places};
use super::log::{self, Log};
use super::prosody_part::{DOCKER, DOCKER_ENV_FILE, PROSODY_CONFIG, ProsodyOutcome};
use super::prosody_settings::ProsodySettings;
use super::raw::{Problems, Section};
use super::secret_files::{self, SecretFiles};
use super::store::{self, Revocations};

/// The checked configuration of the daemon.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: Vec<ListenAddress>,
    /// Names that a request's `Host` may carry beside loopback names.
    pub server_names: Vec<String>,
    /// What callers must send as bearer token, where something is set.
    pub api_key: Option<Secret>,
    /// What administrators must send as bearer token, where something is set.
    pub admin_key: Option<Secret>,
    /// Where what was taken back is kept, if it is to be.
    pub store: Option<StoreSettings>,
    /// What counts of it.
    pub revocations: Revocations,
    /// The number of worker threads.
    pub threads: usize,
    pub limits: Limits,
    /// What is logged, and how.
    pub log: Log,
    /// Where metrics are served, and nothing else.
    pub metrics_listen: Option<ListenAddress>,
    /// Where decisions are recorded, if they are to be.
    pub audit: Option<AuditLog>,
    /// Each host by its name. There may be none where there are gateways.
    pub hosts: BTreeMap<String, Arc<Host>>,
    /// Each gateway by its name.
    pub gateways: BTreeMap<String, Arc<Gateway>>,
    /// Where proxies ask.
    pub forward_auth: ForwardAuth,
    /// Where consumers and credentials are changed.
    pub admin: Admin,
    /// The page for people.
    pub console: Console,
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
    let keys = CallerKeys::read(&root, credentials.as_deref(), &mut warnings);
    let server_names = root.strings("server_names").unwrap_or_default();
    let limits = limits::read(root.section("limits"));
    let log = log::read(root.section("log"));
    let audit = audit::read(root.section("audit"));
    let store = store::read(root.section("store"), credentials.as_deref());
    let has_store = store.is_some();
    let revocations = store::read_revocations(root.section("revocations"), has_store);
    let threads = threads(root.section("workers"));
    let gateways = gateways::read(&root, has_store, &mut warnings);
    let places = Places::read(&root, keys.set, &gateways, has_store, &mut warnings);
    let console = console::read(root.section("console"), keys.set, &mut warnings);
    let inputs = HostInputs {
        credentials: credentials.as_deref(),
        max_token_bytes: limits.token_bytes,
        has_api_key: keys.set.api,
        has_store,
        has_gateways: gateways.are_meant,
    };
    let mut asap = BTreeMap::new();
    let sections = root.section("hosts").sections();
    // Without Prosody's part most of what is missing is missing because of that.
    let is_whole = prosody.is_none_or(Result::is_ok);
    let hosts = is_whole
        .then(|| hosts::read(&root, sections, &inputs, &mut asap, &mut warnings))
        .flatten();
    warnings.extend(store::uses_of_one_machine(store.as_ref(), hosts.as_ref()));
    let allowed_key_urls = allowed_key_urls(&root, layers.prosody());
    let key_max_stale = root.seconds("key_max_stale", 0.0..=31_536_000.0);
    root.finish();
    Some(Config {
        listen: places.listen?,
        server_names,
        api_key: keys.api,
        admin_key: keys.admin,
        store,
        revocations,
        threads,
        limits,
        log: log?,
        metrics_listen: places.metrics,
        audit,
        hosts: hosts?,
        gateways: gateways.all,
        forward_auth: places.forward_auth,
        admin: places.admin,
        console,
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
