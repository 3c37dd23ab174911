//! `GET /v1/changes` and `POST /v1/sessions/check`: what becomes of those who are in.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether something has changed since it was asked last.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Changes<'a> {
    /// Another text after each change of what was revoked, or of the policies.
    pub version: Cow<'a, str>,
}

/// What becomes of sessions.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CheckedSessions<'a> {
    /// The text of which `GET /v1/changes` tells, as it was before they were checked.
    pub version: Cow<'a, str>,
    /// Those with which something is to be done, in the order in which they were asked.
    pub sessions: Vec<CheckedSession<'a>>,
}

/// What is to be done with one session.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CheckedSession<'a> {
    /// What the asker calls it.
    pub id: Cow<'a, str>,
    /// What is to be done.
    pub action: Action,
    /// The stable code of the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Cow<'a, str>>,
    /// The condition of a denial with this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Cow<'a, str>>,
    /// The text of a denial with this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'a, str>>,
    /// How its token is named in logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<Cow<'a, str>>,
    /// When it is to be asked about again, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_again_at: Option<i64>,
}

/// What can be done with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is ended now.
    End,
    /// Its user is told, and stays.
    Warn,
    /// Nothing.
    Keep,
}
