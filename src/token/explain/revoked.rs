//! Denials of what was taken back before its time.

use super::super::revocation::{Kind, Revoked};
use super::examined::Examined;
use super::explanation::Explanation;
use super::{format, reading};

/// The token, or the room, was taken back.
pub fn explain(by: Option<&Revoked>) -> Explanation {
    let Some(by) = by else {
        return Explanation::new(CHECK, "one", NONE);
    };
    let found = format!(
        "{}, revoked by {} at {}",
        what(by.kind),
        by.made_by,
        time(by.made_at)
    );
    let found = match &by.reason {
        Some(reason) => format!("{found}: {}", format::quote(reason.as_str())),
        None => found,
    };
    let lasts = match by.until {
        Some(until) => format!("it counts until {}", time(until)),
        None => "it counts until it is taken back".to_owned(),
    };
    Explanation::new(CHECK, found, NONE)
        .because(Some(lasts))
        .mend(remedy(by))
}

/// The token may be used once, and has nothing that tells it from others.
pub fn no_token_id() -> Explanation {
    Explanation::new(
        "jti",
        "nothing",
        "a text that no other token of the issuer has",
    )
    .by(&["once"])
    .mend("let the issuer set jti to a new UUID in each token, or set once = false")
}

/// The token may be used once, and was.
pub fn used(examined: &Examined<'_>) -> Explanation {
    let jti = reading::value(examined, "jti");
    let found = format!(
        "{}, by which a session was opened before",
        format::value(jti.as_ref())
    );
    Explanation::new("jti", found, "one by which no session was opened")
        .by(&["once"])
        .mend("ask the issuer for a new token")
}

/// What the check is called.
pub const CHECK: &str = "revocation";
/// The same of the room.
pub const OF_ROOM: &str = "room revocation";
const NONE: &str = "no revocation";

const fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Token => "this token",
        Kind::TokenId => "its jti",
        Kind::User => "its user",
        Kind::Key => "its kid",
        Kind::Issuer => "its iss",
        Kind::Room => "the room",
        Kind::Session => "its sid, the user's session at the issuer",
    }
}

fn remedy(by: &Revoked) -> String {
    let again = match by.kind {
        Kind::Token | Kind::TokenId => "ask the issuer for a new token, or ",
        Kind::User if by.is_of_earlier => "let the user sign in again, or ",
        Kind::Session => "let the user sign in again, or ",
        Kind::User | Kind::Key | Kind::Issuer | Kind::Room => "",
    };
    format!("{again}take it back: prosody-tokend unrevoke {}", by.id)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times are far below what a float has whole"
)]
fn time(seconds: i64) -> String {
    format::time(seconds as f64)
}
