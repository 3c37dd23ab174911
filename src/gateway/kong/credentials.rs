//! The JWT credentials of the file.

use std::collections::HashMap;

use uuid::Uuid;

use super::super::credential::{Credential, SecretText};
use super::consumers::refuse_double;
use super::ids::{self, Of};
use super::table::Table;
use crate::token::algorithm::{Algorithm, Family};
use crate::token::key::Key;

/// Credentials, and the keys and IDs that are taken.
#[derive(Default)]
pub struct Taken {
    /// In the order of the file.
    pub all: Vec<Credential>,
    keys: HashMap<String, usize>,
    ids: HashMap<Uuid, usize>,
    /// How many secrets are short, and the line of the first.
    pub short: Option<(usize, usize)>,
}

impl Taken {
    /// Takes a credential of this consumer in. What is wrong with it is noted.
    pub fn take(&mut self, table: &Table<'_>, consumer: Option<Uuid>) {
        table.refuse_others(&KNOWN);
        let algorithm = algorithm(table);
        let material = algorithm.and_then(|algorithm| material(table, algorithm));
        let Some(key) = self.key(table) else {
            return;
        };
        let Some(id) = ids::id(table, Of::Credential, &key) else {
            return;
        };
        let before = self.ids.insert(id, table.line_of("id"));
        refuse_double(table, "id", before.filter(|_| table.has("id")));
        let tags = table.texts("tags");
        let created_at = table.whole("created_at", i64::MAX).unwrap_or_default();
        let (Some(algorithm), Some((secret, rsa_public_key)), Some(consumer)) =
            (algorithm, material, consumer)
        else {
            return;
        };
        self.count_short(table, algorithm, secret.as_ref());
        self.all.push(Credential {
            id,
            consumer,
            key,
            secret,
            rsa_public_key,
            algorithm,
            tags,
            created_at,
        });
    }

    fn key(&mut self, table: &Table<'_>) -> Option<String> {
        if !table.has("key") {
            table.note(
                "key",
                "a credential without key",
                "what its tokens name it by",
            );
        }
        let key = table.text("key")?.to_owned();
        let before = self.keys.insert(key.clone(), table.line_of("key"));
        refuse_double(table, "key", before);
        Some(key)
    }

    fn count_short(
        &mut self,
        table: &Table<'_>,
        algorithm: Algorithm,
        secret: Option<&SecretText>,
    ) {
        let is_hmac = algorithm.family() == Family::Hmac;
        if is_hmac && secret.is_some_and(|secret| secret.text().len() < SHORT) {
            let (count, line) = self.short.unwrap_or((0, table.line_of("secret")));
            self.short = Some((count.saturating_add(1), line));
        }
    }
}

fn algorithm(table: &Table<'_>) -> Option<Algorithm> {
    if !table.has("algorithm") {
        return Some(Algorithm::Hs256);
    }
    let name = table.text("algorithm")?;
    let known = Algorithm::from_name(name);
    if known.is_none() {
        let names = Algorithm::ALL.map(Algorithm::name).join(", ");
        table.note(
            "algorithm",
            &format!("{name:?}"),
            &format!("one of {names}"),
        );
    }
    known
}

type Material = (Option<SecretText>, Option<String>);

/// Secret and public key. What the algorithm does not use is kept as it is, for it decides nothing.
fn material(table: &Table<'_>, algorithm: Algorithm) -> Option<Material> {
    let text = |name| table.has(name).then(|| table.text(name));
    let (secret, pem) = (text("secret"), text("rsa_public_key"));
    if algorithm.family() == Family::Hmac {
        if secret.is_none() {
            table.note("secret", &format!("{algorithm} without secret"), NO_SECRET);
        }
        let secret = SecretText::from(secret??.to_owned());
        check_secret(table, &secret)?;
        return Some((Some(secret), pem.flatten().map(str::to_owned)));
    }
    if pem.is_none() {
        let found = format!("{algorithm} without rsa_public_key");
        table.note("rsa_public_key", &found, "the issuer's public key in PEM");
    }
    let pem = pem??;
    check_public(table, pem, algorithm)?;
    let secret = secret
        .flatten()
        .map(|text| SecretText::from(text.to_owned()));
    Some((secret, Some(pem.to_owned())))
}

fn check_secret(table: &Table<'_>, secret: &SecretText) -> Option<()> {
    let checked = Key::from_secret(secret.text().as_bytes());
    if let Err(error) = &checked {
        table.note(
            "secret",
            &error.to_string(),
            "the secret that the issuer signs with",
        );
    }
    checked.ok().map(drop)
}

fn check_public(table: &Table<'_>, pem: &str, algorithm: Algorithm) -> Option<()> {
    let (found, expected) = match Key::from_pem(pem.as_bytes()) {
        Ok(key) if !key.is_for(algorithm) => {
            let kind = key.facts().key_type;
            (
                format!("a key of the type {kind}"),
                format!("one for {algorithm}"),
            )
        }
        Ok(key) if key.facts().weakness().is_some() => {
            let found = format!("an RSA key of {} bits", key.facts().bits);
            (
                found,
                "one of 2048 bits at least: with less no signature is accepted".to_owned(),
            )
        }
        Ok(_) => return Some(()),
        Err(error) => (
            error.to_string(),
            "the issuer's public key in PEM".to_owned(),
        ),
    };
    table.note("rsa_public_key", &found, &expected);
    None
}

const KNOWN: [&str; 9] = [
    "id",
    "key",
    "secret",
    "rsa_public_key",
    "algorithm",
    "tags",
    "consumer",
    "created_at",
    "ttl",
];
/// Bytes below which a secret can be guessed (RFC 7518 section 3.2).
const SHORT: usize = 32;
const NO_SECRET: &str = "the secret: one that is made up at each reading would be known to nobody";
