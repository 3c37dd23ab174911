//! Signals: SIGTERM and SIGINT stop the daemon, SIGHUP has it reload.

use std::io;
use std::pin::pin;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that the daemon listens for.
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

/// What a signal asks for.
enum Request {
    Stop(Stopped),
    Reload,
}

impl Signals {
    /// Begins to listen for SIGTERM, SIGINT and SIGHUP, which would otherwise end the daemon where it stands.
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
    pub async fn unless_stopped<F: Future>(&mut self, work: F) -> Result<F::Output, Stopped> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                outcome = &mut work => return Ok(outcome),
                request = self.next() => match request {
                    Request::Stop(stopped) => return Err(stopped),
                    Request::Reload => self.reload_is_due = true,
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
                Request::Stop(stopped) => return stopped,
                Request::Reload => reload(),
            }
        }
    }

    async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.terminate.recv() => Request::Stop(Stopped("SIGTERM")),
            _ = self.interrupt.recv() => Request::Stop(Stopped("SIGINT")),
            _ = self.hangup.recv() => Request::Reload,
        }
    }
}
