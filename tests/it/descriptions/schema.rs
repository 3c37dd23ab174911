//! The schema of the configuration, asked by a validator that others made.

use std::fs;
use std::process::Command;

use prosody_tokend::options::{self, Kind, KnownOption, Place};
use serde_json::Value;
use support::root;

use super::{said, text, written};
use crate::issuers_page::configurations;

const SCHEMA: &str = "prosody-tokend/config.schema.json";

/// Prints one line for each configuration: nothing where the validator finds nothing.
const VALIDATE: &str = "
import json, jsonschema, sys, tomllib
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for text in json.load(open(sys.argv[2])):
    found = sorted(error.message for error in validator.iter_errors(tomllib.loads(text)))
    print(' | '.join(found).replace(chr(10), ' '))
";

/// What the validator finds in each of these configurations.
fn found(configurations: &[String]) -> Vec<String> {
    let folder = written();
    let list = folder.path().join("list.json");
    fs::write(&list, serde_json::to_vec(configurations).unwrap()).unwrap();
    let mut python = Command::new("/usr/bin/python3");
    let python = python.args(["-c", VALIDATE]);
    let lines = said(python.arg(folder.path().join(SCHEMA)).arg(list));
    lines.lines().map(str::to_owned).collect()
}

fn shipped() -> String {
    fs::read_to_string(root().join("config/prosody-tokend.toml")).unwrap()
}

/// A configuration that sets one option.
fn with(option: &KnownOption, value: &str) -> String {
    let section = match option.place {
        Place::Host | Place::HostAsJitsi => "[hosts.\"meet.example.com\"]\n".to_owned(),
        Place::Daemon("") => String::new(),
        Place::Daemon(section) => format!("[{section}]\n"),
        Place::Issuer => "[[hosts.\"meet.example.com\".issuers]]\n".to_owned(),
        Place::Gateway => "[gateways.api]\n".to_owned(),
        Place::Prosody => unreachable!("no option of this file"),
    };
    format!("{section}{} = {value}\n", option.name)
}

fn of_the_file() -> impl Iterator<Item = &'static KnownOption> {
    let all = options::all()
        .chain(options::of_issuers())
        .chain(options::of_gateways());
    all.filter(|option| option.place != Place::Prosody)
}

#[test]
fn the_shipped_file_is_valid_as_it_is_and_with_everything_in_it() {
    let is_setting = |line: &str| {
        let name = line.split(" = ").next().unwrap_or_default();
        let is_issuers = || options::of_issuers().any(|option| option.name == name);
        let is_gateways = || options::of_gateways().any(|option| option.name == name);
        line.starts_with("[hosts.")
            || line.starts_with("[gateways.")
            || line.starts_with("[[hosts.")
            || (line.contains(" = ")
                && (options::named(name).is_some() || is_issuers() || is_gateways()))
    };
    let uncommented = |line: &str| match line.strip_prefix("# ") {
        Some(setting) if is_setting(setting) => format!("{setting}\n"),
        Some(_) | None => format!("{line}\n"),
    };
    let whole: String = shipped().lines().map(uncommented).collect();
    let settings = whole.lines().filter(|line| is_setting(line)).count();
    // What issuers share with hosts stands there once.
    let shared = options::of_issuers().filter(|option| option.is_hosts());
    let settings_of_table = of_the_file().count() - shared.count();
    assert!(settings > settings_of_table, "{settings}");
    assert_eq!(found(&[shipped(), whole]), ["", ""]);
}

#[test]
fn each_configuration_of_the_page_on_issuers_is_valid() {
    let all = configurations().into_iter().map(|(_, text)| text);
    let all: Vec<String> = all.collect();
    for (text, found) in all.iter().zip(found(&all)) {
        assert_eq!(found, "", "{text}");
    }
}

#[test]
fn each_option_is_taken_as_the_table_has_it_and_in_no_other_kind() {
    let mut taken = Vec::new();
    let mut refused = Vec::new();
    for option in of_the_file() {
        taken.push(with(option, option.example));
        let wrong: &[&str] = match option.kind {
            Kind::Truth => &["\"true\"", "1", "[true]"],
            Kind::Number(_) => &["\"5\"", "-1", "true", "[5]"],
            Kind::Texts if option.place == Place::Issuer => &["\"\"", "5", "[5]", "[\"\"]"],
            Kind::Texts if option.place == Place::Gateway => &["\"a\"", "5", "[5]", "[\"\"]"],
            Kind::Table => &["5", "\"\"", "[]", "{ a = [] }", "{ a = \"\" }"],
            Kind::Texts => &["\"a\"", "[]", "[5]", "[\"\"]"],
            Kind::Mapping => &[
                "5",
                "\"\"",
                "\"other\"",
                "[]",
                "{ rooms = \"/a\" }",
                "{ room = 5 }",
            ],
            Kind::Text | Kind::Url | Kind::File | Kind::Folder => {
                &["5", "\"\"", "true", "[\"a\"]", "{}"]
            }
            Kind::Secret | Kind::SecretFile | Kind::Credential => &["5", "\"\"", "[]", "[5]"],
        };
        refused.extend(wrong.iter().map(|value| with(option, value)));
    }
    for (text, found) in taken.iter().zip(found(&taken)) {
        assert_eq!(found, "", "{text}");
    }
    let lines = found(&refused);
    assert_eq!(lines.len(), refused.len());
    for (text, found) in refused.iter().zip(lines) {
        assert_ne!(found, "", "{text}");
    }
}

#[test]
fn what_is_no_option_is_refused_wherever_it_stands() {
    let wrong = [
        "lissten = [\"a\"]\n",
        "[nothing]\n",
        "[limits]\nbody_byte = 5\n",
        "[hosts.a]\nap_id = \"a\"\n",
        "[hosts.a]\nlisten = [\"a\"]\n",
        "app_id = \"a\"\n",
        "tokend_url = \"http://127.0.0.1:5290\"\n",
        "hosts = 5\n",
        "[hosts]\na = 5\n",
        "limits = []\n",
        "gateways = 5\n",
        "[gateways]\na = 5\n",
        "[gateways.a]\napp_id = \"a\"\n",
        "[gateways.a]\nheaders = \"X-User\"\n",
        "[hosts.a.issuers]\nname = \"a\"\n",
        "[[hosts.a.issuers]]\napp_id = \"a\"\n",
        "[[hosts.a.issuers]]\nissuers = [\"a\"]\n",
        "[[hosts.a.issuers]]\nname = \"a\"\n[hosts.a.issuers.claims]\nname = \"/name\"\n",
    ]
    .map(str::to_owned);
    let lines = found(&wrong);
    assert_eq!(lines.len(), wrong.len());
    for (text, found) in wrong.iter().zip(lines) {
        assert_ne!(found, "", "{text}");
    }
}

#[test]
fn every_option_of_the_parser_is_in_schema_manual_page_and_shipped_file() {
    let schema: Value = serde_json::from_str(&text(SCHEMA)).unwrap();
    let page = text("man/man5/prosody-tokend.toml.5").replace("\\-", "-");
    let shipped = shipped();
    let mut options = 0;
    for option in of_the_file() {
        let name = option.name;
        let place = match option.place {
            Place::Host | Place::HostAsJitsi => "/properties/hosts/additionalProperties".to_owned(),
            Place::Issuer => {
                "/properties/hosts/additionalProperties/properties/issuers/items".to_owned()
            }
            Place::Gateway => "/properties/gateways/additionalProperties".to_owned(),
            Place::Daemon("") | Place::Prosody => String::new(),
            Place::Daemon(section) => format!("/properties/{section}"),
        };
        let described = &schema.pointer(&format!("{place}/properties/{name}/description"));
        let described = described.and_then(Value::as_str).expect(name);
        assert!(described.starts_with(option.meaning), "{name}: {described}");
        assert!(
            page.contains(&format!("\\fB{}\\fR", option.path())),
            "{name}"
        );
        assert!(shipped.contains(&format!("{name} = ")), "{name}");
        options += 1;
    }
    let properties = schema.to_string().matches("\"description\":").count();
    // The sections of hosts and gateways and the list of issuers have one, too.
    assert_eq!(
        properties,
        options + 3,
        "the schema has what the table has not"
    );
}
