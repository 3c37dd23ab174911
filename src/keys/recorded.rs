//! Answers of key servers as they were recorded: nothing is fetched.

use std::collections::BTreeMap;

use crate::token::decision::Found;
use crate::token::key::Key;

use super::source::KeySources;
use super::{address, document};

/// The body of each address that was asked; every other address has none.
pub type Answers = BTreeMap<String, String>;

/// Names of the keys that a keys URL has; those of a key server are nobody's to list.
#[must_use]
pub fn known_kids(answers: &Answers, sources: &KeySources) -> Vec<String> {
    let keys = sources
        .keys_url
        .as_ref()
        .and_then(|url| document::parse(answers.get(url)?.as_bytes()).ok());
    let usable = keys.into_iter().flatten().filter(|(_, key)| key.is_ok());
    usable.map(|(kid, _)| kid).collect()
}

/// Looks for the key of a `kid`; None where no source has one.
#[must_use]
pub fn find(answers: &Answers, sources: &KeySources, kid: &str) -> Found {
    let in_set = sources.keys_url.as_ref().and_then(|url| {
        document::parse(answers.get(url)?.as_bytes())
            .ok()?
            .remove(kid)
    });
    in_set.filter(Result::is_ok).or_else(|| {
        let url = address::url(sources.key_server.as_ref()?, kid);
        let pem = answers.get(&url).filter(|pem| !pem.is_empty())?;
        Some(Key::from_pem(pem.as_bytes()))
    })
}
