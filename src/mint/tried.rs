//! A room in which a token is tried that was just made.

use serde_json::{Map, Value};

use crate::token::bounds::Bounds;
use crate::token::context;
use crate::token::explain::mistaken_pattern;
use crate::token::glob::Glob;

use super::recipe::Destination;
use super::taken;

/// A room that a token is held to open.
pub struct Tried {
    /// The room.
    pub room: String,
    /// Its tenant.
    pub tenant: Option<String>,
    /// Whether the token has a pattern, which fits some other room.
    is_for_other_rooms: bool,
}

impl Tried {
    /// The room that the claims name, or one of those that they may open. None where the host has no such issuer.
    #[must_use]
    pub fn of(destination: &Destination, claims: &Map<String, Value>) -> Option<Self> {
        let issuers = &destination.host.policy.issuers;
        let issuer = issuers.named(&destination.issuer)?;
        let (claims, _) = taken::as_taken(issuer, claims);
        let room = room(&issuer.bounds, &claims);
        Some(Self {
            tenant: tenant(destination, &issuer.bounds, &claims),
            is_for_other_rooms: fits_others(destination, &claims, &room),
            room,
        })
    }

    /// Whether a denial with this code says no more than that the token is for another room. A pattern is tried on some room: that it fits
    /// another one is no mistake.
    #[must_use]
    pub fn is_another(&self, code: &str) -> bool {
        self.is_for_other_rooms && OF_OTHER_ROOMS.contains(&code)
    }
}

fn room(bounds: &Bounds, claims: &Map<String, Value>) -> String {
    let room = claims.get("room").and_then(Value::as_str).unwrap_or("*");
    match &bounds.rooms {
        _ if room != "*" && !is_pattern(claims) => room.to_owned(),
        Some(rooms) => one_of(rooms),
        None => beginning(room).to_lowercase() + ANY_ROOM,
    }
}

/// A sub without a dot is a tenant's, whose rooms have other addresses.
fn tenant(
    destination: &Destination,
    bounds: &Bounds,
    claims: &Map<String, Value>,
) -> Option<String> {
    let subject = claims.get("sub").and_then(Value::as_str);
    let subject = subject.filter(|sub| !sub.contains(['.', '*']) && *sub != destination.name);
    let tenant = destination.tenant.clone();
    let tenant = tenant.or_else(|| subject.map(str::to_owned));
    tenant.or_else(|| Some(one_of(bounds.tenants.as_deref()?)))
}

fn fits_others(destination: &Destination, claims: &Map<String, Value>, room: &str) -> bool {
    let limits = destination.host.policy.rooms.patterns;
    let pattern = claims.get("room").filter(|_| is_pattern(claims));
    let pattern = pattern.and_then(Value::as_str);
    pattern.is_some_and(|pattern| mistaken_pattern(limits, pattern, room).is_none())
}

/// What a pattern begins with, as far as that stands for itself.
fn beginning(pattern: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let end = pattern.find(|c| !is_plain(c)).unwrap_or(pattern.len());
    pattern.get(..end).unwrap_or_default()
}

/// A name that the first of the patterns fits.
fn one_of(globs: &[Glob]) -> String {
    let first = globs.first();
    first.map_or_else(
        || ANY_ROOM.to_owned(),
        |glob| glob.written().replace('*', ANY_ROOM),
    )
}

fn is_pattern(claims: &Map<String, Value>) -> bool {
    let room = claims
        .get("context")
        .and_then(|context| context.get("room"));
    let regex = room.and_then(|room| room.get("regex"));
    regex.is_some_and(context::is_true)
}

/// One of all rooms.
const ANY_ROOM: &str = "room";
/// What denies a room that is another than the token's.
const OF_OTHER_ROOMS: [&str; 3] = ["room-mismatch", "room-name-unmatched", "room-beyond-issuer"];
