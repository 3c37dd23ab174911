//! What the daemon's own settings come to, for people: those that are no host's.

use std::time::Duration;

use serde_json::{Value, json};

use super::audit::{AuditLog, AuditPlace, JOURNAL};
use super::console::Console;
use super::effective::Effective;
use super::layers::Layers;
use super::listen::ListenAddress;
use super::{Config, Limits, Log, LogFormat, store};
use crate::options::{self, KnownOption, Place, TakesEffect};
use crate::origin::Origin;

/// Every setting outside of hosts, with its origin.
#[must_use]
pub fn effective(config: &Config, layers: &Layers) -> Vec<Effective> {
    let shown = values(config).into_iter();
    shown
        .map(|(option, value)| Effective {
            option,
            value,
            by: None,
            origin: origin(option, layers),
        })
        .chain(named(config, layers))
        .chain(store::named(layers))
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

/// The settings that stay as they were at the start, whatever the configuration says later.
#[must_use]
pub fn fixed(config: &Config) -> Vec<(&'static str, Value)> {
    let is_fixed = |(path, _): &(&'static str, Value)| {
        let mut options = options::all().filter(|option| option.path() == *path);
        options.any(|option| option.takes_effect == TakesEffect::AtStart)
    };
    values(config).into_iter().filter(is_fixed).collect()
}

/// Takes everything apart by name, so that a new setting does not compile until it is shown, or left out on purpose.
fn values(config: &Config) -> Vec<(&'static str, Value)> {
    let Config {
        listen,
        server_names,
        api_key,
        admin_key,
        store,
        revocations,
        threads,
        limits,
        log,
        metrics_listen,
        audit,
        forward_auth,
        admin,
        console,
        allowed_key_urls,
        key_max_stale,
        hosts: _,
        gateways: _,
        asap: _,
        warnings: _,
        secret_files: _,
        unset_variables: _,
        mismatches: _,
    } = config;
    let metrics_listen = metrics_listen.as_ref().map(ToString::to_string);
    let mut values = vec![
        ("listen", addresses(listen)),
        ("server_names", list(server_names)),
        ("workers.threads", json!(threads)),
    ];
    values.extend(of_limits(limits));
    values.extend(of_log(log));
    values.push(("metrics.listen", metrics_listen.into()));
    values.extend(of_audit(audit.as_ref()));
    values.extend([
        ("forward_auth.listen", addresses(&forward_auth.listen)),
        ("forward_auth.threads", json!(forward_auth.threads)),
        ("admin.listen", addresses(&admin.listen)),
        ("admin.open", json!(admin.open)),
    ]);
    values.extend(of_console(*console));
    values.extend(store::values(store.as_ref(), revocations));
    values.extend([
        ("allowed_key_urls", list(allowed_key_urls)),
        ("key_max_stale", seconds(*key_max_stale)),
        ("api_key", api_key.as_ref().map(|_| "set").into()),
        ("admin_key", admin_key.as_ref().map(|_| "set").into()),
    ]);
    values
}

fn of_limits(limits: &Limits) -> [(&'static str, Value); 8] {
    let Limits {
        token_bytes,
        signature_cache_bytes,
        body_bytes,
        requests_in_flight,
        connections,
        header_timeout,
        body_timeout,
        answer_timeout,
    } = *limits;
    [
        ("limits.token_bytes", json!(token_bytes)),
        ("limits.signature_cache_bytes", json!(signature_cache_bytes)),
        ("limits.body_bytes", json!(body_bytes)),
        ("limits.requests_in_flight", json!(requests_in_flight)),
        ("limits.connections", json!(connections)),
        ("limits.header_timeout", seconds(header_timeout)),
        ("limits.body_timeout", seconds(body_timeout)),
        ("limits.answer_timeout", seconds(answer_timeout)),
    ]
}

fn of_log(Log { level, format }: &Log) -> [(&'static str, Value); 2] {
    let format = match format {
        LogFormat::Auto => "auto",
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    };
    [
        ("log.level", level.as_str().to_ascii_lowercase().into()),
        ("log.format", format.into()),
    ]
}

fn of_audit(audit: Option<&AuditLog>) -> [(&'static str, Value); 2] {
    let is_required = audit.is_some_and(|audit| audit.required);
    [
        ("audit.file", audit.map(audit_place).into()),
        ("audit.required", is_required.into()),
    ]
}

fn of_console(console: Console) -> [(&'static str, Value); 5] {
    let Console {
        enabled,
        recent,
        show_names,
        mint,
        session,
    } = console;
    [
        ("console.enabled", enabled.into()),
        ("console.recent", recent.into()),
        ("console.show_names", show_names.into()),
        ("console.mint", mint.into()),
        ("console.session", seconds(session)),
    ]
}

fn seconds(time: Duration) -> Value {
    time.as_secs_f64().into()
}

fn audit_place(AuditLog { place, required: _ }: &AuditLog) -> String {
    match place {
        AuditPlace::File(path) => path.display().to_string(),
        AuditPlace::Journal => JOURNAL.to_owned(),
    }
}

fn addresses(all: &[ListenAddress]) -> Value {
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    list(&all)
}

fn list(items: &[String]) -> Value {
    if items.is_empty() {
        Value::Null
    } else {
        json!(items)
    }
}

/// Files and sources, as they were named: the options above all sections that come to nothing else.
fn named(config: &Config, layers: &Layers) -> Vec<Effective> {
    let values = values(config);
    let is_shown = |option: &KnownOption| values.iter().any(|(name, _)| *name == option.name);
    let options = options::all().filter(|option| option.place == Place::Daemon(""));
    let options = options.filter(|option| !is_shown(option));
    options
        .filter_map(|KnownOption { name, .. }| {
            let value = layers.root().get(*name)?;
            let value = value.as_str().map(Value::from);
            Some(Effective {
                option: name,
                value: value.unwrap_or(Value::Bool(true)),
                by: None,
                origin: layers.origin_of(name),
            })
        })
        .collect()
}
