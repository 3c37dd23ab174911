//! `POST /v1/explain`: every check of a token, and of a room where one is named.

use hyper::Request;
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::telemetry::RequestLog;
use crate::token::explain::checks::Check;
use crate::verifier::verdict::Examination;

use super::dispatch::Service;
use super::response::{self, Problem, Reply};
use super::{request, verify};

/// Answers one request.
pub(super) async fn answer(
    service: &Service,
    request: Request<Incoming>,
    log: &mut RequestLog,
) -> Result<Reply, Problem> {
    let asked = request::verify(request, service.limits).await?;
    let examination = service
        .verifier
        .explain(asked.host.as_deref(), &verify::question(&asked), asked.at)
        .await
        .map_err(Problem::Undecided)?;
    let verdict = &examination.verdict;
    log.decided(&verdict.host, verdict.token_id.as_deref(), verdict.code());
    Ok(Reply::ok(body(examination)))
}

/// An examination as JSON.
#[must_use]
pub fn body(examination: Examination) -> Value {
    let mut body = response::verdict_body(examination.verdict);
    body.insert("time".to_owned(), examination.now.into());
    let digest = examination.token_digest.map(Value::from);
    body.extend(digest.map(|digest| ("token_digest".to_owned(), digest)));
    let checks: Vec<Value> = examination.checks.iter().map(check).collect();
    body.insert("checks".to_owned(), checks.into());
    body.into()
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
