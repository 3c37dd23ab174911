//! What was taken back before its time: tokens, people, keys, issuers and rooms.

mod fingerprint;
mod id;
pub mod in_force;
pub(super) mod kind;
pub mod ledger;
mod name;
pub(super) mod revoked;
pub mod submitted;

use std::fmt;

use super::compact::Compact;
use super::log_name::LogName;
use super::reason::Reason;

use self::fingerprint::fingerprint;

pub use self::id::{Digest, IdError, RevocationId};
pub use self::kind::Kind;
pub use self::name::{MOST_BYTES, Name, NameError};
pub use self::revoked::Revoked;

/// What one revocation takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One token.
    Token(TokenDigest),
    /// The tokens with this `jti`.
    TokenId(Name),
    /// The tokens of one user.
    User {
        /// What identifies the user: `context.user.id`, or what the configuration points to.
        id: Name,
        /// Those alone whose `iat` is before this time, in Unix seconds, and those without: later ones are good.
        issued_before: Option<i64>,
    },
    /// The tokens whose header has this `kid`.
    Key(Name),
    /// The tokens with this `iss`.
    Issuer(Name),
    /// The room with this bare JID.
    Room(Name),
    /// The tokens with this `sid`.
    Session(Name),
}

/// A revocation, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// What it takes back.
    pub target: Target,
    /// The host that it counts for; every host where there is none.
    pub host: Option<Name>,
    /// Until when it counts, in Unix seconds; for ever where there is none.
    pub until: Option<i64>,
    /// Why, in the operator's words.
    pub reason: Option<Name>,
    /// Who made it.
    pub made_by: Name,
    /// When it was made, in Unix seconds.
    pub made_at: i64,
}

/// What identifies a token: what is signed of it, whole. Its signature is left out, since of one that is good another can be made without
/// the key (ECDSA), and the token would be another one by that.
#[derive(Clone, Copy)]
pub struct TokenDigest {
    digest: Digest,
    fingerprint: u64,
    log_name: LogName,
}

impl Target {
    /// Of which kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Token(_) => Kind::Token,
            Self::TokenId(_) => Kind::TokenId,
            Self::User { .. } => Kind::User,
            Self::Key(_) => Kind::Key,
            Self::Issuer(_) => Kind::Issuer,
            Self::Room(_) => Kind::Room,
            Self::Session(_) => Kind::Session,
        }
    }

    /// The token, where it is one.
    #[must_use]
    pub const fn token(&self) -> Option<&TokenDigest> {
        match self {
            Self::Token(token) => Some(token),
            Self::TokenId(_)
            | Self::User { .. }
            | Self::Key(_)
            | Self::Issuer(_)
            | Self::Room(_)
            | Self::Session(_) => None,
        }
    }

    /// The name of what is taken back; a token has none.
    #[must_use]
    pub const fn name(&self) -> Option<&Name> {
        match self {
            Self::Token(_) => None,
            Self::TokenId(name)
            | Self::Key(name)
            | Self::Issuer(name)
            | Self::Room(name)
            | Self::Session(name) => Some(name),
            Self::User { id, .. } => Some(id),
        }
    }

    /// Of users, before which time their tokens were issued.
    #[must_use]
    pub const fn issued_before(&self) -> Option<i64> {
        match self {
            Self::User { issued_before, .. } => *issued_before,
            Self::Token(_)
            | Self::TokenId(_)
            | Self::Key(_)
            | Self::Issuer(_)
            | Self::Room(_)
            | Self::Session(_) => None,
        }
    }

    fn digest(&self) -> Digest {
        match self {
            Self::Token(token) => token.digest,
            named => Digest::of(named.kind(), named.text().as_bytes()),
        }
    }

    fn fingerprint(&self) -> u64 {
        match self {
            Self::Token(token) => token.fingerprint,
            named => fingerprint(named.kind(), named.text().as_bytes()),
        }
    }

    fn text(&self) -> &str {
        self.name().map_or("", Name::as_str)
    }
}

impl Revocation {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> RevocationId {
        let host = self.host.as_ref().map(Name::as_str);
        let is_of_earlier = self.target.issued_before().is_some();
        RevocationId::of(&self.target.digest(), host, is_of_earlier)
    }

    /// What of two on the same thing counts, this one being the later: a user's tokens that the earlier one took back stay taken back.
    #[must_use]
    pub fn after(self, earlier: &Self) -> Self {
        let Target::User { id, issued_before } = self.target else {
            return self;
        };
        let issued_before = issued_before.max(earlier.target.issued_before());
        Self {
            target: Target::User { id, issued_before },
            ..self
        }
    }
}

/// What it is called in logs makes no other token of it.
impl PartialEq for TokenDigest {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest && self.fingerprint == other.fingerprint
    }
}

impl Eq for TokenDigest {}

impl TokenDigest {
    /// Identifies a token.
    ///
    /// # Errors
    /// [`Reason::NotThreeParts`].
    pub fn of(token: &str) -> Result<Self, Reason> {
        let signing_input = Compact::split(token)?.signing_input.as_bytes();
        Ok(Self {
            digest: Digest::of(Kind::Token, signing_input),
            fingerprint: fingerprint(Kind::Token, signing_input),
            log_name: LogName::of(token),
        })
    }

    /// The one of a token with this name in logs that has these bytes.
    #[must_use]
    pub const fn from_bytes(digest: [u8; 32], fingerprint: u64, log_name: LogName) -> Self {
        Self {
            digest: Digest(digest),
            fingerprint,
            log_name,
        }
    }

    /// What the token is called in logs.
    #[must_use]
    pub const fn log_name(&self) -> LogName {
        self.log_name
    }

    /// Its bytes; nothing can be made of them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.digest.0
    }

    /// The number that it is looked up by.
    #[must_use]
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

/// The digest; nothing can be made of it.
impl fmt::Display for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.digest.0))
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests;
