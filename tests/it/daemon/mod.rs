//! The built daemon, from outside: its HTTP interface, its bounds, its signals.
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, reads their logs and measures time"
)]

mod answers;
mod api;
mod asap;
mod audit;
mod bounds;
mod callers;
mod decisions;
mod explanations;
pub mod fixture;
mod life;
mod log;
mod prosody;
mod recent;
mod reload;
mod repeated;
