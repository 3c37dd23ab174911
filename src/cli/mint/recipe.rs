//! What a token is made of, and for whom.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::config::host::Host;
use crate::token::algorithm::Algorithm;
use crate::token::signing::SigningKey;

/// What a token is made of.
pub struct Recipe {
    pub algorithm: Algorithm,
    pub key: SigningKey,
    pub typ: Option<String>,
    pub kid: Option<String>,
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
    pub host: Arc<Host>,
    /// The issuer's name.
    pub issuer: String,
    /// The tenant of the room.
    pub tenant: Option<String>,
}

impl Destination {
    /// The issuer, as errors name it: by its name where there are several.
    pub fn whose(&self) -> String {
        match self.host.policy.issuers.only() {
            Some(_) => "the host".to_owned(),
            None => format!("the issuer {}", self.issuer),
        }
    }
}
