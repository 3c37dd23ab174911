//! Metrics at an address of their own.

use super::scrape::{Scrape, ask_there, body};
use crate::daemon::fixture::{Running, start};
use support::until;

const KEY: &str = "api_key = \"the-key-of-the-callers\"\n";

/// A daemon with such an address, and the port of that.
fn with_own_address() -> (Running, u16) {
    let running = start(&format!("{KEY}[metrics]\nlisten = \"127.0.0.1:0\""));
    let port = until("the address of the metrics", || {
        let log = running.log();
        let line = log
            .lines()
            .find(|line| line.contains("those who collect metrics"))?;
        let (_, rest) = line.split_once("\"address\":\"127.0.0.1:")?;
        rest.split('"').next()?.parse().ok()
    });
    (running, port)
}

#[test]
fn whoever_reaches_it_reads_them_without_the_key() {
    let (running, port) = with_own_address();
    let answer = ask_there(port, "/metrics", &format!("127.0.0.1:{port}"), "");
    assert_eq!(answer.status(), 200, "{}", answer.0);
    assert!(Scrape::read(body(&answer)).has("prosody_tokend_connections"));
    assert_eq!(running.ask("GET", "/metrics", &[], "").status(), 401);
}

#[test]
fn nothing_else_is_served_there() {
    let (_running, port) = with_own_address();
    for path in [
        "/",
        "/healthz",
        "/readyz",
        "/v1/keys",
        "/v1/verify",
        "/v1/host?name=meet.example.com",
    ] {
        let key = "Authorization: Bearer the-key-of-the-callers\r\n";
        let answer = ask_there(port, path, "localhost", key);
        assert_eq!(answer.status(), 404, "{path}: {}", answer.0);
        assert!(answer.0.contains("/metrics"), "{path}: {}", answer.0);
        assert!(!answer.0.contains("/v1/room"), "{path}: {}", answer.0);
    }
}

#[test]
fn a_web_page_reads_nothing_there() {
    let (_running, port) = with_own_address();
    for (host, more, status) in [
        ("10.1.2.3:9290", "", 200),
        ("[2001:db8::1]:9290", "", 200),
        ("localhost", "", 200),
        ("rebound.example", "", 403),
        ("localhost", "Origin: https://evil.example\r\n", 403),
        ("10.1.2.3", "Origin: https://evil.example\r\n", 403),
    ] {
        let answer = ask_there(port, "/metrics", host, more);
        assert_eq!(answer.status(), status, "{host} {more}");
    }
}

#[test]
fn an_address_that_is_none_or_serves_everything_is_refused() {
    for (listen, expected) in [
        (
            "\"9290\"",
            "metrics.listen: found \"9290\", expected \"127.0.0.1:9290\"",
        ),
        (
            "\"nowhere\"",
            "metrics.listen: found \"nowhere\", expected an address and port",
        ),
        ("9290", "metrics.listen: found"),
        ("\"127.0.0.1:5290\"", "expected another address"),
    ] {
        let text = format!("[metrics]\nlisten = {listen}\n");
        let refused = refused(&text);
        assert!(refused.contains(expected), "{listen}: {refused}");
    }
    let misspelt = refused("[metrics]\nlissten = \"127.0.0.1:9290\"\n");
    assert!(misspelt.contains("the nearest is listen"), "{misspelt}");
}

/// What is wrong with a configuration that has this.
fn refused(text: &str) -> String {
    use prosody_tokend::config::{self, layers::Inputs};
    let host = "[hosts.\"meet.example.com\"]\napp_id = \"a\"\napp_secret = \"0123456789abcdef\"\n";
    let sources = Inputs {
        file: Some(("/etc/t.toml".into(), format!("{text}{host}"))),
        ..Inputs::default()
    };
    config::load(&sources).unwrap_err().to_string()
}
