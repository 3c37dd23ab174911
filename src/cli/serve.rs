//! `prosody-tokend serve`.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the environment and the configuration file for `config`"
)]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::config::layers::Sources;
use crate::config::listen::ListenAddress;
use crate::config::{self, Config};
use crate::http::listener::Listener;
use crate::http::{ApiKey, Limits, Service};
use crate::keys::cache::KeyCache;
use crate::lifecycle::{self, Ending, Signals};
use crate::telemetry;
use crate::verifier::Verifier;
use crate::worker::Worker;

use super::{Failure, ServeArguments};

/// Reads the configuration and serves until told to stop.
pub fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let config = config::load(&sources(arguments)?)?;
    telemetry::start(config.log, std::env::var_os("JOURNAL_STREAM").is_some());
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.threads)
        .enable_all()
        .build();
    let runtime = runtime.map_err(Failure::Start)?;
    match runtime.block_on(serve(config))? {
        Ending::Clean => Ok(()),
        Ending::Hasty => Err(Failure::Hasty),
    }
}

async fn serve(config: Config) -> Result<Ending, Failure> {
    let signals = Signals::listen().map_err(Failure::Start)?;
    let listeners = bind(&config.listen).await?;
    let connections = Arc::new(Semaphore::new(config.limits.connections));
    let status = format!(
        "deciding for {}",
        config.hosts.keys().cloned().collect::<Vec<_>>().join(", ")
    );
    let keys = KeyCache::start(clock::wall_clock);
    let sources = config.hosts.values().map(|host| &host.sources);
    keys.configure(sources, config.key_max_stale);
    let service = service(config, Arc::clone(&keys)).map_err(Failure::Start)?;
    let service = Arc::new(service);
    let shutdown = CancellationToken::new();
    let tracker = TaskTracker::new();
    for listener in listeners {
        tracing::info!(address = %listener, "listening");
        let accepting = listener.run(
            Arc::clone(&service),
            Arc::clone(&connections),
            shutdown.clone(),
            tracker.clone(),
        );
        tracker.spawn(accepting);
    }
    keys.prefetch().await;
    lifecycle::ready(&status);
    Ok(lifecycle::run(signals, shutdown, tracker).await)
}

async fn bind(addresses: &[ListenAddress]) -> Result<Vec<Listener>, Failure> {
    let mut listeners = Vec::new();
    for address in addresses {
        listeners.push(match address {
            ListenAddress::Tcp(address) => Listener::tcp(*address).await?,
            ListenAddress::Unix(path) => Listener::unix(path)?,
        });
    }
    Ok(listeners)
}

fn service(config: Config, keys: Arc<KeyCache>) -> std::io::Result<Service> {
    let limits = Limits {
        body_bytes: config.limits.body_bytes,
        header_timeout: config.limits.header_timeout,
        body_timeout: config.limits.body_timeout,
        requests_in_flight: config.limits.requests_in_flight,
    };
    let mut server_names: Vec<String> = config
        .server_names
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    server_names.extend(config.listen.iter().filter_map(|address| match address {
        ListenAddress::Tcp(address) => Some(address.ip().to_string()),
        ListenAddress::Unix(_) => None,
    }));
    let api_key = config.api_key.as_ref().map(|key| ApiKey::new(key.bytes()));
    let patterns = Worker::start(PATTERN_THREADS, PATTERNS_WAITING)?;
    let verifier = Verifier::new(config.hosts, keys, patterns, clock::unix_time);
    Ok(Service::new(verifier, limits, api_key, server_names))
}

/// Several, so that one hostile pattern holds up no other.
const PATTERN_THREADS: usize = 8;
const PATTERNS_WAITING: usize = 64;

fn sources(arguments: ServeArguments) -> Result<Sources, Failure> {
    let flags = [
        (
            "listen",
            (!arguments.listen.is_empty()).then(|| arguments.listen.into()),
        ),
        ("log.level", arguments.log_level.map(Into::into)),
        ("log.format", arguments.log_format.map(Into::into)),
    ];
    let flags = flags
        .into_iter()
        .filter_map(|(path, value)| Some((path.split('.').map(str::to_owned).collect(), value?)));
    Ok(Sources {
        file: read_config(arguments.config)?,
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        flags: flags.collect(),
    })
}

/// Reads the named file, or the usual one if it is there: a daemon can be set up by variables alone.
fn read_config(named: Option<PathBuf>) -> Result<Option<(PathBuf, String)>, Failure> {
    let usual = named.is_none();
    let path = named.unwrap_or_else(|| Path::new(USUAL_CONFIG).to_owned());
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if usual && error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Failure::ConfigFile { path, source }),
    }
}

const USUAL_CONFIG: &str = "/etc/prosody-tokend/config.toml";
