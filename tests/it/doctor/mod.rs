//! Installations that are broken in one way each, and what `doctor` says first.
#![expect(
    clippy::disallowed_methods,
    reason = "sets up installations and breaks them"
)]

mod daemon;
mod docker;
mod inherited;
mod installation;
mod keys;
mod loader;
mod output;
mod permissions;
mod policies;
mod ports;
mod prosody;
mod recent;
mod running;
mod shim;
mod slips;
