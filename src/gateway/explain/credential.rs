//! Credentials that a token names, and keys that nobody has.

use std::sync::Arc;

use uuid::Uuid;

use super::super::credentials::{Known, Material};
use super::judged::Named;
use super::read::Read;
use super::{Examined, holders, key, nearly};
use crate::token::explain::{Explanation, format, spelling};

/// What is said of the credential that a token names.
pub fn found(examined: &Examined<'_>, named: &Named<'_>) -> String {
    let algorithm = named.verifying.algorithm;
    match named.owner {
        Some(known) if examined.is_trusted => {
            let consumer = format::quote(&examined.called(&known.id));
            format!("one for {algorithm}, of the consumer {consumer}")
        }
        Some(_) | None => format!("one for {algorithm}"),
    }
}

/// Nobody has a credential with this key; and the key that seems to be meant.
pub fn unknown(
    examined: &Examined<'_>,
    read: &Read<'_>,
    key: &str,
) -> (Explanation, Option<String>) {
    let claim = &examined.rules.settings.key_claim_name;
    let place = key::place(read, claim);
    let explanation = |found: String| {
        let found = format!("{found} in {claim} of the {place}");
        Explanation::new("credential", found, "the key of a credential").by(&["key_claim_name"])
    };
    if is_secret(examined, key) {
        let explanation = explanation("the secret of a credential".to_owned())
            .because(Some("key and secret of the credential are mixed up".to_owned()))
            .mend(format!(
                "let the issuer set {claim} to the credential's key, and sign with its secret; and since every token shows \
                 that secret, give the credential a new one"
            ));
        return (explanation, None);
    }
    let explanation = explanation(format::quote(key));
    let (cause, remedy, meant) = mistake(examined, read, key, place);
    (explanation.because(Some(cause)).mend(remedy), meant)
}

type Mistake = (String, String, Option<String>);

fn mistake(examined: &Examined<'_>, read: &Read<'_>, key: &str, place: &str) -> Mistake {
    let claim = &examined.rules.settings.key_claim_name;
    let in_header = read.member(claim).filter(|_| place == "payload");
    if let Some(other) = in_header.and_then(|value| holders::known(examined, value)) {
        let cause = format!(
            "{claim} in the header is the key of a credential, but {claim} is in the payload as well, and that one counts"
        );
        let remedy = format!(
            "let the issuer leave {claim} out of the payload, or set it to {} there",
            format::quote(&other)
        );
        return (cause, remedy, Some(other));
    }
    if let Some(holder) = holders::find(examined, read) {
        let cause = key::cause(&holder, claim);
        return (cause, key::remedy(examined, &holder), Some(holder.key));
    }
    named_otherwise(examined, key)
        .or_else(|| nearly(examined, key))
        .unwrap_or_else(|| nobodys(examined, key))
}

/// It is what something else of the credential is called.
fn named_otherwise(examined: &Examined<'_>, key: &str) -> Option<Mistake> {
    let claim = &examined.rules.settings.key_claim_name;
    let sets = || examined.rules.credentials.iter();
    let id = Uuid::parse_str(key).ok();
    let by_id = id.and_then(|id| sets().find_map(|set| set.key_with_id(&id)));
    if let Some(meant) = by_id {
        return Some((
            "that is the credential's ID, and tokens name credentials by their key".to_owned(),
            format!("let the issuer set {claim} to {}", told(examined, meant)),
            examined.is_trusted.then(|| meant.to_owned()),
        ));
    }
    if !examined.is_trusted {
        return None;
    }
    let consumer = sets().find_map(|set| {
        let by_custom_id = |known: &&Arc<Known>| known.custom_id.as_deref() == Some(key);
        let mut all = set.each_consumer().take(MOST_SCANNED);
        set.consumer_called(key).or_else(|| all.find(by_custom_id))
    })?;
    let its = examined.credentials().take(MOST_SCANNED);
    let mut its: Vec<String> = its
        .filter(|(_, verifying)| verifying.consumer == consumer.id)
        .map(|(key, _)| format::quote(key))
        .collect();
    its.sort_unstable();
    let remedy = if its.is_empty() {
        format!("{}, which has none yet", adding(key, Some(key)))
    } else {
        let its = format::alternatives(its.into_iter());
        format!("let the issuer set {claim} to {its}")
    };
    let cause =
        "that is what a consumer is called, and tokens name the key of one of its credentials";
    Some((cause.to_owned(), remedy, None))
}

fn told(examined: &Examined<'_>, key: &str) -> String {
    if examined.is_trusted {
        format::quote(key)
    } else {
        "that credential's key".to_owned()
    }
}

fn nearly(examined: &Examined<'_>, key: &str) -> Option<Mistake> {
    let claim = &examined.rules.settings.key_claim_name;
    let near = nearly::find(examined, key)?;
    let (which, remedy) = if examined.is_trusted {
        let meant = format::quote(&near.key);
        (
            format!("the key {meant} is near"),
            format!("let the issuer set {claim} to {meant}"),
        )
    } else {
        (
            "the key of a credential is near".to_owned(),
            format!("let the issuer set {claim} to the key to the letter, as it was given"),
        )
    };
    let cause = format!("{which}: {}", near.difference);
    Some((cause, remedy, examined.is_trusted.then_some(near.key)))
}

fn nobodys(examined: &Examined<'_>, key: &str) -> Mistake {
    if spelling::is_unfilled(key) {
        let claim = &examined.rules.settings.key_claim_name;
        let remedy = format!("let the issuer set {claim} to the key of its credential");
        return (spelling::UNFILLED.to_owned(), remedy, None);
    }
    let cause = "no credential has this key: it was never added, or was deleted";
    (cause.to_owned(), adding(key, None), None)
}

/// How a credential is added.
fn adding(key: &str, consumer: Option<&str>) -> String {
    let is_plain = |text: &str| {
        let is_odd = |c: char| !(c.is_ascii_alphanumeric() || "-_./:@+".contains(c));
        !text.is_empty() && !text.starts_with('-') && !text.contains(is_odd) && text.len() <= 160
    };
    let consumer = consumer.filter(|name| is_plain(name)).unwrap_or("USER");
    let key = Some(key).filter(|key| is_plain(key)).unwrap_or("KEY");
    format!(
        "add a credential with it: prosody-tokend credentials add {consumer} --name {key}, or under jwt_secrets in Kong's file"
    )
}

/// Whether the text is a secret. Who is not trusted could find secrets by asking that.
fn is_secret(examined: &Examined<'_>, text: &str) -> bool {
    let is_its = |material: &Material| match material {
        Material::Secret(secret) => secret.text() == text,
        Material::Public(_) | Material::Unusable(_) => false,
    };
    let mut all = examined.credentials().take(MOST_SCANNED);
    examined.is_trusted && all.any(|(_, verifying)| is_its(&verifying.material))
}

/// The credential is of a consumer who is not there.
pub fn orphan(examined: &Examined<'_>, named: &Named<'_>) -> Explanation {
    let id = named.verifying.consumer;
    let found = if examined.is_trusted {
        format!("a credential of the consumer {id}, who is not there")
    } else {
        "a credential of a consumer who is not there".to_owned()
    };
    Explanation::new("consumer", found, "one of a consumer that there is")
        .because(Some("the consumer was deleted, and its credential was not".to_owned()))
        .mend("add the consumer again, with that ID, or a credential for another one: prosody-tokend credentials add USER")
}

/// Claims are looked at as they are, and credentials up to this number.
const MOST_SCANNED: usize = 100_000;
