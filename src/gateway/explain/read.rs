//! A token as far as it can be read.

use serde_json::Value;

use super::super::parsed::Parsed;
use super::super::refusal::Refusal;
use crate::token::claims::Claims;
use crate::token::header::Header;
use crate::token::signature::Signature;

/// What can be read of a token. Nobody has vouched for it.
pub struct Read<'a> {
    pub token: &'a str,
    /// What the signature covers.
    pub signing_input: &'a str,
    pub header: Option<Header>,
    pub claims: Option<Claims>,
    pub signature: Option<Signature>,
    /// What the decision reads.
    pub decided: Result<(), Refusal>,
}

impl<'a> Read<'a> {
    pub fn of(token: &'a str) -> Self {
        let mut parts = token.splitn(3, '.');
        let header = parts.next().unwrap_or_default();
        let payload = parts.next().unwrap_or_default();
        let length = header.len().saturating_add(payload.len()).saturating_add(1);
        Self {
            token,
            signing_input: token.get(..length).unwrap_or_default(),
            header: Header::decode(header).ok(),
            claims: Claims::decode(payload).ok(),
            signature: parts.next().and_then(|part| Signature::decode(part).ok()),
            decided: Parsed::read(token).map(drop),
        }
    }

    /// A claim.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.as_ref()?.claim(name)
    }

    /// A member of the header.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.header.as_ref()?.member(name)
    }
}
