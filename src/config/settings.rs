//! What the daemon's own settings come to, for people: those that are no host's.

use serde_json::{Value, json};

use super::effective::Effective;
use super::layers::Layers;
use super::prosody_settings::KEY_SERVER;
use super::{Config, Log, LogFormat};

/// Every setting outside of hosts, with where it was set.
#[must_use]
pub fn of(config: &Config, layers: &Layers) -> Vec<Effective> {
    let servers = &layers.prosody().key_servers;
    let is_own = |url: &&String| !servers.iter().any(|(server, _)| server == *url);
    let urls: Vec<String> = config
        .allowed_key_urls
        .iter()
        .filter(is_own)
        .cloned()
        .collect();
    let shown = values(config, &urls).into_iter();
    shown
        .map(|(option, value)| Effective {
            option,
            value,
            by: None,
            origin: layers.origin_of(option),
        })
        .chain(key_servers(layers))
        .chain(named(layers))
        .collect()
}

/// What Prosody's configuration adds to `allowed_key_urls`.
fn key_servers(layers: &Layers) -> impl Iterator<Item = Effective> {
    let servers = layers.prosody().key_servers.iter();
    servers.map(|(url, origin)| Effective {
        option: KEY_SERVER,
        value: url.as_str().into(),
        by: None,
        origin: origin.clone(),
    })
}

fn values(config: &Config, allowed_key_urls: &[String]) -> Vec<(&'static str, Value)> {
    let Log { level, format } = config.log;
    let format = match format {
        LogFormat::Auto => "auto",
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    };
    let listen: Vec<String> = config.listen.iter().map(ToString::to_string).collect();
    let limits = &config.limits;
    vec![
        ("listen", json!(listen)),
        ("server_names", list(&config.server_names)),
        ("workers.threads", config.threads.into()),
        ("limits.token_bytes", limits.token_bytes.into()),
        (
            "limits.signature_cache_bytes",
            limits.signature_cache_bytes.into(),
        ),
        ("limits.body_bytes", limits.body_bytes.into()),
        (
            "limits.requests_in_flight",
            limits.requests_in_flight.into(),
        ),
        ("limits.connections", limits.connections.into()),
        (
            "limits.header_timeout",
            limits.header_timeout.as_secs_f64().into(),
        ),
        (
            "limits.body_timeout",
            limits.body_timeout.as_secs_f64().into(),
        ),
        (
            "limits.answer_timeout",
            limits.answer_timeout.as_secs_f64().into(),
        ),
        ("log.level", level.as_str().to_ascii_lowercase().into()),
        ("log.format", format.into()),
        ("allowed_key_urls", list(allowed_key_urls)),
        ("key_max_stale", config.key_max_stale.as_secs_f64().into()),
        ("api_key", config.api_key.as_ref().map(|_| "set").into()),
    ]
}

fn list(items: &[String]) -> Value {
    if items.is_empty() {
        Value::Null
    } else {
        json!(items)
    }
}

/// Files and sources, as they were named.
fn named(layers: &Layers) -> impl Iterator<Item = Effective> {
    NAMED.into_iter().filter_map(|option| {
        let value = layers.root().get(option)?;
        let value = value.as_str().map(Value::from);
        Some(Effective {
            option,
            value: value.unwrap_or(Value::Bool(true)),
            by: None,
            origin: layers.origin_of(option),
        })
    })
}

const NAMED: [&str; 5] = [
    "prosody_config",
    "docker",
    "docker_env_file",
    "api_key_file",
    "api_key_credential",
];
