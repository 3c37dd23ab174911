//! What a host accepts. Option names are Prosody's.

use serde_json::Value;

use super::algorithm::Algorithm;
use super::key::Key;

/// The policy of one `VirtualHost`, complete and checked.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The only accepted `alg` (`signature_algorithm`); none where the option names one that nobody supports.
    pub algorithm: Option<Algorithm>,
    /// What signatures are verified with.
    pub keys: Keys,
    /// Accepted `typ` (`accepted_types`).
    pub types: AcceptedTypes,
    /// How a token's lifetime is judged.
    pub lifetime: LifetimePolicy,
    /// Accepted `iss` (`asap_accepted_issuers`, else `app_id`).
    pub issuers: Accepted,
    /// Accepted `aud` (`asap_accepted_audiences`).
    pub audiences: Accepted,
    /// Whether one accepted member of an array `aud` is enough (`accept_audience_array`).
    pub accept_audience_array: bool,
    /// Whether a token must name a room (`asap_require_room_claim`).
    pub require_room_claim: bool,
    /// Whether a session without any token is accepted, as a guest (`allow_empty_token`).
    pub allow_empty_token: bool,
    /// The longest token that is looked at, in bytes.
    pub max_token_bytes: usize,
    /// What is compared with a room's address.
    pub rooms: RoomPolicy,
}

/// What a host's signatures are verified with.
#[derive(Debug, Clone)]
pub enum Keys {
    /// These keys for all tokens, each as good as the other; a `kid` is not looked at.
    Fixed(Vec<Key>),
    /// The key that the token's `kid` names.
    ById,
}

/// Accepted values of the header's `typ`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptedTypes {
    /// Exactly `JWT`, as Jitsi's modules have it.
    Jwt,
    /// Any of these, with or without `application/`, in any case (RFC 7515 section 4.1.9).
    Listed {
        /// The types, in lower case and without `application/`.
        names: Vec<String>,
        /// Whether `typ` may be left out.
        none: bool,
    },
}

impl AcceptedTypes {
    /// The values that the option lists; `none` among them lets `typ` be left out.
    #[must_use]
    pub fn listed(values: &[String]) -> Self {
        let (none, names): (Vec<String>, Vec<String>) = values
            .iter()
            .map(|value| media_type(value))
            .partition(|value| value == "none");
        Self::Listed {
            names,
            none: !none.is_empty(),
        }
    }

    /// Whether a header's `typ` is accepted.
    #[must_use]
    pub fn contains(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Jwt, value) => value.and_then(Value::as_str) == Some("JWT"),
            (Self::Listed { none, .. }, None) => *none,
            (Self::Listed { names, .. }, Some(value)) => value
                .as_str()
                .is_some_and(|value| names.contains(&media_type(value))),
        }
    }
}

fn media_type(value: &str) -> String {
    let value = value.to_ascii_lowercase();
    value
        .strip_prefix("application/")
        .map_or_else(|| value.clone(), str::to_owned)
}

/// How a token's lifetime is judged. Jitsi's modules have the default.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LifetimePolicy {
    /// Seconds by which `exp` and `nbf` may be missed (`leeway`).
    pub leeway: f64,
    /// Whether `exp` must be there (`require_exp`).
    pub require_expiration: bool,
    /// The most seconds from `iat`, else `nbf`, else now, to `exp` (`max_token_lifetime`).
    pub longest: Option<f64>,
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
            Self::Only(_) => value
                .as_str()
                .is_some_and(|value| self.contains_text(value)),
        }
    }

    /// Whether a text is accepted.
    #[must_use]
    pub fn contains_text(&self, value: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(values) => values.iter().any(|accepted| accepted == value),
        }
    }
}

#[cfg(test)]
impl Policy {
    /// A policy for tests, which change what matters to them.
    pub(crate) fn example() -> Self {
        Self {
            algorithm: Some(Algorithm::Hs256),
            keys: Keys::Fixed(vec![Key::from_secret(b"secret").unwrap()]),
            types: AcceptedTypes::Jwt,
            lifetime: LifetimePolicy::default(),
            issuers: Accepted::Any,
            audiences: Accepted::Any,
            accept_audience_array: false,
            require_room_claim: true,
            allow_empty_token: false,
            max_token_bytes: 1000,
            rooms: RoomPolicy {
                verify_domain: true,
                domain_prefix: "conference".into(),
                muc_domain: Some("conference.example.com".into()),
                patterns: PatternLimits {
                    enabled: true,
                    max_room_bytes: 128,
                    max_quantifiers: 3,
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_listed_type_is_accepted_with_its_prefix_and_in_any_case() {
        let types = AcceptedTypes::listed(&["at+jwt".to_owned()]);
        for (value, accepted) in [
            (Some(json!("at+jwt")), true),
            (Some(json!("application/AT+JWT")), true),
            (Some(json!("JWT")), false),
            (Some(json!("")), false),
            (Some(json!(["at+jwt"])), false),
            (Some(json!(null)), false),
            (None, false),
        ] {
            assert_eq!(types.contains(value.as_ref()), accepted, "{value:?}");
        }
    }

    #[test]
    fn none_lets_the_type_be_left_out_but_not_be_null() {
        let types = AcceptedTypes::listed(&["none".to_owned()]);
        assert!(types.contains(None));
        for value in [json!(null), json!("JWT"), json!("none ")] {
            assert!(!types.contains(Some(&value)), "{value}");
        }
    }
}
