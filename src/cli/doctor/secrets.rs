//! Tokens of doctor's own: of issuers whose secret is in the files.

use serde_json::{Map, Value};

use crate::config::host::Host;
use crate::token::algorithm::Algorithm;
use crate::token::issuer::{Issuer, Keys};
use crate::token::key::Key;
use crate::token::signing::{HeaderMembers, SigningKey};

/// An issuer whose tokens can be made here.
pub struct SecretIssuer<'a> {
    pub issuer: &'a Issuer,
    /// Its name, where it is not the one that the host's own options describe.
    pub further: Option<&'a str>,
    key: SigningKey,
    algorithm: Algorithm,
}

/// The first few issuers of a host that have a secret.
pub fn of(host: &Host) -> Vec<SecretIssuer<'_>> {
    let issuers = host.policy.issuers.iter();
    let found = issuers.filter_map(|issuer| {
        let Keys::Fixed(keys) = &issuer.keys else {
            return None;
        };
        let key = keys.first().and_then(Key::signing)?;
        let mut algorithms = issuer.algorithms.iter();
        Some(SecretIssuer {
            issuer,
            further: host.further(&issuer.name).map(|_| issuer.name.as_str()),
            algorithm: algorithms.find(|one| key.is_for(**one)).copied()?,
            key,
        })
    });
    found.take(MOST).collect()
}

impl SecretIssuer<'_> {
    /// The `iss` of its tokens.
    pub fn iss(&self) -> &str {
        self.issuer
            .accepted
            .first()
            .unwrap_or("prosody-tokend doctor")
    }

    /// Whom its tokens are for.
    pub fn audience(&self) -> &str {
        self.issuer.audiences.first().unwrap_or_else(|| self.iss())
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Map<String, Value>) -> Option<String> {
        let header = HeaderMembers {
            typ: self.issuer.types.usual(),
            kid: None,
        };
        self.key.sign_with(self.algorithm, header, claims).ok()
    }
}

/// Each is asked about.
const MOST: usize = 16;
