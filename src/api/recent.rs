//! What was decided lately, as `/readyz` tells it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The sums of the last minutes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RecentLogins {
    /// How many minutes.
    pub minutes: u64,
    /// The logins by host.
    pub hosts: BTreeMap<String, HostLogins>,
    /// How many logins were tried at hosts that have no policy.
    pub unknown_hosts: u64,
    /// How many logins of `doctor` there were since the start.
    pub doctor_logins: u64,
}

/// The logins of one host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HostLogins {
    /// All of them.
    pub logins: u64,
    /// Those that were denied, by the reason's code.
    pub denied: BTreeMap<String, Denials>,
}

/// Denials for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Denials {
    pub count: u64,
    /// The least seconds by which tokens were out of their time, where that was the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_seconds: Option<i64>,
}
