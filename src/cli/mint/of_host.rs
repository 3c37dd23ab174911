//! Tokens of a host's issuers, as its configuration describes them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::config::host::Host;
use crate::token::issuer::{Accepted, Issuer};
use crate::token::policy::Policy;
use crate::token::preparation;
use crate::token::shown;

use crate::cli::failure::Failure;
use crate::cli::sources;

use super::arguments::MintArguments;
use super::error::MintError;
use super::named::Room;
use super::recipe::{Destination, Recipe};
use super::{asked, changes, keys, mapped, named, taken};

/// What a token of the issuer that the command line names is made of.
pub fn recipe(arguments: &MintArguments) -> Result<Recipe, Failure> {
    let (name, host) = host(arguments)?;
    let issuer = issuer(arguments, &name, &host)?.clone();
    let room = named::asked(arguments)?;
    let destination = Destination {
        name,
        host,
        issuer: issuer.name.clone(),
        tenant: room.tenant.clone(),
    };
    let (algorithm, key) = keys::of_issuer(arguments, &destination, &issuer)?;
    let mut remarks: Vec<String> = room.remark.clone().into_iter().collect();
    let mut claims = claims(arguments, &destination, &issuer, &room, &mut remarks)?;
    if let Some(path) = &arguments.claims {
        changes::lay_over(&mut claims, changes::read(path)?);
    }
    remarks.extend(taken::features(&destination, &issuer, &claims));
    Ok(Recipe {
        algorithm,
        key,
        typ: issuer.types.usual().map(str::to_owned),
        kid: arguments.kid.clone(),
        claims,
        destination: Some(destination),
        remarks,
    })
}

/// The host that the command line names, or the only one.
fn host(arguments: &MintArguments) -> Result<(String, Arc<Host>), Failure> {
    let mut config = sources::load(&arguments.sources)?.config?;
    let name = match (&arguments.host, config.hosts.keys().next()) {
        (Some(host), _) => preparation::host(&named::host(host)),
        (None, Some(only)) if config.hosts.len() == 1 => only.clone(),
        (None, _) => String::new(),
    };
    let Some(host) = config.hosts.remove(&name) else {
        let known: Vec<String> = config.hosts.into_keys().collect();
        return Err(MintError::Host(known.join(", ")).into());
    };
    Ok((name, host))
}

/// The issuer that the command line names, or the first one.
fn issuer<'a>(
    arguments: &MintArguments,
    name: &str,
    host: &'a Host,
) -> Result<&'a Issuer, MintError> {
    let issuers = &host.policy.issuers;
    let Some(asked) = &arguments.issuer else {
        return Ok(issuers.first());
    };
    issuers.named(asked).ok_or_else(|| {
        let options = issuers
            .iter()
            .map(|issuer| format!("--issuer {}", issuer.name));
        let options: Vec<String> = options.collect();
        MintError::Issuer {
            host: name.to_owned(),
            asked: shown::quoted(asked),
            known: shown::listed(options.iter()),
        }
    })
}

/// The claims that the command line asks for, as tokens of this issuer have them.
fn claims(
    arguments: &MintArguments,
    destination: &Destination,
    issuer: &Issuer,
    room: &Room,
    remarks: &mut Vec<String>,
) -> Result<Map<String, Value>, MintError> {
    let usual_subject = subject(destination, issuer);
    let wishes = asked::wishes(arguments, room, &usual_subject);
    let mapping = issuer.mapping.as_ref();
    let mut claims = mapped::claims(&wishes, mapping);
    let context = asked::context(arguments, room);
    if mapping.is_none() {
        changes::lay_over(&mut claims, object(json!({ "context": { "user": {} } })));
    }
    if !context.is_empty() {
        changes::lay_over(&mut claims, object(json!({ "context": context })));
    }
    claims.extend(asked::times(arguments));
    claims.extend(parties(arguments, destination, issuer)?);
    remarks.extend(taken::lost(destination, issuer, &claims, &wishes));
    if let Some(subject) = &arguments.sub {
        claims.insert("sub".to_owned(), subject.as_str().into());
    }
    Ok(claims)
}

/// Who made the token, and for whom.
fn parties(
    arguments: &MintArguments,
    destination: &Destination,
    issuer: &Issuer,
) -> Result<Map<String, Value>, MintError> {
    let choose = |chosen: Option<&String>, accepted, claim| {
        let whose = || destination.whose();
        let found = chosen.or(first(accepted)).cloned();
        found.ok_or_else(|| MintError::Any {
            whose: whose(),
            claim,
        })
    };
    let iss = choose(arguments.iss.as_ref(), &issuer.accepted, "iss")?;
    let audience = match &issuer.audiences {
        Accepted::Any => arguments.aud.as_ref().unwrap_or(&iss).clone(),
        only @ Accepted::Only(_) => choose(arguments.aud.as_ref(), only, "aud")?,
    };
    Ok(Map::from_iter([
        (issuer.audience_claim.to_string(), audience.into()),
        ("iss".to_owned(), iss.into()),
    ]))
}

fn first(accepted: &Accepted) -> Option<&String> {
    match accepted {
        Accepted::Any => None,
        Accepted::Only(values) => values.first(),
    }
}

/// What `sub` is where nobody names a tenant: any that the issuer may open, or the domain.
fn subject(destination: &Destination, issuer: &Issuer) -> String {
    match issuer.bounds.tenants {
        Some(_) => "*".to_owned(),
        None => domain(&destination.host.policy, &destination.name),
    }
}

/// The domain that `sub` must name: the MUC's without its prefix, else the host's own.
fn domain(policy: &Policy, host: &str) -> String {
    let rooms = &policy.rooms;
    let prefix = format!("{}.", rooms.domain_prefix);
    let muc_domain = rooms.muc_domain.as_deref();
    let domain = muc_domain.and_then(|domain| domain.strip_prefix(&prefix));
    domain.unwrap_or(host).to_owned()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
