//! What a line says of a decision. `docs/audit.md` describes it.
//!
//! What a verified token says stands there whole, within a bound. Of what nobody has vouched for there is no more than the
//! log has of a request, so that nothing of a token can be put there by somebody whom it would let in.

use std::borrow::Cow;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::token::claims::{self, Claims as Decoded};
use crate::token::compact::Compact;
use crate::token::header::Header;
use crate::token::session::Session;
use crate::token::shown;

/// A decision, as far as it is recorded.
pub struct Decision<'a> {
    /// What was decided on.
    pub kind: Kind,
    /// The host whose policy decided.
    pub host: &'a str,
    /// The name of the issuer by which a token was judged, where there is one.
    pub issuer: Option<&'a str>,
    /// The code of the reason, where it is a denial.
    pub denial: Option<&'static str>,
    /// How the token is named.
    pub token_id: Option<&'a str>,
    /// Where claims are from.
    pub claims: Claims<'a>,
    /// The room that was asked for, where one was.
    pub room: Option<&'a str>,
    /// What the caller calls the request.
    pub request_id: Option<&'a str>,
    /// Whether `doctor` asked.
    pub is_doctors: bool,
}

/// What was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A token, and the room where one was named with it.
    Token,
    /// A room for a session whose token was decided before.
    Room,
}

/// Where what is said of a user is from.
#[derive(Clone, Copy)]
pub enum Claims<'a> {
    /// Nobody came with a token.
    Nothing,
    /// From this token, whose claims are verified.
    Verified(&'a str, &'a Map<String, Value>),
    /// From this token, for which nobody has vouched.
    Unverified(&'a str),
    /// From a session, as the caller says that it is.
    Session(&'a Session),
}

/// A line, member by member. All of them are always there, so that a table can be made of lines.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    kind: Kind,
    host: &'a str,
    issuer: Option<&'a str>,
    decision: &'static str,
    code: Option<&'static str>,
    room: Option<String>,
    token_id: Option<&'a str>,
    claims: Option<&'static str>,
    iss: Option<String>,
    kid: Option<String>,
    jti: Option<String>,
    user_id: Option<String>,
    request_id: Option<&'a str>,
    doctor: bool,
}

/// A line that stands for others.
#[derive(Serialize)]
struct Gap {
    time: String,
    kind: &'static str,
    lost: u64,
}

/// The line of a decision, with its end.
pub fn write(decision: &Decision<'_>, now: SystemTime) -> Vec<u8> {
    let said = Said::by(decision.claims);
    let room_bound = match (decision.denial, decision.claims) {
        (None, Claims::Verified(..) | Claims::Session(_)) => MOST_VERIFIED,
        (Some(_), _) | (None, Claims::Nothing | Claims::Unverified(_)) => shown::MAX_REPEATED,
    };
    ended(&Line {
        time: time(now),
        kind: decision.kind,
        host: decision.host,
        issuer: decision.issuer,
        decision: decision.denial.map_or("allow", |_| "deny"),
        code: decision.denial,
        room: decision
            .room
            .map(|room| bounded(room_name(room), room_bound)),
        token_id: decision.token_id,
        claims: said.from,
        iss: said.iss,
        kid: said.kid,
        jti: said.jti,
        user_id: said.user_id,
        request_id: decision.request_id,
        doctor: decision.is_doctors,
    })
}

/// The line that says that so many others are missing here.
pub fn write_gap(lost: u64, now: SystemTime) -> Vec<u8> {
    ended(&Gap {
        time: time(now),
        kind: "gap",
        lost,
    })
}

/// JSON has escapes for all that would break a line, or hide in it.
pub(super) fn ended(line: &impl Serialize) -> Vec<u8> {
    let text = serde_json::to_string(line);
    debug_assert!(text.is_ok(), "texts and numbers are JSON");
    let text = text.unwrap_or_default();
    let mut line = shown::escaped_json(&text).into_owned().into_bytes();
    line.push(b'\n');
    line
}

/// RFC 3339, in UTC.
pub(super) fn time(now: SystemTime) -> String {
    let now = Timestamp::try_from(now).unwrap_or_default();
    format!("{now:.3}")
}

/// What is said of the user.
#[derive(Default)]
struct Said {
    from: Option<&'static str>,
    iss: Option<String>,
    kid: Option<String>,
    jti: Option<String>,
    user_id: Option<String>,
}

impl Said {
    fn by(claims: Claims<'_>) -> Self {
        match claims {
            Claims::Nothing => Self::default(),
            Claims::Verified(token, claims) => {
                Self::by_token("verified", token, MOST_VERIFIED, |name| claims.get(name))
            }
            Claims::Unverified(token) => Self::by_unverified(token),
            Claims::Session(session) => Self {
                from: Some("session"),
                iss: session
                    .issuer
                    .as_deref()
                    .map(|iss| bounded(iss, MOST_VERIFIED)),
                user_id: session
                    .user
                    .as_ref()
                    .and_then(|user| user.get("id"))
                    .and_then(|id| shown(id, MOST_VERIFIED)),
                ..Self::default()
            },
        }
    }

    /// What is no token at all says nothing.
    fn by_unverified(token: &str) -> Self {
        let payload = Decoded::unverified(token);
        Self::by_token("unverified", token, shown::MAX_REPEATED, |name| {
            payload.as_ref()?.claim(name)
        })
    }

    fn by_token<'a>(
        from: &'static str,
        token: &str,
        most: usize,
        claim: impl Fn(&str) -> Option<&'a Value>,
    ) -> Self {
        let text = |name| claim(name).and_then(|value| shown(value, most));
        Self {
            from: Some(from),
            iss: text("iss"),
            kid: key_id(token).and_then(|kid| shown(&kid, most)),
            jti: text("jti"),
            user_id: user_id(&claim).and_then(|id| shown(id, most)),
        }
    }
}

/// `context.user.id`, or the top-level `user_id` where there is no context, as sessions have it.
fn user_id<'a>(claim: impl Fn(&str) -> Option<&'a Value>) -> Option<&'a Value> {
    match claim("context") {
        Some(context) => context.get("user")?.get("id"),
        None => claim("user_id"),
    }
}

fn key_id(token: &str) -> Option<Value> {
    let parts = Compact::split(token).ok()?;
    if parts.header.len() > claims::LONGEST_READ {
        return None;
    }
    Header::decode(parts.header).ok()?.member("kid").cloned()
}

/// A claim as a text: numbers and whatever else somebody put there as JSON.
fn shown(value: &Value, most: usize) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => Cow::Borrowed(text.as_str()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Cow::Owned(value.to_string())
        }
    };
    Some(bounded(&text, most))
}

/// Cut to so many characters, and nothing that looks like a token. The usual form of an identifier is no part of a token, and
/// stays whole.
pub(super) fn bounded(text: &str, most: usize) -> String {
    let most = if is_uuid(text) { text.len() } else { most };
    shown::cut(text, most).into_owned()
}

/// Eight, four, four, four and twelve hex digits (RFC 9562).
fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let is_digit = |c: char| c == '-' || c.is_ascii_hexdigit();
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(is_digit)
}

/// As the log names it: the host tells where the rest of its address is from.
fn room_name(address: &str) -> &str {
    address.split_once('@').map_or(address, |(name, _)| name)
}

/// In characters. Identifiers of issuers, keys and users are shorter.
const MOST_VERIFIED: usize = 128;

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::json;

    use super::*;

    const NOBODY: Decision<'_> = Decision {
        kind: Kind::Token,
        issuer: None,
        host: "meet.example.com",
        denial: None,
        token_id: None,
        claims: Claims::Nothing,
        room: None,
        request_id: None,
        is_doctors: false,
    };

    fn written(decision: &Decision<'_>) -> Value {
        let now = UNIX_EPOCH + Duration::from_millis(1_765_139_000_007);
        let line = write(decision, now);
        assert_eq!(
            line.iter().position(|byte| *byte == b'\n'),
            Some(line.len() - 1)
        );
        serde_json::from_slice(&line).unwrap()
    }

    #[test]
    fn the_time_is_utc_with_milliseconds() {
        assert_eq!(written(&NOBODY)["time"], "2025-12-07T20:23:20.007Z");
    }

    #[test]
    fn a_text_is_cut_unless_it_is_short_or_a_uuid_and_a_token_is_none() {
        let uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln";
        let long = "x".repeat(200);
        for (text, most, expected) in [
            ("short", 32, "short".to_owned()),
            (uuid, 32, uuid.to_owned()),
            (
                &uuid.replace('3', "x"),
                32,
                uuid.replace('3', "x")[..32].to_owned() + "…",
            ),
            (&long, 32, "x".repeat(32) + "…"),
            (&long, 128, "x".repeat(128) + "…"),
            ("é\n\"", 32, "é\n\"".to_owned()),
            (
                token,
                128,
                "something like a token (41 characters)".to_owned(),
            ),
        ] {
            assert_eq!(bounded(text, most), expected);
        }
    }

    #[test]
    fn a_room_that_nobody_may_enter_is_named_as_far_as_requests_are() {
        let room = "r".repeat(200) + "@conference.meet.example.com";
        let claims = Map::new();
        for (denial, claims, length) in [
            (None, Claims::Verified("", &claims), 128),
            (Some("expired"), Claims::Unverified(""), 32),
            (Some("room-mismatch"), Claims::Verified("", &claims), 32),
            (None, Claims::Nothing, 32),
        ] {
            let decision = Decision {
                denial,
                claims,
                room: Some(&room),
                ..NOBODY
            };
            assert_eq!(written(&decision)["room"], "r".repeat(length) + "…");
        }
    }

    #[test]
    fn a_claim_of_another_type_is_told_as_json_and_one_that_is_not_there_is_not() {
        for (claims, expected) in [
            (json!({"iss": 5}), json!("5")),
            (json!({"iss": ["a", true]}), json!("[\"a\",true]")),
            (json!({"iss": null}), json!(null)),
            (json!({}), json!(null)),
            (
                json!({"iss": {"a": "eyJhbGciOiJIUzI1NiJ9"}}),
                json!("something like a token (28 characters)"),
            ),
        ] {
            let Value::Object(claims) = claims else {
                unreachable!("all are objects");
            };
            let decision = Decision {
                claims: Claims::Verified("", &claims),
                ..NOBODY
            };
            assert_eq!(written(&decision)["iss"], expected, "{claims:?}");
        }
    }

    #[test]
    fn whose_id_a_user_has_is_read_where_sessions_read_it() {
        for (claims, expected) in [
            (json!({"context": {"user": {"id": "a"}}}), json!("a")),
            (
                json!({"context": {"user": {"id": 5}}, "user_id": "b"}),
                json!("5"),
            ),
            (json!({"context": {}, "user_id": "b"}), json!(null)),
            (json!({"context": "a", "user_id": "b"}), json!(null)),
            (json!({"user_id": "b"}), json!("b")),
        ] {
            let Value::Object(claims) = claims else {
                unreachable!("all are objects");
            };
            let decision = Decision {
                claims: Claims::Verified("", &claims),
                ..NOBODY
            };
            assert_eq!(written(&decision)["user_id"], expected, "{claims:?}");
        }
    }

    #[test]
    fn what_hides_or_breaks_a_line_is_escaped() {
        let claims = json!({"iss": "a\nb\u{202e}c\u{2028}"});
        let decision = Decision {
            claims: Claims::Verified("", claims.as_object().unwrap()),
            ..NOBODY
        };
        let line = String::from_utf8(write(&decision, UNIX_EPOCH)).unwrap();
        assert!(line.contains(r"a\nb\u202ec\u2028"), "{line}");
        assert_eq!(written(&decision)["iss"], claims["iss"]);
    }

    #[test]
    fn what_is_no_token_says_nothing() {
        for token in ["", "x", "..", "a.b.c", "eyJ.eyJ.x"] {
            let decision = Decision {
                denial: Some("three-parts"),
                claims: Claims::Unverified(token),
                ..NOBODY
            };
            let line = written(&decision);
            assert_eq!(line["claims"], "unverified", "{token}");
            for member in ["iss", "kid", "jti", "user_id"] {
                assert_eq!(line[member], Value::Null, "{token}");
            }
        }
    }
}
