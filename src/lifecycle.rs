//! The life of the daemon: readiness, signals, and an orderly end.

use std::io;
use std::pin::pin;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The signals that the daemon minds.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    /// A log that has grown as large as it may, which would end the daemon; writing fails instead.
    _file_size: Signal,
    /// Whether a reload was asked for when there was nothing to reload yet.
    reload_is_due: bool,
}

/// The daemon was told to stop, by the signal of this name.
pub struct Stopped(pub &'static str);

enum Told {
    Stop(Stopped),
    Reload,
}

impl Signals {
    /// Begins to listen for SIGTERM, SIGINT and SIGHUP, which would otherwise end the daemon where it stands.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            _file_size: signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?,
            reload_is_due: false,
        })
    }

    /// Waits for the work, unless the daemon is told to stop meanwhile. A reload is put off.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn unless_stopped<F: Future>(&mut self, work: F) -> Result<F::Output, Stopped> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                outcome = &mut work => return Ok(outcome),
                told = self.next() => match told {
                    Told::Stop(stopped) => return Err(stopped),
                    Told::Reload => self.reload_is_due = true,
                },
            }
        }
    }

    /// Reloads whenever that is asked for, until the daemon is told to stop.
    pub async fn reload_until_stopped(&mut self, reload: impl Fn()) -> Stopped {
        if self.reload_is_due {
            reload();
        }
        loop {
            match self.next().await {
                Told::Stop(stopped) => return stopped,
                Told::Reload => reload(),
            }
        }
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::Stop(Stopped("SIGTERM")),
            _ = self.interrupt.recv() => Told::Stop(Stopped("SIGINT")),
            _ = self.hangup.recv() => Told::Reload,
        }
    }
}

/// How the daemon ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything was answered that could be.
    Clean,
    /// A second signal came before that.
    Hasty,
}

/// What brings connections to their end.
pub struct Ends {
    /// Tells them to end once what is in flight on them is answered.
    pub draining: CancellationToken,
    /// Ends the taking of new ones.
    pub closing: CancellationToken,
    /// Those that are there.
    pub connections: TaskTracker,
    /// What takes new ones; a Unix socket goes with it.
    pub listeners: TaskTracker,
}

/// Tells the service manager that the daemon serves.
pub fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Tells the service manager that the configuration is being loaded anew; [`ready`] must follow.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(time) => notify(&[NotifyState::Reloading, time]),
        Err(error) => tracing::debug!(%error, "cannot notify the service manager"),
    }
}

/// Ends what is there, in order: whoever waits for an answer gets it, and whoever comes meanwhile is let in, up to the
/// last moment. A second signal cuts it short.
pub async fn stop(signal: &'static str, mut signals: Signals, ends: Ends) -> Ending {
    ends.draining.cancel();
    tracing::info!(signal, "stopping");
    notify(&[
        NotifyState::Stopping,
        NotifyState::Status("answering what is in flight"),
    ]);
    let ended = signals.unless_stopped(ends.drain()).await;
    let unfinished = ends.connections.len();
    if unfinished > 0 {
        tracing::warn!(unfinished, "connections were cut before their end");
    }
    match ended {
        Ok(()) => Ending::Clean,
        Err(Stopped(_)) => Ending::Hasty,
    }
}

impl Ends {
    /// Waits for as long as there is hope: whoever does not read or write would keep the daemon for ever.
    async fn drain(&self) {
        self.connections.close();
        let _ = timeout(DRAIN, self.connections.wait()).await;
        self.closing.cancel();
        self.listeners.close();
        let last_words = async {
            self.connections.wait().await;
            self.listeners.wait().await;
        };
        let _ = timeout(LAST_WORDS, last_words).await;
    }
}

/// Without a service manager there is nobody to tell.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "cannot notify the service manager");
    }
}

/// How long those may take who are connected when the daemon is told to stop: no decision takes longer.
const DRAIN: Duration = Duration::from_secs(2);
/// How long those may take who came after that.
const LAST_WORDS: Duration = Duration::from_millis(500);
