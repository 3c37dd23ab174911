//! The programs that are measured, as the system sees them.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use super::root;

/// The core of what is measured.
pub const MEASURED_CORE: usize = 0;

/// The core of who asks.
pub const ASKING_CORE: usize = 1;

/// The daemon as it is released.
pub fn released_daemon() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| root().join("target"));
    let binary = target.join("release/prosody-tokend");
    assert!(
        binary.exists(),
        "no {}: run cargo build --release",
        binary.display()
    );
    binary
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
