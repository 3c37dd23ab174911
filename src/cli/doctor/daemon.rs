//! What answers where Prosody asks.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::{Client, Method};
use serde_json::{Map, Value, json};

use crate::config::host::Host;
use crate::config::problem::Origin;
use crate::config::prosody::model::ProsodyConfig;
use crate::doctor::facts::{Answer, DEFAULT_URL, Endpoint, Running, RunningHost};
use crate::doctor::recent::RecentLogins;
use crate::token::issuer::Keys;

use super::http;
use super::local::Local;

/// What answers where Prosody asks, and where the daemon's configuration has it listen. Where Prosody does not ask, it
/// counts as if it asked there.
pub async fn answers(
    config: Option<&ProsodyConfig>,
    local: &Local,
) -> (Vec<Endpoint>, Vec<(String, Answer)>) {
    let mut endpoints = endpoints(config, local).await;
    let mut listening = listening(local).await;
    let over_http = listening
        .iter()
        .position(|(url, _)| url.starts_with("http"));
    if let Some(position) = over_http.filter(|_| endpoints.is_empty()) {
        let (url, answer) = listening.remove(position);
        let hosts = local.config.iter().flat_map(|config| config.hosts.keys());
        endpoints.push(Endpoint {
            url,
            answer,
            has_key: None,
            origin: Origin::Default,
            hosts: hosts.cloned().collect(),
        });
    }
    (endpoints, listening)
}

/// Asks at each address that Prosody's hosts have, with the key that they have.
async fn endpoints(config: Option<&ProsodyConfig>, local: &Local) -> Vec<Endpoint> {
    let Some(config) = config else {
        return Vec::new();
    };
    let mut groups: BTreeMap<(String, Option<String>), Vec<String>> = BTreeMap::new();
    for host in config.token_hosts() {
        let url = config
            .string(host, "tokend_url")
            .unwrap_or_else(|| DEFAULT_URL.to_owned());
        let key = config.string(host, "tokend_api_key");
        let hosts = groups
            .entry((url.trim_end_matches('/').to_owned(), key))
            .or_default();
        hosts.push(host.to_owned());
    }
    let mut endpoints = Vec::new();
    for ((url, key), hosts) in groups {
        let setting = hosts
            .first()
            .and_then(|host| config.get(host, "tokend_url"));
        endpoints.push(Endpoint {
            origin: setting.map_or(Origin::Default, |setting| setting.origin.clone()),
            answer: answer(&url, None, key.as_deref(), local).await,
            has_key: has_key(local, key.as_deref()),
            url,
            hosts,
        });
    }
    endpoints
}

/// Whether Prosody sends the key that the daemon's configuration demands, if that demands one.
fn has_key(local: &Local, sent: Option<&str>) -> Option<bool> {
    let demanded = local.config.as_ref().ok()?.api_key.as_ref()?;
    Some(sent.is_some_and(|sent| sent.as_bytes() == demanded.bytes()))
}

/// Asks where the daemon's configuration has it listen.
async fn listening(local: &Local) -> Vec<(String, Answer)> {
    let Ok(config) = &local.config else {
        return Vec::new();
    };
    let key = config
        .api_key
        .as_ref()
        .map(|key| String::from_utf8_lossy(key.bytes()));
    let mut answers = Vec::new();
    for address in &config.listen {
        let (base, socket) = address.client_base();
        let shown = socket.map_or_else(|| base.clone(), |_| address.to_string());
        answers.push((shown, answer(&base, socket, key.as_deref(), local).await));
    }
    answers
}

async fn answer(base: &str, socket: Option<&Path>, key: Option<&str>, local: &Local) -> Answer {
    let client = match http::client(socket) {
        Ok(client) => client,
        Err(reason) => return Answer::Nothing(reason),
    };
    let health = http::request(&client, Method::GET, base, "/healthz", None);
    match http::ask(health).await {
        Err(reason) => Answer::Nothing(reason),
        Ok((200, health)) if text(&health, "status") == Some("ok") => {
            Answer::Daemon(running(&client, base, key, local, &health).await)
        }
        Ok((status, said)) => {
            let detail = text(&said, "detail").unwrap_or("not what the daemon says");
            Answer::Stranger(format!("status {status}, {detail}"))
        }
    }
}

async fn running(
    client: &Client,
    base: &str,
    key: Option<&str>,
    local: &Local,
    health: &Value,
) -> Running {
    let ready = http::ask(http::request(client, Method::GET, base, "/readyz", key)).await;
    let ready = ready.map(|(_, ready)| ready).unwrap_or_default();
    let keys = http::ask(http::request(client, Method::GET, base, "/v1/keys", key)).await;
    let hosts = match keys {
        Ok((401 | 403, _)) => None,
        Ok((_, keys)) => Some(known_hosts(client, base, key, local, &keys).await),
        Err(_) => Some(BTreeMap::new()),
    };
    Running {
        version: text(health, "version").map(str::to_owned),
        missing_keys: texts(&ready, "missing_keys"),
        stale_keys: texts(&ready, "stale_keys"),
        reload_failed: text(&ready, "reload_failed").map(str::to_owned),
        not_watched: text(&ready, "not_watched").map(str::to_owned),
        log_lines_lost: ready
            .get("log_lines_lost")
            .and_then(Value::as_u64)
            .unwrap_or(0),
        cannot_admit: texts(&ready, "cannot_admit"),
        recent: recent(&ready).map(Box::new),
        hosts,
    }
}

/// What the daemon decided lately, where `/readyz` tells.
pub fn recent(ready: &Value) -> Option<RecentLogins> {
    serde_json::from_value(ready.get("recent")?.clone()).ok()
}

async fn known_hosts(
    client: &Client,
    base: &str,
    key: Option<&str>,
    local: &Local,
    keys: &Value,
) -> BTreeMap<String, RunningHost> {
    let mut hosts = BTreeMap::new();
    for known in keys
        .get("hosts")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let Some(name) = text(known, "host") else {
            continue;
        };
        let written = local
            .config
            .as_ref()
            .ok()
            .and_then(|config| config.hosts.get(name));
        let probe = written.and_then(|host| probe(host));
        let accepts_secret = match probe {
            Some(token) => accepts(client, base, key, name, &token).await,
            None => None,
        };
        let digest = text(known, "policy").map(str::to_owned);
        hosts.insert(
            name.to_owned(),
            RunningHost {
                digest,
                accepts_secret,
                failed_sources: failed_sources(known),
            },
        );
    }
    hosts
}

fn failed_sources(known: &Value) -> Vec<(String, String)> {
    let sources = known.get("sources").and_then(Value::as_array);
    let sources = sources.into_iter().flatten();
    sources
        .filter_map(|source| {
            let (place, error) = (text(source, "source")?, text(source, "error")?);
            Some((place.to_owned(), error.to_owned()))
        })
        .collect()
}

/// A token that expired long ago, signed with the secret of the files. Whoever gets hold of it can do nothing with it.
fn probe(host: &Host) -> Option<String> {
    let Keys::Fixed(keys) = &host.issuer().keys else {
        return None;
    };
    let claims = Map::from_iter([
        ("iss".to_owned(), "prosody-tokend doctor".into()),
        ("exp".to_owned(), 1.into()),
    ]);
    let key = keys.first()?.signing()?;
    key.sign(host.issuer().algorithm?, None, &claims).ok()
}

/// Whether the running daemon takes the token's signature, whatever else it says of it.
async fn accepts(
    client: &Client,
    base: &str,
    key: Option<&str>,
    host: &str,
    token: &str,
) -> Option<bool> {
    let question = json!({ "host": host, "token": token }).to_string();
    let request = http::request(client, Method::POST, base, "/v1/explain", key);
    let request = request
        .header("Content-Type", "application/json")
        .body(question);
    let (_, answer) = http::ask(request).await.ok()?;
    let checks = answer.get("checks")?.as_array()?;
    let signature = checks
        .iter()
        .find(|check| text(check, "check") == Some("signature"))?;
    signature.get("ok")?.as_bool()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    let items = value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}
