//! Revocations as callers and the log have them.

use crate::api::revocations as api;
use crate::audit::ChangeKind;
use crate::http::exchange::Exchange;
use crate::store::Row;
use crate::token::revocation::{Kind, Name, Revocation, TokenDigest};
use crate::token::shown;

/// A revocation as the API has it.
pub fn revocation(row: &Row) -> api::Revocation {
    let Revocation {
        target,
        host,
        until,
        reason,
        made_by,
        made_at,
    } = &row.revocation;
    let text = |name: &Name| name.as_str().to_owned();
    let named = |kind| target.name().filter(|_| target.kind() == kind).map(text);
    let token = target.token();
    api::Revocation {
        id: row.id.to_string(),
        kind: target.kind().name().to_owned(),
        token_digest: token.map(TokenDigest::to_string),
        token_id: token.map(|token| token.log_name().to_string()),
        jti: named(Kind::TokenId),
        user: named(Kind::User),
        kid: named(Kind::Key),
        issuer: named(Kind::Issuer),
        room: named(Kind::Room),
        sid: named(Kind::Session),
        host: host.as_ref().map(text),
        until: *until,
        issued_before: target.issued_before(),
        reason: reason.as_ref().map(text),
        by: text(made_by),
        since: *made_at,
        version: row.version,
    }
}

/// Tells the log, and the audit log where there is one, what an administrator or a provider has done. Of a token there is nothing but its
/// name in logs.
pub fn note(exchange: &Exchange<'_>, row: &Row, kind: ChangeKind) {
    exchange.note(kind, &row.revocation);
    let Revocation {
        target,
        host,
        until,
        reason,
        made_by,
        ..
    } = &row.revocation;
    let (id, of) = (row.id.to_string(), target.kind().name());
    let short = |name: &Name| shown::bounded(name.as_str(), shown::MAX_REPEATED);
    let token_id = target.token().map(|token| token.log_name().to_string());
    let name = target.name().map(short);
    let host = host.as_ref().map(Name::as_str);
    let issued_before = target.issued_before();
    let reason = reason
        .as_ref()
        .map(|reason| shown::bounded(reason.as_str(), MOST_REASON));
    let by = shown::bounded(made_by.as_str(), MOST_REASON);
    let done = match kind {
        ChangeKind::Revoked => "revoked",
        ChangeKind::Unrevoked => "not revoked any longer",
    };
    tracing::info!(
        of,
        name,
        token_id,
        id,
        host,
        until,
        issued_before,
        reason,
        by,
        "{done}"
    );
}

/// In characters: those of administrators may say more than requests.
const MOST_REASON: usize = 128;
