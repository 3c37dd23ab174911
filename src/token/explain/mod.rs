//! What a denial means: which check failed, what was found, what was needed, and what to change.
//!
//! [`token`] and [`room`] explain one reason; [`checks`] and [`room_checks`] go on after the first failure. All of it
//! shows single claims, shortened, and never a token, a signature or a secret.

mod algorithm;
mod browser;
mod characters;
pub mod checks;
mod claim;
mod content;
mod elsewhere;
mod format;
mod impostor;
mod key;
mod parties;
mod paste;
mod provider;
pub mod room_checks;
mod room_claim;
mod room_pattern;
mod room_spelling;
mod secret;
mod signature;
mod signature_shape;
mod spelling;
mod structure;
mod subject;
mod times;
pub mod unit;
mod unseen;

use std::borrow::Cow;
use std::fmt;

use super::checks::Circumstances;
use super::decision::{self, Found};
use super::issuer::{Accepted, Issuer};
use super::policy::Policy;
use super::reason::{Flaw, Reason};
use super::room::{Join, Participant};

use self::room_claim::Joining;
use self::structure::Part;

/// Why one check failed, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What was checked: a claim, a header member, or a property of token or room.
    pub check: &'static str,
    /// What was found.
    pub found: String,
    /// What would have been accepted.
    pub expected: String,
    /// The options that say so; the first that is set counts.
    pub options: &'static [&'static str],
    /// Where that option came from, once somebody who knows has filled it in.
    pub origin: Option<String>,
    /// What probably happened, where the finding tells.
    pub cause: Option<String>,
    /// What to change, at the issuer or on the server.
    pub remedy: String,
}

impl Explanation {
    fn new(check: &'static str, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            check,
            found: found.into(),
            expected: expected.into(),
            options: &[],
            origin: None,
            cause: None,
            remedy: String::new(),
        }
    }

    fn by(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    fn because(self, cause: Option<String>) -> Self {
        Self { cause, ..self }
    }

    fn mend(self, remedy: impl Into<String>) -> Self {
        let remedy = remedy.into();
        Self { remedy, ..self }
    }

    /// Cause and remedy in one sentence.
    #[must_use]
    pub fn hint(&self) -> String {
        let parts = [self.cause.as_deref().unwrap_or_default(), &self.remedy];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("; ")
    }

    /// The option, and where it came from as far as that is known.
    #[must_use]
    pub fn source(&self) -> Option<String> {
        self.origin
            .clone()
            .or_else(|| self.options.first().map(|option| (*option).to_owned()))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            check,
            found,
            expected,
            ..
        } = self;
        write!(formatter, "{check}: found {found}, needed {expected}")?;
        match self.source() {
            // A variable with its line has brackets of its own.
            Some(source) if source.ends_with(')') => write!(formatter, " by {source}")?,
            Some(source) => write!(formatter, " ({source})")?,
            None => {}
        }
        match self.hint() {
            hint if hint.is_empty() => Ok(()),
            hint => write!(formatter, "; {hint}"),
        }
    }
}

/// How many names of keys an explanation asks for: one more than it shows, to know that there are others.
pub const MOST_KIDS: usize = format::MAX_LISTED + 1;

/// A token that is explained, with everything that was known when it was decided on.
#[derive(Clone, Copy)]
pub struct Examined<'a> {
    /// The host's name.
    pub host: &'a str,
    /// The host's policy.
    pub policy: &'a Policy,
    /// Whom the token is taken to be from.
    pub issuer: &'a Issuer,
    /// Whether somebody has set an option.
    pub is_set: &'a dyn Fn(&str) -> bool,
    /// The token as it was presented.
    pub token: Option<&'a str>,
    /// What there is for the key that it wants.
    pub found: &'a Found,
    /// Names keys that there are, at most [`MOST_KIDS`] of them; only some denials ask.
    pub known_kids: &'a dyn Fn() -> Vec<String>,
    /// What the sources say of a key that they do not have.
    pub source_words: &'a dyn Fn(&str) -> Vec<String>,
    /// The other hosts, by name.
    pub neighbours: &'a [(&'a str, &'a Policy)],
    /// The host's secret as it is written in a file of variables, where that is another text than its value.
    pub literal: Option<&'a [u8]>,
    /// Whether who asks can read the host's secret anyway.
    pub is_trusted: bool,
    /// How many forms of the host's secrets are tried where a signature does not match.
    pub most_forms: usize,
    /// Whether a `context` claim is demanded.
    pub context_required: bool,
    /// The time, in Unix seconds.
    pub now: i64,
}

impl<'a> Examined<'a> {
    /// A token of which nothing is known but what the decision knows.
    #[must_use]
    pub fn alone(
        host: &'a str,
        policy: &'a Policy,
        token: &'a str,
        found: &'a Found,
        now: i64,
    ) -> Self {
        Self {
            host,
            policy,
            issuer: issuer_of(policy, Some(token)),
            is_set: &|_| false,
            token: Some(token),
            found,
            known_kids: &Vec::new,
            source_words: &|_| Vec::new(),
            neighbours: &[],
            literal: None,
            is_trusted: false,
            most_forms: 64,
            context_required: false,
            now,
        }
    }

    /// What the decision holds the claims against.
    pub(super) const fn circumstances(&self) -> Circumstances<'a> {
        Circumstances {
            issuer: self.issuer,
            context_required: self.context_required,
            now: self.now,
        }
    }
}

/// Whom a token is taken to be from: the host's own issuer, where nobody is found.
#[must_use]
pub fn issuer_of<'a>(policy: &'a Policy, token: Option<&str>) -> &'a Issuer {
    let found = token.and_then(|token| decision::issuer(policy, token).ok());
    found.unwrap_or(&policy.issuers.default)
}

/// Explains why a token was denied.
#[must_use]
pub fn token(reason: &Reason, examined: &Examined<'_>) -> Explanation {
    provider::kind(reason, of_token(reason, examined), examined)
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
        Reason::IssuerMissing => payload().unwrap_or_else(|| {
            let explanation = parties::issuer(examined);
            missing("iss", &examined.issuer.accepted, explanation)
        }),
        Reason::IssuerNotAccepted => parties::issuer(examined),
        Reason::AudienceMissing => {
            let explanation = parties::audience(examined);
            missing("aud", &examined.issuer.audiences, explanation)
        }
        Reason::AudienceNotAccepted => parties::audience(examined),
        Reason::RoomClaimMissing => claim::room_missing(examined),
        Reason::SubjectMissing => claim::subject_missing(examined),
        Reason::ContextNotObject => claim::context_not_object(examined),
        Reason::ContextMissing => claim::context_missing(examined),
        Reason::ClaimsTooLong => claim::too_many_bytes(examined),
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
    let claims = claim::claims(token)?;
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

/// What is known beside the policy of the host whose room is joined.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The host's `app_id`.
    pub app_id: Option<String>,
    /// The other hosts' names.
    pub hosts: Vec<String>,
}

/// Explains why a join was denied.
#[must_use]
pub fn room(reason: &Reason, policy: &Policy, join: &Join<'_>) -> Explanation {
    room_among(reason, policy, join, &Surroundings::default())
}

/// The same, with what is known beside the policy.
#[must_use]
pub fn room_among(
    reason: &Reason,
    policy: &Policy,
    join: &Join<'_>,
    around: &Surroundings,
) -> Explanation {
    // Whoever came without a token could have come with one that fits.
    let member = |explain: fn(&Joining<'_>) -> Explanation| match join.participant {
        Participant::Guest => room_claim::no_token(),
        Participant::Member(session) => explain(&Joining::new(policy, session, join, around)),
    };
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
        | Reason::ClaimsTooLong
        | Reason::Flawed(_) => of_the_other_decision(reason),
    }
}
