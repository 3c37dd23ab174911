//! The HTTP interface: JSON over HTTP/1.1, for Prosody and for operators with curl.
//!
//! [`listener`] accepts connections, and [`seats`] shares them out among those who ask. [`routes`] has a row and a file for each
//! endpoint, [`caller`] the rules for each kind of caller, and [`dispatch`] leads a request through these. [`request`] and
//! [`response`] alone know bodies and status codes.

mod access;
mod body;
pub mod caller;
pub mod connection;
mod counted;
mod deadline;
pub mod dispatch;
mod exchange;
mod framing;
pub mod listener;
pub mod openapi;
mod owner;
mod recent;
mod request;
mod request_id;
mod response;
pub mod routes;
pub mod seats;
mod service;
mod verdict;

pub use self::access::{Access, ApiKey};
pub use self::service::{RequestLimits, Service};
