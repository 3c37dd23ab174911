//! The built daemon, from outside: its HTTP interface, its bounds, its signals.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, reads their logs and measures time"
)]

mod answers;
mod api;
mod asap;
mod bounds;
mod callers;
mod decisions;
mod explanations;
mod fixture;
mod life;
mod log;
mod prosody;
mod recent;
mod reload;
mod repeated;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod support;
