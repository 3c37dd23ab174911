//! Prosody's configuration, read as Prosody reads it.
#![expect(clippy::disallowed_methods, reason = "writes configurations to disk")]

mod apart;
mod bounds;
mod corpus;
mod origins;
mod prosody;
mod support;
mod uncounted;
