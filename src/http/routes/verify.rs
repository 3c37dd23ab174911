//! `POST /v1/verify`: decides on a token, and on a room where one is named.

use hyper::Request;
use hyper::body::Incoming;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::audit::{self, Claims, Kind};
use crate::clock;
use crate::peer::Peer;
use crate::telemetry::Decision;
use crate::token::decision::Presented;
use crate::verifier::question::{RoomName, RoomQuestion, TokenQuestion};
use crate::verifier::undecided::Undecided;
use crate::verifier::verdict::{Denial, TokenVerdict};

use crate::api::verdict::TokenBody;
use crate::http::counted;
use crate::http::exchange::Exchange;
use crate::http::openapi::{self, Answer, Body, Description};
use crate::http::remembered;
use crate::http::request::{self, VerifyForm, VerifyRequest};
use crate::http::response::{Problem, Reply};
use crate::http::service::Service;
use crate::token::session::Session;

pub const DESCRIPTION: Description = Description {
    asks: &[
        Body {
            media_type: "application/json",
            schema: asked::<VerifyRequest>,
            example: r#"{"host": "meet.example.com", "token": "TOKEN", "room": "standup"}"#,
        },
        Body {
            media_type: "application/x-www-form-urlencoded",
            schema: asked::<VerifyForm>,
            example: r#"{"host": "meet.example.com", "token": "TOKEN", "room": "standup"}"#,
        },
    ],
    problems: &[404],
    ..Description::new(
        "Decides on a token, and on a room where one is named.",
        &[Answer::json::<TokenBody<'static, Session>>(
            200,
            "What was decided.",
        )],
    )
};

/// Everything that explanations take but the time, and a gateway.
fn asked<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let all = openapi::of::<T>(generator);
    json_schema!({ "allOf": [all], "properties": { "at": { "type": "null" }, "gateway": { "type": "null" } } })
}

pub async fn answer(exchange: Exchange<'_>, request: Request<Incoming>) -> Result<Reply, Problem> {
    let asked = request::verify(&exchange, request).await?;
    let _share = exchange.share()?;
    if asked.at.is_some() {
        let detail = "tokens are decided on as of now; at is for /v1/explain".to_owned();
        return Err(Problem::Malformed { detail });
    }
    if asked.gateway.is_some() {
        let detail =
            "requests of gateways are decided on at /v1/forward-auth; gateway is for /v1/explain"
                .to_owned();
        return Err(Problem::Malformed { detail });
    }
    let (service, started) = (exchange.service, clock::instant());
    let verdict = service
        .verifier
        .verify(
            asked.host.as_deref(),
            &question(&asked, exchange.seat.peer()),
        )
        .await;
    counted::login(&service.counters.decisions, started, &verdict);
    remembered::login(&exchange, started, &asked, &verdict);
    let verdict = noted(service, verdict).map_err(Problem::Undecided)?;
    exchange.record(|id| recorded(&asked, &verdict, id)).await?;
    exchange.log.warned(&verdict.warnings);
    let told = Decision {
        host: &verdict.host,
        issuer: verdict.further_issuer(),
        room: asked.room.as_deref(),
        token_id: verdict.token_id.as_deref(),
        denial: verdict.why_denied().map(Denial::code_and_explanation),
    };
    exchange.log.decided(&told, verdict.is_doctors);
    let wanted = asked.claims.unwrap_or(true);
    Ok(Reply::token_verdict(if wanted {
        verdict
    } else {
        verdict.without_claims()
    }))
}

/// Counts a login among the recent ones.
fn noted(
    service: &Service,
    decided: Result<TokenVerdict, Undecided>,
) -> Result<TokenVerdict, Undecided> {
    let now = service.verifier.time();
    match &decided {
        Ok(verdict) => service.recent.decided(now, verdict),
        Err(Undecided::HostNotConfigured { .. }) => service.recent.at_unknown_host(now),
        Err(
            Undecided::HostAmbiguous { .. }
            | Undecided::KeyUrlNotAllowed { .. }
            | Undecided::IssuerNotConfigured { .. }
            | Undecided::RevocationsUnknown
            | Undecided::UseNotNoted(_)
            | Undecided::Overloaded,
        ) => {}
    }
    decided
}

/// A decision as the audit log has it.
fn recorded<'a>(
    asked: &'a VerifyRequest,
    verdict: &'a TokenVerdict,
    request_id: Option<&'a str>,
) -> audit::Decision<'a> {
    let verified = verdict.admission.as_ref().ok();
    let verified = verified.and_then(|admitted| admitted.claims.as_ref());
    let asked_room = asked.room.as_deref();
    audit::Decision {
        kind: Kind::Token,
        host: &verdict.host,
        issuer: verdict.issuer.as_deref(),
        denial: verdict.denial(),
        token_id: verdict.token_id.as_deref(),
        claims: match (asked.token.as_deref(), verified) {
            (None, _) => Claims::Nothing,
            (Some(token), Some(claims)) => Claims::Verified(token, claims),
            (Some(token), None) => Claims::Unverified(token),
        },
        room: verdict
            .room
            .as_ref()
            .map_or(asked_room, |room| Some(&room.jid)),
        request_id,
        is_doctors: verdict.is_doctors,
    }
}

/// The question in a request's body, and the peer that asks.
pub fn question(asked: &VerifyRequest, peer: Peer) -> TokenQuestion<'_> {
    TokenQuestion {
        asker: peer,
        presented: Presented {
            token: asked.token.as_deref(),
            other_scheme: asked.session.authorization_scheme.as_deref(),
            context_required: is_truthy(&asked.session.context_required),
        },
        opens_session: asked.session.opens_session,
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
