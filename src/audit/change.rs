//! What a line says of somebody who revoked something, or took that back. `docs/audit.md` describes it.

use std::time::SystemTime;

use serde::Serialize;

use crate::token::revocation::{Name, Revocation};

use super::line::{bounded, ended, time};

/// A change of what is revoked.
pub struct Change<'a> {
    /// What was done.
    pub kind: ChangeKind,
    /// The revocation.
    pub revocation: &'a Revocation,
    /// What the caller calls the request.
    pub request_id: Option<&'a str>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It counts from now on.
    Revoked,
    /// It counts no longer.
    Unrevoked,
}

/// A line, member by member. All of them are always there.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    kind: ChangeKind,
    revocation: String,
    of: &'static str,
    name: Option<String>,
    host: Option<&'a str>,
    until: Option<i64>,
    issued_before: Option<i64>,
    reason: Option<String>,
    by: String,
    request_id: Option<&'a str>,
}

/// The line of a change, with its end.
pub fn write(change: &Change<'_>, now: SystemTime) -> Vec<u8> {
    let Revocation {
        target,
        host,
        until,
        reason,
        made_by,
        made_at: _,
    } = change.revocation;
    let short = |name: &Name| bounded(name.as_str(), MOST);
    ended(&Line {
        time: time(now),
        kind: change.kind,
        revocation: change.revocation.id().to_string(),
        of: target.kind().name(),
        name: target.name().map(short),
        host: host.as_ref().map(Name::as_str),
        until: *until,
        issued_before: target.issued_before(),
        reason: reason.as_ref().map(short),
        by: short(made_by),
        request_id: change.request_id,
    })
}

/// In characters. Administrators have more to say than callers.
const MOST: usize = 256;
