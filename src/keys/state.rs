//! Which keys are loaded, for people. Keys have names, types and fingerprints here; a secret has no place.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::token::key::Key;

/// One place that keys come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceState {
    /// Which option names it.
    pub kind: SourceKind,
    /// Its address, path or option.
    pub source: String,
    /// The keys that are accepted now.
    pub keys: Vec<KeyState>,
    /// Whether keys should be here and are not.
    pub missing: bool,
    /// How long keys have been in use past their lifetime, because the source is down.
    #[serde(rename = "stale_seconds", serialize_with = "seconds")]
    pub stale: Option<Duration>,
    /// What went wrong last, unless it went well since.
    pub error: Option<String>,
}

/// A kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum SourceKind {
    /// A JWK Set or a map of certificates.
    #[serde(rename = "cache_keys_url")]
    KeysUrl,
    /// A server with a file for each key.
    #[serde(rename = "asap_key_server")]
    KeyServer,
    /// A folder with a file for each key.
    #[serde(rename = "key_folder")]
    Folder,
    /// A file with one key.
    #[serde(rename = "public_key_file")]
    File,
    /// Secrets in the configuration.
    #[serde(rename = "app_secret")]
    Secret,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyState {
    /// Its `kid`, where it has one.
    pub kid: Option<String>,
    /// `secret`, `RSA`, `P-256`, `P-384` or `Ed25519`.
    #[serde(rename = "type")]
    pub key_type: &'static str,
    /// The length of its modulus, curve or secret in bits.
    pub bits: usize,
    /// The JWK Thumbprint of a public key (RFC 7638).
    pub fingerprint: Option<String>,
    /// What is wrong with it, if it is too short.
    pub weakness: Option<&'static str>,
    /// How long ago its source vouched for it.
    #[serde(rename = "age_seconds", serialize_with = "seconds")]
    pub age: Option<Duration>,
    /// How long until it is fetched again.
    #[serde(rename = "next_refresh_seconds", serialize_with = "seconds")]
    pub next_refresh: Option<Duration>,
}

impl SourceKind {
    /// The option that names such a place.
    #[must_use]
    pub const fn option(self) -> &'static str {
        match self {
            Self::KeysUrl => "cache_keys_url",
            Self::KeyServer => "asap_key_server",
            Self::Folder => "key_folder",
            Self::File => "public_key_file",
            Self::Secret => "app_secret",
        }
    }
}

impl SourceState {
    /// Whether no token can be verified with it as it stands. A key server that has no key yet is asked for one when a
    /// token needs it, unless that failed a moment ago.
    #[must_use]
    pub const fn is_of_no_use(&self) -> bool {
        let may_have_more = matches!(self.kind, SourceKind::KeyServer) && self.error.is_none();
        self.keys.is_empty() && !may_have_more
    }

    /// A place without keys.
    #[must_use]
    pub fn new(kind: SourceKind, source: &str) -> Self {
        Self {
            kind,
            source: source.to_owned(),
            keys: Vec::new(),
            missing: false,
            stale: None,
            error: None,
        }
    }
}

impl KeyState {
    /// A key that is not fetched: it has no age.
    #[must_use]
    pub fn new(kid: Option<&str>, key: &Key) -> Self {
        let facts = key.facts();
        Self {
            kid: kid.map(str::to_owned),
            key_type: facts.key_type,
            bits: facts.bits,
            fingerprint: facts.fingerprint.clone(),
            weakness: facts.weakness(),
            age: None,
            next_refresh: None,
        }
    }

    /// The same key, as one that was fetched.
    pub(super) fn at(self, confirmed: Instant, next: Option<Instant>, now: Instant) -> Self {
        Self {
            age: Some(now.saturating_duration_since(confirmed)),
            next_refresh: next.map(|next| next.saturating_duration_since(now)),
            ..self
        }
    }
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the member"
)]
fn seconds<S: serde::Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration
        .map(|duration| duration.as_secs())
        .serialize(serializer)
}
