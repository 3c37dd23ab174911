//! Signs this server's own tokens with the keys that are configured, and the clock.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::config::asap::Asap;
use crate::token::asap::{self, SignedToken};
use crate::token::preparation;
use crate::token::shown;
use crate::token::signing::SigningError;

/// The hosts that have a key to sign with.
pub struct Signer {
    hosts: BTreeMap<String, Asap>,
    now: fn() -> i64,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotSigned {
    /// The host has no key, or is not known.
    #[error(
        "no asap_key_path for host {}; there is one for {known}",
        shown::quoted(asked)
    )]
    NoKey {
        /// The host that was asked for.
        asked: String,
        /// The hosts that have one.
        known: String,
    },
    /// The key did not sign.
    #[error("signing failed")]
    Failed(#[from] SigningError),
}

impl Signer {
    /// Takes the keys, by host, and the clock. None where there is no key.
    #[must_use]
    pub fn new(hosts: BTreeMap<String, Asap>, now: fn() -> i64) -> Option<Self> {
        (!hosts.is_empty()).then_some(Self { hosts, now })
    }

    /// Signs a token for the audience, or for the host's own.
    pub fn sign(&self, host: &str, audience: Option<&str>) -> Result<SignedToken, NotSigned> {
        let Some(found) = self.hosts.get(&preparation::host(host)) else {
            return Err(NotSigned::NoKey {
                asked: host.to_owned(),
                known: shown::listed(self.hosts.keys()),
            });
        };
        Ok(asap::sign(
            &found.issuance,
            &found.key,
            audience,
            (self.now)(),
        )?)
    }
}
