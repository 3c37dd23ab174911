//! Members of a token that hold the key of a credential, wherever that stands.

use serde_json::Value;

use super::Examined;
use super::read::Read;
use crate::token::claims::Claims;

/// A member that holds the key of a credential.
pub struct Holder {
    /// `payload` or `header`.
    pub place: &'static str,
    /// Its name.
    pub member: String,
    /// The key.
    pub key: String,
}

/// The first member that holds the key of a credential: those first that people take for it.
pub fn find(examined: &Examined<'_>, read: &Read<'_>) -> Option<Holder> {
    let claims = read.claims.iter().flat_map(Claims::members);
    let claims = claims.map(|(name, value)| ("payload", name.as_str(), value));
    let header = read.header.iter().flat_map(|header| {
        let named = ["kid", "iss", "key", "x5t"].into_iter();
        named.filter_map(|name| Some(("header", name, header.member(name)?)))
    });
    let members = claims.take(MOST_MEMBERS).chain(header);
    let holding = members.filter_map(|(place, member, value)| {
        let key = known(examined, value)?;
        let rank = USUAL.iter().position(|usual| *usual == member);
        let holder = Holder {
            place,
            member: member.to_owned(),
            key,
        };
        Some((rank.unwrap_or(USUAL.len()), holder))
    });
    let first = holding.min_by_key(|(rank, _)| *rank);
    first.map(|(_, holder)| holder)
}

/// The key in a value: its text, or one of a list.
pub fn known(examined: &Examined<'_>, value: &Value) -> Option<String> {
    let is_known = |text: &&str| examined.rules.find(text).is_some();
    let text = match value {
        Value::String(text) => Some(text.as_str()).filter(is_known),
        Value::Array(items) => {
            let texts = items.iter().take(MOST_MEMBERS).filter_map(Value::as_str);
            { texts }.find(is_known)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    };
    text.map(str::to_owned)
}

const USUAL: [&str; 9] = [
    "iss",
    "kid",
    "sub",
    "aud",
    "azp",
    "client_id",
    "appid",
    "cid",
    "key",
];
const MOST_MEMBERS: usize = 64;
