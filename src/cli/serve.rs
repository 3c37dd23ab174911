//! `prosody-tokend serve`.
#![expect(
    clippy::disallowed_methods,
    reason = "looks whether systemd's journal reads the log"
)]

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::spawn_blocking;

use crate::clock;
use crate::config::layers::Sources;
use crate::config::listen::ListenAddress;
use crate::config::{self, Config};
use crate::descriptors;
use crate::http::caller::Caller;
use crate::http::listener::{Listener, Serving};
use crate::http::seats::Seats;
use crate::http::{Limits, Service};
use crate::keys::cache::KeyCache;
use crate::lifecycle::{self, Ending, Ends, Signals, Stopped};
use crate::reload::{Snapshot, Status};
use crate::telemetry;
use crate::verifier::Verifier;
use crate::verifier::policies::Policies;
use crate::worker::Worker;

use super::exposure::{self, Exposed};
use super::reload::record::Recorder;
use super::reload::{Fixed, Reloading, access, status};
use super::{Failure, ServeArguments, sources};

/// Reads the configuration and serves until told to stop.
pub fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::Start)?;
    let ended = runtime.block_on(live(arguments));
    abandon(runtime);
    ended
}

/// Hears signals from the first moment, also while the configuration is being read.
async fn live(arguments: ServeArguments) -> Result<(), Failure> {
    let mut signals = Signals::listen().map_err(Failure::Start)?;
    let reading = spawn_blocking(move || load(&arguments).map(|loaded| (arguments, loaded)));
    let (arguments, (snapshot, config, exposed)) = match signals.unless_stopped(reading).await {
        Ok(read) => read.map_err(|error| Failure::Start(error.into()))??,
        Err(Stopped(_)) => return Ok(()),
    };
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let _logging = telemetry::start(config.log, journal).map_err(Failure::Start)?;
    for warning in config.doubts() {
        tracing::warn!("{warning}");
    }
    for exposed in exposed {
        tracing::warn!("{exposed}");
    }
    let workers = Builder::new_multi_thread()
        .worker_threads(config.threads)
        .enable_all()
        .build();
    let workers = workers.map_err(Failure::Start)?;
    let ended = serve(arguments, snapshot, config, workers.handle(), signals).await;
    abandon(workers);
    match ended? {
        Ending::Clean => Ok(()),
        Ending::Hasty => Err(Failure::Hasty),
    }
}

fn load(arguments: &ServeArguments) -> Result<(Snapshot, Config, Vec<Exposed>), Failure> {
    let first = read(arguments)?;
    let snapshot = Snapshot::take(config::files(&first));
    // What is refused may have taken all the time that a start has, and is not read again.
    config::load(&first)?;
    let config = config::load(&read(arguments)?)?;
    let exposed = exposure::within(LONGEST_LOOK, config.secret_files.clone());
    Ok((snapshot, config, exposed))
}

/// How long the start waits to learn who else can read secrets.
const LONGEST_LOOK: Duration = Duration::from_secs(1);

/// Waits for nothing: a name that is being looked up, or a file on a dead network mount, cannot be interrupted.
fn abandon(runtime: Runtime) {
    runtime.shutdown_background();
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
    workers: &Handle,
    mut signals: Signals,
) -> Result<Ending, Failure> {
    let ready = status(&config);
    let fixed = Fixed::of(&config);
    let status = Arc::new(Status::default());
    // Whoever sees that the daemon listens may ask for a reload at once.
    let recorder = Recorder::start();
    let (serving, keys) = start(config, workers, &status)?;
    let ends = Ends {
        draining: serving.draining.clone(),
        closing: serving.closing.clone(),
        connections: serving.tracker.clone(),
        listeners: serving.listeners.clone(),
    };
    let fetching = Arc::clone(&keys);
    let fetching = workers.spawn(async move { fetching.prefetch().await });
    if let Err(Stopped(name)) = signals.unless_stopped(fetching).await {
        return Ok(lifecycle::stop(name, signals, ends).await);
    }
    lifecycle::ready(&ready);
    let reloading = Reloading {
        arguments,
        fixed,
        service: serving.service,
        keys,
        status,
        runtime: workers.clone(),
        recorder,
    };
    let trigger = reloading.start(snapshot);
    let trigger = trigger.map_err(Failure::Start)?;
    let Stopped(name) = signals.reload_until_stopped(|| trigger.reload()).await;
    Ok(lifecycle::stop(name, signals, ends).await)
}

/// Binds the addresses, and answers there from now on.
fn start(
    config: Config,
    workers: &Handle,
    status: &Arc<Status>,
) -> Result<(Serving, Arc<KeyCache>), Failure> {
    let _entered = workers.enter();
    let listeners = bind(&config.listen)?;
    let seats = Seats::new(connections(config.limits.connections));
    let keys = KeyCache::start(clock::wall_clock);
    let service = service(config, &keys, Arc::clone(status)).map_err(Failure::Start)?;
    let serving = Serving::new(service, seats);
    for listener in listeners {
        tracing::info!(address = %listener, "listening");
        serving
            .listeners
            .spawn_on(listener.run(serving.clone()), workers);
    }
    Ok((serving, keys))
}

/// How many connections there may be.
fn connections(wanted: usize) -> usize {
    let connections = descriptors::for_connections(wanted);
    if connections < wanted {
        tracing::warn!(
            "connections in [limits] is {wanted}, and there are only descriptors for {connections}: raise LimitNOFILE in the unit"
        );
    }
    connections
}

fn bind(addresses: &[ListenAddress]) -> Result<Vec<Listener>, Failure> {
    let bound = addresses.iter().map(|address| match address {
        ListenAddress::Tcp(address) => Listener::tcp(*address, Caller::ALL),
        ListenAddress::Unix(path) => Listener::unix(path, Caller::ALL),
    });
    Ok(bound.collect::<Result<_, _>>()?)
}

fn service(config: Config, keys: &Arc<KeyCache>, reload: Arc<Status>) -> std::io::Result<Service> {
    let limits = Limits {
        body_bytes: config.limits.body_bytes,
        header_timeout: config.limits.header_timeout,
        body_timeout: config.limits.body_timeout,
        answer_timeout: config.limits.answer_timeout,
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
