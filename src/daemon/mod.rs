//! The running daemon: it reads the configuration, listens, reloads, and ends.
//!
//! A signal comes in at [`signals`]; SIGHUP, or a change that [`watch`] notices, leads to [`reload`].
#![expect(
    clippy::disallowed_methods,
    reason = "looks whether systemd's journal reads the log"
)]

mod ending;
mod handover;
mod listeners;
pub mod parts;
pub mod record;
mod reload;
mod service_manager;
mod signals;
mod taken;
mod watch;
mod workers;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::runtime::{Builder, Handle};
use tokio::task::spawn_blocking;

use crate::audit::Audit;
use crate::clock;
use crate::config::Config;
use crate::config::audit::AuditLog;
use crate::config::refused::{Refused, Unread};
use crate::descriptors;
use crate::exposure::{self, Exposed};
use crate::http::listener::{BindError, Serving};
use crate::http::seats::Seats;
use crate::keys::cache::KeyCache;
use crate::reload_status::Status;
use crate::telemetry;

use self::ending::{Ending, Ends};
use self::handover::Kept;
use self::listeners::Listeners;
use self::parts::Records;
use self::record::Recorder;
use self::reload::{Fixed, Reloading};
use self::signals::{Signals, Stopped};
use self::taken::Taken;
use self::watch::{OwnFiles, Snapshot};
use self::workers::Workers;

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
    workers::abandon(runtime);
    ended
}

/// The configuration and the files that the daemon starts with.
struct Beginning {
    taken: Taken,
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
    let config = &beginning.taken.config;
    let log = config.log;
    let _logging = telemetry::start(log, journal).map_err(DaemonError::Start)?;
    tracing::info!("{}", parts::beginning(config));
    warn(&beginning);
    let workers = Workers::start(config).map_err(DaemonError::Start)?;
    let ended = serve(read, beginning, kept, &workers, signals).await;
    workers.abandon();
    match ended? {
        Ending::Clean => Ok(()),
        Ending::Interrupted => Err(DaemonError::Interrupted),
    }
}

fn begin(read: &ReadConfiguration) -> Result<Beginning, DaemonError> {
    let begun = clock::before_files();
    let (files, taken) = Taken::of(read()?);
    let taken = taken?;
    let config = &taken.config;
    let exposed = exposure::for_start(LONGEST_LOOK, config.secret_files.clone());
    let own = OwnFiles::find(config.audit.as_ref().and_then(AuditLog::file));
    Ok(Beginning {
        snapshot: Snapshot::take(files, begun, own),
        taken,
        exposed,
    })
}

fn warn(beginning: &Beginning) {
    for warning in beginning.taken.config.warnings_and_mismatches() {
        tracing::warn!("{warning}");
    }
    for exposed in &beginning.exposed {
        tracing::warn!("{exposed}");
    }
}

/// How long the start waits to learn who else can read secrets.
const LONGEST_LOOK: Duration = Duration::from_secs(1);

async fn serve(
    read: ReadConfiguration,
    beginning: Beginning,
    kept: Kept,
    workers: &Workers,
    mut signals: Signals,
) -> Result<Ending, DaemonError> {
    let Beginning {
        taken, snapshot, ..
    } = beginning;
    let config = &taken.config;
    let ready = parts::status(config);
    let fixed = Fixed::of(config);
    let status = Arc::new(Status::default());
    status.started(clock::unix_time());
    status.set_warnings(config.warnings_and_mismatches().count());
    // Whoever sees that the daemon listens may ask for a reload at once.
    let recorder = Recorder::start();
    let audit = parts::audit(config).map_err(DaemonError::Audit)?;
    let recording = Recording(audit.clone());
    let opening = records(config, audit, workers.all.handle());
    let records = match signals.unless_stopped(opening).await {
        Ok(records) => records?,
        Err(Stopped(_)) => return Ok(Ending::Clean),
    };
    let (serving, keys) = start(taken, kept, workers, &status, records)?;
    let ends = Ends {
        draining: serving.draining.clone(),
        closing: serving.closing.clone(),
        connections: serving.tracker.clone(),
        listeners: serving.listeners.clone(),
    };
    let fetching = Arc::clone(&keys);
    let fetching = workers.all.spawn(async move { fetching.prefetch().await });
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
        runtime: workers.all.handle().clone(),
        recorder,
        audit: recording.0.clone(),
    };
    let trigger = reloading.start(snapshot).map_err(DaemonError::Start)?;
    let Stopped(name) = signals.reload_until_stopped(|| trigger.reload()).await;
    Ok(ending::stop(name, signals, ends).await)
}

/// Nothing is decided before it is known what was taken back.
async fn records(
    config: &Config,
    audit: Option<Audit>,
    workers: &Handle,
) -> Result<Records, DaemonError> {
    let in_force = Arc::default();
    let credentials = Arc::default();
    let store = match parts::store(config, &in_force, &credentials) {
        Some(opening) => {
            let opened = workers.spawn(opening).await;
            Some(opened.map_err(|error| DaemonError::Start(error.into()))?)
        }
        None => None,
    };
    Ok(Records {
        audit,
        store,
        in_force,
        credentials,
    })
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
    taken: Taken,
    mut kept: Kept,
    workers: &Workers,
    status: &Arc<Status>,
    records: Records,
) -> Result<(Serving, Arc<KeyCache>), DaemonError> {
    let _entered = workers.all.enter();
    let config = &taken.config;
    let [seats, of_proxies] = seats(config);
    let listeners = Listeners::bind(config, &mut kept, workers)?;
    handover::keep(&listeners.sockets());
    let keys = KeyCache::start(clock::wall_clock);
    let service = parts::service(taken, &keys, Arc::clone(status), records);
    let serving = Serving::new(service.map_err(DaemonError::Start)?, seats);
    listeners.run(&serving, of_proxies, workers);
    Ok((serving, keys))
}

/// The places of connections; those of proxies are apart where these have addresses of their own.
fn seats(config: &Config) -> [Arc<Seats>; 2] {
    let wanted = config.limits.connections;
    if config.forward_auth.listen.is_empty() {
        let seats = Seats::new(connections(wanted, 1));
        return [Arc::clone(&seats), seats];
    }
    let each = connections(wanted, 2);
    [Seats::new(each), Seats::new(each)]
}

/// The number of connections that the open files allow to each of so many kinds, at most as many as wanted.
fn connections(wanted: usize, kinds: usize) -> usize {
    let all = descriptors::for_connections(wanted.saturating_mul(kinds));
    let connections = all.checked_div(kinds).unwrap_or(all);
    if connections < wanted {
        tracing::warn!(
            "connections in [limits] is {wanted}, and there are only descriptors for {connections}: raise LimitNOFILE in the unit"
        );
    }
    connections
}
