//! `GET /v1/keys`: what keys are loaded.

use std::time::Duration;

use crate::api::keys::{self as api, LoadedKeys};
use crate::keys::state::{IssuerSource, KeyState};
use crate::verifier::Verifier;
use crate::verifier::loaded::HostKeys;

use crate::http::exchange::Exchange;
use crate::http::openapi::{Answer, Description};
use crate::http::response::Reply;

pub const DESCRIPTION: Description = Description::new(
    "The keys that are loaded, host by host.",
    &[Answer::json::<LoadedKeys>(
        200,
        "The keys, without anything secret.",
    )],
);

pub fn answer(exchange: &Exchange<'_>) -> Reply {
    Reply::ok(loaded(&exchange.service.verifier))
}

/// The keys, without anything secret.
pub fn loaded(verifier: &Verifier) -> LoadedKeys {
    let hosts = verifier.loaded_keys().into_iter();
    LoadedKeys {
        hosts: hosts.map(api::HostKeys::from).collect(),
    }
}

impl From<HostKeys> for api::HostKeys {
    fn from(host: HostKeys) -> Self {
        Self {
            host: host.host,
            policy: Some(host.policy),
            algorithm: host.algorithm.map(str::to_owned),
            sources: host.sources.into_iter().map(api::Source::from).collect(),
        }
    }
}

impl From<IssuerSource> for api::Source {
    fn from(source: IssuerSource) -> Self {
        let issuer = source.further_issuer().map(str::to_owned);
        let source = source.state;
        Self {
            issuer,
            kind: source.kind.option().to_owned(),
            source: source.source,
            keys: source.keys.into_iter().map(api::Key::from).collect(),
            missing: source.missing,
            stale_seconds: source.stale.as_ref().map(Duration::as_secs),
            error: source.error,
        }
    }
}

impl From<KeyState> for api::Key {
    fn from(key: KeyState) -> Self {
        Self {
            kid: key.kid,
            key_type: key.key_type.to_owned(),
            bits: u64::try_from(key.bits).ok(),
            fingerprint: key.fingerprint,
            weakness: key.weakness.map(str::to_owned),
            age_seconds: key.age.as_ref().map(Duration::as_secs),
            next_refresh_seconds: key.next_refresh.as_ref().map(Duration::as_secs),
        }
    }
}
