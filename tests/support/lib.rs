//! What the tests, the demo and the measurements stand on: a real Prosody with the shim, the daemon, and XMPP clients.
//!
//! It is a crate, so that it is built once and not for each program that uses it.
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, reads their logs and measures time"
)]

pub mod bosh;
pub mod client;
pub mod crowd;
pub mod daemon;
pub mod deployment;
pub mod http;
pub mod issuer;
pub mod key;
pub mod key_server;
pub mod login;
pub mod machine;
pub mod oidc_server;
pub mod postgres;
pub mod process;
pub mod prosody;
pub mod remedy;
pub mod time;
pub mod token;
pub mod wire;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take before a test gives it up, the slowest machine included.
pub const PATIENCE: Duration = Duration::from_secs(30);

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The project's folder.
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap()
}

/// Repeats `attempt` until it has a result.
pub fn until<T>(awaited: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(
            Instant::now() < deadline,
            "waited {PATIENCE:?} in vain for {awaited}"
        );
        thread::sleep(POLL_INTERVAL);
    }
}
