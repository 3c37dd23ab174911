//! What key servers answer, and what time they think it is.

use std::path::PathBuf;

use jiff::fmt::rfc2822;
use reqwest::header::{AGE, DATE, HeaderMap};
use reqwest::{Client, Response};
use serde_json::Value;

use crate::doctor::facts::services::Services;
use crate::doctor::facts::{KeyAnswer, KeyFailure, KeyServerFacts};
use crate::doctor::services::DAEMON;
use crate::keys::fetching::document;
use crate::origin::Origin;
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
    let sources = hosts.flat_map(|(name, host)| {
        let sources = host.sources.iter();
        sources.map(move |sources| (name, host, sources))
    });
    for (name, host, sources) in sources {
        let places = [
            ("cache_keys_url", &sources.keys_url),
            ("asap_key_server", &sources.key_server),
        ];
        for (option, url) in places {
            let Some(url) = url else { continue };
            let is_set = option == "cache_keys_url";
            servers.push(KeyServerFacts {
                url: url.clone(),
                option,
                host: name.clone(),
                answer: server(url, is_set, &sources.algorithms, &trust).await,
                origin: host.origin_of(option).cloned().unwrap_or(Origin::Default),
            });
        }
    }
    servers
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
    let is_https = url.starts_with("https://");
    let client = match trust.client() {
        Ok(client) => client,
        Err(reason) if is_https => return Err(KeyFailure::NoAuthorities(reason)),
        Err(_) => http::plain_client().map_err(KeyFailure::Silent)?,
    };
    let response = match client.get(url).send().await {
        Ok(response) => response,
        Err(error) => return Err(unanswered(url, error).await),
    };
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
