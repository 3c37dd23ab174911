//! What a token is made of, and for whom.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::config::host::Host;
use crate::token::algorithm::Algorithm;
use crate::token::signing::{HeaderMembers, SigningError, SigningKey};

/// What a token is made of.
pub struct Recipe {
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// The key of that.
    pub key: SigningKey,
    /// The header's `typ`, where there is to be one.
    pub typ: Option<String>,
    /// The header's `kid`, where there is to be one.
    pub kid: Option<String>,
    /// The claims.
    pub claims: Map<String, Value>,
    /// The issuer that the token is one of; none for `JaaS`.
    pub destination: Option<Destination>,
    /// What there is to say beside the token.
    pub remarks: Vec<String>,
}

/// The issuer that a token is one of, at its host.
pub struct Destination {
    /// The host's name.
    pub name: String,
    /// The host.
    pub host: Arc<Host>,
    /// The issuer's name.
    pub issuer: String,
    /// The tenant of the room.
    pub tenant: Option<String>,
}

impl Recipe {
    /// The token.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn signed(&self) -> Result<String, SigningError> {
        let header = HeaderMembers {
            typ: self.typ.as_deref(),
            kid: self.kid.as_deref(),
        };
        self.key.sign_with(self.algorithm, header, &self.claims)
    }
}

impl Destination {
    /// The issuer, as errors name it: by its name where there are several.
    #[must_use]
    pub fn whose(&self) -> String {
        match self.host.policy.issuers.only() {
            Some(_) => "the host".to_owned(),
            None => format!("the issuer {}", self.issuer),
        }
    }

    /// What is said of a token that is denied there, for this reason, by the issuer of this name.
    #[must_use]
    pub fn denies(&self, judge: Option<&str>, why: &str) -> String {
        let other = judge.filter(|judge| *judge != self.issuer);
        let hint = other.map_or_else(String::new, |other| {
            format!(
                "; iss is that of the issuer {other}: --issuer {other} makes a token of that one"
            )
        });
        format!("{} denies this token: {why}{hint}", self.name)
    }

    /// What is said of a token where nobody could tell what it is good for.
    #[must_use]
    pub fn unknown(&self, why: impl fmt::Display) -> String {
        let host = &self.name;
        format!("nobody knows whether {host} takes this token: {why}")
    }
}
