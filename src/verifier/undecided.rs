//! Why a question has no answer.

use thiserror::Error;

use crate::token::shown;

/// Why a question has no answer here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Undecided {
    /// The host has no policy.
    #[error(
        "no policy for host {}; there is one for {known}",
        shown::quoted(asked)
    )]
    HostNotConfigured {
        /// The host that was asked for.
        asked: String,
        /// The hosts that have one.
        known: String,
    },
    /// No host was named, and there are several.
    #[error("no host was named, and there is more than one: {known}")]
    HostAmbiguous {
        /// The hosts that have a policy.
        known: String,
    },
    /// A question names a key server that the configuration does not.
    #[error(
        "an asap_key_server of {} is named nowhere in the configuration; add its whole address to allowed_key_urls",
        shown::quoted(server)
    )]
    KeyUrlNotAllowed {
        /// Of the address that was asked for, the server: the rest may have a password in it.
        server: String,
    },
    /// A question is about an issuer that the host does not have.
    #[error("the host has no issuer {}; it has {known}", shown::quoted(asked))]
    IssuerNotConfigured {
        /// The issuer that was asked for.
        asked: String,
        /// The issuers that there are.
        known: String,
    },
    /// It is not known what was taken back, and the configuration wants that to be known.
    #[error(
        "it is not known which tokens were revoked: the store is damaged, or was never read (revocations.required); \
         GET /readyz says what is wrong with it"
    )]
    RevocationsUnknown,
    /// A token may be used once, and that it is used could not be noted.
    #[error("the token may be used once, and that it is used could not be noted: {0}")]
    UseNotNoted(String),
    /// Too many room claims that are patterns are waiting to be matched.
    #[error("too many patterns are waiting to be matched; try again")]
    Overloaded,
}

impl Undecided {
    /// The codes of all of them.
    pub const CODES: [&'static str; 7] = [
        HOST_NOT_CONFIGURED,
        HOST_AMBIGUOUS,
        KEY_URL_NOT_ALLOWED,
        ISSUER_NOT_CONFIGURED,
        REVOCATIONS_UNKNOWN,
        USE_NOT_NOTED,
        OVERLOADED,
    ];

    /// A name that stays the same, for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::HostNotConfigured { .. } => HOST_NOT_CONFIGURED,
            Self::HostAmbiguous { .. } => HOST_AMBIGUOUS,
            Self::KeyUrlNotAllowed { .. } => KEY_URL_NOT_ALLOWED,
            Self::IssuerNotConfigured { .. } => ISSUER_NOT_CONFIGURED,
            Self::RevocationsUnknown => REVOCATIONS_UNKNOWN,
            Self::UseNotNoted(_) => USE_NOT_NOTED,
            Self::Overloaded => OVERLOADED,
        }
    }
}

const HOST_NOT_CONFIGURED: &str = "host-not-configured";
const HOST_AMBIGUOUS: &str = "host-ambiguous";
const KEY_URL_NOT_ALLOWED: &str = "key-url-not-allowed";
const ISSUER_NOT_CONFIGURED: &str = "issuer-not-configured";
const REVOCATIONS_UNKNOWN: &str = "revocations-unknown";
const USE_NOT_NOTED: &str = "use-not-noted";
const OVERLOADED: &str = "overloaded";
