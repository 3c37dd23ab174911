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
    /// How room and time were read, where they were not taken as they stood, and what is odd about the token though it denies
    /// nobody: what the web client will say, and values that Jitsi's modules ignore.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The first 8 hex digits of the token's SHA-256, where there is a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_digest: Option<String>,
    /// Every check, in the order of the decisions.
    pub checks: Vec<Check>,
    /// Where claims come from that the issuer's tokens have under other names than Jitsi's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mapped: Vec<MappedClaim>,
    /// What the token makes of its user, where it can be read. Nobody has vouched for it where the token is denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

/// A claim that an issuer's mapping is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MappedClaim {
    /// The claim as Jitsi's modules know it.
    pub claim: String,
    /// Where it is looked for.
    pub source: String,
    /// The value that it gets from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Why it gets none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
}

/// Who somebody is by a token. Long values are cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// `context.user.name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `context.user.id`, or the top-level `user_id` where there is no context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `context.user.email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `context.group`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The features that `context.features` grants. Where it is not there, the server's defaults count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
    /// Whether the user becomes a moderator, and why.
    pub moderator: Moderator,
}

/// Whether a token makes a moderator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Moderator {
    /// Whether it does.
    pub is: bool,
    /// The claim that says so, or would say so if it had another value.
    pub claim: String,
    /// What stands there, where anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The module of Jitsi's that reads that claim.
    pub module: String,
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
