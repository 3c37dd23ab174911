//! One decision as texts, for the page and for those who watch it.

use jiff::Timestamp;
use serde::Serialize;

use crate::console::address;
use crate::joins::{Join, What};
use crate::token::shown;

/// What a row of the table says, by the names of its columns.
#[derive(Debug, Serialize)]
pub struct Row {
    /// When it was decided, for programs.
    pub datetime: String,
    /// The same for people, in UTC.
    pub time: String,
    /// What was wanted.
    pub what: &'static str,
    /// The host, and the issuer where it has several.
    pub host: String,
    /// The room, where names are kept.
    pub room: Option<String>,
    /// The user, where names are kept.
    pub name: Option<String>,
    /// What became of it.
    pub outcome: &'static str,
    /// Whether that is that they were let in.
    pub is_let_in: bool,
    /// The code of the reason, where they were not.
    pub code: Option<&'static str>,
    /// How logs name the token.
    pub token: Option<String>,
    /// Where to ask why, with everything filled in but the token.
    pub link: String,
}

impl Row {
    /// A decision as texts.
    #[must_use]
    pub fn of(join: &Join) -> Self {
        let time = Timestamp::from_second(join.time).unwrap_or_default();
        Self {
            datetime: time.to_string(),
            time: moment(join.time),
            what: what(join.what),
            host: host(join),
            room: join.room.as_deref().map(|room| escaped(room_name(room))),
            name: join.name.as_deref().map(escaped),
            outcome: if join.is_let_in() { "let in" } else { "denied" },
            is_let_in: join.is_let_in(),
            code: join.code,
            token: join.token_id.as_deref().map(escaped),
            link: link(join),
        }
    }
}

/// A time for people, in UTC.
#[must_use]
pub fn moment(time: i64) -> String {
    let time = Timestamp::from_second(time).unwrap_or_default();
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

const fn what(what: What) -> &'static str {
    match what {
        What::Login => "login",
        What::Room => "room",
    }
}

fn host(join: &Join) -> String {
    let host = escaped(&join.host);
    match &join.issuer {
        Some(issuer) => format!("{host}, issuer {}", escaped(issuer)),
        None => host,
    }
}

/// Where the rest of its address is from, the host tells.
fn room_name(address: &str) -> &str {
    address.split_once('@').map_or(address, |(name, _)| name)
}

fn link(join: &Join) -> String {
    let time = join.time.to_string();
    let pairs = [
        ("host", Some(join.host.as_str())),
        ("room", join.room.as_deref().filter(|room| is_whole(room))),
        ("at", Some(time.as_str())),
        ("code", join.code),
        ("id", join.token_id.as_deref()),
    ];
    let there = pairs.iter().filter(|(_, value)| value.is_some());
    let there: Vec<_> = there.collect();
    let query = serde_urlencoded::to_string(there).unwrap_or_default();
    format!("{}?{query}", address::TOKEN)
}

/// A room that was cut, or for which there is something else said, is not what was asked for. No room has blanks in its name.
fn is_whole(room: &str) -> bool {
    !room.contains([' ', '…'])
}

fn escaped(text: &str) -> String {
    shown::escaped(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join() -> Join {
        Join {
            number: 7,
            time: 1_765_139_000,
            what: What::Login,
            host: "meet.example.com".to_owned(),
            issuer: None,
            code: Some("expired"),
            token_id: Some("0a1b2c3d".to_owned()),
            room: Some("[a]standup@conference.meet.example.com".to_owned()),
            name: Some("Ada".to_owned()),
        }
    }

    #[test]
    fn a_decision_has_its_time_in_utc_and_says_in_words_what_became_of_it() {
        let row = Row::of(&join());
        assert_eq!(row.datetime, "2025-12-07T20:23:20Z");
        assert_eq!(row.time, "2025-12-07 20:23:20");
        assert_eq!((row.outcome, row.code), ("denied", Some("expired")));
        assert_eq!(row.room.as_deref(), Some("[a]standup"));
        let let_in = Join {
            code: None,
            issuer: Some("keycloak".to_owned()),
            what: What::Room,
            ..join()
        };
        let row = Row::of(&let_in);
        assert_eq!((row.outcome, row.code, row.what), ("let in", None, "room"));
        assert_eq!(row.host, "meet.example.com, issuer keycloak");
    }

    #[test]
    fn a_link_has_what_there_is_and_no_room_that_is_not_what_was_asked_for() {
        let begin = "/console/token?host=meet.example.com";
        for (room, expected) in [
            (
                Some("standup@c.example.com"),
                "&room=standup%40c.example.com",
            ),
            (Some("a&code=x#y"), "&room=a%26code%3Dx%23y"),
            (Some("aaaa…"), ""),
            (Some("something like a token (99 characters)"), ""),
            (None, ""),
        ] {
            let join = Join {
                room: room.map(str::to_owned),
                ..join()
            };
            let rest = "&at=1765139000&code=expired&id=0a1b2c3d";
            assert_eq!(Row::of(&join).link, format!("{begin}{expected}{rest}"));
        }
        let guest = Join {
            code: None,
            token_id: None,
            room: None,
            ..join()
        };
        assert_eq!(Row::of(&guest).link, format!("{begin}&at=1765139000"));
    }

    #[test]
    fn what_does_not_show_in_names_is_escaped() {
        let join = Join {
            room: Some("a\u{202e}b@c".to_owned()),
            name: Some("x\u{200b}\ny".to_owned()),
            ..join()
        };
        let row = Row::of(&join);
        assert_eq!(row.room.as_deref(), Some(r"a\u{202e}b"));
        assert_eq!(row.name.as_deref(), Some(r"x\u{200b}\ny"));
    }
}
