//! Decides who may join a Jitsi Meet conference.

pub mod token;
