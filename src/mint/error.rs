//! Why there is no token.

use thiserror::Error;

use crate::token::signing::SigningError;

/// Why there is no token.
#[derive(Debug, Error)]
pub enum NotMinted {
    /// The host has no such issuer.
    #[error("{host} has no issuer {asked}; name one that it has: {known}")]
    Issuer {
        /// The host.
        host: String,
        /// The issuer that was named.
        asked: String,
        /// The options to type.
        known: String,
    },
    /// Two tenants are named.
    #[error(
        "the room is one of the tenant {of_room}, and --tenant is {asked}: leave one of them out"
    )]
    Tenants {
        /// The one that the room says.
        of_room: String,
        /// The other one.
        asked: String,
    },
    /// The issuer is verified with public keys, and none of the private ones was named.
    #[error(
        "{whose} verifies with public keys: name the private key with --key-file or --key-env{others}"
    )]
    KeyNeeded {
        /// Whose keys those are.
        whose: String,
        /// Issuers that need none.
        others: String,
    },
    /// The private key is of another kind than the issuer's.
    #[error(
        "the key cannot sign with {algorithms}, which {whose} takes: name {kinds} with --key-file or --key-env"
    )]
    OtherKey {
        /// Whose algorithms those are.
        whose: String,
        /// What it takes.
        algorithms: String,
        /// The keys that sign with these.
        kinds: String,
    },
    /// There is a private key, and the issuer has a secret.
    #[error(
        "{whose} takes {algorithms}, which is signed with its secret: leave out --key-file and --key-env"
    )]
    SecretNeeded {
        /// Whose secret it is.
        whose: String,
        /// What it takes.
        algorithms: String,
    },
    /// Any value is accepted, so none can be chosen.
    #[error("{whose} accepts any {claim}: choose one with --{claim}")]
    Any {
        /// Who does.
        whose: String,
        /// The claim.
        claim: &'static str,
    },
    /// The policy accepts no token at all.
    #[error("the host's signature_algorithm is one that nobody supports")]
    Algorithm,
    /// The key cannot be used.
    #[error("cannot sign")]
    Signing(#[from] SigningError),
}
