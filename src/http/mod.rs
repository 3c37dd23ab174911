//! The HTTP interface: JSON over HTTP/1.1, for Prosody and for operators with curl.
//!
//! [`listener`] accepts and bounds, [`dispatch`] guards and routes, [`request`] and [`response`] alone know bodies and
//! status codes, and each endpoint has a file of its own.

mod asap_token;
mod body;
pub mod dispatch;
pub mod explain;
mod health;
mod keys;
pub mod listener;
mod request;
mod response;
mod room;
mod verdict;
mod verify;

pub use self::dispatch::{Access, ApiKey, Limits, Service};
