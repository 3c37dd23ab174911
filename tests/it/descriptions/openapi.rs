//! What `/openapi.json` says, held against a running daemon by validators that others made.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use prosody_tokend::http::caller::Caller;
use prosody_tokend::http::openapi::document;
use prosody_tokend::http::routes::{self, Route};
use serde_json::Value;
use support::key::generate_rsa_key_pair;
use support::root;
use tempfile::TempDir;

use super::said;
use crate::daemon::fixture::{Running, start};

const KEY: &str = "the-key-of-those-who-may-ask";
const ADMIN_KEY: &str = "the-key-of-administrators";

fn python(program: &str) -> Command {
    let path: PathBuf = root().join("target/python/bin").join(program);
    assert!(
        path.exists(),
        "{} is missing: .ci/setup test",
        path.display()
    );
    Command::new(path)
}

/// A daemon that has every endpoint, with or without a key of Prosody's, and what it says of itself.
fn serving(has_key: bool) -> (Running, TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("asap.key");
    fs::write(&path, generate_rsa_key_pair().0).unwrap();
    let key = if has_key {
        format!("api_key = \"{KEY}\"\n")
    } else {
        String::new()
    };
    let signs = format!(
        "[hosts.\"signs.example.com\"]\napp_id = \"a\"\napp_secret = \"0123456789abcdef\"\nasap_key_path = \"{}\"\n",
        path.display()
    );
    let store = folder.path().join("state.db").display().to_string();
    let gateway = "[gateways.api]\nclaims_to_verify = [\"exp\"]\n";
    let store = format!("admin_key = \"{ADMIN_KEY}\"\n[store]\npath = {store:?}\n{gateway}");
    let running = start(&format!("{key}{store}{signs}"));
    let answer = running.ask("GET", "/openapi.json", &authorization(has_key), "");
    assert_eq!(answer.status(), 200, "{}", answer.0);
    let document = answer.json();
    fs::write(folder.path().join("openapi.json"), document.to_string()).unwrap();
    (running, folder, document)
}

fn authorization(has_key: bool) -> Vec<&'static str> {
    has_key.then_some(PROSODYS).into_iter().collect()
}

const PROSODYS: &str = "Authorization: Bearer the-key-of-those-who-may-ask";
const ADMINISTRATORS: &str = "Authorization: Bearer the-key-of-administrators";

#[test]
fn the_description_is_valid_and_has_every_route() {
    for has_key in [false, true] {
        let (_running, folder, served) = serving(has_key);
        let is_there = |route: &Route| has_key || route.path != "/v1/asap-token";
        let mut validator = python("openapi-spec-validator");
        said(validator.arg(folder.path().join("openapi.json")));
        let there: Vec<&Route> = routes::ours().filter(|route| is_there(route)).collect();
        let endpoints = there.iter().map(|route| route.described());
        assert_eq!(served, document(has_key, endpoints));
        let paths = served["paths"].as_object().unwrap();
        let operations = paths.values().map(|path| path.as_object().unwrap().len());
        assert_eq!(operations.sum::<usize>(), there.len());
        for route in there {
            let method = route.methods.usual().as_str().to_ascii_lowercase();
            let responses = paths[route.described().path][method]["responses"]
                .as_object()
                .unwrap();
            let is_good = |status: &String| status.starts_with('2');
            assert!(responses.keys().any(is_good), "{}", route.path);
        }
    }
}

#[test]
fn each_example_is_taken() {
    let (running, _folder, served) = serving(true);
    let mut asked = 0;
    for route in routes::ours() {
        for body in route.description.asks {
            let example: Value = serde_json::from_str(body.example).unwrap();
            let shown = &served["paths"][route.described().path]["post"]["requestBody"]["content"];
            assert_eq!(shown[body.media_type]["example"], example);
            let text = match body.media_type {
                "application/json" => example.to_string(),
                _ => form(&example),
            };
            let text = text.replace(
                "{\"host\":\"meet.example.com\"}",
                "{\"host\":\"signs.example.com\"}",
            );
            let kind = format!("Content-Type: {}", body.media_type);
            let key = match route.caller {
                Caller::Administrator => ADMINISTRATORS,
                _ => PROSODYS,
            };
            let answer = running.ask(
                route.methods.usual().as_str(),
                route.path,
                &[key, &kind],
                &text,
            );
            // No example of a logout token is one.
            let is_taken = answer.status() < 300 || answer.0.contains("invalid_request");
            assert!(is_taken, "{}: {}", route.path, answer.0);
            asked += 1;
        }
    }
    assert_eq!(asked, 9);
}

fn form(members: &Value) -> String {
    let members = members.as_object().unwrap().iter();
    let members = members.map(|(name, value)| format!("{name}={}", value.as_str().unwrap()));
    members.collect::<Vec<_>>().join("&")
}

const BUT_GATEWAYS: [&str; 2] = ["--exclude-path-regex", "^/v1/forward-auth/"];

#[test]
fn schemathesis_finds_nothing_with_a_key() {
    schemathesis_finds_nothing(true, &[PROSODYS], &BUT_GATEWAYS);
}

#[test]
fn schemathesis_finds_nothing_without_a_key() {
    schemathesis_finds_nothing(false, &[], &BUT_GATEWAYS);
}

/// A proxy asks with whatever method it was asked with, so that none is unsupported.
#[test]
fn schemathesis_finds_nothing_at_gateways() {
    let of_gateways = ["--include-path-regex", "^/v1/forward-auth/"];
    let of_gateways = [
        &of_gateways[..],
        &["--exclude-checks", "unsupported_method"],
    ]
    .concat();
    schemathesis_finds_nothing(false, &[], &of_gateways);
}

#[test]
fn schemathesis_finds_nothing_with_the_key_of_administrators() {
    let of_revocations = ["--include-path-regex", "^/v1/revocations"];
    schemathesis_finds_nothing(true, &[ADMINISTRATORS], &of_revocations);
}

#[track_caller]
fn schemathesis_finds_nothing(has_key: bool, headers: &[&str], more: &[&str]) {
    let (running, folder, _) = serving(has_key);
    fs::write(folder.path().join("schemathesis.toml"), SCHEMATHESIS).unwrap();
    let mut schemathesis = python("schemathesis");
    let config = folder.path().join("schemathesis.toml");
    schemathesis.arg("--config-file").arg(config).arg("run");
    schemathesis.arg(folder.path().join("openapi.json"));
    let url = format!("http://127.0.0.1:{}", running.daemon.port());
    schemathesis.args(["--url", &url, "--checks", "all", "--seed", "1"]);
    schemathesis.args(["--max-examples", "50", "--generation-database", "none"]);
    schemathesis.args(more);
    for header in headers {
        schemathesis.args(["--header", header]);
    }
    said(schemathesis.current_dir(folder.path()));
}

/// A key server that the configuration does not name is refused with 400, whatever it is, and so is a text that is no token, or a time that is over:
/// no schema can tell. Of administrators' endpoints other callers learn nothing, and no tag is right that was made up.
const SCHEMATHESIS: &str = "
[[operations]]
include-path-regex = \"^/v1/(verify|explain|backchannel-logout)$\"
[operations.checks.positive_data_acceptance]
expected-statuses = [\"2xx\", 400, 404, 503]

[[operations]]
include-path-regex = \"^/v1/revocations\"
[operations.checks.positive_data_acceptance]
expected-statuses = [\"2xx\", \"3xx\", 400, 401, 403, 404, 412, 503]

[[operations]]
include-path-regex = \"^/v1/forward-auth/\"
[operations.checks.positive_data_acceptance]
expected-statuses = [\"2xx\", 400, 401, 403, 404, 503]
";
