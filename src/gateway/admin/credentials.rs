//! JWT credentials: what was set to what is kept.

use serde_json::{Value, json};
use uuid::Uuid;

use super::body::Fields;
use super::consumers::{IMMUTABLE, time};
use super::fields::{Given, MISSING, NO_UUID, Reader};
use super::fresh::Fresh;
use super::path::{self, EntityName};
use super::refusal::Refusal;
use super::violations::Violations;
use crate::gateway::credential::{Credential, SecretText};
use crate::token::algorithm::{Algorithm, Family};
use crate::token::key::{Key, KeyError};

/// The username of the consumer that is to have it, where it is named by that: it has to be looked up.
#[must_use]
pub fn owner_username(fields: &Fields) -> Option<&str> {
    let consumer = fields.get(CONSUMER)?.as_object()?;
    let username = consumer.get("username")?.as_str();
    username.filter(|_| consumer.len() == 1)
}

/// Says whose it is to be, whatever was said of that.
pub fn set_owner(fields: &mut Fields, consumer: Uuid) {
    fields.insert(CONSUMER.to_owned(), json!({ "id": consumer.to_string() }));
}

/// One that is new.
///
/// # Errors
/// [`Refusal::Violations`].
pub fn made(fields: &Fields, fresh: &Fresh) -> Result<Credential, Refusal> {
    let mut reader = Reader::new(fields, KNOWN);
    let consumer = owner(&mut reader);
    if consumer == Given::Null || reader.raw(CONSUMER).is_none() {
        reader.violations.field(CONSUMER, MISSING);
    }
    let secret = reader.text("secret").over(None);
    let secret = secret.unwrap_or_else(|| fresh.secret.0.clone());
    let key = reader.header_text("key").over(None);
    let credential = Credential {
        id: reader.id().over(None).unwrap_or(fresh.id),
        consumer: consumer.over(None).unwrap_or_default(),
        key: key.unwrap_or_else(|| fresh.key.clone()),
        secret: Some(SecretText::from(secret)),
        rsa_public_key: reader.text(PUBLIC_KEY).over(None),
        algorithm: algorithm(&mut reader, DEFAULT),
        tags: reader.tags().over(None),
        created_at: time(&mut reader, "created_at", fresh.now),
    };
    checked(credential, reader)
}

/// One in the place of another, or of none: of that nothing is left but its ID and when it was made.
///
/// # Errors
/// [`Refusal::Violations`].
pub fn put(
    fields: &Fields,
    name: &EntityName,
    before: Option<&Credential>,
    fresh: &Fresh,
) -> Result<Credential, Refusal> {
    let mut fields = fields.clone();
    let id = match name {
        EntityName::Id(id) => Some(*id),
        EntityName::Text(key) => {
            fields.insert("key".to_owned(), key.as_str().into());
            before.map(|before| before.id)
        }
    };
    if let Some(id) = id {
        fields.insert("id".to_owned(), id.to_string().into());
    }
    let mut made = made(&fields, fresh)?;
    if let (Some(before), None) = (before, fields.get("created_at")) {
        made.created_at = before.created_at;
    }
    Ok(made)
}

/// One that is there, with some of its fields changed.
///
/// # Errors
/// [`Refusal::Violations`].
pub fn changed(fields: &Fields, before: &Credential) -> Result<Credential, Refusal> {
    let mut reader = Reader::new(fields, KNOWN);
    let id = reader.id();
    if !matches!(&id, Given::Nothing) && id != Given::Value(before.id) {
        reader.violations.field("id", IMMUTABLE);
    }
    for name in [CONSUMER, "key", "secret"] {
        if reader.raw(name).is_some_and(Value::is_null) {
            reader.violations.field(name, MISSING);
        }
    }
    let old = before.clone();
    let secret = reader.text("secret");
    let secret = match secret {
        Given::Value(secret) => Some(SecretText::from(secret)),
        Given::Nothing | Given::Null => old.secret,
    };
    let credential = Credential {
        id: old.id,
        consumer: owner(&mut reader)
            .over(Some(old.consumer))
            .unwrap_or(old.consumer),
        key: reader.header_text("key").over(None).unwrap_or(old.key),
        secret,
        rsa_public_key: reader.text(PUBLIC_KEY).over(old.rsa_public_key),
        algorithm: algorithm(&mut reader, old.algorithm),
        tags: reader.tags().over(old.tags),
        created_at: time(&mut reader, "created_at", old.created_at),
    };
    checked(credential, reader)
}

/// The consumer that is to have it, by its ID.
fn owner(reader: &mut Reader<'_>) -> Given<Uuid> {
    let members = match reader.raw(CONSUMER) {
        None => return Given::Nothing,
        Some(Value::Null) => return Given::Null,
        Some(Value::Object(members)) => members,
        Some(_) => {
            reader.violations.field(CONSUMER, "expected a record");
            return Given::Nothing;
        }
    };
    if let Some(unknown) = members.keys().find(|name| *name != "id") {
        reader.violations.member(CONSUMER, unknown, "unknown field");
        return Given::Nothing;
    }
    let id = members.get("id");
    if let Some(id) = id.and_then(Value::as_str).and_then(path::uuid) {
        return Given::Value(id);
    }
    let fault = id.map_or("missing primary key", |_| NO_UUID);
    reader.violations.member(CONSUMER, "id", fault);
    Given::Nothing
}

fn algorithm(reader: &mut Reader<'_>, before: Algorithm) -> Algorithm {
    match reader.text("algorithm") {
        Given::Nothing => before,
        Given::Null => DEFAULT,
        Given::Value(name) => Algorithm::from_name(&name).unwrap_or_else(|| {
            let known = known_algorithms().join(", ");
            reader
                .violations
                .field("algorithm", format!("expected one of: {known}"));
            before
        }),
    }
}

/// In the order in which Kong has them.
fn known_algorithms() -> Vec<&'static str> {
    let of_kind = |kind: &'static str| {
        let all = Algorithm::ALL.into_iter();
        all.filter(move |algorithm| algorithm.prefix() == kind)
    };
    let kinds = ["HS", "RS", "ES", "PS", "EdDSA"];
    kinds
        .into_iter()
        .flat_map(of_kind)
        .map(Algorithm::name)
        .collect()
}

/// A credential of which nothing is wrong, what its tokens are verified with included.
fn checked(credential: Credential, mut reader: Reader<'_>) -> Result<Credential, Refusal> {
    if credential.algorithm.family() == Family::Hmac {
        check_secret(&credential, &mut reader.violations);
    } else {
        check_public_key(&credential, &mut reader.violations);
    }
    reader.finish()?;
    Ok(credential)
}

fn check_secret(credential: &Credential, violations: &mut Violations) {
    // One that is kept and cannot be read here stays as it is.
    if let Some(secret) = &credential.secret
        && let Err(error) = Key::from_secret(secret.text().as_bytes())
    {
        violations.field("secret", error.to_string());
    }
    // It verifies nothing here, and is shown to whoever lists credentials.
    let pem = credential.rsa_public_key.as_deref().unwrap_or_default();
    if let Err(error @ KeyError::PrivateKey) = Key::from_pem(pem.as_bytes()) {
        violations.field(PUBLIC_KEY, error.to_string());
    }
}

/// One for ES may have none, as in Kong: then no token of it is good.
fn check_public_key(credential: &Credential, violations: &mut Violations) {
    let is_needed = credential.algorithm.prefix() != "ES";
    let fault = match &credential.rsa_public_key {
        Some(pem) => fault(pem, credential.algorithm),
        None => is_needed.then(|| MISSING.to_owned()),
    };
    if let Some(fault) = fault {
        violations.field(PUBLIC_KEY, fault);
        violations.entity("failed conditional validation given value of field 'algorithm'");
    }
}

/// What is wrong with a public key: in Kong's words where it is none, and where Kong would take it in ours.
fn fault(pem: &str, algorithm: Algorithm) -> Option<String> {
    let key = match Key::from_pem(pem.as_bytes()) {
        Ok(key) => key,
        Err(KeyError::NotPublicKey) => return Some("invalid key".to_owned()),
        Err(error) => return Some(error.to_string()),
    };
    let facts = key.facts();
    if !key.is_for(algorithm) {
        let found = facts.key_type;
        return Some(format!(
            "a key of type {found}, which is none for {algorithm}"
        ));
    }
    let weakness = facts.weakness()?;
    Some(format!("a key of {} bits, which is {weakness}", facts.bits))
}

const CONSUMER: &str = "consumer";
const PUBLIC_KEY: &str = "rsa_public_key";
const KNOWN: &[&str] = &[
    "id",
    "created_at",
    CONSUMER,
    "key",
    "secret",
    PUBLIC_KEY,
    "algorithm",
    "tags",
];
const DEFAULT: Algorithm = Algorithm::Hs256;

#[cfg(test)]
mod tests;
