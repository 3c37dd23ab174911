//! `POST /v1/sessions/check`: what becomes of sessions that were let in.

use std::borrow::Cow;

use hyper::Request;
use hyper::body::Incoming;

use crate::api::live::{Action, CheckedSession, CheckedSessions};
use crate::token::live::{Fate, LiveSession};
use crate::token::reason::Reason;
use crate::verifier::live::Checked;

use crate::http::exchange::Exchange;
use crate::http::openapi::{self, Answer, Body, Description};
use crate::http::request;
use crate::http::request::live::{AskedSession, SessionsRequest};
use crate::http::response::{Problem, Reply};

pub const DESCRIPTION: Description = Description {
    asks: &[Body {
        media_type: "application/json",
        schema: openapi::of::<SessionsRequest>,
        example: r#"{"host": "meet.example.com", "sessions": [{"id": "1", "token": "TOKEN", "rooms": ["standup@conference.meet.example.com"]}]}"#,
    }],
    problems: &[404],
    ..Description::new(
        "Says which of those who are in are to be ended, and why.",
        &[Answer::json::<CheckedSessions<'static>>(
            200,
            "Those with whom something is to be done.",
        )],
    )
};

pub async fn answer(exchange: Exchange<'_>, request: Request<Incoming>) -> Result<Reply, Problem> {
    let asked: SessionsRequest = request::json_alone(request, exchange.service.limits).await?;
    asked.check()?;
    let _share = exchange.share()?;
    let verifier = &exchange.service.verifier;
    // Ahead of the checks: what changes while they are made is another version.
    let version = verifier.version();
    let sessions = asked.sessions.iter().map(live);
    let checked = verifier.check_sessions(asked.host.as_deref(), sessions);
    let checked = checked.map_err(Problem::Undecided)?;
    let told = asked.sessions.iter().zip(checked).filter_map(told);
    Ok(Reply::ok(CheckedSessions {
        version: Cow::Owned(version),
        sessions: told.collect(),
    }))
}

fn live(asked: &AskedSession) -> LiveSession<'_> {
    LiveSession {
        token: asked.token.as_deref(),
        rooms: &asked.rooms,
    }
}

/// Those who are in read it, and have done nothing wrong.
fn text(reason: &Reason) -> Option<Cow<'static, str>> {
    match reason {
        Reason::Expired(_) => Some(Cow::Borrowed("the token with which you joined has expired")),
        other => other.text(),
    }
}

/// Of those who simply stay nothing is said.
fn told((asked, checked): (&AskedSession, Checked)) -> Option<CheckedSession<'_>> {
    let (action, reason, check_again_at) = match checked.fate {
        Fate::Stays(None) => return None,
        Fate::Stays(again) => (Action::Keep, None, again),
        Fate::IsWarned(reason) => (Action::Warn, Some(reason), None),
        Fate::Ends(reason) => (Action::End, Some(reason), None),
    };
    Some(CheckedSession {
        id: Cow::Borrowed(&asked.id),
        action,
        code: reason.as_ref().map(|reason| Cow::Borrowed(reason.code())),
        error: reason
            .as_ref()
            .and_then(Reason::condition)
            .map(Cow::Borrowed),
        reason: reason.as_ref().and_then(text),
        token_id: checked.token_id.map(Cow::Owned),
        check_again_at,
    })
}
