//! What an explanation is made from.

use super::{format, issuers};
use crate::token::checks::Circumstances;
use crate::token::claims::Claims;
use crate::token::compact::Compact;
use crate::token::decision::{self, Found};
use crate::token::issuer::Issuer;
use crate::token::policy::Policy;
use crate::token::revocation::in_force::OfHost;

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
    /// How the token comes to that one.
    pub relation: Relation,
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
    /// Whether the host's further issuers are written as one list, `issuers = [...]`.
    pub lists_issuers: bool,
    /// Whether a `context` claim is demanded.
    pub context_required: bool,
    /// What was taken back, where anything can be.
    pub revocations: Option<OfHost<'a>>,
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
        let (issuer, relation) = judged(policy, Some(token));
        Self {
            host,
            policy,
            issuer,
            relation,
            is_set: &|_| false,
            token: Some(token),
            found,
            known_kids: &Vec::new,
            source_words: &|_| Vec::new(),
            neighbours: &[],
            literal: None,
            is_trusted: false,
            most_forms: 64,
            lists_issuers: false,
            context_required: false,
            revocations: None,
            now,
        }
    }

    /// What the decision holds the claims against.
    pub(in crate::token) const fn circumstances(&self) -> Circumstances<'a> {
        Circumstances {
            issuer: self.issuer,
            compares_subject: self.policy.rooms.verify_domain,
            context_required: self.context_required,
            now: self.now,
        }
    }
}

/// How a token comes to the issuer that it is taken to be from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The host has no other, or the token names it.
    Own,
    /// The token names nearly this one, and no other.
    Meant,
    /// It is none of the host's.
    None,
}

/// Whom a token is taken to be from, and how it comes to that one: where no issuer accepts it the one that is nearest, or else
/// the first.
#[must_use]
pub fn judged<'a>(policy: &'a Policy, token: Option<&str>) -> (&'a Issuer, Relation) {
    let Some(token) = token else {
        return (policy.issuers.first(), Relation::Own);
    };
    if let Ok(issuer) = decision::issuer(policy, token) {
        return (issuer, Relation::Own);
    }
    match meant(policy, token) {
        Some(issuer) => (issuer, Relation::Meant),
        None => (policy.issuers.first(), Relation::None),
    }
}

/// The issuer that a token is of, or nearly; none where it is nobody's.
#[must_use]
pub fn known_issuer_of<'a>(policy: &'a Policy, token: &str) -> Option<&'a Issuer> {
    let (issuer, relation) = judged(policy, Some(token));
    (relation != Relation::None).then_some(issuer)
}

/// The issuer that a token names nearly.
fn meant<'a>(policy: &'a Policy, token: &str) -> Option<&'a Issuer> {
    let payload = Compact::split(token).ok()?.payload;
    let claims = Claims::decode(payload).ok()?;
    issuers::meant(policy, claims.claim("iss")?.as_str()?)
}

/// What is known beside the policy of the host whose room is joined.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The host's `app_id`.
    pub app_id: Option<String>,
    /// The other hosts' names.
    pub hosts: Vec<String>,
}
