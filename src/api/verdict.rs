//! `POST /v1/verify` and `POST /v1/room`: what was decided.
//!
//! What is written is borrowed from the decision: a verdict is on the way of everybody who joins, and copies would cost
//! each of them something.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A token's verdict, and the room's. The fields of the session are any members to whoever reads it.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct TokenBody<'a, Fields = Map<String, Value>> {
    /// Whether the token is let in and, where a room was asked, may join it.
    pub allowed: bool,
    /// The host whose policy decided.
    pub host: Cow<'a, str>,
    /// The name of the issuer by which the token was judged, where that is a further one of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Cow<'a, str>>,
    /// How the token is named in logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<Cow<'a, str>>,
    /// Whether the token is let in.
    pub auth: DecisionBody<'a>,
    /// What is odd about a token that is let in all the same.
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    pub warnings: Cow<'a, [String]>,
    /// The room's verdict, where a room was asked and the token let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<AddressBody<'a>>,
    /// What the session is to carry, where the token is let in.
    #[serde(default = "nothing::<Fields>", skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionBody<Fields>>,
    /// The claim `exp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Cow<'a, Value>>,
    /// When Prosody is to ask about the session again, in Unix seconds, where its token's end matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_again_at: Option<i64>,
    /// The verified claims, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Cow<'a, Map<String, Value>>>,
}

/// A room's verdict.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct RoomBody<'a, Fields = Map<String, Value>> {
    /// Whether the join is allowed.
    pub allowed: bool,
    /// The host whose policy decided.
    pub host: Cow<'a, str>,
    /// What was decided on the room.
    pub room: AddressBody<'a>,
    /// What the session is to carry besides.
    pub session: SessionBody<Fields>,
}

/// What was decided on a room.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct AddressBody<'a> {
    /// Whether it may be joined.
    #[serde(flatten)]
    pub decision: DecisionBody<'a>,
    /// Its bare JID, as it was decided on.
    pub jid: Cow<'a, str>,
}

/// Whether something is allowed, and why not.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct DecisionBody<'a> {
    /// Whether it is.
    pub ok: bool,
    /// Why it is not.
    #[serde(flatten)]
    pub denial: Option<DenialBody<'a>>,
}

/// Why something is denied.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct DenialBody<'a> {
    /// The stable code of the reason.
    pub code: Cow<'a, str>,
    /// The condition that Jitsi's modules give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Cow<'a, str>>,
    /// The text that they give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'a, str>>,
    /// What it means, in one line.
    pub explanation: Cow<'a, str>,
}

/// What the session is to carry.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct SessionBody<Fields> {
    /// The fields that the token sets; none for a guest.
    #[serde(flatten)]
    pub fields: Option<Fields>,
    /// Whether the token's tenant is not that of the web address.
    #[serde(
        default,
        rename = "jitsi_meet_tenant_mismatch",
        skip_serializing_if = "Option::is_none"
    )]
    pub tenant_mismatch: Option<bool>,
    /// The affiliation that the token gives in its rooms; none for a guest.
    #[serde(
        default,
        rename = "tokend_affiliation",
        skip_serializing_if = "Option::is_none"
    )]
    pub affiliation: Option<Affiliation>,
}

/// An affiliation with a room (XEP-0045 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Affiliation {
    /// A moderator's.
    Owner,
    /// That of everybody else who has a token.
    Member,
}

/// serde would ask for fields that have a default, which the fields of a session need not have.
const fn nothing<Fields>() -> Option<SessionBody<Fields>> {
    None
}
