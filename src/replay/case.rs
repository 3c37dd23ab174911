//! Recorded cases, one JSON object a line: what a client presented, to which policy, and what became of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::token::room::RoomState;

/// One recorded decision.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The Prosody options in force; none where a configuration is given.
    pub options: Option<Map<String, Value>>,
    /// The host that it was decided for, by name.
    pub host: Option<String>,
    /// What key servers answered, by address; every other address has nothing.
    #[serde(default)]
    pub key_server: BTreeMap<String, String>,
    /// The time of the decision in Unix seconds; now if it was not recorded.
    pub now: Option<i64>,
    /// What the session carried before.
    #[serde(default)]
    pub session: CaseSession,
    /// The room's full JID, where a room was decided on.
    pub room_jid: Option<String>,
    /// What the MUC component knew of it.
    #[serde(default)]
    pub room: RoomState,
    /// The token breaks the standards, so that denying it is right in any case.
    #[serde(default)]
    pub strict: bool,
    /// What was decided, where that was recorded.
    pub expect: Option<Expectation>,
}

/// What a session carried before the decision.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CaseSession {
    pub auth_token: Option<String>,
    /// The tenant in the meeting's web address.
    #[serde(rename = "jitsi_web_query_prefix")]
    pub query_prefix: Option<String>,
    /// Whether a `context` claim is demanded.
    #[serde(rename = "contextRequired")]
    pub context_required: bool,
}

/// What was decided.
#[derive(Debug, Deserialize)]
pub struct Expectation {
    /// `refused` where the options are incomplete.
    pub config: Option<String>,
    /// The token's decision.
    pub auth: Option<Expected>,
    /// The room's, where the token was let in.
    pub room: Option<Expected>,
    /// What the session carried in the end; the text `<null>` stands for a JSON null.
    #[serde(default)]
    pub session: Map<String, Value>,
}

/// One expected decision.
#[derive(Debug, Deserialize)]
pub struct Expected {
    /// Whether it allowed.
    pub ok: bool,
    pub error: Option<String>,
    pub reason: Option<String>,
    /// The one who decided broke down; a denial with any reason is right.
    #[serde(default)]
    pub crashed: bool,
}
