//! `POST /v1/explain` with `gateway`: every check of a token at a gateway.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::examination::Check;

/// What a token comes to that comes alone to a gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GatewayExamination {
    /// The gateway.
    pub gateway: String,
    /// Whether the request goes through.
    pub allowed: bool,
    /// The status of HTTP that it is answered with.
    pub status: u16,
    /// What it is answered with, where it does not go through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// What `WWW-Authenticate` says then, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub www_authenticate: Option<String>,
    /// The stable code of the reason; also where the request goes through as anonymous though the token does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The headers that those behind the proxy get, by their names, each set or empty; none where it does not go through.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub identity: BTreeMap<String, String>,
    /// Every check, in the order of the decision.
    pub checks: Vec<Check>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The time that counted, in Unix seconds.
    pub time: i64,
    /// The first 8 hex digits of the token's SHA-256, where there is a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_digest: Option<String>,
}
