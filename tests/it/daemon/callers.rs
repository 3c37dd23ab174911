//! Who may ask for what: every endpoint, by every kind of caller.

use std::fs;

use prosody_tokend::http::routes::ROUTES;
use tempfile::TempDir;

use super::fixture::{Running, start};
use support::key::generate_rsa_key_pair;

const API_KEY: &str = "the-key-of-those-who-may-ask";
const JSON: &str = "Content-Type: application/json";
const OF_HOST: &str = "{\"host\": \"meet.example.com\"}";
const RIGHT: &str = "Authorization: Bearer the-key-of-those-who-may-ask";
const WRONG: &str = "Authorization: Bearer another-key";

/// What callers show besides what is asked: no key, a wrong one, the right one, and that one from a web page.
const CALLERS: [(&str, &[&str]); 5] = [
    ("no key", &[]),
    ("wrong key", &[WRONG]),
    ("right key", &[RIGHT]),
    ("Origin", &[RIGHT, "Origin: https://evil.example"]),
    ("foreign Host", &[RIGHT, "Host: evil.example"]),
];

const FOR_EVERYBODY: [u16; 5] = [200, 200, 200, 403, 403];
const WITH_THE_KEY: [u16; 5] = [401, 401, 200, 403, 403];

/// What is asked for on each path, and what each caller gets.
const ENDPOINTS: [(&str, &str, &str, [u16; 5]); 10] = [
    ("/healthz", "", "", FOR_EVERYBODY),
    ("/readyz", "", "", FOR_EVERYBODY),
    ("/metrics", "", "", WITH_THE_KEY),
    ("/openapi.json", "", "", WITH_THE_KEY),
    ("/v1/keys", "", "", WITH_THE_KEY),
    ("/v1/host", "?name=meet.example.com", "", WITH_THE_KEY),
    ("/v1/verify", "", OF_HOST, WITH_THE_KEY),
    (
        "/v1/room",
        "",
        "{\"room\": \"a@b\", \"host\": \"meet.example.com\"}",
        WITH_THE_KEY,
    ),
    ("/v1/explain", "", OF_HOST, WITH_THE_KEY),
    (
        "/v1/asap-token",
        "",
        "{\"host\": \"signs.example.com\"}",
        WITH_THE_KEY,
    ),
];

/// A daemon that has every endpoint.
fn complete() -> (Running, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("asap.key");
    fs::write(&path, generate_rsa_key_pair().0).unwrap();
    let signs = format!(
        "[hosts.\"signs.example.com\"]\napp_id = \"a\"\napp_secret = \"0123456789abcdef\"\n\
         asap_key_path = \"{}\"\nasap_key_id = \"k\"\nasap_issuer = \"us\"\nasap_audience = \"them\"\n",
        path.display()
    );
    (start(&format!("api_key = \"{API_KEY}\"\n{signs}")), folder)
}

#[test]
fn each_endpoint_answers_those_who_may_ask_and_nobody_else() {
    let (running, _folder) = complete();
    for route in ROUTES {
        let mut endpoints = ENDPOINTS.iter();
        let endpoint = endpoints.find(|(path, ..)| *path == route.path);
        let (path, query, body, expected) = endpoint.expect(route.path);
        for ((caller, headers), status) in CALLERS.iter().zip(expected) {
            let headers = [&[JSON], *headers].concat();
            let target = format!("{path}{query}");
            let answer = running.ask(route.method.as_str(), &target, &headers, body);
            assert_eq!(
                answer.status(),
                *status,
                "{path} with {caller}: {}",
                answer.0
            );
        }
    }
    assert_eq!(ROUTES.len(), ENDPOINTS.len());
}

#[test]
fn what_is_not_there_is_not_there_for_anybody() {
    let (running, _folder) = complete();
    for (caller, headers) in CALLERS {
        for (method, path, status) in [
            ("GET", "/", 404),
            ("POST", "/v1/nothing", 404),
            ("GET", "/v1/verify", 405),
            ("POST", "/healthz", 405),
        ] {
            let answer = running.ask(method, path, headers, "");
            assert_eq!(
                answer.status(),
                status,
                "{path} with {caller}: {}",
                answer.0
            );
        }
    }
}
