//! What key servers answer, and what time they think it is.

use jiff::fmt::rfc2822;
use reqwest::Response;
use reqwest::header::{AGE, DATE, HeaderMap};

use crate::clock;
use crate::doctor::facts::{KeyAnswer, KeyServer};
use crate::keys::document;
use crate::token::algorithm::Algorithm;

use super::http;
use super::local::Local;

/// Asks each key server of the configuration.
pub async fn ask(local: &Local) -> Vec<KeyServer> {
    let mut servers = Vec::new();
    let hosts = local.config.iter().flat_map(|config| &config.hosts);
    for (name, host) in hosts {
        let sources = &host.sources;
        let places = [
            ("cache_keys_url", &sources.keys_url),
            ("asap_key_server", &sources.key_server),
        ];
        for (option, url) in places {
            let Some(url) = url else { continue };
            let is_set = option == "cache_keys_url";
            servers.push(KeyServer {
                url: url.clone(),
                option,
                host: name.clone(),
                answer: server(url, is_set, sources.algorithm).await,
            });
        }
    }
    servers
}

async fn server(
    url: &str,
    is_set: bool,
    algorithm: Option<Algorithm>,
) -> Result<KeyAnswer, String> {
    let response = http::send(http::client(None)?.get(url)).await?;
    let ahead = ahead(response.headers());
    if !is_set {
        return key_server(&response, ahead);
    }
    let status = response.status();
    if !status.is_success() {
        return Err(format!("status {status}"));
    }
    let keys = document::parse(&http::body(response).await?, algorithm);
    Ok(match keys {
        Err(error) => KeyAnswer {
            usable: Some(0),
            unusable: vec![error.to_string()],
            ahead,
        },
        Ok(keys) => KeyAnswer {
            usable: Some(keys.values().filter(|key| key.is_ok()).count()),
            unusable: keys
                .iter()
                .filter_map(|(kid, key)| Some(format!("{kid:?}: {}", key.as_ref().err()?)))
                .collect(),
            ahead,
        },
    })
}

/// A server with a file for each key need not answer anything of use at its root.
fn key_server(response: &Response, ahead: Option<i64>) -> Result<KeyAnswer, String> {
    if response.status().is_server_error() {
        return Err(format!("status {}", response.status()));
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
