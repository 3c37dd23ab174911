//! Where keys are looked for: at their sources, or in answers of theirs that were recorded, for joins that are decided again.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::token::decision::Found;
use crate::token::key::{Key, KeyError};
use crate::token::source_failure::SourceFailure;

use super::cache::KeyCache;
use super::fetching::answer::{self, Unfit};
use super::fetching::counts::Fetches;
use super::fetching::discovery::{self, DiscoveryError};
use super::fetching::document::{self, KeySet};
use super::source::{self, KeySources, Location};
use super::state::{SourceKind, SourceState};

/// Where the answers of key servers come from.
pub enum KeyStore {
    /// They were recorded, and nothing is fetched.
    Recorded(RecordedAnswers),
    /// They are fetched, and kept.
    Live(Arc<KeyCache>),
}

/// The body of each address that was asked. Every other address has none.
pub type RecordedAnswers = BTreeMap<String, String>;

impl KeyStore {
    /// Looks for the key of a `kid`; None where no source has one.
    pub async fn find(&self, sources: &KeySources, kid: &str) -> Found {
        match self {
            Self::Recorded(answers) => recorded_key(answers, sources, kid),
            Self::Live(cache) => cache.find(sources, kid).await,
        }
    }

    /// The `kid`s of at most `limit` keys that these sources have.
    #[must_use]
    pub fn kids(&self, sources: &KeySources, limit: usize) -> Vec<String> {
        match self {
            Self::Recorded(answers) => recorded_kids(answers, sources, limit),
            Self::Live(cache) => cache.kids(sources, limit),
        }
    }

    /// Why these sources do not have the key of a `kid`, for an explanation.
    #[must_use]
    pub fn why_absent(&self, sources: &KeySources, kid: &str) -> Vec<String> {
        match self {
            Self::Recorded(answers) => recorded_absence(answers, sources, kid),
            Self::Live(cache) => cache.why_absent(sources, kid),
        }
    }

    /// How all fetches went so far.
    #[must_use]
    pub fn fetches(&self) -> Vec<Fetches> {
        match self {
            Self::Recorded(_) => Vec::new(),
            Self::Live(cache) => cache.fetches(),
        }
    }

    /// What is loaded from these sources. Nothing is, where answers were recorded.
    #[must_use]
    pub fn state(&self, sources: &KeySources) -> Vec<SourceState> {
        match self {
            Self::Recorded(_) => Vec::new(),
            Self::Live(cache) => cache.state(sources),
        }
    }
}

impl From<RecordedAnswers> for KeyStore {
    fn from(answers: RecordedAnswers) -> Self {
        Self::Recorded(answers)
    }
}

impl From<Arc<KeyCache>> for KeyStore {
    fn from(cache: Arc<KeyCache>) -> Self {
        Self::Live(cache)
    }
}

/// The `kid`s of at limit `limit` keys that a keys URL has. A key server has no list of its keys.
fn recorded_kids(answers: &RecordedAnswers, sources: &KeySources, limit: usize) -> Vec<String> {
    let keys = in_set(answers, sources).and_then(Result::ok);
    let keys = keys.unwrap_or_default();
    let usable = keys.into_iter().filter(|(_, key)| key.is_ok());
    usable.map(|(kid, _)| kid).take(limit).collect()
}

fn recorded_absence(answers: &RecordedAnswers, sources: &KeySources, kid: &str) -> Vec<String> {
    let set = set_address(answers, sources).and_then(|address| {
        let url = address.ok()?;
        let keys = document::parse(answers.get(&url)?.as_bytes(), &sources.algorithms);
        let is_empty = keys.is_ok_and(|keys| keys.is_empty());
        is_empty.then(|| format!("{url} answers with an empty JWK Set"))
    });
    let folder = sources.folder.as_ref().map(|folder| folder.why_absent(kid));
    set.into_iter().chain(folder).collect()
}

fn recorded_key(answers: &RecordedAnswers, sources: &KeySources, kid: &str) -> Found {
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

fn in_set(answers: &RecordedAnswers, sources: &KeySources) -> Option<Result<KeySet, KeyError>> {
    let kind = match sources.keys_url {
        Some(_) => SourceKind::KeysUrl,
        None => SourceKind::Discovery,
    };
    let url = match set_address(answers, sources)? {
        Ok(url) => url,
        Err(unavailable) => return Some(Err(unavailable)),
    };
    let keys = document::parse(answers.get(&url)?.as_bytes(), &sources.algorithms);
    Some(keys.map_err(|error| unavailable(kind, &url, error.into_unfit())))
}

/// Where the set is, as the metadata says where it is discovered. None if nothing was recorded of that.
fn set_address(
    answers: &RecordedAnswers,
    sources: &KeySources,
) -> Option<Result<String, KeyError>> {
    let discovery = match sources.set()? {
        Location::Address(url) => return Some(Ok(url)),
        Location::Discovered(discovery) => discovery,
    };
    let refused = |place: &str, error: DiscoveryError| {
        unavailable(SourceKind::Discovery, place, error.into_unfit())
    };
    let places = match discovery::places(&discovery) {
        Ok(places) => places,
        Err(error) => return Some(Err(refused(&discovery.issuer, error))),
    };
    let mut recorded = places
        .iter()
        .filter_map(|place| Some((place, answers.get(place)?)));
    let (place, body) = recorded.next()?;
    let address = discovery::jwks_uri(body.as_bytes(), &discovery);
    Some(address.map_err(|error| refused(place, error)))
}

fn on_server(answers: &RecordedAnswers, sources: &KeySources, kid: &str) -> Found {
    let url = source::key_url(sources.key_server.as_ref()?, kid);
    let pem = answers.get(&url).filter(|pem| !pem.is_empty())?;
    Some(if answer::is_pem(pem.as_bytes()) {
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
        referral: unfit.referral.filter(|_| kind != SourceKind::Discovery),
        remedy: unfit.remedy,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::source::Discovery;
    use super::*;

    const ISSUER: &str = "https://sso.example.com/realms/meet";
    const METADATA: &str = "https://sso.example.com/realms/meet/.well-known/openid-configuration";
    const SECOND: &str =
        "https://sso.example.com/.well-known/oauth-authorization-server/realms/meet";
    const CERTS: &str = "https://sso.example.com/certs";
    const SAID: &str = r#"{"issuer": "https://sso.example.com/realms/meet", "jwks_uri": "https://sso.example.com/certs"}"#;
    const KEYS: &str = r#"{"keys": [{"kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB"}]}"#;

    fn discovered() -> KeySources {
        KeySources {
            discovery: Some(Discovery {
                issuer: ISSUER.to_owned(),
                jwks_origins: Vec::new(),
            }),
            ..KeySources::default()
        }
    }

    /// What is found, by what was recorded: a key, nothing, or an address that gave none.
    fn found(answers: &[(&str, &str)]) -> String {
        let answers = answers
            .iter()
            .map(|&(url, body)| (url.to_owned(), body.to_owned()));
        match recorded_key(&answers.collect(), &discovered(), "a") {
            Some(Ok(_)) => "a key".to_owned(),
            Some(Err(KeyError::Unavailable(failure))) => {
                format!("{} {}", failure.option, failure.address)
            }
            Some(Err(error)) => error.to_string(),
            None => "nothing".to_owned(),
        }
    }

    #[test]
    fn discovered_keys_are_found_in_what_was_recorded() {
        let html = "<html>";
        let other = SAID.replace("realms/meet", "realms/other");
        for (answers, expected) in [
            (vec![], "nothing".to_owned()),
            (vec![(CERTS, KEYS)], "nothing".to_owned()),
            (vec![(METADATA, SAID)], "nothing".to_owned()),
            (
                vec![(METADATA, html), (CERTS, KEYS)],
                format!("discover {METADATA}"),
            ),
            (
                vec![(METADATA, &other), (CERTS, KEYS)],
                format!("discover {METADATA}"),
            ),
            (
                vec![(METADATA, html), (SECOND, SAID), (CERTS, KEYS)],
                format!("discover {METADATA}"),
            ),
            (
                vec![(METADATA, SAID), (CERTS, html)],
                format!("discover {CERTS}"),
            ),
            (
                vec![(METADATA, SAID), (CERTS, SAID)],
                format!("discover {CERTS}"),
            ),
            (vec![(METADATA, SAID), (CERTS, KEYS)], "a key".to_owned()),
            (vec![(SECOND, SAID), (CERTS, KEYS)], "a key".to_owned()),
        ] {
            assert_eq!(found(&answers), expected, "{answers:?}");
        }
    }
}
