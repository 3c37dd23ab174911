//! Decides who may join a Jitsi Meet conference.
//!
//! A request passes from [`http`] to [`verifier`], which asks the pure code of [`token`] with a policy that [`config`]
//! built. [`keys`] fetches public keys, [`daemon`] starts, reloads and ends it all, [`telemetry`] logs. [`counters`] count what
//! is asked and decided, and [`metrics`] tells it. [`prosody`] evaluates a configuration of Prosody, [`permissions`] knows who can
//! read what, [`doctor`] what is wrong with an installation; [`cli`] has the commands. A module uses only those of lower layers.
//! To see how a token is decided, read [`token::decision`], then [`token::room`].

// These end the process where the output cannot be written: a full disk, or a pipe whose reader has gone.
#![deny(clippy::print_stderr, clippy::print_stdout)]

pub mod accounts;
pub mod api;
pub mod audit;
pub mod causes;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod counters;
pub mod daemon;
pub mod descriptors;
pub mod doctor;
pub mod exposure;
pub mod files;
pub mod gateway;
pub mod http;
pub mod joins;
pub mod keys;
pub mod laid_out;
pub mod metrics;
pub mod mint;
pub mod options;
pub mod origin;
pub mod overview;
pub mod peer;
pub mod permissions;
pub mod prosody;
pub mod recent;
pub mod reload_status;
pub mod replay;
pub mod secret;
pub mod shim;
pub mod signer;
pub mod store;
pub mod telemetry;
pub mod token;
pub mod verifier;
pub mod worker;
