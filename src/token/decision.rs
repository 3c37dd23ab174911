//! The token's decision, in the order in which Jitsi's modules check; the first check that fails decides.

use std::slice;

use super::algorithm::Algorithm;
use super::checks::{self, Circumstances};
use super::claims::{Claims, VerifiedClaims};
use super::compact::{self, Compact};
use super::header::Header;
use super::json;
use super::key::{Key, KeyError};
use super::policy::{Keys, Policy};
use super::reason::Reason;
use super::recall::Recall;
use super::session::Session;
use super::signature::{self, Signature};

/// A session that was let in.
#[must_use]
pub enum Admission {
    /// It came without a token, and may.
    Guest,
    /// It came with a token.
    Member(Box<Member>),
}

/// Who came with a verified token.
pub struct Member {
    /// What the token says.
    pub claims: VerifiedClaims,
    /// What the session is to carry.
    pub session: Session,
}

/// What a client presents when it authenticates.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// The token, where there is one.
    pub token: Option<&'a str>,
    /// The scheme of an `Authorization` header that came in place of a token and is none of `Bearer`.
    pub other_scheme: Option<&'a str>,
    /// Whether some module demanded a `context` claim (`session.contextRequired`).
    pub context_required: bool,
}

/// What the sources of a host have for one `kid`: a key, one that cannot be used, or nothing. A source that fails is
/// [`KeyError::Unavailable`].
pub type Found = Option<Result<Key, KeyError>>;

/// Decides whether a client may authenticate, at `now` in Unix seconds; `found` is what there is for [`wanted_key`], and
/// `recall` what need not be verified again.
///
/// # Errors
/// The reason of the first check that fails.
pub fn decide(
    policy: &Policy,
    presented: Presented<'_>,
    found: &Found,
    recall: Recall<'_>,
    now: i64,
) -> Result<Admission, Reason> {
    let Some(token) = presented.token else {
        return admit_guest(policy, presented.other_scheme);
    };
    check_length(policy, token)?;
    let keys = keys(policy, token, found)?;
    let algorithm = policy.algorithm.ok_or(Reason::AlgorithmNotSupported)?;
    let token = Token::decode(token)?;
    token.header.check_type(&policy.types)?;
    token.header.check_algorithm(algorithm)?;
    let (input, signature) = (token.signing_input, &token.signature);
    let claims = signature::verify(input, signature, token.claims, keys, algorithm, recall)?;
    let given = Circumstances {
        policy,
        context_required: presented.context_required,
        now,
    };
    checks::claims(&claims, &given)?;
    let session = Session::from_claims(&claims)?;
    checks::standards(Some(&token.header), Some(&token.signature), Some(&claims))?;
    Ok(Admission::Member(Box::new(Member { claims, session })))
}

/// Who shows something else than a token is no guest: Jitsi's modules take whatever stands there for one.
pub(super) fn admit_guest(
    policy: &Policy,
    other_scheme: Option<&str>,
) -> Result<Admission, Reason> {
    match other_scheme {
        Some(scheme) => Err(Reason::SchemeNotBearer(scheme.to_owned().into())),
        None if policy.allow_empty_token => Ok(Admission::Guest),
        None => Err(Reason::TokenRequired),
    }
}

/// The `kid` whose key a token's decision needs, where it needs one.
#[must_use]
pub fn wanted_key(policy: &Policy, token: &str) -> Option<String> {
    match policy.keys {
        Keys::Fixed(_) => None,
        Keys::ById => check_length(policy, token)
            .and_then(|()| key_id(policy, token))
            .ok(),
    }
}

pub(super) fn check_length(policy: &Policy, token: &str) -> Result<(), Reason> {
    if token.len() > policy.max_token_bytes {
        Err(Reason::TokenTooLong)
    } else {
        Ok(())
    }
}

/// The keys to verify with. One that cannot be used verifies nothing.
pub(super) fn keys<'a>(
    policy: &'a Policy,
    token: &str,
    found: &'a Found,
) -> Result<&'a [Key], Reason> {
    match &policy.keys {
        Keys::Fixed(keys) => Ok(keys),
        Keys::ById => {
            key_id(policy, token)?;
            match found.as_ref().ok_or(Reason::KeyNotFound)? {
                Ok(key) => Ok(slice::from_ref(key)),
                Err(KeyError::Unavailable(_)) => Err(Reason::KeySourceUnavailable),
                Err(_) => Ok(&[]),
            }
        }
    }
}

/// The `kid`, as Jitsi's modules look for it: before anything else of the token is read.
///
/// # Errors
/// [`Reason::NotThreeParts`], [`Reason::KeyHeaderNotBase64Url`], [`Reason::KeyHeaderNotJson`],
/// [`Reason::KeyIdMissing`], [`Reason::AlgorithmMissing`], [`Reason::KeyIdNotText`], [`Reason::AlgorithmNotRsa`].
fn key_id(policy: &Policy, token: &str) -> Result<String, Reason> {
    let (header, _) = token.split_once('.').ok_or(Reason::NotThreeParts)?;
    let mut flaws = Vec::new();
    let header = compact::decode(header, &mut flaws).ok_or(Reason::KeyHeaderNotBase64Url)?;
    let header = json::read(&header, &mut flaws)
        .and_then(json::members)
        .ok_or(Reason::KeyHeaderNotJson)?;
    let kid = header.get("kid").ok_or(Reason::KeyIdMissing)?;
    let algorithm = header.get("alg").ok_or(Reason::AlgorithmMissing)?;
    let prefix = key_prefix(policy);
    let fits = |name: &str| name.starts_with(prefix);
    if !algorithm.as_str().is_some_and(fits) {
        return Err(Reason::AlgorithmNotRsa);
    }
    let kid = kid.as_str().ok_or(Reason::KeyIdNotText)?;
    Ok(kid.to_owned())
}

/// What the `alg` of a token with a `kid` begins with: `RS`, unless the policy asks for another kind of public key.
fn key_prefix(policy: &Policy) -> &'static str {
    match policy.algorithm {
        Some(algorithm) if !algorithm.is_jitsis() => algorithm.prefix(),
        Some(_) | None => Algorithm::Rs256.prefix(),
    }
}

/// A token with all its parts decoded, and none believed.
pub(super) struct Token<'a> {
    signing_input: &'a str,
    header: Header,
    claims: Claims,
    signature: Signature,
}

impl<'a> Token<'a> {
    pub(super) fn decode(token: &'a str) -> Result<Self, Reason> {
        let parts = Compact::split(token)?;
        Ok(Self {
            signing_input: parts.signing_input,
            header: Header::decode(parts.header)?,
            claims: Claims::decode(parts.payload)?,
            signature: Signature::decode(parts.signature)?,
        })
    }
}
