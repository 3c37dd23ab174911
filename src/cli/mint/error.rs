//! Why there is no token.

use thiserror::Error;

use crate::cli::failure::Status;
use crate::cli::statuses::{ExitStatus, INPUT, NO_INPUT, REFUSED, USAGE};
use crate::token::signing::SigningError;

/// Why there is no token.
#[derive(Debug, Error)]
pub enum MintError {
    /// The configuration has several hosts.
    #[error("name one of the hosts with --host: {0}")]
    Host(String),
    /// The host has no such issuer.
    #[error("{host} has no issuer {asked}; name one that it has: {known}")]
    Issuer {
        host: String,
        asked: String,
        /// The options to type.
        known: String,
    },
    /// Two tenants are named.
    #[error(
        "the room is one of the tenant {of_room}, and --tenant is {asked}: leave one of them out"
    )]
    Tenants { of_room: String, asked: String },
    /// A variable is not set.
    #[error("the environment variable {0} is not set")]
    Variable(String),
    /// The issuer is verified with public keys, and none of the private ones was named.
    #[error(
        "{whose} verifies with public keys: name the private key with --key-file or --key-env{others}"
    )]
    KeyNeeded {
        whose: String,
        /// Issuers that need none.
        others: String,
    },
    /// The private key is of another kind than the issuer's.
    #[error(
        "the key cannot sign with {algorithms}, which {whose} takes: name {kinds} with --key-file or --key-env"
    )]
    OtherKey {
        whose: String,
        algorithms: String,
        kinds: String,
    },
    /// There is a private key, and the issuer has a secret.
    #[error(
        "{whose} takes {algorithms}, which is signed with its secret: leave out --key-file and --key-env"
    )]
    SecretNeeded { whose: String, algorithms: String },
    /// Any value is accepted, so none can be chosen.
    #[error("{whose} accepts any {claim}: choose one with --{claim}")]
    Any { whose: String, claim: &'static str },
    /// The policy accepts no token at all.
    #[error("the host's signature_algorithm is one that nobody supports")]
    Algorithm,
    /// A file cannot be read.
    #[error("cannot read {path}")]
    File {
        path: String,
        source: std::io::Error,
    },
    /// The claims are no JSON.
    #[error("{path} is no JSON; expected an object of claims, such as {EXAMPLE}")]
    NoJson {
        path: String,
        source: serde_json::Error,
    },
    /// The claims are no object.
    #[error("{path} holds {found}; expected an object of claims, such as {EXAMPLE}")]
    NoObject { path: String, found: &'static str },
    /// The key cannot be used.
    #[error("cannot sign")]
    Signing(#[from] SigningError),
}

impl Status for MintError {
    /// What is wrong is the command line, unless something that it names is.
    fn status(&self) -> ExitStatus {
        match self {
            Self::Host(_)
            | Self::Issuer { .. }
            | Self::Tenants { .. }
            | Self::Variable(_)
            | Self::KeyNeeded { .. }
            | Self::SecretNeeded { .. }
            | Self::Any { .. } => USAGE,
            Self::File { .. } => NO_INPUT,
            Self::OtherKey { .. }
            | Self::NoJson { .. }
            | Self::NoObject { .. }
            | Self::Signing(_) => INPUT,
            Self::Algorithm => REFUSED,
        }
    }
}

const EXAMPLE: &str = "{\"context\": {\"group\": \"teachers\"}}";
