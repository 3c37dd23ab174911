//! Who may ask for what: every endpoint, by every kind of caller.

use std::fs;

use prosody_tokend::http::routes;
use tempfile::TempDir;

use super::fixture::{Running, start};
use support::key::generate_rsa_key_pair;

const KEYS: &str =
    "api_key = \"the-key-of-those-who-may-ask\"\nadmin_key = \"the-key-of-administrators\"\n";
const JSON: &str = "Content-Type: application/json";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const OF_HOST: &str = "{\"host\": \"meet.example.com\"}";
const WRONG: &str = "Authorization: Bearer another-key";
const PROSODYS: &str = "Authorization: Bearer the-key-of-those-who-may-ask";
const ADMINS: &str = "Authorization: Bearer the-key-of-administrators";
const ORIGIN: &str = "Origin: https://evil.example";
const REBOUND: &str = "Host: evil.example";

/// What callers show besides what is asked: no key, a wrong one, each of the right ones, and those from a web page.
const CALLERS: [(&str, &[&str]); 8] = [
    ("no key", &[]),
    ("wrong key", &[WRONG]),
    ("Prosody's key", &[PROSODYS]),
    ("the administrators' key", &[ADMINS]),
    ("Origin", &[PROSODYS, ORIGIN]),
    ("Origin", &[ADMINS, ORIGIN]),
    ("foreign Host", &[PROSODYS, REBOUND]),
    ("foreign Host", &[ADMINS, REBOUND]),
];

/// What each of them gets of what is for everybody, for Prosody, for either, and for administrators.
const EVERYBODY: [u16; 8] = [200, 200, 200, 200, 403, 403, 403, 403];
const PROSODY: [u16; 8] = [401, 401, 200, 403, 403, 403, 403, 403];
const EITHER: [u16; 8] = [401, 401, 200, 200, 403, 403, 403, 403];
const ADMINISTRATOR: [u16; 8] = [401, 401, 403, 200, 403, 403, 403, 403];
const ADMINISTRATOR_ONCE: [u16; 8] = [401, 401, 403, 204, 403, 403, 403, 403];
/// They need no key, and this is no logout token.
const PROVIDER: [u16; 8] = [400, 400, 400, 400, 403, 403, 403, 403];

/// Whatever they show is no token, and a proxy hands on any Origin and Host.
const NO_TOKEN: [u16; 8] = [401; 8];

/// What is asked for at each endpoint, and what each caller gets.
const ENDPOINTS: [(&str, &str, &str, &str, [u16; 8]); 18] = [
    ("GET", "/healthz", "", "", EVERYBODY),
    ("GET", "/readyz", "", "", EVERYBODY),
    ("GET", "/metrics", "", "", PROSODY),
    ("GET", "/openapi.json", "", "", PROSODY),
    ("GET", "/v1/keys", "", "", EITHER),
    ("GET", "/v1/host", "?name=meet.example.com", "", PROSODY),
    ("POST", "/v1/verify", "", OF_HOST, PROSODY),
    (
        "POST",
        "/v1/room",
        "",
        "{\"room\": \"a@b\", \"host\": \"meet.example.com\"}",
        PROSODY,
    ),
    ("GET", "/v1/changes", "", "", PROSODY),
    (
        "POST",
        "/v1/sessions/check",
        "",
        "{\"host\": \"meet.example.com\", \"sessions\": []}",
        PROSODY,
    ),
    ("POST", "/v1/explain", "", OF_HOST, EITHER),
    (
        "POST",
        "/v1/asap-token",
        "",
        "{\"host\": \"signs.example.com\"}",
        PROSODY,
    ),
    (
        "POST",
        "/v1/backchannel-logout",
        "",
        "logout_token=a.b.c",
        PROVIDER,
    ),
    ("GET", "/v1/revocations", "?limit=5", "", ADMINISTRATOR),
    ("POST", "/v1/revocations", "", REVOKED, ADMINISTRATOR),
    ("GET", "/v1/revocations/{id}", "", "", ADMINISTRATOR),
    ("DELETE", "/v1/revocations/{id}", "", "", ADMINISTRATOR_ONCE),
    ("GET", "/v1/forward-auth/{name}/*", "", "", NO_TOKEN),
];

/// What is there before anybody asks.
const REVOKED: &str = "{\"jti\": \"a\"}";

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
    let store = folder.path().join("state.db");
    let store = format!(
        "[store]\npath = {:?}\n[gateways.api]\nclaims_to_verify = [\"exp\"]\n",
        store.display().to_string()
    );
    (start(&format!("{KEYS}{store}{signs}")), folder)
}

#[test]
fn each_endpoint_answers_those_who_may_ask_and_nobody_else() {
    let (running, _folder) = complete();
    let made = running.ask("POST", "/v1/revocations", &[JSON, ADMINS], REVOKED);
    assert_eq!(made.status(), 201, "{}", made.0);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    for route in routes::ours() {
        let mut endpoints = ENDPOINTS.iter();
        let endpoint = endpoints.find(|(method, path, ..)| {
            *path == route.path && *method == route.methods.usual().as_str()
        });
        let (method, path, query, body, expected) = endpoint.expect(route.path);
        let kind = if body.starts_with('{') { JSON } else { FORM };
        for ((caller, headers), status) in CALLERS.iter().zip(expected) {
            let headers = [&[kind], *headers].concat();
            let named = path.replace("{id}", &id).replace("{name}/*", "api");
            let target = format!("{named}{query}");
            let answer = running.ask(method, &target, &headers, body);
            assert_eq!(
                answer.status(),
                *status,
                "{method} {path} with {caller}: {}",
                answer.0
            );
        }
    }
    assert_eq!(routes::ours().count(), ENDPOINTS.len());
}

#[test]
fn whoever_shows_the_key_of_others_is_told_which_one_is_needed() {
    let (running, _folder) = complete();
    for (key, path, words) in [
        (
            PROSODYS,
            "/v1/revocations",
            &["Prosody's key", "admin_key_file"][..],
        ),
        (
            WRONG,
            "/v1/revocations",
            &["key of administrators", "admin_key_file"],
        ),
        (
            ADMINS,
            "/v1/changes",
            &["key of administrators", "api_key_file"],
        ),
        (WRONG, "/v1/changes", &["API key"]),
        (WRONG, "/v1/keys", &["API key"]),
    ] {
        let answer = running.ask("GET", path, &[key], "");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        for word in words {
            assert!(detail.contains(word), "{path} with {key}: {detail}");
        }
        assert!(!answer.0.contains("the-key-of"), "{}", answer.0);
    }
}

#[test]
fn without_a_key_of_administrators_nobody_revokes_over_tcp() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("state.db").display().to_string();
    for key in ["", "api_key = \"the-key-of-those-who-may-ask\"\n"] {
        let running = start(&format!("{key}[store]\npath = {store:?}\n"));
        for (method, path, body) in [
            ("POST", "/v1/revocations", REVOKED),
            ("GET", "/v1/revocations", ""),
            (
                "GET",
                "/v1/revocations/0123456789abcdef0123456789abcdef",
                "",
            ),
            (
                "DELETE",
                "/v1/revocations/0123456789abcdef0123456789abcdef",
                "",
            ),
        ] {
            for (caller, headers) in CALLERS {
                let headers = [&[JSON], headers].concat();
                let answer = running.ask(method, path, &headers, body);
                assert_eq!(
                    answer.status(),
                    403,
                    "{method} {path} {caller}: {}",
                    answer.0
                );
            }
            let answer = running.ask(method, path, &[JSON], body);
            assert!(answer.0.contains("admin_key_file"), "{}", answer.0);
        }
        running.daemon.stop();
    }
}

#[test]
fn what_is_not_there_is_not_there_for_anybody() {
    let (running, _folder) = complete();
    for (caller, headers) in CALLERS {
        for (method, path, status) in [
            ("GET", "/", 404),
            ("POST", "/v1/nothing", 404),
            ("GET", "/v1/revocations/", 404),
            ("GET", "/v1/revocations/a/b", 404),
            ("GET", "/v1/verify", 405),
            ("POST", "/healthz", 405),
            ("PUT", "/v1/revocations", 405),
            ("POST", "/v1/revocations/a", 405),
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
