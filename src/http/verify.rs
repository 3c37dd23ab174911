//! `POST /v1/verify`: decides on a token, and on a room where one is named.

use hyper::Request;
use hyper::body::Incoming;
use serde_json::Value;

use crate::peer::Peer;
use crate::telemetry::RequestLog;
use crate::token::decision::Presented;
use crate::verifier::question::{RoomName, RoomQuestion, TokenQuestion};

use super::dispatch::Service;
use super::request::{self, VerifyRequest};
use super::response::{Problem, Reply};
use super::seats::Seat;

pub async fn answer(
    service: &Service,
    seat: &Seat,
    request: Request<Incoming>,
    log: &mut RequestLog,
) -> Result<Reply, Problem> {
    let asked = request::verify(request, service.limits).await?;
    let _share = service.share(seat)?;
    if asked.at.is_some() {
        let detail = "tokens are decided on as of now; at is for /v1/explain".to_owned();
        return Err(Problem::Malformed { detail });
    }
    let verdict = service
        .verifier
        .verify(asked.host.as_deref(), &question(&asked, seat.peer()))
        .await
        .map_err(Problem::Undecided)?;
    log.warned(&verdict.warnings);
    log.decided(&verdict.host, verdict.token_id.as_deref(), verdict.denial());
    let wanted = asked.claims.unwrap_or(true);
    Ok(Reply::token_verdict(if wanted {
        verdict
    } else {
        verdict.without_claims()
    }))
}

/// What the body of a request asks, and who does.
pub fn question(asked: &VerifyRequest, peer: Peer) -> TokenQuestion<'_> {
    TokenQuestion {
        asker: peer,
        presented: Presented {
            token: asked.token.as_deref(),
            context_required: is_truthy(&asked.session.context_required),
        },
        room: asked.room.as_deref().map(|room| RoomQuestion {
            room: RoomName::JidOrName(room),
            state: asked.room_state,
            query_prefix: asked.session.query_prefix.as_deref(),
        }),
        overrides: asked.overrides.clone(),
    }
}

/// As Lua has it: everything but `nil` and `false`.
const fn is_truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}
