//! `POST /v1/explain`: every check of a token, and of a room where one is named.

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{HeaderMap, USER_AGENT};
use serde::Serialize;
use serde_json::{Value, json};

use crate::telemetry::Decision;
use crate::token::explain::checks::Check;
use crate::token::explain::unit;
use crate::verifier::doctors::MARK;
use crate::verifier::verdict::{Denial, Examination};

use super::exchange::Exchange;
use super::response::{Problem, Reply};
use super::verdict::TokenBody;
use super::{request, verify};

/// Answers one request.
pub(super) async fn answer(
    exchange: Exchange<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let is_doctors = is_doctors(request.headers());
    let asked = request::verify(&exchange, request).await?;
    let _share = exchange.share()?;
    let at = at(asked.at)?;
    // Compares with every host there is: a crowd of these must not be in the way of those who join.
    let service = exchange.service;
    let _turn = service.explaining.acquire().await;
    let examination = service
        .verifier
        .explain(
            asked.host.as_deref(),
            &verify::question(&asked, exchange.seat.peer()),
            at,
        )
        .await
        .map_err(Problem::Undecided)?;
    let verdict = &examination.verdict;
    let told = Decision {
        host: &verdict.host,
        room: asked.room.as_deref(),
        token_id: verdict.token_id.as_deref(),
        denial: verdict.why_denied().map(Denial::told),
    };
    exchange.log.decided(&told, is_doctors);
    Ok(Reply::ok(body(&examination)))
}

/// Whether `doctor` asks, which is no user's denial. Who says so wrongly hides an explanation, and no decision.
fn is_doctors(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT);
    agent.is_some_and(|agent| agent.as_bytes().starts_with(MARK.as_bytes()))
}

/// The time to decide at; one that is neither seconds nor milliseconds is no time that anybody means.
fn at(asked: Option<i64>) -> Result<Option<i64>, Problem> {
    let seconds = asked
        .map(|time| unit::seconds_of(time).ok_or(time))
        .transpose();
    seconds.map_err(|time| Problem::Malformed {
        detail: format!("at: found {time}, expected Unix seconds"),
    })
}

/// An examination as JSON.
#[must_use]
pub fn body(examination: &Examination) -> Value {
    json!(ExaminationBody {
        verdict: TokenBody::from(&examination.verdict),
        time: examination.now,
        notes: &examination.notes,
        token_digest: examination.token_digest.as_deref(),
        checks: examination.checks.iter().map(check).collect(),
    })
}

#[derive(Serialize)]
struct ExaminationBody<'a> {
    #[serde(flatten)]
    verdict: TokenBody<'a>,
    time: i64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    token_digest: Option<&'a str>,
    checks: Vec<Value>,
}

fn check(check: &Check) -> Value {
    match &check.outcome {
        Ok(passed) => json!({
            "check": check.check,
            "ok": true,
            "found": passed.found,
            "hint": passed.hint,
        }),
        Err(failed) => json!({
            "check": check.check,
            "ok": false,
            "code": failed.code,
            "claim": failed.explanation.check,
            "found": failed.explanation.found,
            "expected": failed.explanation.expected,
            "option": failed.explanation.source(),
            "hint": failed.explanation.hint(),
        }),
    }
}
