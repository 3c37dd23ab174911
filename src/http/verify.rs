//! `POST /v1/verify`: decides on a token, and on a room where one is named.

use hyper::Request;
use hyper::body::Incoming;
use serde_json::Value;

use crate::telemetry::RequestLog;
use crate::token::decision::Presented;
use crate::verifier::question::{RoomQuestion, TokenQuestion};

use super::dispatch::Service;
use super::request;
use super::response::{self, Problem, Reply};

pub async fn answer(
    service: &Service,
    request: Request<Incoming>,
    log: &mut RequestLog,
) -> Result<Reply, Problem> {
    let asked = request::verify(request, service.limits).await?;
    let state = asked.room_state.into();
    let query_prefix = asked.session.query_prefix.as_deref();
    let question = TokenQuestion {
        presented: Presented {
            token: asked.token.as_deref(),
            context_required: is_truthy(&asked.session.context_required),
        },
        room: asked.room.as_deref().map(|room| RoomQuestion {
            room,
            state,
            query_prefix,
        }),
        overrides: asked.overrides,
    };
    let verdict = service
        .verifier
        .verify(asked.host.as_deref(), &question)
        .await
        .map_err(Problem::Undecided)?;
    log.decided(&verdict.host, verdict.token_id.as_deref(), verdict.code());
    Ok(response::token_verdict(verdict))
}

/// As Lua has it: everything but `nil` and `false`.
const fn is_truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}
