//! The checks of a token's claims, in the order in which Jitsi's modules make them.
//!
//! The decision walks this list with verified claims and stops at the first failure. The explanation walks it to the end,
//! with claims that nobody has vouched for. Neither has an order of its own.

use super::bounds::ClaimedRoom;
use super::claims::Claims;
use super::header::Header;
use super::issuer::Issuer;
use super::once;
use super::reason::{Reason, enum_with_all};
use super::signature::Signature;

/// What claims are held against.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// Who the token has to be from.
    pub issuer: &'a Issuer,
    /// Whether the host compares `sub` with the domain or the tenant of rooms.
    pub compares_subject: bool,
    /// Whether a `context` claim is demanded.
    pub context_required: bool,
    /// The time, in Unix seconds.
    pub now: i64,
}

/// A list that can be walked without a loop: where each check is known to the compiler, a walk costs no more than the checks.
macro_rules! walked {
    (
        $(#[$outer:meta])*
        pub enum $name:ident { $( $(#[$inner:meta])* $variant:ident ),* $(,)? }
    ) => {
        enum_with_all! {
            $(#[$outer])*
            pub enum $name { $( $(#[$inner])* $variant ),* }
        }

        impl $name {
            fn walk(mut check: impl FnMut(Self) -> Result<(), Reason>) -> Result<(), Reason> {
                $( check(Self::$variant)?; )*
                Ok(())
            }
        }
    };
}

walked! {
    /// One check of the claims. [`ClaimCheck::ALL`] has them in order.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum ClaimCheck {
        /// `exp` is a number where it is there. Both times must be numbers before either is compared.
        ExpirationIsNumber,
        /// `nbf` is a number where it is there.
        NotBeforeIsNumber,
        /// The token has not expired.
        Expiration,
        /// The token is valid already.
        NotBefore,
        /// The token is valid for no longer than the policy allows, and says until when if the policy wants that.
        Lifetime,
        /// `iss` is there and accepted.
        Issuer,
        /// `aud` is there and accepted.
        Audience,
        /// `room` is there where the policy wants it.
        Room,
        /// `sub` is there. What it must be depends on the room, so the room's decision compares it.
        Subject,
        /// `context` is an object where it is there.
        ContextIsObject,
        /// `context` is there where it is demanded.
        Context,
        /// The token is for one room, where the policy wants that.
        Wildcards,
        /// The room that the token names is one of its issuer's.
        RoomBound,
        /// The tenant that the token names is one of its issuer's.
        TenantBound,
        /// The token makes no moderator, where its issuer cannot.
        ModeratorBound,
        /// `jti` is there where the token opens one session.
        TokenId,
        /// The claims fit into an answer.
        Size,
    }
}

impl ClaimCheck {
    /// The claim, or what else of the claims is checked. Several checks of one claim have the same name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExpirationIsNumber | Self::Expiration => "exp",
            Self::NotBeforeIsNumber | Self::NotBefore => "nbf",
            Self::Lifetime => "lifetime",
            Self::Issuer => "iss",
            Self::Audience => "aud",
            Self::Room => "room",
            Self::Subject => "sub",
            Self::ContextIsObject | Self::Context => "context",
            Self::Wildcards => "wildcards",
            Self::RoomBound => "issuer's rooms",
            Self::TenantBound => "issuer's tenants",
            Self::ModeratorBound => "issuer's moderators",
            Self::TokenId => "jti",
            Self::Size => "claims",
        }
    }

    /// Makes the check.
    ///
    /// # Errors
    /// The reason to deny.
    #[expect(
        clippy::inline_always,
        reason = "the decision makes each check where it is known which one it is"
    )]
    #[inline(always)]
    pub fn check(self, claims: &Claims, given: &Circumstances<'_>) -> Result<(), Reason> {
        let Circumstances { issuer, now, .. } = *given;
        match self {
            Self::ExpirationIsNumber => claims.expiration().map(drop),
            Self::NotBeforeIsNumber => claims.not_before().map(drop),
            Self::Expiration => claims.check_expiration(now, issuer.lifetime),
            Self::NotBefore => claims.check_not_before(now, issuer.lifetime),
            Self::Lifetime => claims.check_length(now, issuer.lifetime),
            Self::Issuer => claims.check_issuer(&issuer.accepted),
            Self::Audience => {
                let array = issuer.accept_audience_array;
                claims.check_audience(&issuer.audience_claim, &issuer.audiences, array)
            }
            Self::Room => claims.check_room(issuer.require_room_claim),
            Self::Subject => claims.check_subject(),
            Self::ContextIsObject => claims.context().map(drop),
            Self::Context => claims.check_context(given.context_required),
            Self::Wildcards => issuer
                .bounds
                .check_wildcards(|| ClaimedRoom::of(claims.members())),
            Self::RoomBound => issuer.bounds.check_room_claim(claims.members()),
            Self::TenantBound => issuer
                .bounds
                .check_subject(claims.members(), given.compares_subject),
            Self::ModeratorBound => issuer.bounds.check_moderator(claims.members()),
            Self::TokenId => once::check(issuer, claims),
            Self::Size => claims.check_size(),
        }
    }
}

/// Makes all checks of the claims, up to the first that fails.
///
/// # Errors
/// The reason of that one.
pub fn claims(claims: &Claims, given: &Circumstances<'_>) -> Result<(), Reason> {
    ClaimCheck::walk(|check| check.check(claims, given))
}

/// The rules of the standards that Jitsi's modules do not hold tokens to. They come last, so that a token which those
/// modules would deny has their reason. An explanation may lack parts that cannot be read.
///
/// # Errors
/// [`Reason::Flawed`].
pub fn standards(
    header: Option<&Header>,
    signature: Option<&Signature>,
    claims: Option<&Claims>,
) -> Result<(), Reason> {
    header.map_or(Ok(()), Header::check_conformance)?;
    signature.map_or(Ok(()), Signature::check_conformance)?;
    claims.map_or(Ok(()), Claims::check_conformance)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::super::algorithm::Algorithm;
    use super::super::bounds::Bounds;
    use super::super::decision::{self, Moment, Presented};
    use super::super::explain::{self, Examined};
    use super::super::glob::Glob;
    use super::super::issuer::LifetimePolicy;
    use super::super::policy::Policy;
    use super::super::signing::SigningKey;
    use super::*;

    const NOW: i64 = 1_765_139_000;

    fn policy() -> Policy {
        let policy = Policy::example().with_issuer(|issuer| {
            issuer.lifetime = LifetimePolicy {
                longest: Some(3_600.0),
                ..LifetimePolicy::default()
            };
            issuer.once = true;
            issuer.bounds = Bounds {
                rooms: Some(vec![Glob::of_rooms("team-*")]),
                tenants: Some(vec![Glob::of_rooms("acme")]),
                moderators: false,
                wildcards: false,
                ..Bounds::NONE
            };
        });
        Policy {
            max_token_bytes: 100_000,
            ..policy
        }
    }

    /// Claims that fail this check alone.
    fn failing(check: ClaimCheck) -> Map<String, Value> {
        let mut claims = Map::new();
        for (name, value) in [
            ("iss", json!("a")),
            ("aud", json!("a")),
            ("sub", json!("acme")),
            ("room", json!("team-a")),
            ("exp", json!(NOW + 60)),
            ("jti", json!("1")),
            ("context", json!({})),
        ] {
            claims.insert(name.to_owned(), value);
        }
        let (name, value) = match check {
            ClaimCheck::ExpirationIsNumber => ("exp", Some(json!("soon"))),
            ClaimCheck::NotBeforeIsNumber => ("nbf", Some(json!("soon"))),
            ClaimCheck::Expiration => ("exp", Some(json!(NOW - 1))),
            ClaimCheck::NotBefore => ("nbf", Some(json!(NOW + 9))),
            ClaimCheck::Lifetime => ("exp", Some(json!(NOW + 7_200))),
            ClaimCheck::Issuer => ("iss", None),
            ClaimCheck::Audience => ("aud", None),
            ClaimCheck::Room => ("room", None),
            ClaimCheck::Subject => ("sub", None),
            ClaimCheck::ContextIsObject => ("context", Some(json!(5))),
            ClaimCheck::Context => ("context", None),
            ClaimCheck::Wildcards => ("context", Some(json!({"room": {"regex": true}}))),
            ClaimCheck::RoomBound => ("room", Some(json!("other"))),
            ClaimCheck::TenantBound => ("sub", Some(json!("other"))),
            ClaimCheck::ModeratorBound => ("context", Some(json!({"user": {"moderator": true}}))),
            ClaimCheck::TokenId => ("jti", None),
            ClaimCheck::Size => ("picture", Some(json!("x".repeat(30_000)))),
        };
        claims.remove(name);
        claims.extend(value.map(|value| (name.to_owned(), value)));
        claims
    }

    #[test]
    fn each_check_of_the_list_denies_a_token_and_is_the_line_that_explains_it() {
        let policy = policy();
        let key = SigningKey::from_secret(b"secret");
        for check in ClaimCheck::ALL {
            let token = key.sign(Algorithm::Hs256, None, &failing(*check)).unwrap();
            let presented = Presented {
                token: Some(&token),
                other_scheme: None,
                context_required: true,
            };
            let denied = decision::decide(&policy, presented, &None, &Moment::at(NOW));
            let reason = denied.err().unwrap();
            let lines = explain::checks::token(&Examined {
                context_required: true,
                ..Examined::alone("meet.example.com", &policy, &token, &None, NOW)
            });
            let failed = lines.iter().find(|line| line.outcome.is_err()).unwrap();
            let code = failed.outcome.as_ref().unwrap_err().code;
            assert_eq!((failed.check, code), (check.name(), reason.code()));
        }
    }
}
