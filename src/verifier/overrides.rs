//! What a question may change of a host's policy, as the setters of Jitsi's `token/util` do.

use std::sync::Arc;

use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::host::Host;
use crate::token::algorithm::{Algorithm, Family};
use crate::token::issuer::{Accepted, Keys, SourceId};
use crate::token::key::Key;

use super::policies::Policies;
use super::undecided::Undecided;

/// Changes for one question; what is not there stays as the policy has it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
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
    /// The host with these changes, which are of its issuer `default` alone: what the setters change in Jitsi's modules are
    /// the host's own options.
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
        let issuer = &mut host.policy.issuers.default;
        if let Some(issuers) = &self.asap_accepted_issuers {
            issuer.accepted = Accepted::only(issuers.iter().cloned());
        }
        if let Some(audiences) = &self.asap_accepted_audiences {
            issuer.audiences = Accepted::only(audiences.iter().cloned());
        }
        if let Some(require) = self.asap_require_room_claim {
            issuer.require_room_claim = require;
        }
        Ok(Arc::new(host))
    }
}

/// One key for this token. What is none of the policy's algorithm verifies nothing.
fn use_key(host: &mut Host, key: &[u8]) {
    expect_public_keys(host);
    let key = match host.issuer().algorithm.map(Algorithm::family) {
        Some(Family::Hmac) => Key::from_secret(key),
        Some(Family::Rsa | Family::RsaPss | Family::P256 | Family::P384 | Family::Ed25519)
        | None => Key::from_pem(key),
    };
    host.policy.issuers.default.keys = Keys::Fixed(key.into_iter().collect());
}

/// A host with secrets expects HMAC unless told otherwise, with which no public key works.
fn expect_public_keys(host: &mut Host) {
    let was_public = matches!(host.issuer().keys, Keys::ById(_));
    if !was_public && host.origin_of("signature_algorithm").is_none() {
        host.policy.issuers.default.algorithm = Some(Algorithm::Rs256);
    }
}

/// Keys go by `kid` then.
fn ask_key_server(host: &mut Host, url: &str) {
    expect_public_keys(host);
    let issuer = &mut host.policy.issuers.default;
    issuer.keys = Keys::ById(SourceId::DEFAULT);
    if let Some(sources) = host.sources.get_mut(SourceId::DEFAULT.0) {
        // One spelling, so that no server is kept under many names.
        sources.key_server = Some(url.trim_end_matches('/').to_owned());
        sources.algorithms = issuer.algorithm.into_iter().collect();
    }
}

/// Of an address, the server: what else there is in it may be a password.
fn server(url: &str) -> String {
    let uri = url.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    host.to_owned()
}
