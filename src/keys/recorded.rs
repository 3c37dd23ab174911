//! Answers of key servers as they were recorded: nothing is fetched.

use std::collections::BTreeMap;

use crate::token::decision::Found;
use crate::token::key::Key;

use super::source::KeySources;
use super::state::{KeyState, SourceKind, SourceState};
use super::{address, document};

/// The body of each address that was asked; every other address has none.
pub type Answers = BTreeMap<String, String>;

/// What a keys URL has; the keys of a key server are nobody's to list.
#[must_use]
pub fn state(answers: &Answers, sources: &KeySources) -> Vec<SourceState> {
    let Some(url) = &sources.keys_url else {
        return Vec::new();
    };
    let body = answers.get(url).map(String::as_bytes).unwrap_or_default();
    let keys = document::parse(body, sources.algorithm).unwrap_or_default();
    let keys = keys.iter().filter_map(|(kid, key)| {
        let key = key.as_ref().ok()?;
        Some(KeyState::new(Some(kid), key))
    });
    vec![SourceState {
        keys: keys.collect(),
        ..SourceState::new(SourceKind::KeysUrl, url)
    }]
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
