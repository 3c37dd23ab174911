//! What a question may change of a host's policy, as the setters of Jitsi's `token/util` do.

use std::sync::Arc;

use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::host::Host;
use crate::token::algorithm::{Algorithm, Family};
use crate::token::issuer::{self, Accepted, Issuer, Keys, SourceId};
use crate::token::key::Key;
use crate::token::policy::Policy;
use crate::token::shown;

use super::policies::Policies;
use super::undecided::Undecided;

/// Changes for one question; what is not there stays as the policy has it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    /// The name of the issuer that is changed: `default` where it is left out. The others count for nothing then.
    pub issuer: Option<String>,
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
    /// The host with these changes. They are of one issuer, and the question is decided by that one alone: whoever narrows
    /// what is accepted does not mean other issuers, of which Jitsi's modules know nothing. Nor does whoever widens it: each
    /// `iss` stays its own issuer's.
    ///
    /// # Errors
    /// [`Undecided::KeyUrlNotAllowed`], [`Undecided::IssuerNotConfigured`].
    pub fn apply(&self, host: &Arc<Host>, policies: &Policies) -> Result<Arc<Host>, Undecided> {
        if *self == Self::default() {
            return Ok(Arc::clone(host));
        }
        let mut host = Host::clone(host);
        let mut issuer = self.issuer(&host)?;
        if let Some(url) = &self.asap_key_server {
            if !policies.allows_key_url(url) {
                return Err(Undecided::KeyUrlNotAllowed {
                    server: server(url),
                });
            }
            ask_key_server(&mut host, &mut issuer, url);
        }
        if let Some(key) = &self.public_key {
            use_key(&host, &mut issuer, key.as_bytes());
        }
        self.change_claims(&mut issuer);
        let issuers = host.policy.issuers.alone(issuer);
        host.policy = Policy {
            issuers,
            ..host.policy
        };
        Ok(Arc::new(host))
    }

    fn issuer(&self, host: &Host) -> Result<Issuer, Undecided> {
        let name = self.issuer.as_deref().unwrap_or(issuer::DEFAULT);
        let issuers = &host.policy.issuers;
        let found = issuers.named(name).cloned();
        found.ok_or_else(|| {
            let known: Vec<&String> = issuers.iter().map(|issuer| &issuer.name).collect();
            Undecided::IssuerNotConfigured {
                asked: name.to_owned(),
                known: shown::listed(known.into_iter()),
            }
        })
    }

    fn change_claims(&self, issuer: &mut Issuer) {
        if let Some(issuers) = &self.asap_accepted_issuers {
            issuer.accepted = Accepted::only(issuers.iter().cloned());
        }
        if let Some(audiences) = &self.asap_accepted_audiences {
            issuer.audiences = Accepted::only(audiences.iter().cloned());
        }
        if let Some(require) = self.asap_require_room_claim {
            issuer.require_room_claim = require;
        }
    }
}

/// One key for this token. What is none of the policy's algorithm verifies nothing.
fn use_key(host: &Host, issuer: &mut Issuer, key: &[u8]) {
    expect_public_keys(host, issuer);
    let key = match issuer.algorithm().map(Algorithm::family) {
        Some(Family::Hmac) => Key::from_secret(key),
        Some(
            Family::Rsa
            | Family::RsaPss
            | Family::P256
            | Family::P384
            | Family::P521
            | Family::Ed25519,
        )
        | None => Key::from_pem(key),
    };
    issuer.keys = Keys::Fixed(key.into_iter().collect());
}

/// An issuer with secrets expects HMAC unless told otherwise, with which no public key works.
fn expect_public_keys(host: &Host, issuer: &mut Issuer) {
    let was_public = matches!(issuer.keys, Keys::ById(_));
    if !was_public
        && host
            .origin_at(&issuer.name, "signature_algorithm")
            .is_none()
    {
        issuer.algorithms = vec![Algorithm::Rs256];
    }
}

/// Keys go by `kid` then.
fn ask_key_server(host: &mut Host, issuer: &mut Issuer, url: &str) {
    expect_public_keys(host, issuer);
    let mut issuers = host.policy.issuers.iter();
    let place = issuers.position(|other| other.name == issuer.name);
    let source = SourceId(place.unwrap_or_default());
    issuer.keys = Keys::ById(source);
    if let Some(sources) = host.sources.get_mut(source.0) {
        // One spelling, so that no server is kept under many names.
        sources.key_server = Some(url.trim_end_matches('/').to_owned());
        sources.algorithms.clone_from(&issuer.algorithms);
    }
}

/// Of an address, the server: what else there is in it may be a password.
fn server(url: &str) -> String {
    let uri = url.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    host.to_owned()
}
