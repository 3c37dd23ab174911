//! A running daemon that finds an issuer's keys by its metadata.

use std::fs;

use serde_json::{Value, json};

use super::fixture::{Running, claims, run, start_with, text};
use support::http;
use support::issuer::{alice, bob, jwks};
use support::key_server::{KeyServer, Page};
use support::oidc_server::{CERTS, CurveKey, METADATA, OidcServer, for_encryption};
use support::token::with;
use support::until;

/// A host with this issuer, which has some options more.
fn configuration(server: &OidcServer, options: &str) -> String {
    format!(
        "[hosts.\"meet.example.com\"]\nmuc_mapper_domain_base = \"meet.example.com\"\n\
         [[hosts.\"meet.example.com\".issuers]]\nname = \"keycloak\"\nissuer = \"{}\"\n\
         discover = true\naudiences = [\"account\"]\nclaims = {{ preset = \"keycloak\" }}\n{options}\n",
        server.issuer()
    )
}

fn start(server: &OidcServer, options: &str) -> Running {
    start_with(&configuration(server, options), Vec::new())
}

/// Claims of this issuer.
fn of(server: &OidcServer) -> Value {
    with(claims(), &json!({"iss": server.issuer(), "aud": "account"}))
}

/// What is said of a token that is denied.
fn explanation(running: &Running, token: &str) -> String {
    let (_, answer) = running.verify(&json!({"token": token, "room": "standup"}));
    answer["auth"]["explanation"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn an_issuer_is_known_by_its_address_alone() {
    let (p256, ed25519) = (CurveKey::p256(), CurveKey::ed25519());
    let server = OidcServer::http();
    server.publish(&[
        for_encryption(bob().jwk("encryption")),
        alice().jwk("rsa"),
        p256.jwk("p256"),
        ed25519.jwk("ed25519"),
    ]);
    let running = start(&server, "algorithms = [\"RS256\", \"ES256\"]");
    let claims = of(&server);
    let other = with(
        claims.clone(),
        &json!({"iss": format!("{}/", server.issuer())}),
    );
    for (token, is_allowed) in [
        (alice().sign(Some("rsa"), &claims), true),
        (p256.sign("p256", &claims), true),
        (bob().sign(Some("encryption"), &claims), false),
        (ed25519.sign("ed25519", &claims), false),
        (bob().sign(Some("rsa"), &claims), false),
        (alice().sign(Some("p256"), &claims), false),
        (alice().sign(Some("made-up"), &claims), false),
        (alice().sign(Some("rsa"), &other), false),
    ] {
        let verdict = running.verdict(&token);
        assert_eq!(verdict == "allowed", is_allowed, "{verdict}");
    }
    running.daemon.stop();
}

#[test]
fn a_discovered_set_is_shown_by_the_address_of_the_metadata() {
    let server = OidcServer::http();
    server.publish(&[alice().jwk("key-of-alice")]);
    let running = start(&server, "");
    until("the keys", || (running.ready().0 == 200).then_some(()));
    let place = server.pages.url(METADATA);
    let configuration = running.configuration();
    let url = format!("http://127.0.0.1:{}", running.daemon.port());
    let output = run(
        &[
            "keys",
            "--config",
            configuration.to_str().unwrap(),
            "--url",
            &url,
        ],
        &[],
    );
    let table = text(&output.stdout);
    for part in [&format!("discover {place}"), "key-of-alice  RSA   2048"] {
        assert!(table.contains(part), "{part}\nis not in\n{table}");
    }
    let (_, metrics) = http::request(running.daemon.port(), "GET", "/metrics", "").unwrap();
    for line in [
        "source=\"discover\"} 1",
        "prosody_tokend_key_fetches_total{source=\"discover\",result=\"fetched\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}\nis not in\n{metrics}");
    }
    running.daemon.stop();
}

#[test]
fn an_issuer_whose_metadata_is_wrong_makes_the_daemon_say_what_to_do() {
    let server = OidcServer::http();
    let other = KeyServer::http();
    let slash = format!("{}/", server.issuer());
    for (changes, remedy) in [
        (
            json!({ "issuer": slash }),
            format!("set issuer = \"{slash}\""),
        ),
        (
            json!({"jwks_uri": other.url(CERTS)}),
            format!("set jwks_origins = [\"{}\"]", other.url("")),
        ),
    ] {
        server.say(&changes);
        let running = start(&server, "");
        let token = alice().sign(Some("a"), &of(&server));
        assert_eq!(running.verdict(&token), "key-source-unavailable");
        let explanation = explanation(&running, &token);
        let (status, ready) = running.ready();
        assert_eq!(status, 503);
        let missing = ready["missing_keys"][0].as_str().unwrap();
        for said in [&explanation, missing] {
            for part in [&remedy, &server.pages.url(METADATA)] {
                assert!(said.contains(part.as_str()), "{part}\nis not in\n{said}");
            }
        }
        running.wait_for_log_lines("cannot fetch keys", 1);
        running.daemon.stop();
    }
    assert_eq!(other.count(), 0);
}

#[test]
fn keys_of_a_listed_origin_are_used() {
    let server = OidcServer::http();
    let keys = KeyServer::http();
    keys.put(CERTS, Page::of(jwks(&[alice().jwk("a")])));
    server.say(&json!({"jwks_uri": keys.url(CERTS)}));
    let running = start(&server, &format!("jwks_origins = [\"{}\"]", keys.url("")));
    let token = alice().sign(Some("a"), &of(&server));
    assert_eq!(running.verdict(&token), "allowed");
    running.daemon.stop();
}

#[test]
fn discovery_goes_over_tls_to_a_server_that_somebody_vouches_for() {
    let server = OidcServer::https();
    server.publish(&[alice().jwk("a")]);
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    fs::write(&authority, &server.pages.authority).unwrap();
    let authority = authority.to_str().unwrap().to_owned();
    let token = alice().sign(Some("a"), &of(&server));
    let trusting = start_with(
        &configuration(&server, ""),
        vec![("SSL_CERT_FILE", authority)],
    );
    assert_eq!(trusting.verdict(&token), "allowed");
    trusting.daemon.stop();
    let asked = server.pages.count();
    let wary = start(&server, "");
    assert_eq!(wary.verdict(&token), "key-source-unavailable");
    let explanation = explanation(&wary, &token);
    assert!(explanation.contains("certificate"), "{explanation}");
    assert_eq!(server.pages.count(), asked);
    wary.daemon.stop();
}
