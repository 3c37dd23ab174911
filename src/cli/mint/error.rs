//! Why there is no token.

use thiserror::Error;

use crate::cli::failure::Status;
use crate::cli::statuses::{ExitStatus, INPUT, NO_INPUT, REFUSED, USAGE};
use crate::mint::error::NotMinted;
use crate::token::signing::SigningError;

/// Why there is no token.
#[derive(Debug, Error)]
pub enum MintError {
    /// The configuration has several hosts.
    #[error("name one of the hosts with --host: {0}")]
    Host(String),
    /// A variable is not set.
    #[error("the environment variable {0} is not set")]
    Variable(String),
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
    /// No such token can be made.
    #[error(transparent)]
    NotMinted(#[from] NotMinted),
}

impl From<SigningError> for MintError {
    fn from(error: SigningError) -> Self {
        Self::NotMinted(error.into())
    }
}

impl Status for MintError {
    /// What is wrong is the command line, unless something that it names is.
    fn status(&self) -> ExitStatus {
        match self {
            Self::Host(_) | Self::Variable(_) => USAGE,
            Self::File { .. } => NO_INPUT,
            Self::NoJson { .. } | Self::NoObject { .. } => INPUT,
            Self::NotMinted(not) => match not {
                NotMinted::Issuer { .. }
                | NotMinted::Tenants { .. }
                | NotMinted::KeyNeeded { .. }
                | NotMinted::SecretNeeded { .. }
                | NotMinted::Any { .. } => USAGE,
                NotMinted::OtherKey { .. } | NotMinted::Signing(_) => INPUT,
                NotMinted::Algorithm => REFUSED,
            },
        }
    }
}

const EXAMPLE: &str = "{\"context\": {\"group\": \"teachers\"}}";
