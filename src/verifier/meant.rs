//! What people mean who name a host, a room or a time for an explanation.

use serde_json::Value;

use crate::config::host::Host;
use crate::token::explain;
use crate::token::issuer::Accepted;
use crate::token::room::RoomAddress;
use crate::token::room_name::{self, Meeting};
use crate::token::shown;

use super::policies::Policies;
use super::question::{RoomName, RoomQuestion};

/// The host that a text names: as a domain, in whatever capitals, with a dot at the end, or as a web address.
pub fn host<'a>(policies: &'a Policies, text: &str) -> Option<&'a str> {
    let lower = text.trim().to_lowercase();
    let rest = lower
        .split_once("://")
        .map_or(lower.as_str(), |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = authority
        .split(':')
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    policies
        .hosts()
        .map(|(host, _)| host)
        .find(|host| *host == name)
}

/// The host that is meant where none is named: the one that accepts the token's issuer, else the one whose room it is.
pub fn host_of<'a>(
    policies: &'a Policies,
    token: Option<&str>,
    room: Option<&RoomQuestion<'_>>,
) -> Option<&'a str> {
    if policies.hosts().count() < 2 {
        return None;
    }
    by_issuer(policies, token).or_else(|| by_room(policies, room?))
}

/// The one host that accepts a token's issuer by name.
fn by_issuer<'a>(policies: &'a Policies, token: Option<&str>) -> Option<&'a str> {
    let issuer = Value::from(explain::issuer(token?)?);
    only(policies, |_, host| {
        let found = host.policy.issuers.of_claim(&issuer);
        found.is_some_and(|found| matches!(found.accepted, Accepted::Only(_)))
    })
}

fn by_room<'a>(policies: &'a Policies, room: &RoomQuestion<'_>) -> Option<&'a str> {
    let (RoomName::Jid(text) | RoomName::JidOrName(text)) = room.room;
    if let Some(server) = room_name::meeting(text).and_then(|meeting| meeting.server) {
        return host(policies, server);
    }
    let address = RoomAddress::parse(text).ok()?;
    let domain = address.domain().to_lowercase();
    only(policies, |name, host| {
        domain == super::question::muc_domain(name, &host.policy)
    })
}

fn only(policies: &Policies, is_meant: impl Fn(&str, &Host) -> bool) -> Option<&str> {
    let mut meant = policies.hosts().filter(|(name, host)| is_meant(name, host));
    let (name, _) = meant.next()?;
    meant.next().is_none().then_some(name)
}

/// A room that was named by a path or a web address, taken apart.
pub fn room<'a>(asked: RoomQuestion<'a>, notes: &mut Vec<String>) -> RoomQuestion<'a> {
    let RoomName::JidOrName(text) = asked.room else {
        return asked;
    };
    let Some(Meeting { tenant, room, .. }) = room_name::meeting(text) else {
        return asked;
    };
    let of_tenant = tenant.map_or_else(String::new, |tenant| {
        format!(" of the tenant {}", shown::quoted(tenant))
    });
    notes.push(format!(
        "{} is the room {}{of_tenant}",
        shown::quoted(text),
        shown::quoted(room)
    ));
    RoomQuestion {
        room: RoomName::JidOrName(room),
        query_prefix: tenant.or(asked.query_prefix),
        ..asked
    }
}

/// Says how the web client writes a name that it joins under another one.
pub fn note_spelling(asked: &RoomQuestion<'_>, notes: &mut Vec<String>) {
    let RoomName::JidOrName(name) = asked.room else {
        return;
    };
    let joined = room_name::joined(name);
    if !name.contains(['@', '[']) && joined != name.to_lowercase() {
        notes.push(format!(
            "the web client joins {} as {joined} (lower-cased, then percent-encoded)",
            shown::quoted(name)
        ));
    }
}
