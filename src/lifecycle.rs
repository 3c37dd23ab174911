//! The life of the daemon: readiness, signals, and an orderly end.

use std::io;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The signals that end the daemon.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Begins to listen for SIGTERM and SIGINT.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one, and says its name.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Whether everything in flight was answered in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was.
    Clean,
    /// The deadline passed, or a second signal came.
    Hasty,
}

/// Tells the service manager that the daemon serves.
pub fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Begins to listen for SIGHUP, which would otherwise end the daemon.
///
/// # Errors
/// Whatever the system says.
pub fn hangups() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}

/// Tells the service manager that the configuration is being loaded anew; [`ready`] must follow.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(time) => notify(&[NotifyState::Reloading, time]),
        Err(error) => tracing::debug!(%error, "cannot notify the service manager"),
    }
}

/// Waits for a signal, stops accepting, and lets what is in flight end.
pub async fn run(
    mut signals: Signals,
    shutdown: CancellationToken,
    tracker: TaskTracker,
) -> Ending {
    let name = signals.next().await;
    tracing::info!(signal = name, "stopping");
    notify(&[
        NotifyState::Stopping,
        NotifyState::Status("answering what is in flight"),
    ]);
    shutdown.cancel();
    tracker.close();
    let ending = tokio::select! {
        () = tracker.wait() => Ending::Clean,
        () = tokio::time::sleep(DEADLINE) => Ending::Hasty,
        _ = signals.next() => Ending::Hasty,
    };
    if ending == Ending::Hasty {
        tracing::warn!(
            unfinished = tracker.len(),
            "stopped before everything was answered"
        );
    }
    ending
}

/// Without a service manager there is nobody to tell.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "cannot notify the service manager");
    }
}

/// How long what is in flight may take once the daemon was told to stop.
const DEADLINE: Duration = Duration::from_secs(20);
