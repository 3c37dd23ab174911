//! Decides who may join a Jitsi Meet conference.
//!
//! A request passes from [`http`] to [`verifier`], which asks the pure code of [`token`] with a policy that [`config`]
//! built. [`keys`] fetches public keys, [`reload`] notices changes, [`lifecycle`] starts and ends it all,
//! [`telemetry`] logs, [`permissions`] tells who can read what, [`doctor`] what is wrong with an installation, [`cli`] is the command. A module uses only
//! those of lower layers. To see how a token is decided, read [`token::decision`], then [`token::room`].

// These end the process where the output cannot be written: a full disk, or a pipe whose reader has gone.
#![deny(clippy::print_stderr, clippy::print_stdout)]

pub mod api;
pub mod cli;
pub mod clock;
pub mod config;
pub mod descriptors;
pub mod doctor;
pub mod files;
pub mod http;
pub mod keys;
pub mod lifecycle;
pub mod peer;
pub mod permissions;
pub mod recent;
pub mod reload;
pub mod replay;
pub mod signer;
pub mod telemetry;
pub mod token;
pub mod verifier;
pub mod worker;
