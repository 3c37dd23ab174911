//! `GET /v1/keys` and `GET /v1/host`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The keys that are loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoadedKeys {
    /// Host by host.
    pub hosts: Vec<HostKeys>,
}

/// The keys of one host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HostKeys {
    pub host: String,
    /// The digest of its policy, without any secret: equal ones were read from equal options.
    pub policy: Option<String>,
    /// The only accepted algorithm, if it is one that is supported.
    pub algorithm: Option<String>,
    /// The places that keys come from, in the order in which they are asked.
    pub sources: Vec<Source>,
}

/// One place that keys come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Source {
    /// The name of the issuer whose keys these are; left out where it is the one that the host's own options describe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The option that names such a place.
    pub kind: String,
    /// Its address, path or option.
    pub source: String,
    /// The keys that are accepted now.
    pub keys: Vec<Key>,
    /// Whether keys should be here and are not.
    pub missing: bool,
    /// How long keys have been in use past their lifetime, because the source is down.
    pub stale_seconds: Option<u64>,
    /// What went wrong last, unless it went well since.
    pub error: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Key {
    /// Its name, where it has one.
    pub kid: Option<String>,
    /// `secret`, `RSA`, `P-256`, `P-384`, `P-521` or `Ed25519`.
    #[serde(rename = "type")]
    pub key_type: String,
    pub bits: Option<u64>,
    /// The JWK Thumbprint of a public key (RFC 7638).
    pub fingerprint: Option<String>,
    /// What is wrong with it, if it is too short.
    pub weakness: Option<String>,
    /// How long ago its source vouched for it.
    pub age_seconds: Option<u64>,
    /// How long until it is fetched again.
    pub next_refresh_seconds: Option<u64>,
}

/// A host that has a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct KnownHost {
    /// Its name, as the configuration has it.
    pub host: String,
    /// The daemon's version.
    pub version: String,
}
