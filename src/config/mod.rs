//! The configuration: read from layers, checked whole, and turned into values that cannot be wrong.

pub mod host;
pub mod layers;
pub mod listen;
pub mod problem;
pub mod raw;
pub mod secret;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::token::policy::Policy;

use self::host::Surroundings;
use self::layers::{Layers, Sources};
use self::listen::ListenAddress;
use self::problem::Refused;
use self::raw::{Problems, Section};
use self::secret::{Secret, SecretKeys};

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
    /// The policy of each host.
    pub hosts: BTreeMap<String, Policy>,
    /// What works, but is better changed.
    pub warnings: Vec<String>,
}

/// Bounds on what callers may take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest token, in bytes.
    pub token_bytes: usize,
    /// The longest request body, in bytes.
    pub body_bytes: usize,
    /// Requests being answered at the same time; more are told to come back.
    pub requests_in_flight: usize,
    /// Connections open at the same time; more wait to be accepted.
    pub connections: usize,
    /// How long a request's header may take.
    pub header_timeout: Duration,
    /// How long a request's body may take.
    pub body_timeout: Duration,
}

/// What is logged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// The least severe level that is logged.
    pub level: tracing::Level,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text under systemd and on a terminal, as fits each.
    Auto,
    /// Text with a time stamp.
    Text,
    /// One JSON object a line.
    Json,
}

/// Reads the configuration.
///
/// # Errors
/// Every mistake in it, at once.
pub fn load(sources: &Sources) -> Result<Config, Refused> {
    let layers = Layers::merge(sources)?;
    let problems = Problems::default();
    let config = read(&layers, sources, &problems);
    let problems = problems.into_inner();
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(Refused(problems)),
    }
}

fn read(layers: &Layers, sources: &Sources, problems: &Problems) -> Option<Config> {
    let root = Section::root(layers, problems);
    let mut warnings = Vec::new();
    let credentials = sources.credentials();
    let api_key = secret::read(&root, &API_KEY, credentials.as_deref(), &mut warnings);
    let listen = listen(&root, api_key.is_some());
    let server_names = root.strings("server_names").unwrap_or_default();
    let limits = limits(root.section("limits"));
    let log = log(root.section("log"));
    let workers = root.section("workers");
    let threads = workers.integer("threads", 1..=512).unwrap_or(2);
    workers.finish();
    let surroundings = Surroundings {
        credentials: credentials.as_deref(),
        max_token_bytes: limits.token_bytes,
    };
    let hosts = hosts(&root, &surroundings, &mut warnings);
    root.finish();
    Some(Config {
        listen: listen?,
        server_names,
        api_key,
        threads,
        limits,
        log: log?,
        hosts: hosts?,
        warnings,
    })
}

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
                root.problem("listen", &format!("{text:?}"), expected);
            }
            Ok(address) => addresses.push(address),
            Err(()) => {
                let expected =
                    "an address and port such as 127.0.0.1:5290, or unix: and an absolute path";
                root.problem("listen", &format!("{text:?}"), expected);
            }
        }
    }
    (!addresses.is_empty()).then_some(addresses)
}

fn limits(section: Section<'_>) -> Limits {
    let seconds = |name| {
        section
            .seconds(name, 0.1..=600.0)
            .map_or(Duration::from_secs(5), Duration::from_secs_f64)
    };
    let limits = Limits {
        token_bytes: section
            .integer("token_bytes", 256..=1_048_576)
            .unwrap_or(16_384),
        body_bytes: section
            .integer("body_bytes", 1_024..=8_388_608)
            .unwrap_or(65_536),
        requests_in_flight: section
            .integer("requests_in_flight", 1..=100_000)
            .unwrap_or(256),
        connections: section.integer("connections", 1..=100_000).unwrap_or(1_024),
        header_timeout: seconds("header_timeout"),
        body_timeout: seconds("body_timeout"),
    };
    section.finish();
    limits
}

fn log(section: Section<'_>) -> Option<Log> {
    let level = choice(&section, "level", "info", &LEVELS);
    let format = choice(&section, "format", "auto", &FORMATS);
    section.finish();
    Some(Log {
        level: level?,
        format: format?,
    })
}

fn choice<T: Copy>(
    section: &Section<'_>,
    name: &'static str,
    default: &str,
    choices: &[(&str, T)],
) -> Option<T> {
    let chosen = if section.has(name) {
        section.string(name)?
    } else {
        default.to_owned()
    };
    let found = choices
        .iter()
        .find(|(known, _)| *known == chosen)
        .map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
        section.problem(
            name,
            &format!("{chosen:?}"),
            &format!("one of {}", names.join(", ")),
        );
    }
    found
}

fn hosts(
    root: &Section<'_>,
    surroundings: &Surroundings<'_>,
    warnings: &mut Vec<String>,
) -> Option<BTreeMap<String, Policy>> {
    let sections = root.section("hosts").sections();
    if sections.is_empty() {
        root.problem(
            "hosts",
            "no host",
            "a [hosts.\"DOMAIN\"] section for each VirtualHost with tokens",
        );
    }
    let mut hosts = BTreeMap::new();
    for (name, section) in sections {
        if let Some(policy) = host::policy(&section, surroundings, warnings) {
            hosts.insert(name.to_ascii_lowercase(), policy);
        }
        section.finish();
    }
    (!hosts.is_empty()).then_some(hosts)
}

const API_KEY: SecretKeys = SecretKeys {
    value: "api_key",
    file: "api_key_file",
    credential: "api_key_credential",
};

const LEVELS: [(&str, tracing::Level); 5] = [
    ("error", tracing::Level::ERROR),
    ("warn", tracing::Level::WARN),
    ("info", tracing::Level::INFO),
    ("debug", tracing::Level::DEBUG),
    ("trace", tracing::Level::TRACE),
];

const FORMATS: [(&str, LogFormat); 3] = [
    ("auto", LogFormat::Auto),
    ("text", LogFormat::Text),
    ("json", LogFormat::Json),
];

impl Sources {
    fn credentials(&self) -> Option<PathBuf> {
        let value = self
            .environment
            .iter()
            .find(|(name, _)| name == "CREDENTIALS_DIRECTORY");
        value.map(|(_, value)| PathBuf::from(value))
    }
}
