//! Why a request could not be answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Problem details (RFC 9457).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProblemDetails {
    /// `about:blank`: the status says it all.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// What the status is called.
    pub title: Option<String>,
    pub status: u16,
    /// What was wrong, and what to do.
    pub detail: Option<String>,
}
