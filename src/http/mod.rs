//! The HTTP interface: JSON over HTTP/1.1, for Prosody and for operators with curl.
//!
//! [`listener`] accepts, [`seats`] shares out what there is among those who ask, [`dispatch`] guards and routes, [`request`]
//! and [`response`] alone know bodies and status codes, and each endpoint has a file of its own.

mod asap_token;
mod body;
pub mod connection;
mod deadline;
pub mod dispatch;
pub mod explain;
mod framing;
mod health;
mod host;
mod keys;
pub mod listener;
mod owner;
mod recent;
mod request;
mod request_id;
mod response;
mod room;
pub mod seats;
mod verdict;
mod verify;

pub use self::dispatch::{Access, ApiKey, Limits, Service};
