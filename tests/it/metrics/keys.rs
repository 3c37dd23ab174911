//! What is told of keys and of where they are from.
#![expect(clippy::float_cmp, reason = "counts are whole numbers, and exact")]

use serde_json::json;

use super::scrape::{HOST, Scrape};
use crate::daemon::fixture::{Running, start};
use support::issuer::{alice, bob, jwks};
use support::key_server::{KeyServer, Page};
use support::time::in_seconds;
use support::until;

const BY_ID: &str = "keys.example.com";

fn of_source(name: &str, source: &str) -> String {
    of_issuer(name, "default", source)
}

fn of_issuer(name: &str, issuer: &str, source: &str) -> String {
    format!("prosody_tokend_{name}{{host=\"{BY_ID}\",issuer=\"{issuer}\",source=\"{source}\"}}")
}

fn fetches(source: &str, result: &str) -> String {
    format!("prosody_tokend_key_fetches_total{{source=\"{source}\",result=\"{result}\"}}")
}

/// A daemon with a host whose keys are there, as this option says.
fn by_id(option: &str, server: &KeyServer, path: &str) -> Running {
    let url = server.url(path);
    start(&format!(
        "[hosts.\"{BY_ID}\"]\napp_id = \"my_app\"\n{option} = \"{url}\"\n"
    ))
}

fn login(running: &Running, kid: &str) {
    let claims =
        json!({"iss": "my_app", "aud": "my_app", "sub": "*", "room": "*", "exp": in_seconds(600)});
    let token = alice().sign(Some(kid), &claims);
    running.post("/v1/verify", &json!({"host": BY_ID, "token": token}));
}

#[test]
fn keys_are_told_by_host_and_the_option_that_names_their_source() {
    let server = KeyServer::http();
    server.put("/keys", Page::of(jwks(&[alice().jwk("a"), bob().jwk("b")])));
    let running = by_id("cache_keys_url", &server, "/keys");
    let scrape = until("the keys", || {
        let scrape = Scrape::of(&running);
        (scrape.number(&of_source("keys", "cache_keys_url")) == 2.0).then_some(scrape)
    });
    assert_eq!(
        scrape.number(&of_source("key_source_failing", "cache_keys_url")),
        0.0
    );
    assert_eq!(
        scrape.number(&of_source("keys_past_lifetime_seconds", "cache_keys_url")),
        0.0
    );
    let now = f64::from(i32::try_from(in_seconds(0)).unwrap());
    let success = scrape.number(&of_source(
        "key_last_success_timestamp_seconds",
        "cache_keys_url",
    ));
    assert!((now - 60.0..=now + 1.0).contains(&success), "{success}");
    let next = scrape.number(&of_source(
        "key_next_refresh_timestamp_seconds",
        "cache_keys_url",
    ));
    assert!((now + 1.0..now + 7_200.0).contains(&next), "{next}");
    let secret =
        format!("prosody_tokend_keys{{host=\"{HOST}\",issuer=\"default\",source=\"app_secret\"}}");
    assert_eq!(scrape.number(&secret), 1.0);
    assert_eq!(scrape.number(&fetches("cache_keys_url", "fetched")), 1.0);
    assert!(
        !scrape.text.contains(&server.url("/keys")),
        "{}",
        scrape.text
    );
}

#[test]
fn a_source_that_fails_and_a_host_without_keys_are_told() {
    let server = KeyServer::http();
    server.put("/keys", Page::of("<html>"));
    let running = by_id("cache_keys_url", &server, "/keys");
    let scrape = until("the failed fetch", || {
        let scrape = Scrape::of(&running);
        (scrape.number(&fetches("cache_keys_url", "failed")) == 1.0).then_some(scrape)
    });
    assert_eq!(
        scrape.number(&of_source("key_source_failing", "cache_keys_url")),
        1.0
    );
    assert_eq!(scrape.number(&fetches("cache_keys_url", "fetched")), 0.0);
    for (host, has_keys) in [(BY_ID, 0.0), (HOST, 1.0)] {
        let series = format!("prosody_tokend_host_has_keys{{host=\"{host}\"}}");
        assert!(scrape.has(&series), "{}", scrape.text);
        assert_eq!(scrape.number(&series), has_keys, "{host}");
    }
    let success = of_source("key_last_success_timestamp_seconds", "cache_keys_url");
    assert!(!scrape.has(&success), "{}", scrape.text);
}

#[test]
fn a_key_server_is_told_with_the_keys_that_it_has_and_no_kid() {
    let server = KeyServer::http();
    let path = prosody_tokend::keys::source::key_url("/asap", "the-kid");
    server.put(&path, Page::of(alice().public_pem()));
    let running = by_id("asap_key_server", &server, "/asap");
    for kid in ["the-kid", "the-kid", "made-up-kid"] {
        login(&running, kid);
    }
    let scrape = Scrape::of(&running);
    assert_eq!(scrape.number(&of_source("keys", "asap_key_server")), 1.0);
    assert_eq!(scrape.number(&fetches("asap_key_server", "fetched")), 1.0);
    assert_eq!(scrape.number(&fetches("asap_key_server", "missing")), 1.0);
    assert!(scrape.has(&of_source(
        "key_last_success_timestamp_seconds",
        "asap_key_server"
    )));
    for kid in ["the-kid", "made-up-kid"] {
        assert!(!scrape.text.contains(kid), "{}", scrape.text);
    }
}

#[test]
fn the_keys_and_logins_of_each_issuer_are_told_apart() {
    let server = KeyServer::http();
    server.put("/keys", Page::of(jwks(&[alice().jwk("a"), bob().jwk("b")])));
    server.put("/others", Page::of("<html>"));
    let running = start(&format!(
        "[hosts.\"{BY_ID}\"]\napp_id = \"my_app\"\ncache_keys_url = \"{}\"\n\
         [[hosts.\"{BY_ID}\".issuers]]\nname = \"other\"\nissuer = \"other\"\ncache_keys_url = \"{}\"\n",
        server.url("/keys"),
        server.url("/others"),
    ));
    login(&running, "a");
    login(&running, "made-up");
    let scrape = until("the failed fetch", || {
        let scrape = Scrape::of(&running);
        let failing = of_issuer("key_source_failing", "other", "cache_keys_url");
        (scrape.number(&failing) == 1.0).then_some(scrape)
    });
    let failing = of_source("key_source_failing", "cache_keys_url");
    assert_eq!(scrape.number(&failing), 0.0);
    for (issuer, keys) in [("default", 2.0), ("other", 0.0)] {
        let series = of_issuer("keys", issuer, "cache_keys_url");
        assert_eq!(scrape.number(&series), keys, "{}", scrape.text);
    }
    for (issuer, result, count) in [
        ("default", "allowed", 1.0),
        ("default", "denied", 1.0),
        ("other", "allowed", 0.0),
        ("other", "denied", 0.0),
    ] {
        let series = format!(
            "prosody_tokend_issuer_logins_total{{host=\"{BY_ID}\",issuer=\"{issuer}\",result=\"{result}\"}}"
        );
        assert_eq!(scrape.number(&series), count, "{series}");
    }
    let of_one = format!("prosody_tokend_issuer_logins_total{{host=\"{HOST}\"");
    assert!(!scrape.text.contains(&of_one), "{}", scrape.text);
}

#[test]
fn a_signature_that_comes_again_is_a_hit_and_the_count_survives_a_reload() {
    let server = KeyServer::http();
    server.put("/keys", Page::of(jwks(&[alice().jwk("a")])));
    let running = by_id("cache_keys_url", &server, "/keys");
    let claims =
        json!({"iss": "my_app", "aud": "my_app", "sub": "*", "room": "*", "exp": in_seconds(600)});
    let question = json!({"host": BY_ID, "token": alice().sign(Some("a"), &claims)});
    let login = || assert_eq!(running.post("/v1/verify", &question).status(), 200);
    let lookups = |scrape: &Scrape| {
        ["hit", "miss"].map(|result| {
            let series =
                format!("prosody_tokend_signature_cache_lookups_total{{result=\"{result}\"}}");
            scrape.number(&series)
        })
    };
    for _ in 0..3 {
        login();
    }
    assert_eq!(lookups(&Scrape::of(&running)), [2.0, 1.0]);
    running.daemon.hang_up();
    let reloads = "prosody_tokend_config_reloads_total{result=\"ok\"}";
    until("the reload", || {
        (Scrape::of(&running).number(reloads) >= 1.0).then_some(())
    });
    login();
    assert_eq!(lookups(&Scrape::of(&running)), [2.0, 2.0]);
}
