//! Verdicts as the API has them.

use std::borrow::Cow;

use crate::api::verdict::{
    AddressBody, Affiliation, DecisionBody, DenialBody, RoomBody, SessionBody, TokenBody,
};
use crate::token::role;
use crate::token::session::Session;
use crate::token::shown;
use crate::verifier::verdict::{Denial, RoomAnswer, TokenVerdict};

/// A token's verdict, and the room's.
pub fn token(verdict: &TokenVerdict) -> TokenBody<'_, &Session> {
    let admitted = verdict.admission.as_ref().ok();
    let claims = admitted.and_then(|admitted| admitted.claims.as_ref());
    TokenBody {
        allowed: verdict.allowed(),
        host: Cow::Borrowed(&verdict.host),
        issuer: verdict.further_issuer().map(Cow::Borrowed),
        token_id: verdict.token_id.as_deref().map(Cow::Borrowed),
        auth: decision(verdict.admission.as_ref().err()),
        warnings: Cow::Borrowed(&verdict.warnings),
        room: verdict.room.as_ref().map(address),
        session: admitted.map(|admitted| SessionBody {
            fields: admitted.session.as_ref(),
            tenant_mismatch: verdict.room.as_ref().and_then(tenant_mismatch),
            affiliation: admitted.session.as_ref().map(affiliation),
        }),
        expires_at: claims
            .and_then(|claims| claims.get("exp"))
            .map(Cow::Borrowed),
        check_again_at: admitted.and_then(|admitted| admitted.check_again_at),
        claims: claims.map(Cow::Borrowed),
    }
}

/// A room's verdict.
pub fn room(answer: &RoomAnswer) -> RoomBody<'_, &Session> {
    RoomBody {
        allowed: answer.decision.is_ok(),
        host: Cow::Borrowed(&answer.host),
        room: address(answer),
        session: SessionBody {
            fields: None,
            tenant_mismatch: tenant_mismatch(answer),
            affiliation: None,
        },
    }
}

fn affiliation(session: &Session) -> Affiliation {
    match role::affiliation(session) {
        role::Affiliation::Owner => Affiliation::Owner,
        role::Affiliation::Member => Affiliation::Member,
    }
}

fn address(answer: &RoomAnswer) -> AddressBody<'_> {
    AddressBody {
        decision: decision(answer.decision.as_ref().err()),
        jid: shown_jid(answer),
    }
}

fn decision(denial: Option<&Denial>) -> DecisionBody<'_> {
    DecisionBody {
        ok: denial.is_none(),
        denial: denial.map(|denial| DenialBody {
            code: Cow::Borrowed(denial.reason.code()),
            error: denial.reason.condition().map(Cow::Borrowed),
            reason: denial.reason.text(),
            explanation: Cow::Borrowed(&denial.explanation),
        }),
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
