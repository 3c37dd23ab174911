//! The HTTP interface: JSON over HTTP/1.1, for Prosody and for operators with curl.
//!
//! [`listener`] accepts connections, and [`seats`] shares them out among those who ask. [`routes`] has a row and a file for each
//! endpoint, [`caller`] the rules for each kind of caller, and [`dispatch`] leads a request through these. [`request`] and
//! [`response`] alone know bodies and status codes.

mod access;
mod attempts;
mod body;
pub mod caller;
pub mod connection;
mod console;
mod counted;
mod deadline;
pub mod dispatch;
mod exchange;
mod framing;
mod joins;
mod kong;
pub mod listener;
mod offered;
pub mod openapi;
mod own_page;
mod owner;
mod payload;
mod recent;
mod remembered;
mod request;
mod request_id;
mod response;
pub mod routes;
pub mod seats;
mod service;
mod sessions;
mod verdict;

pub use self::access::{Access, CallerKey};
pub use self::offered::Offered;
pub use self::service::{RequestLimits, Service};
