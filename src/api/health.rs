//! `GET /healthz` and `GET /readyz`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::recent::RecentLogins;

/// Whether the daemon runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Health {
    /// [`OK`].
    pub status: String,
    /// The daemon's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The status of a daemon that runs.
pub const OK: &str = "ok";

/// Whether the daemon can decide, and what an operator should know of besides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Ready {
    /// `ready`, or `not ready`.
    pub status: String,
    /// Hosts that have no key, and can admit nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cannot_admit: Vec<String>,
    /// Keys that should be there and are not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_keys: Vec<String>,
    /// Keys in use past their lifetime.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stale_keys: Vec<String>,
    /// Why the last reload failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reload_failed: Option<String>,
    /// Why changes of the configuration are not noticed at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_watched: Option<String>,
    /// How many lines of the log were lost.
    #[serde(skip_serializing_if = "is_zero")]
    pub log_lines_lost: u64,
    /// How many decisions have no line in the audit log.
    #[serde(skip_serializing_if = "is_zero")]
    pub audit_lines_lost: u64,
    /// Why decisions are not recorded at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_failed: Option<String>,
    /// Whether nobody is let in, since it is not known what was revoked.
    #[serde(skip_serializing_if = "is_false")]
    pub revocations_unknown: bool,
    /// Why nothing can be revoked at present, or others' revocations do not come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_failed: Option<String>,
    /// Since when, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_failed_since: Option<i64>,
    /// What was lost of the revocations, and where it lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_damaged: Option<String>,
    /// Where revocations are kept, for those who may ask for decisions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreHealth>,
    /// What was decided lately, for those who may ask for decisions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recent: Option<RecentLogins>,
}

/// Where revocations, consumers and credentials are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StoreHealth {
    /// A path, or the address of a database.
    pub place: String,
    /// Whether several daemons share it.
    pub is_shared: bool,
    /// How many are in force.
    pub revocations: usize,
    /// How many consumers are in force.
    pub consumers: usize,
    /// How many credentials are.
    pub credentials: usize,
    /// How many of them have a secret that cannot be read: it was sealed with another key than `store.seal_key`.
    pub unreadable_secrets: usize,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference to the member"
)]
const fn is_false(truth: &bool) -> bool {
    !*truth
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference to the member"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}
