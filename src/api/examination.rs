//! `POST /v1/explain`: every check of a token and a room.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::verdict::TokenBody;

/// Everything that can be said of a token.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Examination<'a, Fields = Map<String, Value>> {
    /// What is decided.
    #[serde(flatten)]
    pub verdict: TokenBody<'a, Fields>,
    /// The time that counted, in Unix seconds.
    pub time: i64,
    /// How room and time were read, where they were not taken as they stood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The first 8 hex digits of the token's SHA-256, where there is a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_digest: Option<String>,
    /// Every check, in the order of the decisions.
    pub checks: Vec<Check>,
}

/// One check, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// What was checked: a claim, a header member, or a property of token or room.
    pub check: String,
    /// Whether it passed.
    pub ok: bool,
    /// What was found.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Outcome {
    Failed(Failed),
    Passed(Passed),
}

/// A check that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failed {
    /// The stable code of the reason.
    pub code: String,
    /// What was looked at.
    #[serde(default)]
    pub claim: String,
    /// What was found.
    #[serde(default)]
    pub found: String,
    /// What would have been accepted.
    #[serde(default)]
    pub expected: String,
    /// The option that says so, and where it was set.
    pub option: Option<String>,
    /// What probably happened, and what to change.
    #[serde(default)]
    pub hint: String,
}

/// A check that passed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Passed {
    /// What was found.
    pub found: String,
    /// What is odd about it all the same.
    pub hint: Option<String>,
}
