//! What key servers answer, and what time they think it is.

use std::path::PathBuf;

use jiff::fmt::rfc2822;
use reqwest::header::{AGE, DATE, HeaderMap};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use crate::config::key_places;
use crate::doctor::facts::services::Services;
use crate::doctor::facts::{KeyAnswer, KeyFailure, KeyServerFacts};
use crate::doctor::services::DAEMON;
use crate::keys::fetching::discovery::{self, DiscoveryError};
use crate::keys::fetching::document;
use crate::keys::source::{Discovery, KeySources};
use crate::keys::state::SourceKind;
use crate::token::algorithm::Algorithm;
use crate::token::shown;
use crate::{clock, files};

use super::local::Local;
use super::{certificates, http};

/// Asks each key server of the configuration.
pub async fn ask(local: &Local, services: &Services) -> Vec<KeyServerFacts> {
    let trust = Trust::of(services);
    let mut servers = Vec::new();
    let hosts = local.config.iter().flat_map(|config| &config.hosts);
    let places =
        hosts.flat_map(|(name, host)| key_places::of(name, host).map(move |place| (name, place)));
    for (name, asked) in places {
        let (url, answer) = place(asked.option, asked.address, asked.sources, &trust).await;
        servers.push(KeyServerFacts {
            url,
            option: asked.option,
            host: name.clone(),
            answer,
            origin: asked.origin,
        });
    }
    servers
}

/// What an option leads to, and where that is in the end.
async fn place(
    option: &str,
    url: &str,
    sources: &KeySources,
    trust: &Trust,
) -> (String, Result<KeyAnswer, KeyFailure>) {
    let algorithms = &sources.algorithms;
    match &sources.discovery {
        Some(issuer) if option == SourceKind::Discovery.option() => {
            discovered(issuer, algorithms, trust).await
        }
        Some(_) | None => {
            let is_set = option == SourceKind::KeysUrl.option();
            let answer = server(url, is_set, algorithms, trust).await;
            (url.to_owned(), answer)
        }
    }
}

/// The keys to which an issuer's metadata leads, or the place where the way ends.
async fn discovered(
    issuer: &Discovery,
    algorithms: &[Algorithm],
    trust: &Trust,
) -> (String, Result<KeyAnswer, KeyFailure>) {
    match keys_of(issuer, trust).await {
        Err((place, failure)) => (place, Err(failure)),
        Ok(url) => {
            let answer = server(&url, true, algorithms, trust).await;
            let without_referral = |answer| KeyAnswer {
                leads_to: None,
                ..answer
            };
            (url, answer.map(without_referral))
        }
    }
}

/// Where an issuer's metadata says that its keys are.
async fn keys_of(issuer: &Discovery, trust: &Trust) -> Result<String, (String, KeyFailure)> {
    let refused = |place: &str, error: DiscoveryError| {
        let said = error.into_unfit().whole();
        (place.to_owned(), KeyFailure::Refused(said))
    };
    let places = discovery::places(issuer).map_err(|error| refused(&issuer.issuer, error))?;
    for place in &places {
        let metadata = metadata(place, trust).await;
        if let Some(body) = metadata.map_err(|failure| (place.clone(), failure))? {
            return discovery::jwks_uri(&body, issuer).map_err(|error| refused(place, error));
        }
    }
    let [first, second] = places;
    Err(refused(&first, DiscoveryError::Nowhere(second)))
}

/// What one place has of it, if anything.
async fn metadata(place: &str, trust: &Trust) -> Result<Option<Vec<u8>>, KeyFailure> {
    let response = response(place, trust).await?;
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
        status if status.is_success() => {
            let body = http::body(response).await;
            body.map(Some).map_err(KeyFailure::Silent)
        }
        status => Err(KeyFailure::Refused(format!("status {status}"))),
    }
}

/// Whom the daemon trusts.
enum Trust {
    /// The same as everybody on this machine.
    Machine,
    /// The certificates in the file that its unit names.
    File(PathBuf),
}

impl Trust {
    fn of(services: &Services) -> Self {
        let unit = services.units.get(DAEMON);
        let file = unit.and_then(|unit| unit.environment.get("SSL_CERT_FILE"));
        file.map_or(Self::Machine, |file| Self::File(PathBuf::from(file)))
    }

    fn client(&self) -> Result<Client, String> {
        match self {
            Self::Machine => http::trusting_client(None),
            Self::File(path) => {
                let text = files::read(path, MAX_AUTHORITIES);
                let text = text.map_err(|error| {
                    format!("SSL_CERT_FILE of its unit, {}: {error}", path.display())
                })?;
                http::trusting_client(Some(&text))
            }
        }
    }
}

async fn server(
    url: &str,
    is_set: bool,
    algorithms: &[Algorithm],
    trust: &Trust,
) -> Result<KeyAnswer, KeyFailure> {
    let response = response(url, trust).await?;
    let ahead = ahead(response.headers());
    if !is_set {
        return key_server(&response, ahead);
    }
    let status = response.status();
    if !status.is_success() {
        return Err(KeyFailure::Refused(format!("status {status}")));
    }
    let body = http::body(response).await.map_err(KeyFailure::Silent)?;
    let answer = keys(&body, algorithms);
    Ok(KeyAnswer { ahead, ..answer })
}

/// What is answered at an address, before its body.
async fn response(url: &str, trust: &Trust) -> Result<Response, KeyFailure> {
    let is_https = url.starts_with("https://");
    let client = match trust.client() {
        Ok(client) => client,
        Err(reason) if is_https => return Err(KeyFailure::NoAuthorities(reason)),
        Err(_) => http::plain_client().map_err(KeyFailure::Silent)?,
    };
    match client.get(url).send().await {
        Ok(response) => Ok(response),
        Err(error) => Err(unanswered(url, error).await),
    }
}

/// Why there is no answer.
async fn unanswered(url: &str, error: reqwest::Error) -> KeyFailure {
    let distrust = certificates::distrust(&error);
    let reason = http::cause(error);
    match distrust {
        Some(distrust) => KeyFailure::Distrusted {
            distrust,
            reason,
            chain: certificates::sent(url).await,
        },
        None => KeyFailure::Silent(reason),
    }
}

fn keys(body: &[u8], algorithms: &[Algorithm]) -> KeyAnswer {
    match document::parse(body, algorithms) {
        Err(error) => KeyAnswer {
            usable: Some(0),
            unusable: vec![error.to_string()],
            leads_to: jwks_uri(body),
            ..KeyAnswer::default()
        },
        Ok(keys) => {
            let usable = keys.values().filter(|key| key.is_ok()).count();
            KeyAnswer {
                usable: Some(usable),
                unusable: keys
                    .iter()
                    .filter_map(|(kid, key)| Some(format!("{kid:?}: {}", key.as_ref().err()?)))
                    .collect(),
                leads_to: jwks_uri(body).filter(|_| usable == 0),
                ..KeyAnswer::default()
            }
        }
    }
}

/// Where a document about an issuer says that its keys are.
fn jwks_uri(body: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let address = document.get("jwks_uri")?.as_str()?;
    Some(shown::escaped(address).into_owned())
}

/// A server with a file for each key need not answer anything of use at its root.
fn key_server(response: &Response, ahead: Option<i64>) -> Result<KeyAnswer, KeyFailure> {
    if response.status().is_server_error() {
        return Err(KeyFailure::Refused(format!("status {}", response.status())));
    }
    Ok(KeyAnswer {
        ahead,
        ..KeyAnswer::default()
    })
}

/// How far a server's clock is ahead of this one, in seconds; a cache's answer has aged since.
fn ahead(headers: &HeaderMap) -> Option<i64> {
    let date = rfc2822::DateTimeParser::new()
        .parse_timestamp(headers.get(DATE)?.as_bytes())
        .ok()?;
    let age = headers
        .get(AGE)
        .and_then(|age| age.to_str().ok()?.parse::<i64>().ok());
    Some(
        date.as_second()
            .saturating_add(age.unwrap_or(0))
            .saturating_sub(clock::unix_time()),
    )
}

/// More than the certificates of all authorities have.
const MAX_AUTHORITIES: u64 = 4 * 1_048_576;
