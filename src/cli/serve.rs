//! `prosody-tokend serve`.
#![expect(
    clippy::disallowed_methods,
    reason = "looks whether systemd's journal reads the log"
)]

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::config::layers::Sources;
use crate::config::listen::ListenAddress;
use crate::config::{self, Config};
use crate::http::listener::Listener;
use crate::http::{Limits, Service};
use crate::keys::cache::KeyCache;
use crate::lifecycle::{self, Ending, Signals};
use crate::reload::{Snapshot, Status};
use crate::telemetry;
use crate::verifier::Verifier;
use crate::verifier::policies::Policies;
use crate::worker::Worker;

use super::reload::{Fixed, Reloading, access, status};
use super::{Failure, ServeArguments, sources};

/// Reads the configuration and serves until told to stop.
pub fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let snapshot = Snapshot::take(config::files(&read(&arguments)?));
    let config = config::load(&read(&arguments)?)?;
    telemetry::start(config.log, std::env::var_os("JOURNAL_STREAM").is_some());
    for warning in config.doubts() {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.threads)
        .enable_all()
        .build();
    let runtime = runtime.map_err(Failure::Start)?;
    match runtime.block_on(serve(arguments, snapshot, config))? {
        Ending::Clean => Ok(()),
        Ending::Hasty => Err(Failure::Hasty),
    }
}

/// The configuration's sources, with what the command line says.
pub fn read(arguments: &ServeArguments) -> Result<Sources, Failure> {
    let flags = [
        (
            "listen",
            (!arguments.listen.is_empty()).then(|| arguments.listen.clone().into()),
        ),
        ("log.level", arguments.log_level.clone().map(Into::into)),
        ("log.format", arguments.log_format.clone().map(Into::into)),
    ];
    let flags = flags
        .into_iter()
        .filter_map(|(path, value)| Some((path.split('.').map(str::to_owned).collect(), value?)));
    sources::read_with(&arguments.sources, flags.collect())
}

async fn serve(
    arguments: ServeArguments,
    snapshot: Snapshot,
    config: Config,
) -> Result<Ending, Failure> {
    let signals = Signals::listen().map_err(Failure::Start)?;
    let hangups = lifecycle::hangups().map_err(Failure::Start)?;
    let listeners = bind(&config.listen).await?;
    let connections = Arc::new(Semaphore::new(config.limits.connections));
    let keys = KeyCache::start(clock::wall_clock);
    let ready = status(&config);
    let fixed = Fixed::of(&config);
    let status = Arc::new(Status::default());
    let service = service(config, &keys, Arc::clone(&status)).map_err(Failure::Start)?;
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
    lifecycle::ready(&ready);
    let reloading = Reloading {
        arguments,
        fixed,
        service,
        keys,
        status,
    };
    reloading.start(snapshot, hangups).map_err(Failure::Start)?;
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

fn service(config: Config, keys: &Arc<KeyCache>, reload: Arc<Status>) -> std::io::Result<Service> {
    let limits = Limits {
        body_bytes: config.limits.body_bytes,
        header_timeout: config.limits.header_timeout,
        body_timeout: config.limits.body_timeout,
        requests_in_flight: config.limits.requests_in_flight,
    };
    let access = access(&config);
    let patterns = Arc::new(Worker::for_patterns()?);
    let policies = Policies::new(config.hosts, &config.allowed_key_urls)
        .remembering(config.limits.signature_cache_bytes);
    policies.configure(keys, config.key_max_stale);
    let now = Box::new(clock::unix_time);
    let verifier = Verifier::new(policies, Arc::clone(keys), patterns, now);
    Ok(Service::new(verifier, limits, access, reload))
}
