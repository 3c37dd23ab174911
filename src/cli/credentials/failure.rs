//! Why nothing came of a command on credentials.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::cli::failure::Status;
use crate::cli::statuses::{ExitStatus, INPUT, NO, NO_INPUT, REFUSED, USAGE};
use crate::token::algorithm::Algorithm;
use crate::token::key::KeyError;
use crate::token::signing::SigningError;

/// Why nothing came of it.
#[derive(Debug, Error)]
pub enum CredentialsError {
    #[error(
        "there is no credential {0:?}; prosody-tokend credentials list shows those that there are"
    )]
    NotThere(String),
    #[error("cannot read the public key in {}", .0.display())]
    Unread(PathBuf, #[source] io::Error),
    #[error("{} has no public key that can be used", .0.display())]
    NoKey(PathBuf, #[source] KeyError),
    #[error("{0:?} is no algorithm; expected one of {known}", known = known_algorithms())]
    NoAlgorithm(String),
    #[error("{0} is for a private key, and needs the public one: add --public-key FILE")]
    NeedsPublicKey(String),
    #[error(
        "with --token a token is signed here, and {0} needs a private key for that, which belongs to whoever signs: leave out --token"
    )]
    CannotSign(String),
    #[error("there is no gateway {name:?}; expected one of {known}")]
    NoGateway { name: String, known: String },
    #[error(
        "no gateway of the configuration takes credentials, so that no token would be good: write a section [gateways.NAME], or leave out --token"
    )]
    NoGateways,
    #[error(
        "{first} and {second} take secrets in different ways (secret_is_base64), so that no token is good at both: choose one with \
         --gateway {first}"
    )]
    Different { first: String, second: String },
    #[error("the daemon made a secret that cannot be signed with")]
    Signing(#[source] SigningError),
    #[error("the secret is not base64, which the gateway takes it for (secret_is_base64)")]
    NotBase64,
}

fn known_algorithms() -> String {
    Algorithm::ALL.map(Algorithm::name).join(", ")
}

impl Status for CredentialsError {
    fn status(&self) -> ExitStatus {
        match self {
            Self::NotThere(_) => NO,
            Self::Unread(..) => NO_INPUT,
            Self::NoKey(..) | Self::Signing(_) | Self::NotBase64 => INPUT,
            Self::NoAlgorithm(_)
            | Self::NeedsPublicKey(_)
            | Self::CannotSign(_)
            | Self::NoGateway { .. }
            | Self::Different { .. } => USAGE,
            Self::NoGateways => REFUSED,
        }
    }
}
