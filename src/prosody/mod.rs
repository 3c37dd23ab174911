//! Prosody's configuration, evaluated as Prosody evaluates it.
//!
//! A configuration of Prosody is a program in Lua. [`language`] has the functions that Prosody gives it, and those of Lua's own
//! that reach nothing outside; [`sandbox`] runs it within bounds. What it sets becomes plain data ([`model`]) with the file and
//! line of each value. [`docker`] renders the configuration that docker-jitsi-meet makes of variables.

pub mod coercion;
pub mod docker;
pub mod fault;
pub mod host_names;
mod language;
pub mod model;
pub mod muc;
pub mod release;
pub mod request;
pub mod sandbox;
pub mod setter;
pub mod value;
