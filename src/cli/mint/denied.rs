//! Why a token that was just made would let nobody in.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::cli::explain::{self, Asked};
use crate::cli::failure::Failure;
use crate::cli::runtime::block_on;
use crate::cli::sources::{self, SourceArguments};
use crate::config::host::Host;
use crate::keys::source::KeySources;
use crate::token::bounds::Bounds;
use crate::token::context;
use crate::token::explain::mistaken_pattern;
use crate::token::glob::Glob;
use crate::token::issuer::Issuer;
use crate::verifier::verdict::{Examination, TokenVerdict};

use super::recipe::Destination;
use super::taken;

/// Why the host would not let in with the token, into the room that it names.
pub fn by_host(
    arguments: &SourceArguments,
    destination: &Destination,
    claims: &Map<String, Value>,
    token: &str,
) -> Result<Option<String>, Failure> {
    let mut config = sources::load(arguments)?.config?;
    let Some(issuer) = destination.host.policy.issuers.named(&destination.issuer) else {
        return Ok(None);
    };
    let (claims, _) = taken::as_taken(issuer, claims);
    leave_others_alone(&mut config.hosts, destination, claims.get("iss"));
    let room = Joined::of(destination, &issuer.bounds, &claims);
    let asked = Asked {
        host: Some(&destination.name),
        room: Some(&room.name),
        tenant: room.tenant.as_deref(),
        at: None,
    };
    let examination = block_on(explain::examine(config, &asked, token))??;
    let limits = destination.host.policy.rooms.patterns;
    let pattern = claims.get("room").filter(|_| is_pattern(&claims));
    let pattern = pattern.and_then(Value::as_str);
    let is_for_other_rooms =
        pattern.is_some_and(|pattern| mistaken_pattern(limits, pattern, &room.name).is_none());
    let told = why(&examination, is_for_other_rooms);
    Ok(told.map(|why| said(destination, &examination.verdict, &why)))
}

/// The keys of other issuers say nothing of the token: they are not fetched.
fn leave_others_alone(
    hosts: &mut BTreeMap<String, Arc<Host>>,
    destination: &Destination,
    iss: Option<&Value>,
) {
    for (name, host) in hosts {
        let host = Arc::make_mut(host);
        let issuers = &host.policy.issuers;
        let judge = issuers.only().or_else(|| issuers.of_claim(iss?));
        let judge = judge.filter(|_| *name == destination.name);
        let is_judge = |issuer: &Issuer| judge.is_some_and(|judge| judge.name == issuer.name);
        let others = host.sources.iter_mut().zip(issuers.iter());
        for (sources, _) in others.filter(|(_, issuer)| !is_judge(issuer)) {
            *sources = KeySources::default();
        }
    }
}

/// A room that the token is held to open.
struct Joined {
    name: String,
    tenant: Option<String>,
}

impl Joined {
    /// The room that the claims name, or one of those that they may open.
    fn of(destination: &Destination, bounds: &Bounds, claims: &Map<String, Value>) -> Self {
        let claim = |name| claims.get(name).and_then(Value::as_str);
        let room = claim("room").unwrap_or("*");
        let name = match &bounds.rooms {
            _ if room != "*" && !is_pattern(claims) => room.to_owned(),
            Some(rooms) => one_of(rooms),
            None => beginning(room).to_lowercase() + ANY_ROOM,
        };
        // A sub without a dot is a tenant's, whose rooms have other addresses.
        let subject = claim("sub")
            .filter(|sub| !sub.contains(['.', '*']) && *sub != destination.name)
            .map(str::to_owned);
        let tenant = destination.tenant.clone().or(subject);
        let any_tenant = || Some(one_of(bounds.tenants.as_deref()?));
        Self {
            name,
            tenant: tenant.or_else(any_tenant),
        }
    }
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

/// Why the token is denied. A pattern is tried on some room: that it fits another one is no mistake.
fn why(examination: &Examination, is_for_other_rooms: bool) -> Option<String> {
    let denial = examination.verdict.why_denied()?;
    if is_for_other_rooms && OF_OTHER_ROOMS.contains(&denial.code()) {
        return None;
    }
    let first = explain::first_failed(examination).filter(|failed| failed.code == denial.code());
    let told = first.map(|failed| failed.explanation.to_string());
    Some(told.unwrap_or_else(|| denial.explanation.clone()))
}

fn said(destination: &Destination, verdict: &TokenVerdict, why: &str) -> String {
    let host = &destination.name;
    let judge = verdict.issuer.as_ref();
    let other = judge.filter(|judge| **judge != destination.issuer);
    let hint = other.map_or_else(String::new, |other| {
        format!("; iss is that of the issuer {other}: --issuer {other} makes a token of that one")
    });
    format!("{host} denies this token: {why}{hint}")
}

/// One of all rooms.
const ANY_ROOM: &str = "room";
/// What denies a room that is another than the token's.
const OF_OTHER_ROOMS: [&str; 3] = ["room-mismatch", "room-name-unmatched", "room-beyond-issuer"];
