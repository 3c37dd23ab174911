//! The configuration: read from layers, checked whole, and turned into values that cannot be wrong.

mod api_key;
pub mod asap;
pub mod docker;
mod document;
pub mod effective;
pub mod env_file;
mod formats;
pub mod host;
mod host_names;
mod hosts;
mod key_files;
mod keys;
pub mod layers;
mod limits;
pub mod listen;
mod log;
mod looks;
mod names;
pub mod options;
pub mod problem;
pub mod prosody;
pub mod prosody_settings;
pub mod prosody_source;
pub mod raw;
pub mod secret;
pub mod secret_files;
pub mod settings;
mod unknown;
mod values;
mod wire;
pub mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use figment::value::Value;

use crate::keys::cache::DEFAULT_MAX_STALE;
use crate::keys::source;

pub use self::limits::Limits;
pub use self::log::{Log, LogFormat};

use self::asap::Asap;
use self::host::{Host, Surroundings};
use self::layers::{Layers, Sources};
use self::listen::ListenAddress;
use self::options::{Kind, KnownOption, Role};
use self::problem::{Problem, Refused};
use self::prosody_settings::ProsodySettings;
use self::prosody_source::{DOCKER, DOCKER_ENV_FILE, PROSODY_CONFIG};
use self::raw::{Problems, Section};
use self::secret::Secret;
use self::secret_files::SecretFiles;

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
    let text = prosody::unset_variables(&prosody.unset);
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
        root.problem("allowed_key_urls", &error.to_string(), expected);
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
                root.problem("listen", &format!("{text:?}"), expected);
            }
            Ok(address) => addresses.push(address),
            Err(()) => {
                let meant = listen::meant(&text);
                let expected = if meant == text {
                    EXPECTED_ADDRESS.to_owned()
                } else {
                    format!("{meant:?}")
                };
                root.problem("listen", &format!("{text:?}"), &expected);
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
mod tests {
    use super::*;

    const HOST: &str =
        "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\napp_secret = \"0123456789abcdef\"\n";

    fn with(text: &str, environment: &[(&str, &str)]) -> Result<Config, Refused> {
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        load(&Sources {
            file: Some(("/etc/t.toml".into(), text.to_owned())),
            environment: environment.collect(),
            ..Sources::default()
        })
    }

    fn refusal(text: &str) -> String {
        with(text, &[]).expect_err(text).to_string()
    }

    #[test]
    fn a_host_takes_prosodys_defaults_and_its_own_audience() {
        let config = with(HOST, &[]).unwrap();
        let policy = &config.hosts["meet.example.com"].policy;
        assert_eq!(
            policy.issuers.default.accepted,
            crate::token::issuer::Accepted::only(["my_app"])
        );
        assert_eq!(
            policy.issuers.default.audiences,
            crate::token::issuer::Accepted::only(["my_app"])
        );
        assert!(
            policy.issuers.default.require_room_claim
                && policy.rooms.verify_domain
                && !policy.allow_empty_token
        );
        assert_eq!(
            (
                policy.rooms.muc_domain.as_deref(),
                &*policy.rooms.domain_prefix
            ),
            (None, "conference")
        );
        assert_eq!(
            config.listen,
            [ListenAddress::Tcp(([127, 0, 0, 1], 5290).into())]
        );
    }

    #[test]
    fn every_mistake_is_named_at_once_with_its_place() {
        let text = "listen = [\"0.0.0.0:1\", \"nowhere\"]\nlisten_on = 5\n[limits]\nbody_bytes = -1\n\
            [hosts.\"a.example\"]\napp_id = 5\nasap_accepted_issuers = []\nenable_domain_verifcation = false\n\
            [hosts.\"b.example\"]\napp_id = \"b\"\napp_secret = \"s\"\nsignature_algorithm = \"none\"\n";
        let refusal = refusal(text);
        for expected in [
            "the configuration has 9 mistakes:",
            "listen: found \"0.0.0.0:1\", expected a loopback address, or api_key_file",
            "listen: found \"nowhere\"",
            "listen_on: found an unknown key with a number as value, expected a known key; the nearest is listen [/etc/t.toml:2]",
            "limits.body_bytes: found -1, expected a whole number from 1024 to 8388608 [/etc/t.toml:4]",
            "hosts.\"a.example\".app_id: found 5, expected a string that is not empty [/etc/t.toml:6]",
            "hosts.\"a.example\".app_secret: found nothing, expected app_secret, app_secret_file",
            "hosts.\"a.example\".asap_accepted_issuers: found [], expected a list with at least one string",
            "the nearest is enable_domain_verification [/etc/t.toml:8]",
            "hosts.\"b.example\".signature_algorithm: found \"none\", expected one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA [/etc/t.toml:12]",
        ] {
            assert!(
                refusal.contains(expected),
                "{expected}\nis not in\n{refusal}"
            );
        }
    }

    #[test]
    fn a_configuration_that_cannot_work_is_refused() {
        for (text, expected) in [
            ("", "hosts: found no host"),
            (
                "hosts = 5",
                "hosts: found a number, expected a section [hosts.\"DOMAIN\"]",
            ),
            (
                "[hosts]\na = 5",
                "hosts.a: found a number, expected it in a section [hosts.\"DOMAIN\"]",
            ),
            ("[hosts", "the file: found"),
            (
                "[hosts.a]\napp_secret = \"s\"",
                "hosts.a.app_id: found nothing",
            ),
            (
                "[hosts.a]\napp_id = \" \"\napp_secret = \"s\"",
                "hosts.a.app_id: found \" \"",
            ),
            (
                "[hosts.a]\napp_id = \"a\"\napp_secret = \"\"",
                "hosts.a.app_secret: found \"\"",
            ),
            (
                "[hosts.a]\napp_id = \"a\"\napp_secret = \"-----BEGIN PUBLIC KEY-----\"",
                "must never be used as a secret",
            ),
            (
                "[hosts.a]\napp_id = \"a\"\napp_secret_file = \"/nowhere/s\"",
                "/nowhere/s: No such file",
            ),
            (
                "[hosts.a]\napp_id = \"a\"\napp_secret_credential = \"s\"",
                "$CREDENTIALS_DIRECTORY to be set",
            ),
            (
                "[hosts.a]\napp_id = \"a\"\napp_secret = \"s\"\napp_secret_file = \"/s\"",
                "found app_secret_file beside app_secret (/etc/t.toml:3), expected one of them [/etc/t.toml:4]",
            ),
            (
                "[hosts.a]\napp_id = \"a\"\napp_secret = \"s\"\nmuc_mapper_domain = \"m\"",
                "no muc_mapper_domain_base beside it",
            ),
            (
                "listen = []\n[hosts.a]\napp_id = \"a\"\napp_secret = \"s\"",
                "listen: found []",
            ),
            (
                "log.level = \"loud\"\n[hosts.a]\napp_id = \"a\"\napp_secret = \"s\"",
                "expected one of error, warn",
            ),
        ] {
            let refusal = refusal(text);
            assert!(
                refusal.contains(expected),
                "{expected}\nis not in\n{refusal}"
            );
        }
    }

    #[test]
    fn a_refusal_shows_no_secret() {
        for text in [
            "[hosts.a]\napp_secret = [\"hunter2\"]",
            "[hosts.a]\napp_secret = { hunter2 = \"hunter2\" }",
            "[hosts.a]\napp_secret = \"hunter2\"\napp_secret_file = \"/x\"",
            "[hosts.a]\nap_secret = \"hunter2\"",
            "api_key = \"hunter2\"\napi_key_file = \"/x\"",
        ] {
            assert!(!refusal(text).contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_variable_overrides_the_file_and_replaces_lists() {
        let text = format!("{HOST}asap_accepted_issuers = [\"a\", \"b\"]\n");
        let environment = [
            ("PROSODY_TOKEND_LISTEN", "127.0.0.1:1, [::1]:2"),
            ("PROSODY_TOKEND_LIMITS__BODY_BYTES", "2048"),
            ("PROSODY_TOKEND_LOG__FORMAT", "json"),
            (
                "PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__ASAP_ACCEPTED_ISSUERS",
                "c",
            ),
            ("PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__APP_ID", "5"),
            (
                "PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__ALLOW_EMPTY_TOKEN",
                "true",
            ),
            ("UNRELATED", "x"),
        ];
        let config = with(&text, &environment).unwrap();
        assert_eq!(config.listen.len(), 2);
        assert_eq!(
            (config.limits.body_bytes, config.log.format),
            (2048, LogFormat::Json)
        );
        let policy = &config.hosts["meet.example.com"].policy;
        assert_eq!(
            policy.issuers.default.accepted,
            crate::token::issuer::Accepted::only(["c"])
        );
        assert_eq!(
            policy.issuers.default.audiences,
            crate::token::issuer::Accepted::only(["5"])
        );
        assert!(policy.allow_empty_token);
    }

    #[test]
    fn a_wrong_variable_is_named() {
        for (name, value, expected) in [
            (
                "PROSODY_TOKEND_LIMITS__BODY_BYTES",
                "many",
                "limits.body_bytes: found \"many\"",
            ),
            (
                "PROSODY_TOKEND_LIMITS__BODY_BITES",
                "1",
                "limits.body_bites: found an unknown key",
            ),
            (
                "PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__ALLOW_EMPTY_TOKEN",
                "maybe",
                "expected true or false",
            ),
            (
                "PROSODY_TOKEND_HOSTS__OTHER_EXAMPLE_COM__APP_ID",
                "a",
                "hosts.other_example_com.app_secret",
            ),
        ] {
            let refusal = with(HOST, &[(name, value)]).expect_err(name).to_string();
            assert!(
                refusal.contains(expected),
                "{expected}\nis not in\n{refusal}"
            );
        }
        let refusal = with(HOST, &[("PROSODY_TOKEND_LISTEN", "x")])
            .unwrap_err()
            .to_string();
        assert!(
            refusal.ends_with("[environment variable PROSODY_TOKEND_LISTEN]"),
            "{refusal}"
        );
    }

    #[test]
    fn what_cannot_sign_outgoing_tokens_is_refused() {
        for (options, expected) in [
            (
                "asap_key_path = \"/nowhere/asap.key\"",
                "asap_key_path: found /nowhere/asap.key: No such file",
            ),
            (
                "asap_key = \"secret\"",
                "asap_key: found no RSA private key in PEM",
            ),
            (
                "asap_ttl = 100\nasap_ttl_threshold = 100",
                "asap_ttl_threshold: found 100, expected less than asap_ttl, which is 100",
            ),
            ("asap_ttl = 0", "asap_ttl: found 0"),
            ("asap_key_id = 5", "asap_key_id: found 5"),
        ] {
            let refusal = refusal(&format!(
                "api_key = \"0123456789abcdef\"\n{HOST}{options}\n"
            ));
            assert!(refusal.contains(expected), "{refusal}");
            assert!(!refusal.contains("secret\""), "{refusal}");
        }
    }

    #[test]
    fn the_shipped_file_shows_the_defaults() {
        let shipped = include_str!("../../config/prosody-tokend.toml").replace(
            "app_secret_file = \"/etc/prosody-tokend/app_secret\"",
            "app_secret = \"0123456789abcdef\"",
        );
        let alternatives = [
            "# app_secret = ",
            "# app_secret_credential",
            "# prosody_config",
            "# docker_env_file",
            "# api_key_file",
            "# asap_key_path",
            "# server_names",
            "# asap_key_server",
            "# cache_keys_url",
            "# public_key_file",
            "# allowed_key_urls",
            "# key_folder",
            "# max_token_lifetime",
            "# accepted_types",
        ];
        let is_setting = |line: &str| {
            let name = line
                .strip_prefix("# ")
                .and_then(|line| line.split_once(" = "))
                .map(|(name, _)| name);
            name.is_some_and(|name| {
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            })
        };
        let uncommented: Vec<&str> = shipped
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(setting)
                    if is_setting(line)
                        && !alternatives.iter().any(|start| line.starts_with(start)) =>
                {
                    setting
                }
                _ => line,
            })
            .collect();
        let uncommented = uncommented.join("\n");
        assert!(
            uncommented
                .lines()
                .filter(|line| line.contains(" = "))
                .count()
                > 20
        );
        let without_origins = |text: &str| {
            let mut config = with(text, &[]).unwrap();
            let hosts = config.hosts.values_mut();
            hosts.for_each(|host| Arc::get_mut(host).unwrap().origins.clear());
            format!("{config:?}")
        };
        assert_eq!(without_origins(&uncommented), without_origins(&shipped));
    }
}
