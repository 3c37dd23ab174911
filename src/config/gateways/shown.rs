//! What the options of a gateway come to, for people.

use serde_json::{Map, Value, json};

use super::super::effective::Effective;
use super::super::raw::Section;
use super::kong::Base;
use crate::gateway::settings::{Beyond, Settings, TimesToVerify};
use crate::keys::source::KeySources;
use crate::options;
use crate::origin::Origin;
use crate::token::algorithm::Algorithm;

/// Every option that is set or counts for something, in the order in which the table has them.
pub fn rows(
    section: &Section<'_>,
    settings: &Settings,
    base: &Base,
    sources: Option<&KeySources>,
) -> Vec<Effective> {
    let mut values = of_settings(settings);
    values.extend(of_sources(sources, settings));
    values.extend(as_written(section, base));
    let options = options::of_gateways().map(|option| option.name);
    let found = options.filter_map(|name| Some((name, values.get(name)?)));
    let found = found.filter(|(_, value)| !value.is_null());
    found
        .map(|(option, value)| row(section, base, option, value.clone()))
        .collect()
}

/// What the section says counts before what the plugin says.
fn row(section: &Section<'_>, base: &Base, option: &'static str, value: Value) -> Effective {
    let of_plugin = base.origins.get(option).filter(|_| !section.has(option));
    let own = || section.has(option).then(|| section.origin(option));
    Effective {
        option,
        value,
        by: of_plugin.map(|_| "kong_config"),
        origin: of_plugin.cloned().or_else(own).unwrap_or(Origin::Default),
    }
}

type Values = Map<String, Value>;

/// Takes everything apart by name, so that a new option does not compile until it is shown.
fn of_settings(settings: &Settings) -> Values {
    let Settings {
        uri_param_names,
        cookie_names,
        header_names,
        key_claim_name,
        secret_is_base64,
        claims_to_verify,
        maximum_expiration,
        anonymous,
        run_on_preflight,
        realm,
        beyond,
        proxy: _,
    } = settings;
    let values = [
        ("uri_param_names", json!(uri_param_names)),
        ("cookie_names", json!(cookie_names)),
        ("header_names", json!(header_names)),
        ("key_claim_name", json!(key_claim_name)),
        ("secret_is_base64", json!(secret_is_base64)),
        ("claims_to_verify", times(*claims_to_verify)),
        (
            "maximum_expiration",
            json!(maximum_expiration.unwrap_or_default()),
        ),
        ("anonymous", json!(anonymous)),
        ("run_on_preflight", json!(run_on_preflight)),
        ("realm", json!(realm)),
    ];
    let values = values.into_iter().chain(of_beyond(beyond));
    values
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn times(
    TimesToVerify {
        expiration,
        not_before,
    }: TimesToVerify,
) -> Value {
    let names = [("exp", expiration), ("nbf", not_before)].into_iter();
    names
        .filter(|(_, counts)| *counts)
        .map(|(name, _)| name)
        .collect()
}

fn of_beyond(beyond: &Beyond) -> [(&'static str, Value); 4] {
    let Beyond {
        issuers,
        audiences,
        required_claims,
        headers,
        algorithms: _,
    } = beyond;
    let required = required_claims.iter();
    let required = required.map(|claim| (claim.place.to_string(), claim.value.clone()));
    let headers = headers.iter();
    let headers = headers.map(|header| (header.place.to_string(), json!(header.name)));
    [
        ("issuers", unless_empty(issuers)),
        ("audiences", unless_empty(audiences)),
        ("required_claims", table(required)),
        ("headers", table(headers)),
    ]
}

fn of_sources(sources: Option<&KeySources>, settings: &Settings) -> Values {
    let Some(sources) = sources else {
        return Map::new();
    };
    let algorithms = settings
        .beyond
        .algorithms
        .iter()
        .map(|algorithm: &Algorithm| algorithm.name());
    let discovery = sources.discovery.as_ref();
    let origins = discovery.map(|discovery| unless_empty(&discovery.jwks_origins));
    let values = [
        ("cache_keys_url", json!(sources.keys_url)),
        ("discover", discovery.map(|_| true).into()),
        ("jwks_origins", origins.unwrap_or_default()),
        ("algorithms", algorithms.collect()),
    ];
    values
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

/// What is shown as it was set.
fn as_written(section: &Section<'_>, base: &Base) -> Values {
    let texts = ["kong_plugin", "proxy"].into_iter();
    let texts = texts
        .filter(|name| section.has(name))
        .filter_map(|name| Some((name, json!(section.string(name)?))));
    let trusted = section
        .strings("trusted_proxies")
        .map_or_else(|| json!(["127.0.0.0/8", "::1"]), |texts| json!(texts));
    let values = texts.chain([
        ("trusted_proxies", trusted),
        ("kong_config", file(section, base)),
    ]);
    values
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn file(section: &Section<'_>, base: &Base) -> Value {
    let path = section
        .has("kong_config")
        .then(|| section.string("kong_config"));
    let (Some(path), Some(declared)) = (path.flatten(), &base.declared) else {
        return Value::Null;
    };
    let (consumers, credentials) = (declared.consumers(), declared.len());
    format!("{path} ({consumers} consumers, {credentials} credentials)").into()
}

fn unless_empty(texts: &[String]) -> Value {
    if texts.is_empty() {
        Value::Null
    } else {
        json!(texts)
    }
}

fn table(entries: impl Iterator<Item = (String, Value)>) -> Value {
    let entries: Values = entries.collect();
    if entries.is_empty() {
        Value::Null
    } else {
        Value::Object(entries)
    }
}
