//! Answers of key servers as they were recorded: nothing is fetched.

use std::collections::BTreeMap;

use crate::token::decision::Found;
use crate::token::key::Key;

use super::source::KeySources;
use super::{address, document};

/// The body of each address that was asked; every other address has none.
pub type Answers = BTreeMap<String, String>;

/// The names of keys that a keys URL has, at most so many; those of a key server are nobody's to list.
#[must_use]
pub fn kids(answers: &Answers, sources: &KeySources, most: usize) -> Vec<String> {
    let body = sources.keys_url.as_ref().and_then(|url| answers.get(url));
    let keys = body.map(|body| document::parse(body.as_bytes(), sources.algorithm));
    let keys = keys.and_then(Result::ok).unwrap_or_default();
    let usable = keys.into_iter().filter(|(_, key)| key.is_ok());
    usable.map(|(kid, _)| kid).take(most).collect()
}

/// Looks for the key of a `kid`; None where no source has one.
#[must_use]
pub fn find(answers: &Answers, sources: &KeySources, kid: &str) -> Found {
    let in_set = sources.keys_url.as_ref().and_then(|url| {
        document::parse(answers.get(url)?.as_bytes(), sources.algorithm)
            .ok()?
            .remove(kid)
    });
    let found = in_set.filter(Result::is_ok).or_else(|| {
        let url = address::url(sources.key_server.as_ref()?, kid);
        let pem = answers.get(&url).filter(|pem| !pem.is_empty())?;
        Some(Key::from_pem(pem.as_bytes()))
    });
    found.or_else(|| sources.in_folder(kid).cloned().map(Ok))
}
