//! What a host accepts, whoever issued the token. Option names are Prosody's.

use super::expiry::SessionExpiry;
use super::issuer::{Issuer, Issuers};

/// The policy of one `VirtualHost`, complete and checked.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Whose tokens are accepted.
    pub issuers: Issuers,
    /// Whether a session without any token is accepted, as a guest (`allow_empty_token`).
    pub allow_empty_token: bool,
    /// The longest token that is looked at, in bytes.
    pub max_token_bytes: usize,
    /// What becomes of sessions whose token expires.
    pub expiry: SessionExpiry,
    /// What is compared with a room's address.
    pub rooms: RoomPolicy,
}

impl Policy {
    /// The policy of a host for which nothing is set but whose tokens it accepts.
    #[must_use]
    pub fn strict(issuer: Issuer) -> Self {
        Self {
            issuers: Issuers::from(issuer),
            allow_empty_token: false,
            max_token_bytes: 16_384,
            expiry: SessionExpiry::NEVER,
            rooms: RoomPolicy {
                verify_domain: true,
                domain_prefix: "conference".to_owned(),
                muc_domain: None,
                patterns: PatternLimits {
                    enabled: true,
                    max_room_bytes: 128,
                    max_quantifiers: 3,
                },
            },
        }
    }

    /// With this MUC domain (`muc_mapper_domain`).
    #[must_use]
    pub fn with_muc_domain(mut self, muc_domain: &str) -> Self {
        self.rooms.muc_domain = Some(muc_domain.to_owned());
        self
    }

    /// With a change of its first issuer.
    #[must_use]
    pub fn with_issuer(mut self, change: impl FnOnce(&mut Issuer)) -> Self {
        self.issuers = self.issuers.with_first(change);
        self
    }
}

/// How a room's address is compared with a token.
#[derive(Debug, Clone)]
pub struct RoomPolicy {
    /// Whether `sub` must name the room's domain or tenant (`enable_domain_verification`).
    pub verify_domain: bool,
    /// The first label of MUC domains (`muc_mapper_domain_prefix`).
    pub domain_prefix: String,
    /// The MUC domain, where there is a `muc_mapper_domain_base`: `muc_mapper_domain`, else prefix and base.
    pub muc_domain: Option<String>,
    /// Limits for room claims that are Lua patterns.
    pub patterns: PatternLimits,
}

impl RoomPolicy {
    /// The domain that `sub` names for rooms of no tenant, at this host: the MUC's without its prefix, else the host's own.
    #[must_use]
    pub fn domain<'a>(&'a self, host: &'a str) -> &'a str {
        let of_muc = self.muc_domain.as_deref();
        let of_muc =
            of_muc.and_then(|domain| domain.strip_prefix(&self.domain_prefix)?.strip_prefix('.'));
        of_muc.unwrap_or(host)
    }
}

/// Limits for room claims that are Lua patterns.
#[derive(Debug, Clone, Copy)]
pub struct PatternLimits {
    /// Whether such claims are accepted (`token_regex_enabled`).
    pub enabled: bool,
    /// The longest room name to match, in bytes (`token_regex_room_max_length`).
    pub max_room_bytes: usize,
    /// How many quantifiers a pattern may have (`token_regex_max_quantifiers`).
    pub max_quantifiers: usize,
}

#[cfg(test)]
impl Policy {
    /// A policy for tests, which change what matters to them.
    pub(crate) fn example() -> Self {
        use super::algorithm::Algorithm;
        use super::issuer::{Accepted, Keys};
        use super::key::Key;

        let keys = Keys::Fixed(vec![Key::from_secret(b"secret").unwrap()]);
        Self::strict(Issuer {
            accepted: Accepted::Any,
            audiences: Accepted::Any,
            ..Issuer::strict("my_app", Algorithm::Hs256, keys)
        })
        .with_muc_domain("conference.example.com")
    }
}
