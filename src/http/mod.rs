//! The HTTP interface: JSON over HTTP/1.1, for Prosody and for operators with curl.
//!
//! [`listener`] accepts, [`seats`] shares out what there is among those who ask, [`routes`] has a row
//! for each endpoint and each of these a file, [`caller`] says what who asks has to show, [`dispatch`] brings these together, [`request`] and [`response`] alone know bodies and status codes.

mod access;
mod asap_token;
mod body;
pub mod caller;
pub mod connection;
mod deadline;
pub mod dispatch;
mod exchange;
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
pub mod routes;
pub mod seats;
mod service;
mod verdict;
mod verify;

pub use self::access::{Access, ApiKey};
pub use self::service::{RequestLimits, Service};
