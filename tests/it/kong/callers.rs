//! Who may ask at the Admin API, with which key.

use std::fs;

use serde_json::{Value, json};

use super::{ADMIN, FORM, JSON, body, kong, kong_with, told};
use support::until;

const PATHS: [(&str, &str); 9] = [
    ("GET", "/"),
    ("GET", "/status"),
    ("GET", "/consumers"),
    ("POST", "/consumers"),
    ("PUT", "/consumers/a"),
    ("DELETE", "/consumers/a"),
    ("GET", "/jwts"),
    ("PATCH", "/jwts/a"),
    ("GET", "/consumers/a/jwt"),
];

/// `text` in base64.
fn basic(text: &str) -> String {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    format!("Authorization: Basic {encoded}")
}

#[test]
fn the_key_of_administrators_is_taken_in_three_ways() {
    let kong = kong();
    for key in [
        ADMIN.to_owned(),
        basic("admin:the-key-of-administrators"),
        basic(":the-key-of-administrators"),
        "Kong-Admin-Token: the-key-of-administrators".to_owned(),
    ] {
        let answer = kong.send("GET", "/consumers", &[&key], "");
        assert_eq!(answer.status(), 200, "{key}: {}", answer.0);
    }
}

#[test]
fn nobody_else_is_let_in_and_all_are_told_what_to_show() {
    let kong = kong();
    kong.consumer("a");
    let before = kong.get("/consumers");
    for (status, headers) in [
        (401, vec![]),
        (401, vec!["Authorization: Bearer another-key".to_owned()]),
        (
            401,
            vec!["Authorization: the-key-of-administrators".to_owned()],
        ),
        (401, vec![basic("the-key-of-administrators")]),
        (401, vec![basic("the-key-of-administrators:admin")]),
        (401, vec!["Kong-Admin-Token: another-key".to_owned()]),
        (
            401,
            vec!["Kong-Admin-Token: Bearer the-key-of-administrators".to_owned()],
        ),
        (401, vec!["apikey: the-key-of-administrators".to_owned()]),
        (
            403,
            vec!["Authorization: Bearer the-key-of-prosody".to_owned()],
        ),
        (403, vec![basic("admin:the-key-of-prosody")]),
        (403, vec!["Kong-Admin-Token: the-key-of-prosody".to_owned()]),
        (
            403,
            vec![ADMIN.to_owned(), "Origin: https://evil.example".to_owned()],
        ),
        (403, vec![ADMIN.to_owned(), "Host: evil.example".to_owned()]),
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).chain([JSON]).collect();
        for (method, path) in PATHS {
            let answer = kong.send(method, path, &headers, "{\"username\":\"b\"}");
            assert_eq!(
                answer.status(),
                status,
                "{method} {path} {headers:?}: {}",
                answer.0
            );
            assert!(answer.has_header("Content-Type: application/json; charset=utf-8"));
            let message = told(&answer)["message"].as_str().unwrap().to_owned();
            assert!(
                !message.is_empty() && !message.contains("the-key-of"),
                "{message}"
            );
            assert_eq!(
                status == 401,
                message.contains("Kong-Admin-Token: KEY")
                    && answer.has_header("WWW-Authenticate: Bearer"),
                "{message}"
            );
        }
    }
    assert_eq!(kong.get("/consumers"), before);
}

#[test]
fn where_it_is_open_no_key_is_asked_for_and_no_web_page_is_let_in() {
    let kong = kong_with("open = true", "");
    let made = kong.send("POST", "/consumers", &[JSON], "{\"username\":\"bob\"}");
    assert_eq!(made.status(), 201, "{}", made.0);
    let wrong = ["Authorization: Bearer whatever"];
    assert_eq!(kong.send("GET", "/consumers/bob", &wrong, "").status(), 200);
    for headers in [
        &[FORM, "Origin: https://evil.example"][..],
        &[FORM, "Origin: null"],
        &[FORM, "Host: evil.example"],
        &["Host: evil.example:80", JSON],
        &["Content-Type: text/plain"],
        &["Content-Type: text/plain; application/json"],
    ] {
        let answer = kong.send("POST", "/consumers", headers, "username=eve");
        let status = if headers.len() == 1 { 415 } else { 403 };
        assert_eq!(answer.status(), status, "{headers:?}: {}", answer.0);
    }
    let all = told(&kong.send("GET", "/consumers", &[], ""));
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
}

#[test]
fn nothing_of_it_is_served_where_prosody_asks_and_nothing_of_that_here() {
    let kong = kong();
    for path in [
        "/",
        "/status",
        "/consumers",
        "/consumers/a/jwt",
        "/jwts",
        "/jwts/a/consumer",
    ] {
        let answer = kong.running.ask("GET", path, &[ADMIN], "");
        assert_eq!(answer.status(), 404, "{path}: {}", answer.0);
        assert!(!answer.0.contains("/consumers,"), "{}", answer.0);
    }
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/v1/keys",
        "/v1/revocations",
        "/v1/verify",
        "/v1/forward-auth/api",
        "/services",
        "/routes",
        "/plugins",
        "/consumersx",
        "/nothing",
    ] {
        for method in ["GET", "POST"] {
            let answer = kong.ask(method, path, &json!({}));
            assert_eq!(answer.status(), 404, "{path}: {}", answer.0);
            assert_eq!(body(&answer), "{\"message\":\"Not found\"}");
        }
    }
}

#[test]
fn it_says_whose_version_it_is_and_how_its_store_does() {
    let kong = kong();
    let root = kong.get("/");
    assert_eq!(root["version"], env!("CARGO_PKG_VERSION"));
    assert!(
        root["tagline"]
            .as_str()
            .unwrap()
            .starts_with("prosody-tokend")
    );
    let status = kong.get("/status/");
    assert_eq!(status["database"], json!({ "reachable": true }));
    assert!(status["server"]["connections_active"].as_u64().unwrap() > 0);
    kong.done("POST", "/", &Value::Null, 405);
    kong.done("GET", "/status/nodes", &Value::Null, 404);
}

#[test]
fn the_description_of_the_daemon_leaves_out_what_is_kongs() {
    let kong = kong();
    let answer = kong.running.ask(
        "GET",
        "/openapi.json",
        &["Authorization: Bearer the-key-of-prosody"],
        "",
    );
    let described = answer.json();
    for path in ["/", "/consumers", "/consumers/*", "/jwts/*", "/status/*"] {
        assert!(described["paths"].get(path).is_none(), "{path}");
    }
    assert!(described["paths"].get("/v1/revocations").is_some());
}

#[test]
fn one_that_was_open_is_said_to_be_so_until_the_next_start() {
    let kong = kong_with("open = true", "");
    let file = kong.running.daemon.configuration();
    let closed = fs::read_to_string(&file).unwrap();
    fs::write(&file, closed.replace("open = true", "open = false")).unwrap();
    kong.running.daemon.hang_up();
    until("the log to say that it waits", || {
        let log = kong.running.log();
        let mut lines = log.lines();
        let told = lines.find(|line| line.contains("that takes effect at the next start"));
        told.filter(|line| line.contains("admin")).map(|_| ())
    });
}
