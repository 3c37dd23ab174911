//! The table of options against what reads and shows them: a row without a reader, or a reader without a row, is found here.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::super::effective::{self, Effective};
use super::super::layers::Inputs;
use super::super::{Config, Loaded, load, settings, unknown};
use crate::config::prosody_part::DOCKER;
use crate::options::{self, DefaultValue, Group, Kind, KnownOption, Place, Role};

const PRIVATE: &str = include_str!("../../../tests/data/rsa-private.pem");
const PUBLIC: &str = include_str!("../../../tests/data/rsa-public.pem");
const API_KEY: &str = "api_key = \"0123456789abcdef0123456789abcdef\"\n";
const ADMIN_KEY: &str = "admin_key = \"fedcba9876543210fedcba9876543210\"\n";
const DATABASE: &str = "url = \"postgres://u@db.example/d\"\n";
const SECRET: &str = "app_secret = \"0123456789abcdef0123456789abcdef\"\n";

fn sources(text: &str, credentials: &Path) -> Inputs {
    let folder = credentials.display().to_string();
    Inputs {
        file: Some(("/t.toml".into(), text.to_owned())),
        environment: vec![("CREDENTIALS_DIRECTORY".into(), folder)],
        ..Inputs::default()
    }
}

/// What `check` shows.
fn shown(config: &Config, sources: &Inputs) -> Vec<Effective> {
    let hosts = config.hosts.iter();
    let rows = hosts.flat_map(|(name, host)| effective::options(host, config.asap.get(name)));
    let layers = Loaded::read(sources).layers.unwrap();
    rows.chain(settings::effective(config, &layers)).collect()
}

/// Those that the daemon's own file may have.
fn own() -> impl Iterator<Item = &'static KnownOption> {
    options::all().filter(|option| option.place != Place::Prosody)
}

/// A configuration with this line where the option belongs, and what it needs beside it.
fn with(option: &KnownOption, value: &str) -> String {
    let line = format!("{} = {value}\n", option.name);
    let has = |is_there: bool, text: &'static str| if is_there { text } else { "" };
    let is_own_key = option.role == Role::OwnKey;
    let needs_own_key = option.group == Group::OwnTokens && !is_own_key;
    let by_id = option.name == "jwt_pubkey_cache_size";
    let own_key = format!("asap_key = '''{PRIVATE}'''\n");
    let host = [
        has(option.name != "app_id", "app_id = \"my_app\"\n"),
        has(!option.is_key() && !by_id, SECRET),
        has(by_id, "cache_keys_url = \"https://keys.example.com/\"\n"),
        has(
            option.name == "muc_mapper_domain",
            "muc_mapper_domain_base = \"b.example\"\n",
        ),
        if needs_own_key { &own_key } else { "" },
    ]
    .concat();
    let needs_database = option.group == Group::Store;
    let database = has(needs_database && option.name != "url", DATABASE);
    let api_key = has(option.role != Role::ApiKey, API_KEY);
    let hosts = format!("[hosts.a]\n{host}");
    let admin = has(option.place == Place::Daemon("admin"), ADMIN_KEY);
    let api_key = format!("{admin}{api_key}");
    match option.place {
        Place::Host | Place::HostAsJitsi => format!("{api_key}{hosts}{line}"),
        Place::Daemon("") => format!("{api_key}{line}{hosts}"),
        Place::Daemon(section) => format!("{api_key}[{section}]\n{database}{line}{hosts}"),
        Place::Prosody | Place::Issuer | Place::Gateway => String::new(),
    }
}

/// A value that the option takes. What it names is made in the folder.
#[expect(
    clippy::disallowed_methods,
    reason = "writes the files that options name"
)]
fn good(option: &KnownOption, folder: &Path) -> String {
    let sealing = "0123456789abcdef".repeat(4);
    let secret = match option.role {
        Role::Other if option.name.starts_with("seal_key") => sealing.as_str(),
        Role::OwnKey => PRIVATE,
        Role::PublicKey | Role::KeysById => PUBLIC,
        Role::AdminKey => "fedcba9876543210fedcba9876543210",
        Role::AppSecret | Role::ApiKey | Role::Other => "0123456789abcdef0123456789abcdef",
    };
    let path = folder.join("file.pem");
    std::fs::write(&path, secret).unwrap();
    match option.kind {
        Kind::Secret => format!("'''{secret}'''"),
        Kind::SecretFile | Kind::File => format!("{path:?}"),
        Kind::Credential => "\"file.pem\"".to_owned(),
        Kind::Folder => format!("{folder:?}"),
        Kind::Text
        | Kind::Url
        | Kind::Truth
        | Kind::Number(_)
        | Kind::Texts
        | Kind::Mapping
        | Kind::Table => option.example.to_owned(),
    }
}

fn json_of(example: &str) -> Json {
    let value: toml_edit::Value = example.parse().unwrap();
    let item = |value: &toml_edit::Value| match value {
        toml_edit::Value::Boolean(truth) => json!(truth.value()),
        toml_edit::Value::Integer(number) => json!(number.value()),
        other => json!(other.as_str().unwrap()),
    };
    match value.as_array() {
        Some(items) => items.iter().map(item).collect(),
        None => item(&value),
    }
}

fn is_same(value: &Json, example: &str) -> bool {
    let expected = json_of(example);
    *value == expected || (value.is_number() && value.as_f64() == expected.as_f64())
}

#[test]
fn every_option_is_read_where_the_table_places_it() {
    for option in own() {
        let text = with(option, "{ a = [[]] }");
        let refused = load(&sources(&text, Path::new("/nowhere")));
        let refused = refused.expect_err(option.name).to_string();
        let name = option.name;
        assert!(refused.contains(name), "{name} is not checked: {refused}");
        assert!(
            !refused.contains("unknown key"),
            "{name} is not read: {refused}"
        );
    }
}

#[test]
fn every_option_that_is_set_is_shown_by_check_with_its_place() {
    for option in own() {
        let folder = tempfile::tempdir().unwrap();
        let text = with(option, &good(option, folder.path()));
        let sources = sources(&text, folder.path());
        let config = load(&sources).unwrap_or_else(|refused| panic!("{text}{refused}"));
        let rows = shown(&config, &sources);
        let path = option.path();
        let is_shown = rows.iter().any(|row| {
            (row.option == path || row.by == Some(option.name))
                && row.origin.to_string().starts_with("/t.toml")
        });
        assert!(is_shown, "{path} is not shown: {rows:#?}");
    }
}

#[test]
fn the_table_has_the_defaults_that_count() {
    let text = format!(
        "{API_KEY}[hosts.a]\napp_id = \"my_app\"\n{SECRET}muc_mapper_domain_base = \"meet.example.com\"\n\
         asap_key = '''{PRIVATE}'''\n\
         [hosts.b]\napp_id = \"my_app\"\ncache_keys_url = \"https://keys.example.com/\"\n"
    );
    let sources = sources(&text, Path::new("/nowhere"));
    let config = load(&sources).unwrap();
    let rows = shown(&config, &sources);
    // Shown only where it is set.
    for option in own().filter(|option| option.name != DOCKER) {
        let name = option.name;
        let mut found = rows.iter().filter(|row| row.option == option.path());
        match option.default {
            DefaultValue::Always | DefaultValue::From(_) | DefaultValue::Depends(_) => {
                let row = found
                    .next()
                    .unwrap_or_else(|| panic!("{name} is not shown"));
                assert!(is_same(&row.value, option.example), "{name}: {row:?}");
            }
            DefaultValue::Nothing => {
                let is_set = |row: &Effective| row.origin.to_string().starts_with("/t.toml");
                assert!(
                    found.all(|row| row.value.is_null() || is_set(row)),
                    "{name}"
                );
            }
            DefaultValue::Required => {
                let text = text.replace(&format!("{name} = "), "# ");
                let sources = super::options::sources(&text, Path::new("/nowhere"));
                let refused = load(&sources).unwrap_err().to_string();
                assert!(
                    refused.contains(&format!("{name}: found nothing")),
                    "{refused}"
                );
            }
        }
    }
}

#[test]
fn the_sections_are_those_of_the_table() {
    let sections = own().chain(options::of_gateways());
    let sections = sections.map(|option| match option.place {
        Place::Daemon(section) => section,
        Place::Host | Place::HostAsJitsi | Place::Prosody | Place::Issuer => "hosts",
        Place::Gateway => options::GATEWAYS,
    });
    let sections: BTreeSet<&str> = sections.filter(|section| !section.is_empty()).collect();
    assert_eq!(sections, BTreeSet::from(unknown::SECTIONS));
}
