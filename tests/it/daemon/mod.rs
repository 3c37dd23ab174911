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
mod forward_auth;
mod kong;
mod life;
mod live;
mod log;
mod logout;
mod prosody;
mod recent;
mod reload;
mod repeated;
pub mod revocations;
pub mod sockets;
