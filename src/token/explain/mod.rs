//! What a denial means: which check failed, what was found, what was needed, and what to change.
//!
//! [`token`] and [`room`] explain one reason; [`checks`] and [`room_checks`] go on after the first failure. All of it
//! shows single claims, shortened, and never a token, a signature or a secret.

mod address;
pub(crate) mod algorithm;
mod bounds;
mod browser;
mod characters;
pub mod checks;
mod claim;
mod content;
pub mod contents;
pub(crate) mod elsewhere;
mod encrypted;
mod examined;
mod explanation;
pub(crate) mod format;
mod impostor;
mod issuers;
pub(crate) mod key;
mod kind;
pub mod mapped;
pub mod moment;
pub(crate) mod nearest;
pub mod notes;
mod parties;
mod paste;
mod provider;
mod reading;
pub(crate) mod revoked;
pub mod room_checks;
mod room_claim;
mod room_pattern;
mod room_spelling;
pub(crate) mod secret;
mod section;
pub(crate) mod signature;
pub(crate) mod signature_shape;
pub(crate) mod spelling;
pub(crate) mod structure;
mod subject;
pub(crate) mod times;
pub mod unit;
pub(crate) mod unseen;

use super::issuer::Accepted;
use super::policy::{PatternLimits, Policy};
use super::reason::{Flaw, Reason};
use super::room::{Join, Participant};

use std::borrow::Cow;

pub use self::examined::{Examined, MOST_KIDS, Surroundings, judged, known_issuer_of};
pub use self::explanation::{Explanation, OWN_FILE};

use self::room_claim::Joining;
use self::structure::Part;

/// What is wrong with a pattern that does not fit this room's name; none where it may be one for other rooms.
#[must_use]
pub fn mistaken_pattern(limits: PatternLimits, pattern: &str, room: &str) -> Option<String> {
    room_pattern::advice(limits, pattern, room).map(|advice| advice.cause)
}

/// Explains why a token was denied.
#[must_use]
pub fn token(reason: &Reason, examined: &Examined<'_>) -> Explanation {
    let encrypted = encrypted::explain(reason, examined);
    let explanation = encrypted.unwrap_or_else(|| of_token(reason, examined));
    kind::name(reason, explanation, examined)
}

fn of_token(reason: &Reason, examined: &Examined<'_>) -> Explanation {
    let header = || structure::not_object(Part::Header, examined);
    let payload = || structure::not_object(Part::Payload, examined);
    match reason {
        Reason::TokenRequired => structure::required(),
        Reason::SchemeNotBearer(scheme) => structure::other_scheme(scheme),
        Reason::TokenTooLong => structure::too_long(examined),
        Reason::NotThreeParts => structure::malformed(Part::Whole, examined),
        Reason::KeyHeaderNotBase64Url | Reason::KeyHeaderNotJson | Reason::HeaderNotDecodable => {
            structure::malformed(Part::Header, examined)
        }
        Reason::PayloadNotDecodable => structure::malformed(Part::Payload, examined),
        Reason::SignatureNotDecodable => structure::malformed(Part::Signature, examined),
        Reason::Flawed(Flaw::ClaimType(name)) => claim::wrong_type(name, examined),
        Reason::Flawed(flaw) => structure::standards(*flaw),
        Reason::KeyIdMissing => header().unwrap_or_else(|| key::unnamed(examined)),
        Reason::KeyIdNotText => key::unnamed(examined),
        Reason::KeyNotFound => key::not_found(examined),
        Reason::KeySourceUnavailable => key::source_unavailable(examined),
        Reason::AlgorithmMissing => header().unwrap_or_else(|| algorithm::not_accepted(examined)),
        Reason::AlgorithmNotRsa | Reason::AlgorithmNotAccepted => algorithm::not_accepted(examined),
        Reason::AlgorithmNotSupported => algorithm::not_supported(examined),
        Reason::TypeNotAccepted => {
            header().unwrap_or_else(|| algorithm::type_not_accepted(examined))
        }
        Reason::SignatureInvalid => signature::explain(examined),
        Reason::ExpirationNotNumber | Reason::Expired(_) => times::expiration(examined),
        Reason::NotBeforeNotNumber | Reason::NotYetValid(_) => times::not_before(examined),
        Reason::ExpirationMissing => times::expiration_missing(examined),
        Reason::LifetimeTooLong(lifetime) => times::too_long(*lifetime, examined),
        Reason::IssuerMissing => payload().unwrap_or_else(|| issuer_missing(examined)),
        Reason::IssuerNotAccepted => parties::issuer::explain(examined),
        Reason::AudienceMissing => audience_missing(examined),
        Reason::AudienceNotAccepted => parties::audience(examined),
        Reason::RoomClaimMissing => claim::room_missing(examined),
        Reason::SubjectMissing => claim::subject_missing(examined),
        Reason::ContextNotObject => claim::context_not_object(examined),
        Reason::ContextMissing => claim::context_missing(examined),
        Reason::WildcardNotAllowed => bounds::wildcard(examined),
        Reason::RoomBeyondBounds => bounds::room(examined),
        Reason::TenantBeyondBounds => bounds::tenant(examined),
        Reason::ModeratorBeyondBounds => bounds::moderator(examined),
        Reason::ClaimsTooLong => claim::too_many_bytes(examined),
        Reason::TokenIdMissing => revoked::no_token_id(),
        Reason::TokenUsed => revoked::used(examined),
        Reason::TokenRevoked(by) => revoked::explain(by.as_deref()),
        Reason::RoomAddressInvalid
        | Reason::RoomMissing
        | Reason::AuthenticationRequired
        | Reason::RoomClaimMismatch
        | Reason::PatternsDisabled
        | Reason::RoomNameTooLong
        | Reason::PatternTooComplex
        | Reason::PatternInvalid
        | Reason::PatternMissing
        | Reason::RoomNameUnmatched
        | Reason::TenantMismatch
        | Reason::TenantNotText
        | Reason::MucDomainMissing
        | Reason::RoomMismatch => of_the_other_decision(reason),
    }
}

fn issuer_missing(examined: &Examined<'_>) -> Explanation {
    let explanation = parties::issuer::explain(examined);
    missing("iss", &examined.issuer.accepted, explanation)
}

fn audience_missing(examined: &Examined<'_>) -> Explanation {
    let explanation = parties::audience(examined);
    missing("aud", &examined.issuer.audiences, explanation)
}

/// A claim is missing, where every value of it may be accepted.
fn missing(claim: &str, accepted: &Accepted, explanation: Explanation) -> Explanation {
    match accepted {
        Accepted::Any => {
            let cause = || format!("any {claim} is accepted here, but there must be one");
            Explanation {
                expected: "one, whatever it is".to_owned(),
                cause: Some(explanation.cause.unwrap_or_else(cause)),
                remedy: format!("let the issuer set {claim}"),
                ..explanation
            }
        }
        Accepted::Only(_) => explanation,
    }
}

/// A reason that the decision in question has never had. Its own words are true wherever it comes up.
fn of_the_other_decision(reason: &Reason) -> Explanation {
    let text = reason
        .text()
        .unwrap_or(Cow::Borrowed("what does not fit together"));
    Explanation::new(reason.code(), text, "none of that")
}

/// Frees a token from what was copied along with it. None if it stands alone.
#[must_use]
pub fn pasted(token: &str) -> Option<(String, Explanation)> {
    let (token, found) = paste::clean(token)?;
    Some((token, structure::pasted(found)))
}

/// Who issued a token, as it says itself; nobody has vouched for that.
#[must_use]
pub fn issuer(token: &str) -> Option<String> {
    let claims = reading::claims(token)?;
    claims.claim("iss")?.as_str().map(str::to_owned)
}

/// Why anybody can guess a secret, where that is so. `known` are names of the host, which are no secret.
#[must_use]
pub fn guessable<'a>(
    secret: &[u8],
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'static str> {
    secret::common::guessable(secret, known)
}

/// Explains why a join was denied.
#[must_use]
pub fn room(reason: &Reason, policy: &Policy, join: &Join<'_>) -> Explanation {
    room_among(reason, policy, join, &Surroundings::default())
}

/// Explains the join of somebody with a token.
type ExplainJoining = fn(&Joining<'_>) -> Explanation;

/// Who joins with a token. Whoever came without one could have come with one that fits.
fn joining<'a>(
    policy: &'a Policy,
    join: &'a Join<'_>,
    around: &'a Surroundings,
) -> Option<Joining<'a>> {
    match join.participant {
        Participant::Guest => None,
        Participant::Member(session) => Some(Joining::new(policy, session, join, around)),
    }
}

/// The same, with what is known beside the policy.
#[must_use]
pub fn room_among(
    reason: &Reason,
    policy: &Policy,
    join: &Join<'_>,
    around: &Surroundings,
) -> Explanation {
    let joining = joining(policy, join, around);
    let member =
        |explain: ExplainJoining| joining.as_ref().map_or_else(room_claim::no_token, explain);
    match reason {
        Reason::RoomAddressInvalid => room_claim::address_invalid(join),
        Reason::RoomMissing => room_claim::missing(join),
        Reason::AuthenticationRequired => room_claim::no_token(),
        Reason::RoomMismatch => member(room_claim::mismatch),
        Reason::IssuerNotAccepted => member(room_claim::issuer),
        Reason::TenantMismatch | Reason::TenantNotText => member(room_claim::tenant),
        Reason::MucDomainMissing => member(|_| room_claim::muc_domain_missing()),
        Reason::PatternsDisabled => member(room_claim::patterns_disabled),
        Reason::PatternTooComplex => member(room_claim::too_complex),
        Reason::RoomNameTooLong => member(room_claim::name_too_long),
        Reason::PatternInvalid => member(room_claim::pattern_invalid),
        Reason::PatternMissing => member(room_claim::pattern_missing),
        Reason::RoomClaimMismatch | Reason::RoomNameUnmatched => member(room_claim::name),
        Reason::WildcardNotAllowed => member(room_claim::wildcard),
        Reason::RoomBeyondBounds => member(room_claim::beyond_rooms),
        Reason::TenantBeyondBounds => member(room_claim::beyond_tenants),
        Reason::TokenRevoked(by) => revoked::explain(by.as_deref()),
        Reason::TokenRequired
        | Reason::SchemeNotBearer(_)
        | Reason::KeyHeaderNotBase64Url
        | Reason::KeyHeaderNotJson
        | Reason::KeyIdMissing
        | Reason::KeyIdNotText
        | Reason::AlgorithmMissing
        | Reason::AlgorithmNotRsa
        | Reason::KeyNotFound
        | Reason::KeySourceUnavailable
        | Reason::AlgorithmNotSupported
        | Reason::TokenTooLong
        | Reason::NotThreeParts
        | Reason::HeaderNotDecodable
        | Reason::PayloadNotDecodable
        | Reason::SignatureNotDecodable
        | Reason::TypeNotAccepted
        | Reason::AlgorithmNotAccepted
        | Reason::SignatureInvalid
        | Reason::ExpirationNotNumber
        | Reason::NotBeforeNotNumber
        | Reason::Expired(_)
        | Reason::NotYetValid(_)
        | Reason::ExpirationMissing
        | Reason::LifetimeTooLong(_)
        | Reason::IssuerMissing
        | Reason::AudienceMissing
        | Reason::AudienceNotAccepted
        | Reason::RoomClaimMissing
        | Reason::SubjectMissing
        | Reason::ContextNotObject
        | Reason::ContextMissing
        | Reason::ModeratorBeyondBounds
        | Reason::ClaimsTooLong
        | Reason::TokenIdMissing
        | Reason::TokenUsed
        | Reason::Flawed(_) => of_the_other_decision(reason),
    }
}
