//! What a denial means: which check failed, what was found, what was needed, and what to change.
//!
//! [`token`] and [`room`] explain one reason; [`checks`] and [`room_checks`] go on after the first failure. All of it
//! shows single claims, shortened, and never a token, a signature or a secret.

pub mod checks;
mod claim;
mod format;
mod key;
mod paste;
pub mod room_checks;
mod room_claim;
mod secret;
mod signature;
mod structure;

use std::fmt;

use super::decision::Found;
use super::policy::Policy;
use super::reason::Reason;
use super::room::Join;

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
        if let Some(source) = self.source() {
            write!(formatter, " ({source})")?;
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
    /// The host's policy.
    pub policy: &'a Policy,
    /// The token as it was presented.
    pub token: Option<&'a str>,
    /// What there is for the key that it wants.
    pub found: &'a Found,
    /// Names keys that there are, at most [`MOST_KIDS`] of them; only some denials ask.
    pub known_kids: &'a dyn Fn() -> Vec<String>,
    /// The other hosts, by name.
    pub neighbours: &'a [(&'a str, &'a Policy)],
    /// Whether a `context` claim is demanded.
    pub context_required: bool,
    /// The time, in Unix seconds.
    pub now: i64,
}

/// Explains why a token was denied.
#[must_use]
pub fn token(reason: &Reason, examined: &Examined<'_>) -> Explanation {
    match reason {
        Reason::TokenRequired
        | Reason::TokenTooLong
        | Reason::NotThreeParts
        | Reason::KeyHeaderNotBase64Url
        | Reason::KeyHeaderNotJson
        | Reason::HeaderNotDecodable
        | Reason::PayloadNotDecodable
        | Reason::SignatureNotDecodable
        | Reason::Flawed(_) => structure::explain(reason, examined),
        Reason::KeyIdMissing
        | Reason::KeyIdNotText
        | Reason::AlgorithmMissing
        | Reason::AlgorithmNotRsa
        | Reason::KeyNotFound
        | Reason::AlgorithmNotSupported
        | Reason::TypeNotAccepted
        | Reason::AlgorithmNotAccepted
        | Reason::SignatureInvalid => key::explain(reason, examined),
        _ => claim::explain(reason, examined),
    }
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

/// Explains why a join was denied.
#[must_use]
pub fn room(reason: &Reason, policy: &Policy, join: &Join<'_>) -> Explanation {
    room_claim::explain(reason, policy, join)
}
