//! What answers where Prosody asks.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, json};

use crate::api::examination::Examination;
use crate::api::health::{Health, OK, Ready};
use crate::api::keys::{LoadedKeys, Source};
use crate::cli::client::DaemonClient;
use crate::config::host::Host;
use crate::doctor::facts::{
    Answer, DEFAULT_URL, Endpoint, OtherSecret, Running, RunningHost, StoreWords,
};
use crate::origin::Origin;
use crate::prosody::model::ProsodyConfig;

use super::http;
use super::local::Local;
use super::secrets::{self, SecretIssuer};

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
    let daemon = match http::daemon(base, socket, key) {
        Ok(daemon) => daemon,
        Err(reason) => return Answer::Nothing(reason),
    };
    let said = match daemon.health().await {
        Ok(said) => said,
        Err(error) => return Answer::Nothing(http::unanswered(error)),
    };
    match said.read::<Health>() {
        Some(health) if said.status == 200 && health.status == OK => {
            Answer::Daemon(Box::new(running(&daemon, local, health).await))
        }
        Some(_) | None => {
            let detail = said.detail();
            let detail = detail.as_deref().unwrap_or("not what the daemon says");
            Answer::Stranger(format!("status {}, {detail}", said.status))
        }
    }
}

async fn running(daemon: &DaemonClient, local: &Local, health: Health) -> Running {
    let ready = daemon.ready().await.ok();
    let ready: Ready = ready.and_then(|said| said.read()).unwrap_or_default();
    let hosts = match daemon.keys().await {
        Ok(said) if matches!(said.status, 401 | 403) => None,
        Ok(said) => Some(known_hosts(daemon, local, said.read()).await),
        Err(_) => Some(BTreeMap::new()),
    };
    Running {
        version: health.version,
        missing_keys: ready.missing_keys,
        stale_keys: ready.stale_keys,
        reload_failed: ready.reload_failed,
        not_watched: ready.not_watched,
        log_lines_lost: ready.log_lines_lost,
        cannot_admit: ready.cannot_admit,
        store: StoreWords {
            health: ready.store,
            is_unknown: ready.revocations_unknown,
            failed: ready.store_failed,
            failed_since: ready.store_failed_since,
            damaged: ready.store_damaged,
        },
        recent: ready.recent.map(Box::new),
        hosts,
    }
}

async fn known_hosts(
    daemon: &DaemonClient,
    local: &Local,
    keys: Option<LoadedKeys>,
) -> BTreeMap<String, RunningHost> {
    let mut hosts = BTreeMap::new();
    for known in keys.into_iter().flat_map(|keys| keys.hosts) {
        let config = local.config.as_ref().ok();
        let written = config.and_then(|config| config.hosts.get(&known.host));
        let other_secrets = match written {
            Some(host) => other_secrets(daemon, &known.host, host).await,
            None => Vec::new(),
        };
        let running = RunningHost {
            digest: known.policy,
            other_secrets,
            failed_sources: failed_sources(known.sources),
        };
        hosts.insert(known.host, running);
    }
    hosts
}

fn failed_sources(sources: Vec<Source>) -> Vec<(String, String)> {
    let failed = sources.into_iter();
    failed
        .filter_map(|source| Some((source.source, source.error?)))
        .collect()
}

/// The issuers whose secret in the files is none of the running daemon's.
async fn other_secrets(daemon: &DaemonClient, name: &str, host: &Host) -> Vec<OtherSecret> {
    let mut others = Vec::new();
    for known in secrets::of(host) {
        let accepted = match probe(&known) {
            Some(token) => accepts(daemon, name, &token).await,
            None => None,
        };
        if accepted == Some(false) {
            others.push(OtherSecret {
                issuer: known.issuer.name.clone(),
                is_further: known.further.is_some(),
            });
        }
    }
    others
}

/// A token that expired long ago, signed with the secret of the files. Whoever gets hold of it can do nothing with it.
fn probe(issuer: &SecretIssuer<'_>) -> Option<String> {
    issuer.sign(&Map::from_iter([
        ("iss".to_owned(), issuer.iss().into()),
        ("exp".to_owned(), 1.into()),
    ]))
}

/// Whether the running daemon takes the token's signature, whatever else it says of it.
async fn accepts(daemon: &DaemonClient, host: &str, token: &str) -> Option<bool> {
    let question = json!({ "host": host, "token": token });
    let said = daemon.explain(&question).await.ok()?;
    let examination: Examination<'static> = said.read()?;
    let mut checks = examination.checks.into_iter();
    let signature = checks.find(|check| check.check == "signature")?;
    Some(signature.ok)
}
