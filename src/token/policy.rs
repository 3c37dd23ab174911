//! What a host accepts. Option names are Prosody's.

use serde_json::Value;

use super::algorithm::Algorithm;
use super::key::Key;

/// The policy of one `VirtualHost`, complete and checked.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The only accepted `alg` (`signature_algorithm`).
    pub algorithm: Algorithm,
    /// What signatures are verified with.
    pub key: Key,
    /// Accepted `iss` (`asap_accepted_issuers`, else `app_id`).
    pub issuers: Accepted,
    /// Accepted `aud` (`asap_accepted_audiences`).
    pub audiences: Accepted,
    /// Whether a token must name a room (`asap_require_room_claim`).
    pub require_room_claim: bool,
    /// Whether a session without any token is accepted, as a guest (`allow_empty_token`).
    pub allow_empty_token: bool,
    /// The longest token that is looked at, in bytes.
    pub max_token_bytes: usize,
    /// What is compared with a room's address.
    pub rooms: RoomPolicy,
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

/// A list of accepted values, or any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// Any value, as long as there is one.
    Any,
    /// These strings, compared to the letter.
    Only(Vec<String>),
}

impl Accepted {
    /// The values that Prosody's options list; `*` among them stands for any.
    pub fn only<I: Into<String>>(values: impl IntoIterator<Item = I>) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if values.iter().any(|value| value == "*") {
            Self::Any
        } else {
            Self::Only(values)
        }
    }

    /// Whether `value` is accepted.
    #[must_use]
    pub fn contains(&self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Only(values) => value
                .as_str()
                .is_some_and(|value| values.iter().any(|accepted| accepted == value)),
        }
    }
}
