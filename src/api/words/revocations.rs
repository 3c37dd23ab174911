//! What is revoked.

use crate::api::revocations::Revocation;
use crate::token::when;

/// What the cells of a revocation are.
pub const TITLES: [&str; 7] = ["WHAT", "WHERE", "UNTIL", "WHY", "BY", "SINCE", "ID"];

/// What is said where there is none.
pub const NONE: &str = "nothing is revoked";

/// What is said once one is taken back.
pub const GOOD_AGAIN: &str = "what it denied is good again, as far as nothing else denies it";

/// A revocation, cell by cell. Nothing of it is escaped.
#[must_use]
pub fn cells(revocation: &Revocation, now: i64) -> [String; 7] {
    let or_dash = |text: Option<&String>| text.map_or_else(|| "-".to_owned(), String::clone);
    let until = match revocation.until {
        None => "for ever".to_owned(),
        Some(until) if until <= now => "over".to_owned(),
        Some(until) => when::words(until, now),
    };
    let host = revocation.host.clone();
    [
        what(revocation),
        host.unwrap_or_else(|| "every host".to_owned()),
        until,
        or_dash(revocation.reason.as_ref()),
        revocation.by.clone(),
        when::words(revocation.since, now),
        revocation.id.clone(),
    ]
}

/// What comes of a revocation.
#[must_use]
pub fn meaning(revocation: &Revocation) -> String {
    let host = revocation.host.as_ref();
    let host = host.map_or_else(String::new, |host| format!(" at {host}"));
    let until = revocation.until.map(when::shown);
    let until = until.map_or_else(String::new, |until| format!(", until {until}"));
    format!(
        "{} denied from now on{host}{until}; sessions that are in end within two seconds where token_sessions is loaded.",
        subject(revocation)
    )
}

/// What a revocation is about.
#[must_use]
pub fn what(revocation: &Revocation) -> String {
    let Revocation {
        kind,
        token_id,
        jti,
        user,
        kid,
        issuer,
        room,
        sid,
        issued_before,
        ..
    } = revocation;
    let quoted = |text: &Option<String>| format!("{:?}", text.as_deref().unwrap_or_default());
    let earlier = issued_before.map(when::shown);
    let earlier = earlier.map_or_else(String::new, |time| format!(" issued before {time}"));
    match kind.as_str() {
        "token" => format!("the token {}", token_id.as_deref().unwrap_or_default()),
        "jti" => format!("tokens with jti {}", quoted(jti)),
        "user" => format!("tokens of user {}{earlier}", quoted(user)),
        "kid" => format!("tokens with kid {}", quoted(kid)),
        "issuer" => format!("tokens with iss {}", quoted(issuer)),
        "room" => format!("the room {}", room.as_deref().unwrap_or_default()),
        "sid" => format!("tokens with sid {}", quoted(sid)),
        other => other.to_owned(),
    }
}

fn subject(revocation: &Revocation) -> String {
    let what = what(revocation);
    match revocation.kind.as_str() {
        "token" => format!("{what} is"),
        "room" => format!("all who join {what} are"),
        _ => format!("{what} are"),
    }
}
