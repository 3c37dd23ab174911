//! Verdicts as JSON.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::token::session::Session;
use crate::token::shown;
use crate::verifier::verdict::{Denial, RoomAnswer, TokenVerdict};

/// A token's verdict, and the room's.
#[derive(Serialize)]
pub struct TokenBody<'a> {
    allowed: bool,
    host: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<&'a str>,
    auth: DecisionBody<'a>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<AddressBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<&'a Map<String, Value>>,
}

/// A room's verdict.
#[derive(Serialize)]
pub struct RoomBody<'a> {
    allowed: bool,
    host: &'a str,
    room: AddressBody<'a>,
    session: SessionBody<'a>,
}

#[derive(Serialize)]
struct AddressBody<'a> {
    #[serde(flatten)]
    decision: DecisionBody<'a>,
    jid: Cow<'a, str>,
}

#[derive(Serialize)]
struct DecisionBody<'a> {
    ok: bool,
    #[serde(flatten)]
    denial: Option<DenialBody<'a>>,
}

#[derive(Serialize)]
struct DenialBody<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    explanation: &'a str,
}

/// What the session is to carry.
#[derive(Serialize)]
struct SessionBody<'a> {
    #[serde(flatten)]
    fields: Option<&'a Session>,
    #[serde(
        rename = "jitsi_meet_tenant_mismatch",
        skip_serializing_if = "Option::is_none"
    )]
    tenant_mismatch: Option<bool>,
}

impl<'a> From<&'a TokenVerdict> for TokenBody<'a> {
    fn from(verdict: &'a TokenVerdict) -> Self {
        let admitted = verdict.admission.as_ref().ok();
        let claims = admitted.and_then(|admitted| admitted.claims.as_ref());
        Self {
            allowed: verdict.allowed(),
            host: &verdict.host,
            token_id: verdict.token_id.as_deref(),
            auth: verdict.admission.as_ref().err().into(),
            warnings: &verdict.warnings,
            room: verdict.room.as_ref().map(AddressBody::from),
            session: admitted.map(|admitted| SessionBody {
                fields: admitted.session.as_ref(),
                tenant_mismatch: verdict.room.as_ref().and_then(tenant_mismatch),
            }),
            expires_at: claims.and_then(|claims| claims.get("exp")),
            claims,
        }
    }
}

impl<'a> From<&'a RoomAnswer> for RoomBody<'a> {
    fn from(answer: &'a RoomAnswer) -> Self {
        Self {
            allowed: answer.decision.is_ok(),
            host: &answer.host,
            room: answer.into(),
            session: SessionBody {
                fields: None,
                tenant_mismatch: tenant_mismatch(answer),
            },
        }
    }
}

impl<'a> From<&'a RoomAnswer> for AddressBody<'a> {
    fn from(answer: &'a RoomAnswer) -> Self {
        Self {
            decision: answer.decision.as_ref().err().into(),
            jid: shown_jid(answer),
        }
    }
}

impl<'a> From<Option<&'a Denial>> for DecisionBody<'a> {
    fn from(denial: Option<&'a Denial>) -> Self {
        Self {
            ok: denial.is_none(),
            denial: denial.map(|denial| DenialBody {
                code: denial.reason.code(),
                error: denial.reason.condition(),
                reason: denial.reason.text().map(String::from),
                explanation: &denial.explanation,
            }),
        }
    }
}

/// The address of a room that is denied need not be good for anything, and may be a token in the wrong place.
fn shown_jid(answer: &RoomAnswer) -> Cow<'_, str> {
    if answer.decision.is_err() && shown::looks_like_token(&answer.jid) {
        return Cow::Owned(shown::bounded(&answer.jid, shown::MAX_REPEATED));
    }
    Cow::Borrowed(&answer.jid)
}

fn tenant_mismatch(answer: &RoomAnswer) -> Option<bool> {
    answer.tenant_mismatch.then_some(true)
}
