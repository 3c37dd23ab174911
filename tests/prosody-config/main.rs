//! Prosody's configuration, read as Prosody reads it.
#![cfg(test)]

mod bounds;
mod corpus;
mod origins;
mod prosody;
mod support;
