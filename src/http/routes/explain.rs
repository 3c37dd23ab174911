//! `POST /v1/explain`: every check of a token, and of a room where one is named; or for a gateway.

mod check;
pub mod gateway;
pub mod host;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{HeaderMap, USER_AGENT};
use schemars::JsonSchema;

use crate::api::examination as api;
use crate::api::gateway_examination::GatewayExamination;
use crate::token::explain::mapped::MappedClaim;
use crate::token::explain::unit;
use crate::token::role::{Moderator, User};
use crate::token::session::Session;
use crate::verifier::doctors::MARK;
use crate::verifier::verdict::Examination;

use crate::http::exchange::Exchange;
use crate::http::openapi::{self, Answer, Body, Description};
use crate::http::request::{VerifyForm, VerifyRequest};
use crate::http::response::{Problem, Reply};
use crate::http::{request, verdict};

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
        "Every check of a token, and of a room where one is named; or, with gateway, of a token that comes alone to that gateway.",
        &[Answer::json::<Explained>(
            200,
            "What would be decided, and why.",
        )],
    )
};

/// What is answered.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what is answered, and nothing else")]
enum Explained {
    Host(Box<api::Examination<'static, Session>>),
    Gateway(Box<GatewayExamination>),
}

/// Answers one request.
pub(super) async fn answer(
    exchange: Exchange<'_>,
    request: Request<Incoming>,
) -> Result<Reply, Problem> {
    let is_doctors = is_doctors(request.headers());
    let asked = request::verify(&exchange, request).await?;
    let _share = exchange.share()?;
    let at = at(asked.at)?;
    if let Some(gateway) = &asked.gateway {
        let examination = Box::pin(gateway::examine(exchange, gateway, &asked, at)).await?;
        return Ok(Reply::ok(gateway::body(&examination)));
    }
    let examination = host::examine(exchange, &asked, at, is_doctors).await?;
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
        checks: examination.checks.iter().map(check::told).collect(),
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
