//! What the daemon's own settings come to, for people: those that are no host's.

use serde_json::{Value, json};

use super::effective::Effective;
use super::layers::Layers;
use super::{Config, Log, LogFormat};
use crate::origin::Origin;

/// Every setting outside of hosts, with where it was set.
#[must_use]
pub fn of(config: &Config, layers: &Layers) -> Vec<Effective> {
    let shown = values(config).into_iter();
    shown
        .map(|(option, value)| Effective {
            option,
            value,
            by: None,
            origin: origin(option, layers),
        })
        .chain(named(layers))
        .collect()
}

/// Where a setting was set; key servers of Prosody's modules are beside those of the daemon's own.
fn origin(option: &str, layers: &Layers) -> Origin {
    let origin = layers.origin_of(option);
    let of_modules = layers.prosody().key_urls.first();
    match of_modules.filter(|_| option == "allowed_key_urls" && origin == Origin::Default) {
        Some((_, of_modules)) => of_modules.clone(),
        None => origin,
    }
}

fn values(config: &Config) -> Vec<(&'static str, Value)> {
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
        ("allowed_key_urls", list(&config.allowed_key_urls)),
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
