//! Key servers, and the clock.

use std::fs;
use std::path::Path;

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::installation::Installation;
use support::key_server::{KeyServer, Page};
use support::{http, until};

fn certificates() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rsa-certificate.pem");
    json!({ "kid-1": fs::read_to_string(path).unwrap() })
}

/// An installation whose daemon has its keys from a server that answers with this page.
fn installation(page: Page) -> (Installation, KeyServer) {
    let server = KeyServer::http();
    server.put("/keys", page);
    let installation =
        Installation::with_policy(&format!("cache_keys_url = \"{}\"", server.url("/keys")));
    let port = installation.daemon.port();
    until("the daemon to have the keys", || {
        let (status, _) = http::request(port, "GET", "/readyz", "").ok()?;
        (status == 200).then_some(())
    });
    (installation, server)
}

/// A date so many seconds from now, as HTTP writes it.
fn date(offset: i64) -> String {
    let time = Timestamp::now() + offset.seconds();
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[test]
fn a_server_with_keys_and_the_right_time_is_fine() {
    let (installation, _server) =
        installation(Page::of(certificates().to_string()).with("Date", &date(0)));
    let report = installation.doctor();
    assert_eq!(report.codes(), [""; 0], "{}", report.text);
}

#[test]
fn a_server_that_does_not_answer_is_named() {
    let (installation, server) = installation(Page::of(certificates().to_string()));
    server.set_dead(true);
    let report = installation.expect_first(
        "key-server-down",
        &[&server.url("/keys"), "cache_keys_url", "curl"],
    );
    assert_eq!(report.codes(), ["key-server-down"]);
}

#[test]
fn a_server_that_answers_with_an_error_is_named() {
    let (installation, server) = installation(Page::of(certificates().to_string()));
    server.put("/keys", Page::status(403));
    let report = installation.expect_first(
        "key-server-down",
        &["status 403", "answers", "config.toml:"],
    );
    assert!(!report.text.contains("does not answer"), "{}", report.text);
}

#[test]
fn keys_that_cannot_be_used_are_told_with_the_reason() {
    for (body, reason) in [
        ("<html>".to_owned(), "not JSON"),
        (json!({ "keys": [] }).to_string(), "none at all"),
        (
            json!({ "keys": [{ "kty": "EC", "kid": "a", "crv": "secp256k1" }] }).to_string(),
            "\\\"a\\\": ",
        ),
    ] {
        let (installation, server) = installation(Page::of(certificates().to_string()));
        server.put("/keys", Page::of(body));
        installation.expect_first("keys-unusable", &[reason]);
    }
}

#[test]
fn a_clock_that_is_wrong_is_told_by_how_much_and_which_way() {
    for (offset, severity, direction) in [
        (-600, "error", "ahead of"),
        (600, "error", "behind"),
        (-15, "warning", "ahead of"),
        (15, "warning", "behind"),
    ] {
        let (installation, server) = installation(Page::of(certificates().to_string()));
        server.put(
            "/keys",
            Page::of(certificates().to_string()).with("Date", &date(offset)),
        );
        let report = installation.expect_first("clock-skew", &[direction, "timedatectl"]);
        assert_eq!(report.first()["severity"], severity);
    }
}

#[test]
fn one_server_with_a_wrong_clock_does_not_count_beside_a_right_one() {
    let (installation, server) =
        installation(Page::of(certificates().to_string()).with("Date", &date(600)));
    server.put("/asap", Page::of("").with("Date", &date(0)));
    installation.append(
        "config.toml",
        &format!("asap_key_server = \"{}\"\n", server.url("/asap")),
    );
    let report = installation.doctor();
    assert_eq!(report.codes(), ["policy-stale"], "{}", report.text);
}

/// An installation with a key server whose certificate is one of a private authority.
fn private(server: KeyServer) -> (Installation, KeyServer) {
    server.put("/keys", Page::of(certificates().to_string()));
    let installation =
        Installation::with_policy(&format!("cache_keys_url = \"{}\"", server.url("/keys")));
    (installation, server)
}

#[test]
fn a_certificate_that_has_expired_is_told_with_who_has_to_renew_it() {
    let (mut installation, server) = private(KeyServer::expired());
    installation.write("authority.pem", &server.authority);
    installation.variables = vec![("SSL_CERT_FILE", installation.path("authority.pem"))];
    installation.expect_first(
        "key-server-untrusted",
        &[&server.url("/keys"), "expired", "has to renew it"],
    );
}

#[test]
fn a_certificate_of_a_private_authority_is_told_with_what_came_and_how_to_trust_it() {
    let (mut installation, server) = private(KeyServer::https());
    let report = installation.expect_first(
        "key-server-untrusted",
        &[
            &server.url("/keys"),
            "UnknownIssuer",
            "what came",
            "vouches",
            "update-ca-certificates && systemctl restart prosody-tokend",
            "SSL_CERT_FILE",
        ],
    );
    assert_eq!(report.codes(), ["key-server-untrusted"]);
    assert!(!report.text.contains("does not answer"), "{}", report.text);
    installation.write("authority.pem", &server.authority);
    installation.variables = vec![("SSL_CERT_FILE", installation.path("authority.pem"))];
    let report = installation.doctor();
    assert!(
        !report.codes().contains(&"key-server-untrusted"),
        "{}",
        report.text
    );
}

#[test]
fn a_machine_that_trusts_nobody_is_told_what_to_install_and_its_daemon_is_still_found() {
    let (mut installation, server) = private(KeyServer::https());
    installation.write("empty.pem", "");
    installation.variables = vec![
        ("SSL_CERT_FILE", installation.path("empty.pem")),
        ("SSL_CERT_DIR", installation.path("nowhere")),
    ];
    let report = installation.expect_first(
        "no-ca-certificates",
        &[
            &server.url("/keys"),
            "apt-get install -y ca-certificates",
            "systemctl restart prosody-tokend",
        ],
    );
    assert_eq!(report.codes(), ["no-ca-certificates"], "{}", report.text);
}

#[test]
fn a_document_about_an_issuer_leads_to_its_keys() {
    let (installation, server) = installation(Page::of(certificates().to_string()));
    let document = json!({ "issuer": "https://i.example.com", "jwks_uri": server.url("/jwks") });
    server.put("/keys", Page::of(document.to_string()));
    installation.expect_first(
        "keys-elsewhere",
        &[
            &format!("write: cache_keys_url = \\\"{}\\\"", server.url("/jwks")),
            "systemctl reload prosody-tokend",
        ],
    );
}
