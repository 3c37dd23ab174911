//! Claims that stand beside their place, or under another name.

use serde_json::{Map, Value};

use super::super::claims::Claims;
use super::examined::Examined;
use super::format;
use super::reading;

/// Where a claim that is not there stands instead.
pub fn find(examined: &Examined<'_>, name: &'static str) -> Option<String> {
    let token = examined.token?;
    let claims = reading::claims(token)?;
    let in_header = || {
        reading::header(token)?.member(name)?;
        Some(format!(
            "{name} stands in the header, and belongs in the payload"
        ))
    };
    called_otherwise(&claims, name)
        .or_else(|| named_in_context_room(&claims, name))
        .or_else(|| inside(&claims, name))
        .or_else(in_header)
}

/// Where the `kid` stands that the header lacks.
pub fn key_id(examined: &Examined<'_>) -> Option<String> {
    let claims = reading::claims(examined.token?)?;
    if claims.claim("kid").is_some() {
        return Some("kid stands in the payload, and belongs in the header".to_owned());
    }
    let header = reading::header(examined.token?);
    let other = ["keyId", "key_id", "keyid", "KID", "Kid"];
    let other = other.into_iter().find(|other| {
        header
            .as_ref()
            .is_some_and(|header| header.member(other).is_some())
    });
    if let Some(other) = other {
        return Some(format!("the header has {other}, and no kid"));
    }
    objects(&claims)
        .find_map(|(path, object)| object.contains_key("kid").then_some(path))
        .map(|path| format!("kid stands in {path}, and belongs in the header"))
}

/// `context.room` has what there is to say of the room, and not which it is.
fn named_in_context_room(claims: &Claims, name: &str) -> Option<String> {
    let room = claims
        .claim("context")?
        .get("room")
        .filter(|_| name == "room")?;
    let key = ["name", "id", "room", "roomName"]
        .into_iter()
        .find(|key| room.get(key).is_some())?;
    Some(format!(
        "the room's name stands in context.room.{key}, and belongs at the top, as room"
    ))
}

pub fn called_otherwise(claims: &Claims, name: &str) -> Option<String> {
    let (key, what) = claims
        .members()
        .iter()
        .take(MOST_MEMBERS)
        .filter(|(key, value)| *key != name && (!value.is_object() || key.contains("://")))
        .find_map(|(key, _)| Some((key, resembles(key, name)?)))?;
    Some(match what {
        Likeness::Case => format!(
            "the claim is called {} in the token: names are written in small letters",
            format::quote(key)
        ),
        Likeness::Namespace => format!(
            "the claim is called {} in the token: it must be {name} alone",
            format::quote(key)
        ),
        Likeness::Meaning => format!("the claim is called {} in the token", key_shown(key)),
        Likeness::Typing => format!(
            "the claim is called {} in the token: a slip of the pen",
            format::quote(key)
        ),
    })
}

/// Names that are words are shown as they are.
fn key_shown(key: &str) -> String {
    let is_word = key
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_word && key.len() <= 32 {
        key.to_owned()
    } else {
        format::quote(key)
    }
}

enum Likeness {
    Case,
    Namespace,
    Meaning,
    Typing,
}

fn resembles(key: &str, name: &str) -> Option<Likeness> {
    let lower = key.trim().to_lowercase();
    let last = lower.rsplit(['/', '#', ':']).next().unwrap_or_default();
    let squeezed = lower.replace(['_', '-', ' '], "");
    let alias = |key: &str| aliases(name).contains(&key);
    if lower == name {
        Some(Likeness::Case)
    } else if last != lower && (last == name || alias(&last.replace(['_', '-'], ""))) {
        Some(Likeness::Namespace)
    } else if alias(&squeezed) {
        Some(Likeness::Meaning)
    } else if !REGISTERED.contains(&key)
        && name.len() >= 3
        && strsim::osa_distance(&lower, name) == 1
    {
        Some(Likeness::Typing)
    } else {
        None
    }
}

/// What issuers call a claim by mistake, in small letters and without hyphens and underscores.
const fn aliases(name: &str) -> &'static [&'static str] {
    match name.as_bytes() {
        b"room" => &[
            "roomname",
            "roomid",
            "roomslug",
            "rooms",
            "conference",
            "conferencename",
            "conferenceid",
            "conferenceroom",
            "meeting",
            "meetingid",
            "meetingname",
            "meetingroom",
            "channel",
            "jitsiroom",
            "roomclaim",
        ],
        b"sub" => &[
            "subject",
            "domain",
            "host",
            "hostname",
            "tenant",
            "xmppdomain",
            "jitsidomain",
            "realm",
        ],
        b"iss" => &["issuer", "appid", "applicationid", "app", "issuedby"],
        b"aud" => &["audience", "audiences", "intendedaudience", "auds"],
        b"exp" => &[
            "expiration",
            "expires",
            "expire",
            "expiresat",
            "expiresin",
            "expiry",
            "expirydate",
            "expirationtime",
            "expat",
            "exptime",
            "validuntil",
            "validto",
            "notafter",
            "ttl",
            "lifetime",
            "notonorafter",
            "expirein",
        ],
        b"context" => &["ctx", "contexts", "jitsicontext"],
        _ => &[],
    }
}

pub fn inside(claims: &Claims, name: &str) -> Option<String> {
    let stands = |object: &Map<String, Value>| {
        let exact = object
            .get(name)
            .filter(|value| !value.is_object())
            .map(|_| name.to_owned());
        exact.or_else(|| {
            let mut others = object
                .iter()
                .take(MOST_MEMBERS)
                .filter(|(_, value)| !value.is_object());
            let other = others.find(|(key, _)| {
                matches!(
                    resembles(key, name),
                    Some(Likeness::Case | Likeness::Namespace)
                ) || (name == "room" && resembles(key, name).is_some())
            });
            other.map(|(key, _)| key_shown(key))
        })
    };
    let found = objects(claims).find_map(|(path, object)| Some((path, stands(object)?)));
    if let Some((path, key)) = found {
        let is_inner = claims.claim(path.trim_matches('"')).is_none();
        let place = if is_inner { "at the top" } else { "beside it" };
        let renamed = if key == name {
            String::new()
        } else {
            format!(" as {name}")
        };
        return Some(format!(
            "{key} stands in {path}, and belongs {place}{renamed}"
        ));
    }
    claims.members().iter().find_map(|(key, value)| {
        let text = value.as_str().filter(|text| text.trim_start().starts_with('{'))?;
        let object: Map<String, Value> = serde_json::from_str(text).ok()?;
        object.contains_key(name).then(|| {
            format!("{} is JSON as a text, with {name} in it: {name} belongs beside it, and no quotes around the JSON", key_shown(key))
        })
    })
}

/// The objects in a payload, down to the second, with the way to them.
fn objects(claims: &Claims) -> impl Iterator<Item = (String, &Map<String, Value>)> {
    let first = claims
        .members()
        .iter()
        .take(MOST_MEMBERS)
        .filter_map(|(key, value)| Some((key, value.as_object()?)));
    let second = first.clone().flat_map(|(outer, object)| {
        let inner = object
            .iter()
            .filter_map(|(key, value)| Some((key, value.as_object()?)));
        inner.map(move |(key, object)| (format!("{}.{}", key_shown(outer), key_shown(key)), object))
    });
    first
        .map(|(key, object)| (key_shown(key), object))
        .chain(second)
}

/// A token has no more claims than this that anybody looks at: a denial must not cost more for more of them.
const MOST_MEMBERS: usize = 64;

/// Claims that have names of their own, however near they are to others.
const REGISTERED: [&str; 12] = [
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "kid", "sid", "azp", "acr", "amr",
];
