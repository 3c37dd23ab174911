//! The console in a real browser: each test plays one scenario of `client/scenarios`.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "starts programs, and reads and writes pictures"
)]

mod access;
mod accessible;
mod behind;
#[path = "../it/daemon/fixture.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod fixture;
mod joins;
mod memory;
mod mint;
mod pictures;
mod scenario;
mod server;
mod token;
mod tokens;
mod watch;
