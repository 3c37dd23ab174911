//! Logout tokens (`OpenID` Connect Back-Channel Logout 1.0): a provider says with one that a user has signed out there.
//!
//! They are verified as the tokens of their issuer are, by its keys and algorithms, and open nothing. What one says is made into what is
//! taken back: the tokens that the user had until then.

use serde_json::{Map, Value};
use thiserror::Error;

use super::checks;
use super::claims::{Claims, VerifiedClaims};
use super::decision::{self, Found, Vouched};
use super::header::Header;
use super::issuer::{AcceptedTypes, Issuer, LifetimePolicy};
use super::pointer::Pointer;
use super::policy::Policy;
use super::reason::Reason;
use super::revocation::in_force::identity;
use super::revocation::{Name, NameError, Target};

/// What a logout token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logout {
    /// Who says so: its `iss`.
    pub issuer: String,
    /// What is taken back by it.
    pub target: Target,
    /// Until when, in Unix seconds: no token of before that time is good any longer then.
    pub until: i64,
}

/// What a logout token is held against.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The policy of the host whose users sign out.
    pub policy: &'a Policy,
    /// What the host is called at its issuers, beside the audiences of their tokens (`app_id`).
    pub client: Option<&'a str>,
    /// Where tokens say whose they are.
    pub user: &'a Pointer,
    /// The time, in Unix seconds.
    pub now: i64,
}

/// Why a logout token counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It is longer than any token that is looked at.
    #[error("the logout token is too long (limits.token_bytes)")]
    Long,
    /// It cannot be read.
    #[error("the logout token cannot be read: it is no JSON Web Token of three parts")]
    Unreadable,
    /// Nobody who is known here has issued it.
    #[error("iss is missing, or no issuer of the host has it")]
    Issuer,
    /// It is signed in another way.
    #[error("the issuer does not sign with this alg")]
    Algorithm,
    /// Its key is not known.
    #[error("the issuer has no key with this kid, or it is not known now")]
    Key,
    /// Somebody else has signed it, or it was changed.
    #[error("the signature is not the issuer's")]
    Signature,
    /// It is a token for something else.
    #[error("typ is neither left out, nor logout+jwt, nor JWT")]
    Type,
    /// It breaks a rule of the standards.
    #[error("it breaks a rule of JSON Web Tokens (RFC 7515, RFC 7519)")]
    Flawed,
    /// It is for somebody else.
    #[error(
        "aud names neither an audience of the issuer's tokens nor the app_id of the host: the client that the provider tells of \
         logouts must be one of them"
    )]
    Audience,
    /// It does not say when it was issued.
    #[error("iat is missing, or is no number")]
    IssuedAt,
    /// It is too old, or of the future.
    #[error("it was issued {0} s ago, and has to be {LONGEST_AGE} s old at most")]
    Age(i64),
    /// Its time is over, or has not come.
    #[error("exp is over, or nbf has not come")]
    Time,
    /// It tells of no logout.
    #[error("events has no object http://schemas.openid.net/event/backchannel-logout")]
    Event,
    /// It is an ID token.
    #[error("nonce is there, which a logout token must not have")]
    Nonce,
    /// It has no name of its own.
    #[error("jti is missing, or is no text")]
    TokenId,
    /// It does not say who has signed out.
    #[error("neither sub nor sid is there as a text")]
    Nobody,
    /// What is there names nobody.
    #[error("{0} cannot be taken: {1}")]
    Name(&'static str, NameError),
    /// The user is known by something else here.
    #[error(
        "users are known by {0} (user in [revocations]), and nothing in the logout token leads there: give the issuer claims that take the \
         user's id from /sub, as claims = \"keycloak\" or context.user.id = \"/sub\" do, or know users by a claim that the token has, such as user = \"/sub\""
    )]
    User(String),
}

impl Logout {
    /// Verifies a logout token, by what there is for its key.
    ///
    /// # Errors
    /// [`Refusal`], of the first rule of section 2.6 that it breaks.
    pub fn read(token: &str, expected: Expected<'_>, found: &Found) -> Result<Self, Refusal> {
        let policy = expected.policy;
        decision::check_length(policy, token).map_err(|_| Refusal::Long)?;
        let issuer = decision::issuer(policy, token).map_err(|reason| refusal(&reason))?;
        let vouched = decision::vouched(issuer, token, found).map_err(|reason| refusal(&reason))?;
        let Vouched {
            header,
            signature,
            claims,
        } = vouched;
        check_type(&header)?;
        checks::standards(Some(&header), Some(&signature), Some(&claims))
            .map_err(|_| Refusal::Flawed)?;
        let issued_at = check(&claims, issuer, expected)?;
        Ok(Self {
            issuer: text(&claims, "iss").ok_or(Refusal::Issuer)?.to_owned(),
            target: target(claims, issuer, expected.user, issued_at)?,
            until: issued_at.saturating_add(longest(issuer.lifetime)),
        })
    }
}

/// RFC 8725 section 3.11 would have a type of its own; providers that do not set it yet say JWT, or nothing.
fn check_type(header: &Header) -> Result<(), Refusal> {
    let types = ["logout+jwt", "JWT", "none"].map(str::to_owned);
    let accepted = AcceptedTypes::listed(&types);
    header.check_type(&accepted).map_err(|_| Refusal::Type)
}

/// All rules but who has signed out. Tells when it was issued, in whole seconds.
fn check(claims: &Claims, issuer: &Issuer, expected: Expected<'_>) -> Result<i64, Refusal> {
    claims
        .check_issuer(&issuer.accepted)
        .map_err(|_| Refusal::Issuer)?;
    check_audience(claims, issuer, expected.client)?;
    let issued_at = check_times(claims, issuer.lifetime, expected.now)?;
    let events = claims.claim("events").and_then(Value::as_object);
    if !events.is_some_and(|events| events.get(EVENT).is_some_and(Value::is_object)) {
        return Err(Refusal::Event);
    }
    if claims.claim("nonce").is_some() {
        return Err(Refusal::Nonce);
    }
    // It need not be remembered: one that comes again takes back what was taken back already, and nothing of later.
    text(claims, "jti").ok_or(Refusal::TokenId)?;
    Ok(issued_at)
}

/// `aud` is always the client, whatever claim of other tokens names those whom they are for.
fn check_audience(claims: &Claims, issuer: &Issuer, client: Option<&str>) -> Result<(), Refusal> {
    let is_ours = |audience: &Value| {
        let is_client = client.is_some() && audience.as_str() == client;
        is_client || issuer.audiences.contains(audience)
    };
    let audience = claims.claim("aud").ok_or(Refusal::Audience)?;
    let is_for_us = match audience {
        Value::Array(all) => all.iter().any(is_ours),
        Value::String(_) => is_ours(audience),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    };
    if is_for_us {
        Ok(())
    } else {
        Err(Refusal::Audience)
    }
}

fn check_times(claims: &Claims, lifetime: LifetimePolicy, now: i64) -> Result<i64, Refusal> {
    let issued_at = claims.claim("iat").and_then(Value::as_f64);
    let issued_at = whole(issued_at.ok_or(Refusal::IssuedAt)?);
    let age = now.saturating_sub(issued_at);
    let leeway = whole(lifetime.leeway);
    let most = LONGEST_AGE.saturating_add(leeway);
    let least = CLOCK_DIFFERENCE.max(leeway).saturating_neg();
    if !(least..=most).contains(&age) {
        return Err(Refusal::Age(age));
    }
    claims
        .check_expiration(now, lifetime)
        .and_then(|()| claims.check_not_before(now, lifetime))
        .map_err(|_| Refusal::Time)?;
    Ok(issued_at)
}

/// The user where there is a `sub`, also beside a `sid`: whoever signs out means to be out, and many tokens have no `sid`.
fn target(
    claims: VerifiedClaims,
    issuer: &Issuer,
    user: &Pointer,
    issued_at: i64,
) -> Result<Target, Refusal> {
    if text(&claims, "sub").is_some() {
        return Ok(Target::User {
            id: user_of(claims, issuer, user)?,
            // Times are whole seconds. Of those that were issued in the second of the logout some came before it, and stay out with it;
            // whoever signs in again in that very second has to do it once more.
            issued_before: Some(issued_at.saturating_add(1)),
        });
    }
    let session = text(&claims, "sid").ok_or(Refusal::Nobody)?;
    Ok(Target::Session(name("sid", session)?))
}

/// The user as the tokens of the same issuer say whose they are.
fn user_of(claims: VerifiedClaims, issuer: &Issuer, user: &Pointer) -> Result<Name, Refusal> {
    let claims = claims.issued_by(issuer);
    let found = identity(user.find(claims.members()));
    // What the mapping puts there whatever the token says is nobody: it is all users of the issuer.
    let mut nothing = Map::new();
    if let Some(mapping) = &issuer.mapping {
        mapping.apply(&mut nothing);
    }
    let constant = identity(user.find(&nothing));
    match found {
        Some(id) if constant.as_ref() != Some(&id) => name("the user", &id),
        Some(_) | None => Err(Refusal::User(user.to_string())),
    }
}

/// For how long a token can be good after it was issued, in seconds.
fn longest(lifetime: LifetimePolicy) -> i64 {
    let longest = lifetime
        .longest
        .map(|longest| whole(longest + lifetime.leeway + 1.0));
    // Those who are in stay in after their token has expired, and are looked at as soon as Prosody asks.
    longest.map_or(YEAR, |longest| longest.max(DAY))
}

fn name(claim: &'static str, text: &str) -> Result<Name, Refusal> {
    Name::new(text).map_err(|error| Refusal::Name(claim, error))
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    let text = claims.claim(name).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
}

/// What the decision would say is told to a provider in other words.
fn refusal(reason: &Reason) -> Refusal {
    match reason {
        Reason::IssuerMissing | Reason::IssuerNotAccepted => Refusal::Issuer,
        Reason::AlgorithmMissing
        | Reason::AlgorithmNotAccepted
        | Reason::AlgorithmNotRsa
        | Reason::AlgorithmNotSupported => Refusal::Algorithm,
        Reason::KeyIdMissing
        | Reason::KeyIdNotText
        | Reason::KeyNotFound
        | Reason::KeySourceUnavailable => Refusal::Key,
        Reason::SignatureInvalid | Reason::SignatureNotDecodable => Refusal::Signature,
        _ => Refusal::Unreadable,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates: no time that is meant is that far away"
)]
fn whole(seconds: f64) -> i64 {
    seconds.floor() as i64
}

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// In seconds. A provider tells at once, and tries again for some minutes.
const LONGEST_AGE: i64 = 600;

/// By how many seconds a provider's clock may be ahead.
const CLOCK_DIFFERENCE: i64 = 60;

const DAY: i64 = 86_400;

/// Where nothing bounds how long a token is good, it is taken to be over in a year.
const YEAR: i64 = 365 * DAY;

#[cfg(test)]
mod tests;
