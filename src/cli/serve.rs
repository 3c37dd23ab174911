//! `prosody-tokend serve`.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::config::Config;
use crate::config::listen::ListenAddress;
use crate::http::listener::Listener;
use crate::http::{ApiKey, Limits, Service};
use crate::keys::recorded::Answers;
use crate::lifecycle::{self, Ending, Signals};
use crate::signer::Signer;
use crate::telemetry;
use crate::verifier::Verifier;
use crate::worker::Worker;

use super::{Failure, ServeArguments, configuration};

/// Reads the configuration and serves until told to stop.
pub fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let flags = [
        (
            "listen",
            (!arguments.listen.is_empty()).then(|| arguments.listen.into()),
        ),
        ("log.level", arguments.log_level.map(Into::into)),
        ("log.format", arguments.log_format.map(Into::into)),
    ];
    let config = configuration::load(arguments.config, flags)?;
    telemetry::start(config.log, configuration::is_under_journal());
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
    let service = Arc::new(service(config).map_err(Failure::Start)?);
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

fn service(config: Config) -> std::io::Result<Service> {
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
    let patterns = Arc::new(Worker::for_patterns()?);
    let verifier = Verifier::new(
        config.hosts,
        Answers::new(),
        patterns,
        Box::new(clock::unix_time),
    );
    let signer = Signer::new(config.asap, clock::unix_time);
    Ok(Service::new(
        verifier,
        signer,
        limits,
        api_key,
        server_names,
    ))
}
