//! Denials of what a token's issuer may not open or grant.

use serde_json::Value;

use super::super::context::is_pattern;
use super::super::glob::Glob;
use super::super::issuer::Issuer;
use super::examined::Examined;
use super::explanation::Explanation;
use super::{format, reading};

/// The token names a room that its issuer may not open.
pub fn room(examined: &Examined<'_>) -> Explanation {
    let found = reading::mapped(examined, "room");
    let name = found.as_ref().and_then(Value::as_str);
    beyond_rooms(examined.issuer, format::value(found.as_ref()), name)
}

/// The token names a tenant whose rooms its issuer may not open.
pub fn tenant(examined: &Examined<'_>) -> Explanation {
    let found = reading::mapped(examined, "sub");
    let name = found.as_ref().and_then(Value::as_str);
    beyond_tenants(examined.issuer, "sub", format::value(found.as_ref()), name)
}

/// The room that is joined is none that the token's issuer may open.
pub fn joined_room(issuer: &Issuer, room: &str) -> Explanation {
    beyond_rooms(issuer, format::quote(room), Some(room))
}

/// The room that is joined is of no tenant that the token's issuer may open rooms of.
pub fn joined_tenant(issuer: &Issuer, tenant: Option<&str>) -> Explanation {
    let found = tenant.map_or_else(|| "a room without a tenant".to_owned(), format::quote);
    beyond_tenants(issuer, "tenant", found, tenant)
}

fn beyond_rooms(issuer: &Issuer, found: String, name: Option<&str>) -> Explanation {
    let rooms = issuer.bounds.rooms.as_deref().unwrap_or_default();
    let added = added("rooms", rooms, name);
    Explanation::new("room", found, listed(rooms))
        .by(&["rooms"])
        .because(Some(format!(
            "the issuer {} may open no other rooms",
            issuer.name
        )))
        .mend(format!(
            "let the issuer make the token for one of its rooms{added}"
        ))
}

fn beyond_tenants(
    issuer: &Issuer,
    check: &'static str,
    found: String,
    name: Option<&str>,
) -> Explanation {
    let tenants = issuer.bounds.tenants.as_deref().unwrap_or_default();
    let added = added("tenants", tenants, name);
    Explanation::new(check, found, listed(tenants))
        .by(&["tenants"])
        .because(Some(format!(
            "the issuer {} may open rooms of no other tenants",
            issuer.name
        )))
        .mend(format!(
            "let the issuer make the token for one of its tenants{added}"
        ))
}

/// The bound with one name more, as it is written. Nothing where nobody could type that.
fn added(option: &str, globs: &[Glob], name: Option<&str>) -> String {
    let globs = globs.iter().map(Glob::written);
    let all: Vec<String> = globs.chain(name.map(str::to_owned)).collect();
    let is_typed = all.len() <= MOST_TYPED && all.iter().all(|text| format::can_be_typed(text));
    // Sign by sign it would be a pattern.
    let is_name = name.is_some_and(|name| !name.contains('*'));
    if !is_typed || !is_name {
        return String::new();
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    format!(", or set {option} = {}", format::list(&all))
}

/// A longer list is not repeated to add to it.
const MOST_TYPED: usize = 8;

fn listed(globs: &[Glob]) -> String {
    format::alternatives(globs.iter().map(|glob| format::quote(&glob.written())))
}

/// The token makes a moderator, and its issuer may not.
pub fn moderator(examined: &Examined<'_>) -> Explanation {
    let context = reading::mapped(examined, "context");
    let user = context.as_ref().and_then(|context| context.get("user"));
    let member = |name: &str| user.and_then(|user| user.get(name));
    let (check, found) = match member("affiliation") {
        Some(affiliation) if member("moderator").is_none() => {
            ("context.user.affiliation", Some(affiliation))
        }
        Some(_) | None => ("context.user.moderator", member("moderator")),
    };
    Explanation::new(
        check,
        format::value(found),
        "nobody whom it makes moderator",
    )
    .by(&["moderators"])
    .because(Some(format!(
        "the issuer {} may not make moderators",
        examined.issuer.name
    )))
    .mend("let the issuer leave the claim out, or set moderators = true")
}

/// The token is for more than one room.
pub fn wildcard(examined: &Examined<'_>) -> Explanation {
    let claim = |name| reading::mapped(examined, name);
    let is_any = |value: &Option<Value>| value.as_ref().is_some_and(|value| value == "*");
    let context = claim("context");
    let (room, subject) = (claim("room"), claim("sub"));
    let (check, found) = if is_any(&room) || room.is_none() {
        ("room", format::value(room.as_ref()))
    } else if is_any(&subject) || subject.is_none() {
        ("sub", format::value(subject.as_ref()))
    } else if is_pattern(context.as_ref().and_then(|context| context.get("room"))) {
        (
            "room",
            format!("the pattern {}", format::value(room.as_ref())),
        )
    } else {
        ("room", format::value(room.as_ref()))
    };
    wildcards(check, found)
}

/// The session that joins is for more than one room.
pub fn joined_wildcard(room: Option<&str>) -> Explanation {
    wildcards("room", format::quote_or_nothing(room))
}

fn wildcards(check: &'static str, found: String) -> Explanation {
    let expected = if check == "sub" {
        "one domain or tenant"
    } else {
        "the name of one room"
    };
    Explanation::new(check, found, expected)
        .by(&["allow_wildcards"])
        .because(Some("a token must be for one room here".to_owned()))
        .mend("let the issuer make a token for each room, with its name in room and the domain or tenant in sub, or set allow_wildcards = true")
}
