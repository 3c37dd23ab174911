//! The daemon and the shim in a real Prosody, joined with the XMPP library of Jitsi Meet.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, reads their logs and measures time"
)]

mod authorization;
mod components;
mod crowd;
mod doctor;
mod events;
mod fixture;
mod garbage;
mod guests;
mod hosts;
mod inherited;
mod issuers;
mod keys;
mod lies;
mod modules;
mod outages;
mod refusals;
mod reload;
mod resumption;
mod roles;
mod rooms;
mod scenarios;
mod sessions;
