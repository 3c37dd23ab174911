//! The same configurations, asked of Prosody itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use prosody_tokend::config::prosody::coercion;
use prosody_tokend::config::prosody::model::ProsodyConfig;
use prosody_tokend::config::prosody::release::Release;
use prosody_tokend::config::prosody::value::{Table, Value};

use crate::support::{corpus, environment, load};

/// Host and option, and the encoded answers.
type Answers = BTreeMap<(String, String), Vec<String>>;

#[test]
fn every_option_of_debians_default_is_what_prosody_says() {
    compare("debian");
}

#[test]
fn every_option_of_jitsis_debian_packages_is_what_prosody_says() {
    compare("jitsi-debian");
}

#[test]
fn every_option_of_the_docker_image_is_what_prosody_says() {
    compare("docker");
}

#[test]
fn every_option_of_several_hosts_is_what_prosody_says() {
    compare("multi-host");
}

#[test]
fn every_option_from_files_and_variables_is_what_prosody_says() {
    compare("secrets");
}

#[test]
fn every_option_of_an_odd_kind_is_what_prosody_says() {
    compare("odd");
}

#[test]
fn every_option_is_in_the_section_that_prosody_puts_it_in() {
    compare("sections");
}

fn compare(name: &str) {
    let theirs = ask_prosody(&corpus(name));
    let ours = answers(&load(name, Release::V0_12));
    assert!(theirs.len() > 10, "{name}: Prosody says {theirs:?}");
    for (option, answer) in &theirs {
        assert_eq!(ours.get(option), Some(answer), "{name}: {option:?}");
    }
    let more: Vec<_> = ours
        .keys()
        .filter(|option| !theirs.contains_key(*option))
        .collect();
    assert!(more.is_empty(), "{name}: Prosody has no {more:?}");
}

/// Prosody 0.12 fails to warn of an option that is set twice in a file with a path of 60 bytes or more, and then to
/// load it: it gets a short one.
fn ask_prosody(path: &Path) -> Answers {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("c");
    std::os::unix::fs::symlink(path.parent().unwrap(), &short).unwrap();
    let path = &short.join("prosody.cfg.lua");
    let probe = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/prosody-config/probe.lua");
    let output = Command::new("lua5.4")
        .args([
            probe.as_os_str(),
            "/usr/lib/prosody".as_ref(),
            path.as_os_str(),
        ])
        .env_clear()
        .envs(environment(path))
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", path.display());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(answer).collect()
}

fn answer(line: &str) -> ((String, String), Vec<String>) {
    let mut fields = line.split('\t').map(str::to_owned);
    let option = (fields.next().unwrap(), fields.next().unwrap());
    (option, fields.collect())
}

fn answers(config: &ProsodyConfig) -> Answers {
    let mut answers = Answers::new();
    for host in config.hosts.keys().map(String::as_str).chain(["*"]) {
        for (option, setting) in config.effective(host) {
            let value = Some(&setting.value);
            let answer = vec![
                encode(value),
                encode(coercion::string(value).value.map(Value::String).as_ref()),
                encode(coercion::number(value).value.map(Value::Float).as_ref()),
                encode(coercion::boolean(value).value.map(Value::Boolean).as_ref()),
                encode(coercion::array(value).value.map(list).as_ref()),
            ];
            answers.insert((host.to_owned(), option), answer);
        }
    }
    answers
}

fn list(items: Vec<Value>) -> Value {
    items.into_iter().collect()
}

fn encode(value: Option<&Value>) -> String {
    match value {
        None => "nil".to_owned(),
        Some(Value::String(bytes)) => format!("s{}", hex(bytes)),
        Some(Value::Integer(number)) => format!("i{number}"),
        Some(Value::Float(number)) => format!("f{:016x}", number.to_bits()),
        Some(Value::Boolean(boolean)) => boolean.to_string(),
        Some(Value::Table(table)) => encode_table(table),
        Some(Value::Unreadable(_) | Value::Opaque(_)) => "opaque".to_owned(),
    }
}

fn encode_table(table: &Table) -> String {
    let items = table.items.iter().map(|item| encode(Some(item)));
    let fields = table.fields.iter();
    let fields =
        fields.map(|(name, value)| format!("{}={}", hex(name.as_bytes()), encode(Some(value))));
    format!("{{{}}}", items.chain(fields).collect::<Vec<_>>().join(","))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
