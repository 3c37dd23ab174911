//! What `/openapi.json` says, held against a running daemon by validators that others made.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use prosody_tokend::http::openapi::document;
use prosody_tokend::http::routes::{ROUTES, Route};
use serde_json::Value;
use support::key::generate_rsa_key_pair;
use support::root;
use tempfile::TempDir;

use super::said;
use crate::daemon::fixture::{Running, start};

const KEY: &str = "the-key-of-those-who-may-ask";

fn python(program: &str) -> Command {
    let path: PathBuf = root().join("target/python/bin").join(program);
    assert!(
        path.exists(),
        "{} is missing: .ci/setup test",
        path.display()
    );
    Command::new(path)
}

/// A daemon that has every endpoint, with or without a key, and what it says of itself.
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
    let running = start(&format!("{key}{signs}"));
    let answer = running.ask("GET", "/openapi.json", &authorization(has_key), "");
    assert_eq!(answer.status(), 200, "{}", answer.0);
    let document = answer.json();
    fs::write(folder.path().join("openapi.json"), document.to_string()).unwrap();
    (running, folder, document)
}

fn authorization(has_key: bool) -> Vec<&'static str> {
    let header = "Authorization: Bearer the-key-of-those-who-may-ask";
    has_key.then_some(header).into_iter().collect()
}

#[test]
fn the_description_is_valid_and_has_every_route() {
    for has_key in [false, true] {
        let (_running, folder, served) = serving(has_key);
        let is_there = |route: &Route| has_key || route.path != "/v1/asap-token";
        let mut validator = python("openapi-spec-validator");
        said(validator.arg(folder.path().join("openapi.json")));
        let there: Vec<&Route> = ROUTES.iter().filter(|route| is_there(route)).collect();
        let endpoints = there.iter().map(|route| route.described());
        assert_eq!(served, document(has_key, endpoints));
        let paths = served["paths"].as_object().unwrap();
        assert_eq!(paths.len(), there.len());
        for route in there {
            let method = route.method.as_str().to_ascii_lowercase();
            assert!(
                paths[route.path][method]["responses"]["200"].is_object(),
                "{}",
                route.path
            );
        }
    }
}

#[test]
fn each_example_is_answered_with_200() {
    let (running, _folder, served) = serving(true);
    let mut asked = 0;
    for route in ROUTES {
        for body in route.description.asks {
            let example: Value = serde_json::from_str(body.example).unwrap();
            let shown = &served["paths"][route.path]["post"]["requestBody"]["content"];
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
            let headers = [authorization(true), vec![&kind]].concat();
            let answer = running.ask(route.method.as_str(), route.path, &headers, &text);
            assert_eq!(answer.status(), 200, "{}: {}", route.path, answer.0);
            asked += 1;
        }
    }
    assert_eq!(asked, 6);
}

fn form(members: &Value) -> String {
    let members = members.as_object().unwrap().iter();
    let members = members.map(|(name, value)| format!("{name}={}", value.as_str().unwrap()));
    members.collect::<Vec<_>>().join("&")
}

#[test]
fn schemathesis_finds_nothing_with_a_key() {
    schemathesis_finds_nothing(true);
}

#[test]
fn schemathesis_finds_nothing_without_a_key() {
    schemathesis_finds_nothing(false);
}

#[track_caller]
fn schemathesis_finds_nothing(has_key: bool) {
    let (running, folder, _) = serving(has_key);
    fs::write(folder.path().join("schemathesis.toml"), SCHEMATHESIS).unwrap();
    let mut schemathesis = python("schemathesis");
    let config = folder.path().join("schemathesis.toml");
    schemathesis.arg("--config-file").arg(config).arg("run");
    schemathesis.arg(folder.path().join("openapi.json"));
    let url = format!("http://127.0.0.1:{}", running.daemon.port());
    schemathesis.args(["--url", &url, "--checks", "all", "--seed", "1"]);
    schemathesis.args(["--max-examples", "50", "--generation-database", "none"]);
    for header in authorization(has_key) {
        schemathesis.args(["--header", header]);
    }
    said(schemathesis.current_dir(folder.path()));
}

/// A key server that the configuration does not name is refused with 400, whatever it is: no schema can tell.
const SCHEMATHESIS: &str = "
[[operations]]
include-path-regex = \"^/v1/(verify|explain)$\"
[operations.checks.positive_data_acceptance]
expected-statuses = [\"2xx\", 400, 404, 503]
";
