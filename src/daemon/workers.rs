//! The threads that answer.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::config::Config;
use crate::config::listening::ForwardAuth;

/// The threads that answer.
pub struct Workers {
    pub all: Runtime,
    /// Those of proxies, where these have addresses of their own: a crowd there takes none that Prosody needs.
    of_proxies: Option<Runtime>,
}

impl Workers {
    /// Starts as many as the configuration says.
    pub fn start(config: &Config) -> io::Result<Self> {
        let start = |threads| {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(threads).enable_all().build()
        };
        let ForwardAuth { listen, threads } = &config.forward_auth;
        let of_proxies = (!listen.is_empty()).then(|| start(*threads)).transpose()?;
        Ok(Self {
            all: start(config.threads)?,
            of_proxies,
        })
    }

    /// Those that answer proxies.
    pub fn of_proxies(&self) -> &Handle {
        self.of_proxies.as_ref().unwrap_or(&self.all).handle()
    }

    /// Ends them all at once.
    pub fn abandon(self) {
        abandon(self.all);
        if let Some(of_proxies) = self.of_proxies {
            abandon(of_proxies);
        }
    }
}

/// Waits for nothing: a name that is being looked up, or a file on a dead network mount, cannot be interrupted.
pub fn abandon(runtime: Runtime) {
    runtime.shutdown_background();
}
