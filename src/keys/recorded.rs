//! Answers of key servers as they were recorded: nothing is fetched.

use std::collections::BTreeMap;

use crate::token::decision::Found;
use crate::token::key::{Key, KeyError};
use crate::token::source_failure::SourceFailure;

use super::answer::Unfit;
use super::document::KeySet;
use super::source::KeySources;
use super::state::SourceKind;
use super::{address, answer, document, server};

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

/// What is to be said of a key that is not there.
#[must_use]
pub fn words(answers: &Answers, sources: &KeySources, kid: &str) -> Vec<String> {
    let set = sources.keys_url.as_ref().and_then(|url| {
        let keys = document::parse(answers.get(url)?.as_bytes(), sources.algorithm);
        let is_empty = keys.is_ok_and(|keys| keys.is_empty());
        is_empty.then(|| format!("{url} answers with an empty JWK Set"))
    });
    let folder = sources.folder.as_ref().map(|folder| folder.word(kid));
    set.into_iter().chain(folder).collect()
}

/// Looks for the key of a `kid`; None where no source has one.
#[must_use]
pub fn find(answers: &Answers, sources: &KeySources, kid: &str) -> Found {
    let set = in_set(answers, sources);
    let key = match &set {
        Some(Ok(keys)) => keys.get(kid).and_then(|key| key.as_ref().ok()).cloned(),
        Some(Err(_)) | None => None,
    };
    let found = key
        .map(Ok)
        .or_else(|| on_server(answers, sources, kid))
        .or_else(|| sources.in_folder(kid).cloned().map(Ok));
    found.or_else(|| Some(Err(set?.err()?)))
}

fn in_set(answers: &Answers, sources: &KeySources) -> Option<Result<KeySet, KeyError>> {
    let url = sources.keys_url.as_ref()?;
    let keys = document::parse(answers.get(url)?.as_bytes(), sources.algorithm);
    Some(keys.map_err(|error| unavailable(SourceKind::KeysUrl, url, error.into_unfit())))
}

fn on_server(answers: &Answers, sources: &KeySources, kid: &str) -> Found {
    let url = address::url(sources.key_server.as_ref()?, kid);
    let pem = answers.get(&url).filter(|pem| !pem.is_empty())?;
    Some(if server::is_pem(pem.as_bytes()) {
        Key::from_pem(pem.as_bytes())
    } else {
        let unfit = answer::describe(pem.as_bytes());
        Err(unavailable(SourceKind::KeyServer, &url, unfit))
    })
}

fn unavailable(kind: SourceKind, url: &str, unfit: Unfit) -> KeyError {
    KeyError::Unavailable(Box::new(SourceFailure {
        option: kind.option(),
        address: url.to_owned(),
        said: unfit.said,
        referral: unfit.referral,
    }))
}
