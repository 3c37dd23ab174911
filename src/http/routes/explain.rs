//! `POST /v1/explain`: every check of a token, and of a room where one is named.

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{HeaderMap, USER_AGENT};

use crate::api::examination as api;
use crate::clock;
use crate::telemetry::Decision;
use crate::token::explain::checks::{Check, Failed};
use crate::token::explain::mapped::MappedClaim;
use crate::token::explain::unit;
use crate::token::role::{Moderator, User};
use crate::token::session::Session;
use crate::verifier::doctors::MARK;
use crate::verifier::verdict::{Denial, Examination};

use super::verify;
use crate::http::exchange::Exchange;
use crate::http::openapi::{self, Answer, Body, Description};
use crate::http::request::{VerifyForm, VerifyRequest};
use crate::http::response::{Problem, Reply};
use crate::http::{counted, request, verdict};

pub const DESCRIPTION: Description = Description {
    asks: &[
        Body {
            media_type: "application/json",
            schema: openapi::of::<VerifyRequest>,
            example: r#"{"host": "meet.example.com", "token": "TOKEN", "room": "standup"}"#,
        },
        Body {
            media_type: "application/x-www-form-urlencoded",
            schema: openapi::of::<VerifyForm>,
            example: r#"{"host": "meet.example.com", "token": "TOKEN", "room": "standup"}"#,
        },
    ],
    problems: &[404],
    ..Description::new(
        "Every check of a token, and of a room where one is named.",
        &[Answer::json::<api::Examination<'static, Session>>(
            200,
            "What would be decided, and why.",
        )],
    )
};

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
    let (service, started) = (exchange.service, clock::instant());
    let _turn = service.explaining.acquire().await;
    let examination = service
        .verifier
        .explain(
            asked.host.as_deref(),
            &verify::question(&asked, exchange.seat.peer()),
            at,
        )
        .await;
    let decisions = &service.counters.decisions;
    counted::explanation(decisions, started, &examination, is_doctors);
    let examination = examination.map_err(Problem::Undecided)?;
    let decided = &examination.verdict;
    let told = Decision {
        host: &decided.host,
        issuer: decided.further_issuer(),
        room: asked.room.as_deref(),
        token_id: decided.token_id.as_deref(),
        denial: decided.why_denied().map(Denial::code_and_explanation),
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

/// An examination as the API has it.
#[must_use]
pub fn body(examination: &Examination) -> api::Examination<'_, &Session> {
    api::Examination {
        verdict: verdict::token(&examination.verdict),
        time: examination.now,
        notes: [examination.notes.as_slice(), &examination.oddities].concat(),
        token_digest: examination.token_digest.clone(),
        checks: examination.checks.iter().map(check).collect(),
        mapped: examination.mapped.iter().map(mapped).collect(),
        user: examination.user.clone().map(user),
    }
}

fn mapped(claim: &MappedClaim) -> api::MappedClaim {
    let MappedClaim {
        claim,
        source,
        value,
        why_not,
    } = claim.clone();
    api::MappedClaim {
        claim,
        source,
        value,
        why_not,
    }
}

fn user(user: User) -> api::User {
    let Moderator {
        is,
        claim,
        value,
        module,
    } = user.moderator;
    api::User {
        name: user.name,
        id: user.id,
        email: user.email,
        group: user.group,
        features: user.features,
        moderator: api::Moderator {
            is,
            claim: claim.to_owned(),
            value,
            module: module.to_owned(),
        },
    }
}

fn check(check: &Check) -> api::Check {
    api::Check {
        check: check.check.to_owned(),
        ok: check.outcome.is_ok(),
        outcome: match &check.outcome {
            Ok(passed) => api::Outcome::Passed(api::Passed {
                found: passed.found.clone(),
                hint: passed.hint.clone(),
            }),
            Err(failed) => api::Outcome::Failed(self::failed(failed)),
        },
    }
}

fn failed(failed: &Failed) -> api::Failed {
    let explanation = &failed.explanation;
    api::Failed {
        code: failed.code.to_owned(),
        claim: explanation.check.to_owned(),
        found: explanation.found.clone(),
        expected: explanation.expected.clone(),
        option: explanation.source(),
        hint: explanation.hint(),
    }
}
