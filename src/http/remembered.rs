//! What the console remembers of a verdict. Where there is none that costs a request one look.

use std::time::Instant;

use serde_json::Value;

use crate::clock;
use crate::joins::{Join, What};
use crate::token::claims::Claims;
use crate::token::session::Session;
use crate::token::shown;
use crate::verifier::undecided::Undecided;
use crate::verifier::verdict::{Denial, RoomAnswer, TokenVerdict};

use super::exchange::Exchange;
use super::offered::Offered;
use super::request::{RoomRequest, VerifyRequest};
use super::service::Service;

/// A login, and the room that was asked for with it. One that `doctor` tries is none of the users'.
pub fn login(
    exchange: &Exchange<'_>,
    started: Instant,
    asked: &VerifyRequest,
    decided: &Result<TokenVerdict, Undecided>,
) {
    if let Some(offered) = exchange.access.console {
        of_login(exchange.service, offered, started, asked, decided);
    }
}

/// A room for a session that is logged in.
pub fn room(
    exchange: &Exchange<'_>,
    started: Instant,
    asked: &RoomRequest,
    decided: &Result<RoomAnswer, Undecided>,
) {
    if let Some(offered) = exchange.access.console {
        of_room(exchange.service, offered, started, asked, decided);
    }
}

#[cold]
#[inline(never)]
fn of_login(
    service: &Service,
    offered: Offered,
    started: Instant,
    asked: &VerifyRequest,
    decided: &Result<TokenVerdict, Undecided>,
) {
    let now = service.verifier.time();
    match decided {
        Ok(verdict) if verdict.is_doctors => {}
        Ok(verdict) => {
            let Names { room, user } = kept(offered, || Names::of_login(asked, verdict));
            let join = Join {
                number: 0,
                time: now,
                what: What::Login,
                host: verdict.host.clone(),
                issuer: verdict.further_issuer().map(str::to_owned),
                code: verdict.denial(),
                token_id: verdict.token_id.clone(),
                room,
                name: user,
            };
            remember(service, join, started);
        }
        Err(_) => service.joins.undecided(now),
    }
}

#[cold]
#[inline(never)]
fn of_room(
    service: &Service,
    offered: Offered,
    started: Instant,
    asked: &RoomRequest,
    decided: &Result<RoomAnswer, Undecided>,
) {
    let now = service.verifier.time();
    match decided {
        Ok(answer) => {
            let Names { room, user } = kept(offered, || Names::of_room(asked, answer));
            let join = Join {
                number: 0,
                time: now,
                what: What::Room,
                host: answer.host.clone(),
                issuer: answer.issuer.clone(),
                code: answer.why_denied().map(Denial::code),
                token_id: None,
                room,
                name: user,
            };
            remember(service, join, started);
        }
        Err(_) => service.joins.undecided(now),
    }
}

fn remember(service: &Service, join: Join, started: Instant) {
    let joins = &service.joins;
    joins.decided(join.time, join.is_let_in(), clock::elapsed(started));
    joins.remember(join);
}

/// What rooms and users are called.
#[derive(Default)]
struct Names {
    room: Option<String>,
    user: Option<String>,
}

/// Names, where they are kept at all.
fn kept(offered: Offered, names: impl FnOnce() -> Names) -> Names {
    if offered.names && offered.recent > 0 {
        names()
    } else {
        Names::default()
    }
}

impl Names {
    fn of_login(asked: &VerifyRequest, verdict: &TokenVerdict) -> Self {
        let decided = verdict.room.as_ref().map(|room| room.jid.as_str());
        let user = match &verdict.admission {
            Ok(admitted) => admitted.session.as_ref().and_then(of_session),
            Err(_) => asked.token.as_deref().and_then(of_unverified),
        };
        Self {
            room: decided.or(asked.room.as_deref()).map(cut),
            user,
        }
    }

    fn of_room(asked: &RoomRequest, answer: &RoomAnswer) -> Self {
        Self {
            room: Some(cut(&answer.jid)),
            user: of_session(&asked.session.fields),
        }
    }
}

fn of_session(session: &Session) -> Option<String> {
    name(session.user.as_ref()?)
}

fn of_unverified(token: &str) -> Option<String> {
    let claims = Claims::unverified(token)?;
    name(claims.claim("context")?.get("user")?)
}

fn name(user: &Value) -> Option<String> {
    user.get("name")?.as_str().map(cut)
}

fn cut(text: &str) -> String {
    let mut text = shown::cut(text, MOST_KEPT).into_owned();
    text.shrink_to_fit();
    text
}

/// In characters. Longer ones would not be read.
const MOST_KEPT: usize = 128;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OFFERED: Offered = Offered {
        recent: 200,
        names: true,
        mint: false,
        session: std::time::Duration::from_mins(1),
    };

    #[test]
    fn two_hundred_joins_take_less_than_half_a_mebibyte_whatever_they_are_called() {
        let longest = cut(&"\u{1d54f}".repeat(10_000));
        let join = Join {
            number: 0,
            time: 0,
            what: What::Login,
            host: "h".repeat(255),
            issuer: Some("i".repeat(64)),
            code: Some("expired"),
            token_id: Some("t".repeat(64)),
            room: Some(longest.clone()),
            name: Some(longest),
        };
        assert!(join.bytes() * 200 < 512 * 1_024, "{}", join.bytes());
    }

    #[test]
    fn no_name_is_read_where_none_is_kept() {
        for offered in [
            Offered {
                names: false,
                ..OFFERED
            },
            Offered {
                recent: 0,
                ..OFFERED
            },
        ] {
            let Names { room, user } = kept(offered, || unreachable!("nobody looks at it"));
            assert_eq!((room, user), (None, None));
        }
    }

    #[test]
    fn only_a_text_is_a_name() {
        for (user, expected) in [
            (json!({"name": "Ada"}), Some("Ada")),
            (json!({"name": ""}), Some("")),
            (json!({"name": 5}), None),
            (json!({"name": ["Ada"]}), None),
            (json!({"name": null}), None),
            (json!({"id": "ada"}), None),
            (json!("Ada"), None),
        ] {
            assert_eq!(name(&user).as_deref(), expected, "{user}");
        }
    }

    #[test]
    fn what_is_no_token_has_no_name() {
        for token in ["", "a.b.c", "Ada", &"x".repeat(100_000)] {
            assert_eq!(of_unverified(token), None);
        }
    }
}
