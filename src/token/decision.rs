//! The token's decision, in the order in which Jitsi's modules check; the first check that fails decides.

use super::claims::{Claims, VerifiedClaims};
use super::compact::Compact;
use super::header::Header;
use super::policy::Policy;
use super::reason::Reason;
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
    /// Whether some module demanded a `context` claim (`session.contextRequired`).
    pub context_required: bool,
}

/// Decides whether a client may authenticate, at `now` in Unix seconds.
///
/// # Errors
/// The reason of the first check that fails.
pub fn decide(policy: &Policy, presented: Presented<'_>, now: i64) -> Result<Admission, Reason> {
    let Some(token) = presented.token else {
        return if policy.allow_empty_token {
            Ok(Admission::Guest)
        } else {
            Err(Reason::TokenRequired)
        };
    };
    let token = Token::decode(token, policy.max_token_bytes)?;
    token.header.check_type()?;
    token.header.check_algorithm(policy.algorithm)?;
    let claims = signature::verify(
        token.signing_input,
        &token.signature,
        token.claims,
        &policy.key,
        policy.algorithm,
    )?;
    claims.check_lifetime(now)?;
    claims.check_issuer(&policy.issuers)?;
    claims.check_audience(&policy.audiences)?;
    claims.check_room(policy.require_room_claim)?;
    claims.check_subject()?;
    let session = Session::from_claims(&claims)?;
    claims.check_context(presented.context_required)?;
    // Where Jitsi's modules would let in, the standards have the last word.
    token.header.check_conformance()?;
    token.signature.check_conformance()?;
    claims.check_conformance()?;
    Ok(Admission::Member(Box::new(Member { claims, session })))
}

/// A token with all its parts decoded, and none believed.
struct Token<'a> {
    signing_input: &'a str,
    header: Header,
    claims: Claims,
    signature: Signature,
}

impl<'a> Token<'a> {
    fn decode(token: &'a str, limit: usize) -> Result<Self, Reason> {
        let parts = Compact::split(token, limit)?;
        Ok(Self {
            signing_input: parts.signing_input,
            header: Header::decode(parts.header)?,
            claims: Claims::decode(parts.payload)?,
            signature: Signature::decode(parts.signature)?,
        })
    }
}
