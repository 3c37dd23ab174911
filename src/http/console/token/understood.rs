//! What a person asks of a token, as programs would ask it.

use crate::console::token::{Asked, Field, Mistake};
use crate::http::console::form;
use crate::http::request::{MAX_ADDRESS, PresentedSession, VerifyRequest};
use crate::token::explain::moment;
use crate::token::room::RoomState;
use crate::token::shown;
use crate::verifier::overrides::Overrides;

use super::pasted::Pasted;

/// What is asked.
pub struct Understood {
    /// The question.
    pub asked: VerifyRequest,
    /// The time to decide at, where it is not now.
    pub at: Option<i64>,
}

impl Understood {
    /// What the fields of the form come to, or what is wrong with them.
    pub fn of(asked: &Asked, pasted: &Pasted) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        if pasted.token.is_empty() {
            mistakes.push(mistake(Field::Token, NO_TOKEN));
        }
        mistakes.extend(too_long(asked));
        mistakes.extend(no_gateways(asked));
        let at = time(&asked.at).unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            None
        });
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Self {
            asked: question(asked, pasted),
            at,
        })
    }
}

/// Whoever pastes a meeting's link, and names no room, means the one in it.
pub fn take_room(asked: &mut Asked, pasted: &Pasted) {
    let is_free = filled(&asked.room).is_none() && filled(&asked.gateway).is_none();
    if let Some(room) = pasted.room.as_ref().filter(|_| is_free) {
        asked.room.clone_from(room);
    }
}

fn question(asked: &Asked, pasted: &Pasted) -> VerifyRequest {
    VerifyRequest {
        host: filled(&asked.host),
        token: Some(pasted.token.clone()),
        room: filled(&asked.room),
        session: PresentedSession {
            query_prefix: filled(&asked.tenant),
            ..PresentedSession::default()
        },
        room_state: RoomState::default(),
        overrides: Overrides::default(),
        claims: None,
        at: None,
        gateway: filled(&asked.gateway),
    }
}

fn time(text: &str) -> Result<Option<i64>, Mistake> {
    let Some(text) = filled(text) else {
        return Ok(None);
    };
    let wrong = || Mistake {
        field: Field::At,
        text: format!("found {}, {A_TIME}", shown::quoted(&text)),
    };
    moment::typed(&text).map(Some).ok_or_else(wrong)
}

fn too_long(asked: &Asked) -> impl Iterator<Item = Mistake> {
    let fields = [
        (Field::Host, &asked.host),
        (Field::Room, &asked.room),
        (Field::Tenant, &asked.tenant),
        (Field::Gateway, &asked.gateway),
    ];
    let long = fields
        .into_iter()
        .filter(|(_, text)| text.len() > MAX_ADDRESS);
    long.map(|(field, text)| Mistake {
        field,
        text: format!(
            "found {} bytes, and it must be at most {MAX_ADDRESS} bytes long",
            text.len()
        ),
    })
}

/// A gateway has neither hosts nor rooms: whoever names one means something else.
fn no_gateways(asked: &Asked) -> Option<Mistake> {
    let at_host = [&asked.host, &asked.room, &asked.tenant];
    let is_of_host = at_host.iter().any(|text| filled(text).is_some());
    (is_of_host && filled(&asked.gateway).is_some()).then(|| mistake(Field::Gateway, ONE_OF_TWO))
}

fn mistake(field: Field, text: &str) -> Mistake {
    Mistake {
        field,
        text: text.to_owned(),
    }
}

/// What somebody has left empty was not said.
fn filled(text: &str) -> Option<String> {
    form::filled(Some(text.to_owned()))
}

const NO_TOKEN: &str = "there is no token: paste one, or the link with one in it";
const A_TIME: &str = "expected a date and a time in UTC as 2026-01-31 12:00, a time as 2026-01-31T12:00:00Z, or Unix seconds";
const ONE_OF_TWO: &str =
    "a gateway has no hosts and rooms: leave host, room and tenant empty, or choose no gateway";

#[cfg(test)]
mod tests {
    use super::*;

    fn pasted(token: &str, room: Option<&str>) -> Pasted {
        Pasted {
            token: token.to_owned(),
            left_out: None,
            room: room.map(str::to_owned),
        }
    }

    fn wrong(asked: &Asked, token: &str) -> Vec<Field> {
        let understood = Understood::of(asked, &pasted(token, None));
        let mistakes = understood.err().unwrap_or_default();
        mistakes.iter().map(|mistake| mistake.field).collect()
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let long = "a".repeat(MAX_ADDRESS + 1);
        let all = Asked {
            host: long.clone(),
            room: long.clone(),
            tenant: long.clone(),
            gateway: long,
            at: "31.01.2026".to_owned(),
            ..Asked::default()
        };
        let fields = [
            Field::Token,
            Field::Host,
            Field::Room,
            Field::Tenant,
            Field::Gateway,
            Field::Gateway,
            Field::At,
        ];
        assert_eq!(wrong(&all, ""), fields);
        assert_eq!(wrong(&Asked::default(), "a.b.c"), []);
    }

    #[test]
    fn what_was_left_empty_was_not_said() {
        let asked = Asked {
            host: " ".to_owned(),
            room: " standup ".to_owned(),
            at: " 2026-01-31 12:00 ".to_owned(),
            ..Asked::default()
        };
        let Ok(Understood { asked, at }) = Understood::of(&asked, &pasted("a.b.c", None)) else {
            panic!("nothing is wrong with it");
        };
        assert_eq!((asked.host, asked.room), (None, Some("standup".to_owned())));
        assert_eq!(asked.session.query_prefix, None);
        assert_eq!(at, Some(1_769_860_800));
    }

    #[test]
    fn a_room_that_is_named_counts_before_that_of_a_link() {
        for (room, gateway, taken) in [
            ("", "", "https://meet.example.com/a"),
            ("standup", "", "standup"),
            ("", "door", ""),
        ] {
            let mut asked = Asked {
                room: room.to_owned(),
                gateway: gateway.to_owned(),
                ..Asked::default()
            };
            take_room(
                &mut asked,
                &pasted("a.b.c", Some("https://meet.example.com/a")),
            );
            assert_eq!(asked.room, taken);
        }
    }
}
