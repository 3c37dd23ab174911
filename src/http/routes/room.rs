//! `POST /v1/room`: decides on a room for a session whose token was decided before.

use hyper::Request;
use hyper::body::Incoming;

use crate::audit::{self, Claims, Kind};
use crate::clock;
use crate::telemetry::Decision;
use crate::token::room::{Join, Participant};
use crate::verifier::verdict::{Denial, RoomAnswer};

use crate::api::verdict::RoomBody;
use crate::http::counted;
use crate::http::exchange::Exchange;
use crate::http::openapi::{self, Answer, Body, Description};
use crate::http::remembered;
use crate::http::request::{self, JoiningSession, RoomRequest};
use crate::http::response::{Problem, Reply};
use crate::token::session::Session;

pub const DESCRIPTION: Description = Description {
    asks: &[Body {
        media_type: "application/json",
        schema: openapi::of::<RoomRequest>,
        example: r#"{"host": "meet.example.com", "room": "standup@conference.meet.example.com"}"#,
    }],
    problems: &[404],
    ..Description::new(
        "Decides on a room for a session whose token was decided before.",
        &[Answer::json::<RoomBody<'static, Session>>(
            200,
            "What was decided.",
        )],
    )
};

pub async fn answer(exchange: Exchange<'_>, request: Request<Incoming>) -> Result<Reply, Problem> {
    let asked = request::room(request, exchange.service.limits).await?;
    let _share = exchange.share()?;
    let session = &asked.session;
    let join = Join {
        room_jid: &asked.room,
        state: asked.room_state,
        query_prefix: session.query_prefix.as_deref(),
        participant: if session.has_token() {
            Participant::Member(&session.fields)
        } else {
            Participant::Guest
        },
    };
    let (service, started) = (exchange.service, clock::instant());
    let verdict = service
        .verifier
        .verify_room(exchange.seat.peer(), asked.host.as_deref(), &join)
        .await;
    counted::room(&service.counters.decisions, started, &verdict);
    remembered::room(&exchange, started, &asked, &verdict);
    let verdict = verdict.map_err(Problem::Undecided)?;
    exchange
        .record(|id| recorded(session, &verdict, id))
        .await?;
    let told = Decision {
        host: &verdict.host,
        issuer: verdict.issuer.as_deref(),
        room: Some(&asked.room),
        token_id: None,
        denial: verdict.why_denied().map(Denial::code_and_explanation),
    };
    exchange.log.decided(&told, false);
    Ok(Reply::room_verdict(verdict))
}

/// A decision as the audit log has it.
fn recorded<'a>(
    session: &'a JoiningSession,
    answer: &'a RoomAnswer,
    request_id: Option<&'a str>,
) -> audit::Decision<'a> {
    audit::Decision {
        kind: Kind::Room,
        host: &answer.host,
        issuer: answer.issuer.as_deref(),
        denial: answer.why_denied().map(Denial::code),
        token_id: None,
        claims: if session.has_token() {
            Claims::Session(&session.fields)
        } else {
            Claims::Nothing
        },
        room: Some(&answer.jid),
        request_id,
        is_doctors: false,
    }
}
