//! The running daemon: it reads the configuration, listens, reloads, and ends.
//!
//! A signal comes in at [`signals`]; SIGHUP, or a change that [`watch`] notices, leads to [`reload`].
#![expect(
    clippy::disallowed_methods,
    reason = "looks whether systemd's journal reads the log"
)]

mod ending;
mod handover;
pub mod parts;
pub mod record;
mod reload;
mod service_manager;
mod signals;
mod watch;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::spawn_blocking;

use crate::audit::Audit;
use crate::clock;
use crate::config::Config;
use crate::config::audit::AuditLog;
use crate::config::listen::ListenAddress;
use crate::config::refused::{Refused, Unread};
use crate::descriptors;
use crate::exposure::{self, Exposed};
use crate::http::caller::Caller;
use crate::http::listener::{BindError, Listener, Serving};
use crate::http::seats::Seats;
use crate::keys::cache::KeyCache;
use crate::reload_status::Status;
use crate::telemetry;

use self::ending::{Ending, Ends};
use self::handover::Kept;
use self::record::Recorder;
use self::reload::{Fixed, Reloading};
use self::signals::{Signals, Stopped};
use self::watch::{OwnFiles, Snapshot};

pub use self::reload::ReadConfiguration;

/// Why the daemon did not start, or how it ended.
#[derive(Debug, Error)]
pub enum DaemonError {
    #[error(transparent)]
    Unread(#[from] Unread),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error("cannot record decisions (audit.file)")]
    Audit(#[source] io::Error),
    #[error("cannot start")]
    Start(#[source] io::Error),
    #[error("stopped before everything in flight was answered")]
    Interrupted,
}

/// Serves until told to stop.
pub fn run(read: ReadConfiguration) -> Result<(), DaemonError> {
    let kept = Kept::take();
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(DaemonError::Start)?;
    let ended = runtime.block_on(live(read, kept));
    abandon(runtime);
    ended
}

/// The configuration and the files that the daemon starts with.
struct Beginning {
    config: Config,
    snapshot: Snapshot,
    exposed: Vec<Exposed>,
}

/// Hears signals from the first moment, also while the configuration is being read.
async fn live(read: ReadConfiguration, kept: Kept) -> Result<(), DaemonError> {
    let mut signals = Signals::listen().map_err(DaemonError::Start)?;
    let reader = Arc::clone(&read);
    // Reading may hang, as on a dead network mount. On a thread of its own it cannot keep a signal from ending the
    // daemon.
    let reading = spawn_blocking(move || begin(&reader));
    let beginning = match signals.unless_stopped(reading).await {
        Ok(read) => read.map_err(|error| DaemonError::Start(error.into()))??,
        Err(Stopped(_)) => return Ok(()),
    };
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let log = beginning.config.log;
    let _logging = telemetry::start(log, journal).map_err(DaemonError::Start)?;
    tracing::info!("{}", parts::beginning(&beginning.config));
    warn(&beginning);
    let workers = Builder::new_multi_thread()
        .worker_threads(beginning.config.threads)
        .enable_all()
        .build();
    let workers = workers.map_err(DaemonError::Start)?;
    let ended = serve(read, beginning, kept, workers.handle(), signals).await;
    abandon(workers);
    match ended? {
        Ending::Clean => Ok(()),
        Ending::Interrupted => Err(DaemonError::Interrupted),
    }
}

fn begin(read: &ReadConfiguration) -> Result<Beginning, DaemonError> {
    let begun = clock::before_files();
    let loaded = read()?;
    let config = loaded.config?;
    let exposed = exposure::for_start(LONGEST_LOOK, config.secret_files.clone());
    let own = OwnFiles::find(config.audit.as_ref().and_then(AuditLog::file));
    Ok(Beginning {
        config,
        snapshot: Snapshot::take(loaded.files, begun, own),
        exposed,
    })
}

fn warn(beginning: &Beginning) {
    for warning in beginning.config.warnings_and_mismatches() {
        tracing::warn!("{warning}");
    }
    for exposed in &beginning.exposed {
        tracing::warn!("{exposed}");
    }
}

/// How long the start waits to learn who else can read secrets.
const LONGEST_LOOK: Duration = Duration::from_secs(1);

/// Waits for nothing: a name that is being looked up, or a file on a dead network mount, cannot be interrupted.
fn abandon(runtime: Runtime) {
    runtime.shutdown_background();
}

async fn serve(
    read: ReadConfiguration,
    beginning: Beginning,
    kept: Kept,
    workers: &Handle,
    mut signals: Signals,
) -> Result<Ending, DaemonError> {
    let Beginning {
        config, snapshot, ..
    } = beginning;
    let ready = parts::status(&config);
    let fixed = Fixed::of(&config);
    let status = Arc::new(Status::default());
    status.started(clock::unix_time());
    status.set_warnings(config.warnings_and_mismatches().count());
    // Whoever sees that the daemon listens may ask for a reload at once.
    let recorder = Recorder::start();
    let audit = parts::audit(&config).map_err(DaemonError::Audit)?;
    let recording = Recording(audit.clone());
    let (serving, keys) = start(config, kept, workers, &status, audit)?;
    let ends = Ends {
        draining: serving.draining.clone(),
        closing: serving.closing.clone(),
        connections: serving.tracker.clone(),
        listeners: serving.listeners.clone(),
    };
    let fetching = Arc::clone(&keys);
    let fetching = workers.spawn(async move { fetching.prefetch().await });
    if let Err(Stopped(name)) = signals.unless_stopped(fetching).await {
        return Ok(ending::stop(name, signals, ends).await);
    }
    service_manager::ready(&ready);
    let reloading = Reloading {
        read,
        fixed,
        service: serving.service,
        keys,
        status,
        runtime: workers.clone(),
        recorder,
        audit: recording.0.clone(),
    };
    let trigger = reloading.start(snapshot).map_err(DaemonError::Start)?;
    let Stopped(name) = signals.reload_until_stopped(|| trigger.reload()).await;
    Ok(ending::stop(name, signals, ends).await)
}

/// The audit log. Dropped, it is written to its end.
struct Recording(Option<Audit>);

impl Drop for Recording {
    fn drop(&mut self) {
        if let Some(audit) = &self.0 {
            audit.flush();
        }
    }
}

/// Binds the addresses, and answers there from now on.
fn start(
    config: Config,
    mut kept: Kept,
    workers: &Handle,
    status: &Arc<Status>,
    audit: Option<Audit>,
) -> Result<(Serving, Arc<KeyCache>), DaemonError> {
    let _entered = workers.enter();
    let listeners = bind(&config.listen, &mut kept, Caller::ALL)?;
    let of_metrics = bind(
        config.metrics_listen.as_slice(),
        &mut kept,
        Caller::SCRAPERS,
    )?;
    let sockets = listeners.iter().chain(&of_metrics);
    let sockets: Vec<_> = sockets.filter_map(Listener::tcp_socket).collect();
    handover::keep(&sockets);
    let seats = Seats::new(connections(config.limits.connections));
    let keys = KeyCache::start(clock::wall_clock);
    let service = parts::service(config, &keys, Arc::clone(status), audit);
    let serving = Serving::new(service.map_err(DaemonError::Start)?, seats);
    for listener in &listeners {
        tracing::info!(address = %listener, "listening");
    }
    for listener in &of_metrics {
        tracing::info!(address = %listener, "listening for those who collect metrics");
    }
    for listener in listeners.into_iter().chain(of_metrics) {
        serving
            .listeners
            .spawn_on(listener.run(serving.clone()), workers);
    }
    Ok((serving, keys))
}

/// The number of connections that the open files allow, at most as many as wanted.
fn connections(wanted: usize) -> usize {
    let connections = descriptors::for_connections(wanted);
    if connections < wanted {
        tracing::warn!(
            "connections in [limits] is {wanted}, and there are only descriptors for {connections}: raise LimitNOFILE in the unit"
        );
    }
    connections
}

fn bind(
    addresses: &[ListenAddress],
    kept: &mut Kept,
    callers: &'static [Caller],
) -> Result<Vec<Listener>, BindError> {
    let bound = addresses.iter().map(|address| match address {
        ListenAddress::Tcp(address) => Listener::tcp(*address, kept.at(*address), callers),
        ListenAddress::Unix(path) => Listener::unix(path, callers),
    });
    bound.collect()
}
