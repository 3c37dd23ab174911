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
    /// What was decided lately, for those who may ask for decisions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recent: Option<RecentLogins>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference to the member"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}
