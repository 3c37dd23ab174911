//! Which keys are loaded, for people. Keys have names, types and fingerprints here; a secret has no place.

use std::time::Duration;

use tokio::time::Instant;

use crate::token::issuer;
use crate::token::key::Key;

/// One place that keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub stale: Option<Duration>,
    /// What went wrong last, unless it went well since.
    pub error: Option<String>,
    /// How long ago the source vouched for what it has, where it is asked.
    pub last_success: Option<Duration>,
    /// How long until it is asked again without anybody needing it.
    pub next_fetch: Option<Duration>,
}

/// One place that the keys of one of a host's issuers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSource {
    /// The issuer's name.
    pub issuer: String,
    /// The place.
    pub state: SourceState,
}

impl IssuerSource {
    /// The issuer's name, where it is a further one of the host.
    #[must_use]
    pub fn further_issuer(&self) -> Option<&str> {
        let issuer = self.issuer.as_str();
        (issuer != issuer::DEFAULT).then_some(issuer)
    }
}

/// A kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A JWK Set or a map of certificates.
    KeysUrl,
    /// A JWK Set whose address an issuer's metadata has.
    Discovery,
    /// A server with a file for each key.
    KeyServer,
    /// A folder with a file for each key.
    Folder,
    /// A file with one key.
    File,
    /// Secrets in the configuration.
    Secret,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// Its `kid`, where it has one.
    pub kid: Option<String>,
    /// `secret`, `RSA`, `P-256`, `P-384`, `P-521` or `Ed25519`.
    pub key_type: &'static str,
    /// The length of its modulus, curve or secret in bits.
    pub bits: usize,
    /// The JWK Thumbprint of a public key (RFC 7638).
    pub fingerprint: Option<String>,
    /// What is wrong with it, if it is too short.
    pub weakness: Option<&'static str>,
    /// How long ago its source vouched for it.
    pub age: Option<Duration>,
    /// How long until it is fetched again.
    pub next_refresh: Option<Duration>,
}

impl SourceKind {
    /// The option that names such a place.
    #[must_use]
    pub const fn option(self) -> &'static str {
        match self {
            Self::KeysUrl => "cache_keys_url",
            Self::Discovery => "discover",
            Self::KeyServer => "asap_key_server",
            Self::Folder => "key_folder",
            Self::File => "public_key_file",
            Self::Secret => "app_secret",
        }
    }
}

impl SourceKind {
    /// Whether it is asked over HTTP.
    #[must_use]
    pub const fn is_fetched(self) -> bool {
        match self {
            Self::KeysUrl | Self::Discovery | Self::KeyServer => true,
            Self::Folder | Self::File | Self::Secret => false,
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
            last_success: None,
            next_fetch: None,
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
