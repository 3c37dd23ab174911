//! An orderly end: whoever waits for an answer gets it.

use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::service_manager;
use super::signals::{Signals, Stopped};

/// How the daemon ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All that could be answered was answered.
    Clean,
    /// A second signal ended the daemon before the open requests were answered.
    Interrupted,
}

/// Closes the listeners and the connections when the daemon stops.
pub struct Ends {
    /// Tells the connections to close after the requests in flight are answered.
    pub draining: CancellationToken,
    /// Stops accepting new connections.
    pub closing: CancellationToken,
    /// The open connections.
    pub connections: TaskTracker,
    /// The tasks that accept connections; each removes its Unix socket when it ends.
    pub listeners: TaskTracker,
}

/// Ends what is there, in order: whoever waits for an answer gets it, and whoever comes meanwhile is let in, up to the
/// last moment. A second signal cuts it short.
pub async fn stop(signal: &'static str, mut signals: Signals, ends: Ends) -> Ending {
    ends.draining.cancel();
    tracing::info!(signal, "stopping");
    service_manager::stopping();
    let ended = signals.unless_stopped(ends.drain()).await;
    let unfinished = ends.connections.len();
    if unfinished > 0 {
        tracing::warn!(unfinished, "connections were cut before their end");
    }
    match ended {
        Ok(()) => Ending::Clean,
        Err(Stopped(_)) => Ending::Interrupted,
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

/// How long connections that are open at the stop may still take. No decision takes longer than this.
const DRAIN: Duration = Duration::from_secs(2);
/// How long connections that were accepted during the stop may take.
const LAST_WORDS: Duration = Duration::from_millis(500);
