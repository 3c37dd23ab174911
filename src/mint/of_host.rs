//! Tokens of a host's issuers, as its configuration describes them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::config::host::Host;
use crate::token::issuer::{Accepted, Issuer};
use crate::token::shown;
use crate::token::signing::SigningKey;

use super::error::NotMinted;
use super::named::Room;
use super::recipe::{Destination, Recipe};
use super::wanted::Wanted;
use super::{asked, changes, keys, mapped, named, taken};

/// What a token is made from, beside what is wanted of it.
pub struct Given {
    /// The private key, where one is given.
    pub key: Option<SigningKey>,
    /// Claims that are laid over those that are made.
    pub changes: Map<String, Value>,
    /// The time, in Unix seconds.
    pub now: i64,
}

/// What a token of the issuer that is named is made of, at the host of this name.
///
/// # Errors
/// [`NotMinted`].
pub fn recipe(
    wanted: &Wanted,
    name: String,
    host: Arc<Host>,
    given: Given,
) -> Result<Recipe, NotMinted> {
    let issuer = issuer(wanted, &name, &host)?.clone();
    let room = named::asked(wanted)?;
    let destination = Destination {
        name,
        host,
        issuer: issuer.name.clone(),
        tenant: room.tenant.clone(),
    };
    let (algorithm, key) = keys::of_issuer(given.key, &destination, &issuer)?;
    let mut remarks: Vec<String> = room.remark.clone().into_iter().collect();
    let mut claims = claims(
        wanted,
        &destination,
        &issuer,
        &room,
        given.now,
        &mut remarks,
    )?;
    changes::lay_over(&mut claims, given.changes);
    remarks.extend(taken::features(&destination, &issuer, &claims));
    Ok(Recipe {
        algorithm,
        key,
        typ: issuer.types.usual().map(str::to_owned),
        kid: wanted.kid.clone(),
        claims,
        destination: Some(destination),
        remarks,
    })
}

/// The issuer that is named, or the first one.
fn issuer<'a>(wanted: &Wanted, name: &str, host: &'a Host) -> Result<&'a Issuer, NotMinted> {
    let issuers = &host.policy.issuers;
    let Some(asked) = &wanted.issuer else {
        return Ok(issuers.first());
    };
    issuers.named(asked).ok_or_else(|| {
        let options = issuers
            .iter()
            .map(|issuer| format!("--issuer {}", issuer.name));
        let options: Vec<String> = options.collect();
        NotMinted::Issuer {
            host: name.to_owned(),
            asked: shown::quoted(asked),
            known: shown::listed(options.iter()),
        }
    })
}

/// The claims that are asked for, as tokens of this issuer have them.
fn claims(
    wanted: &Wanted,
    destination: &Destination,
    issuer: &Issuer,
    room: &Room,
    now: i64,
    remarks: &mut Vec<String>,
) -> Result<Map<String, Value>, NotMinted> {
    let usual_subject = subject(destination, issuer);
    let wishes = asked::wishes(wanted, room, &usual_subject);
    let mapping = issuer.mapping.as_ref();
    let mut claims = mapped::claims(&wishes, mapping);
    let context = asked::context(wanted, room);
    if mapping.is_none() {
        changes::lay_over(&mut claims, object(json!({ "context": { "user": {} } })));
    }
    if !context.is_empty() {
        changes::lay_over(&mut claims, object(json!({ "context": context })));
    }
    claims.extend(asked::times(wanted, now));
    claims.extend(parties(wanted, destination, issuer)?);
    remarks.extend(taken::lost(destination, issuer, &claims, &wishes));
    if let Some(subject) = &wanted.sub {
        claims.insert("sub".to_owned(), subject.as_str().into());
    }
    Ok(claims)
}

/// Who made the token, and for whom.
fn parties(
    wanted: &Wanted,
    destination: &Destination,
    issuer: &Issuer,
) -> Result<Map<String, Value>, NotMinted> {
    let choose = |chosen: Option<&String>, accepted: &Accepted, claim| {
        let whose = || destination.whose();
        let found = chosen
            .map(String::as_str)
            .or(accepted.first())
            .map(str::to_owned);
        found.ok_or_else(|| NotMinted::Any {
            whose: whose(),
            claim,
        })
    };
    let iss = choose(wanted.iss.as_ref(), &issuer.accepted, "iss")?;
    let audience = match &issuer.audiences {
        Accepted::Any => wanted.aud.as_ref().unwrap_or(&iss).clone(),
        only @ Accepted::Only(_) => choose(wanted.aud.as_ref(), only, "aud")?,
    };
    Ok(Map::from_iter([
        (issuer.audience_claim.to_string(), audience.into()),
        ("iss".to_owned(), iss.into()),
    ]))
}

/// What `sub` is where nobody names a tenant: any that the issuer may open, or the domain.
fn subject(destination: &Destination, issuer: &Issuer) -> String {
    if issuer.bounds.tenants.is_some() {
        return "*".to_owned();
    }
    let rooms = &destination.host.policy.rooms;
    rooms.domain(&destination.name).to_owned()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
