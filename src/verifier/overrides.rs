//! What a question may change of a host's policy, as the setters of Jitsi's `token/util` do.

use std::sync::Arc;

use http::Uri;
use serde::Deserialize;

use crate::config::host::Host;
use crate::keys::source::KeySources;
use crate::token::algorithm::{Algorithm, Family};
use crate::token::key::Key;
use crate::token::policy::{Accepted, Keys};

use super::policies::Policies;
use super::question::Undecided;

/// Changes for one question; what is not there stays as the policy has it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    /// The key to verify with, which a module of Prosody has fetched (`session.public_key`).
    pub public_key: Option<String>,
    /// The key server; one that the configuration names.
    pub asap_key_server: Option<String>,
    /// Accepted `iss`.
    pub asap_accepted_issuers: Option<Vec<String>>,
    /// Accepted `aud`.
    pub asap_accepted_audiences: Option<Vec<String>>,
    /// Whether a token must name a room.
    pub asap_require_room_claim: Option<bool>,
}

impl Overrides {
    /// The host with these changes.
    ///
    /// # Errors
    /// [`Undecided::KeyUrlNotAllowed`].
    pub fn apply(&self, host: &Arc<Host>, policies: &Policies) -> Result<Arc<Host>, Undecided> {
        if *self == Self::default() {
            return Ok(Arc::clone(host));
        }
        let mut host = Host::clone(host);
        if let Some(url) = &self.asap_key_server {
            if !policies.allows_key_url(url) {
                return Err(Undecided::KeyUrlNotAllowed {
                    server: server(url),
                });
            }
            ask_key_server(&mut host, url);
        }
        if let Some(key) = &self.public_key {
            use_key(&mut host, key.as_bytes());
        }
        let policy = &mut host.policy;
        if let Some(issuers) = &self.asap_accepted_issuers {
            policy.issuers = Accepted::only(issuers.iter().cloned());
        }
        if let Some(audiences) = &self.asap_accepted_audiences {
            policy.audiences = Accepted::only(audiences.iter().cloned());
        }
        if let Some(require) = self.asap_require_room_claim {
            policy.require_room_claim = require;
        }
        Ok(Arc::new(host))
    }
}

/// One key for this token. What is none of the policy's algorithm verifies nothing.
fn use_key(host: &mut Host, key: &[u8]) {
    expect_public_keys(host);
    let key = match host.policy.algorithm.map(Algorithm::family) {
        Some(Family::Hmac) => Key::from_secret(key),
        _ => Key::from_pem(key),
    };
    host.policy.keys = Keys::Fixed(key.into_iter().collect());
}

/// A host with secrets expects HMAC unless told otherwise, with which no public key works.
fn expect_public_keys(host: &mut Host) {
    let was_public = matches!(host.policy.keys, Keys::ById);
    if !was_public && host.origin_of("signature_algorithm").is_none() {
        host.policy.algorithm = Some(Algorithm::Rs256);
    }
}

/// Keys go by `kid` then.
fn ask_key_server(host: &mut Host, url: &str) {
    expect_public_keys(host);
    host.policy.keys = Keys::ById;
    host.sources = KeySources {
        // One spelling, so that no server is kept under many names.
        key_server: Some(url.trim_end_matches('/').to_owned()),
        algorithm: host.policy.algorithm,
        ..host.sources.clone()
    };
}

/// Of an address, the server: what else there is in it may be a password.
fn server(url: &str) -> String {
    let uri = url.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    host.to_owned()
}
