//! Decides who may join a Jitsi Meet conference.
