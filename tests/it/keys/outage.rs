//! A key server that goes away, seen from where tokens are decided.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use prosody_tokend::clock;
use prosody_tokend::config::{self, layers::Inputs};
use prosody_tokend::keys::cache::KeyCache;
use prosody_tokend::keys::source;
use prosody_tokend::peer::Peer;
use prosody_tokend::token::decision::Presented;
use prosody_tokend::verifier::Verifier;
use prosody_tokend::verifier::overrides::Overrides;
use prosody_tokend::verifier::policies::Policies;
use prosody_tokend::verifier::question::TokenQuestion;
use prosody_tokend::worker::Worker;
use tokio::time::{advance, pause, resume};

use super::fixture::{claims, host};
use support::issuer::{alice, bob, jwks};
use support::key_server::{KeyServer, Page};

const MINUTE: Duration = Duration::from_mins(1);

fn verifier(configuration: String) -> Verifier {
    let sources = Inputs {
        file: Some(("test.toml".into(), configuration)),
        ..Inputs::default()
    };
    let config = config::load(&sources).unwrap();
    let policies = Policies::new(config.hosts, &config.allowed_key_urls);
    let keys = KeyCache::start(SystemTime::now);
    policies.configure(&keys, config.key_max_stale);
    let patterns = Worker::start(1, 1).unwrap();
    Verifier::new(
        policies,
        Arc::clone(&keys),
        Arc::new(patterns),
        Box::new(clock::unix_time),
    )
}

/// The code of the denial, or `allowed`, and why it is denied.
async fn denial(verifier: &Verifier, token: &str) -> (&'static str, String) {
    let question = TokenQuestion {
        opens_session: false,
        asker: Peer::Own,
        presented: Presented {
            other_scheme: None,
            token: Some(token),
            context_required: false,
        },
        room: None,
        overrides: Overrides::default(),
    };
    let verdict = verifier.verify(None, &question).await.unwrap();
    let code = verdict.denial().unwrap_or("allowed");
    let denial = verdict.admission.err();
    let explanation = denial.map(|denial| denial.explanation);
    (code, explanation.unwrap_or_default())
}

async fn verdict(verifier: &Verifier, token: &str) -> &'static str {
    denial(verifier, token).await.0
}

async fn pass(duration: Duration) {
    pause();
    advance(duration).await;
    resume();
}

#[tokio::test]
async fn an_hour_without_the_key_server_costs_no_join_and_shows() {
    let server = KeyServer::http();
    server.put("/jwks", Page::of(jwks(&[alice().jwk("a")])));
    let verifier = verifier(host(&format!(
        "cache_keys_url = \"{}\"",
        server.url("/jwks")
    )));
    let good = alice().sign(Some("a"), &claims());
    let forged = bob().sign(Some("a"), &claims());
    let unknown = bob().sign(Some("b"), &claims());
    assert_eq!(verdict(&verifier, &good).await, "allowed");
    assert!(verifier.readiness().stale.is_empty());
    server.set_dead(true);
    for minute in 1..=60 {
        pass(MINUTE).await;
        assert_eq!(
            verdict(&verifier, &good).await,
            "allowed",
            "minute {minute}"
        );
        assert_eq!(verdict(&verifier, &forged).await, "signature-invalid");
        if minute % 20 == 0 {
            assert_eq!(verdict(&verifier, &unknown).await, "key-source-unavailable");
        }
    }
    let readiness = verifier.readiness();
    assert!(readiness.missing.is_empty(), "{readiness:?}");
    let [stale] = readiness.stale.as_slice() else {
        panic!("{readiness:?}");
    };
    assert!(stale.contains("s past their lifetime"), "{stale}");
    pass(Duration::from_hours(24)).await;
    assert_eq!(verdict(&verifier, &good).await, "key-source-unavailable");
    let readiness = verifier.readiness();
    assert_eq!(readiness.missing.len(), 1, "{readiness:?}");
    server.set_dead(false);
    pass(MINUTE).await;
    assert_eq!(verdict(&verifier, &good).await, "allowed");
    let readiness = verifier.readiness();
    assert!(
        readiness.missing.is_empty() && readiness.stale.is_empty(),
        "{readiness:?}"
    );
}

#[tokio::test]
async fn a_source_that_fails_is_named_with_what_it_said() {
    let token = alice().sign(Some("a"), &claims());
    let html = "<html>login</html>";
    let discovery = "{\"jwks_uri\": \"https://sso.example.com/certs\"}";
    for (page, said) in [
        (Some(Page::status(500)), "status 500"),
        (Some(Page::status(403)), "status 403"),
        (None, "status 404"),
        (Some(Page::of(html)), "an HTML page"),
        (Some(Page::of("nothing here")), "not JSON"),
        (
            Some(Page::of(discovery)),
            "set cache_keys_url = \"https://sso.example.com/certs\"",
        ),
    ] {
        let server = KeyServer::http();
        if let Some(page) = page {
            server.put("/jwks", page);
        }
        let url = server.url("/jwks");
        let verifier = verifier(host(&format!("cache_keys_url = \"{url}\"")));
        let (code, explanation) = denial(&verifier, &token).await;
        assert_eq!(code, "key-source-unavailable", "{explanation}");
        for part in [said, &url, "nothing is wrong with the token"] {
            assert!(explanation.contains(part), "{part} is not in {explanation}");
        }
        assert!(!explanation.contains("let the issuer"), "{explanation}");
    }
}

#[tokio::test]
async fn a_server_that_nobody_reaches_or_that_answers_with_pages_is_not_the_issuers_fault() {
    let token = alice().sign(Some("a"), &claims());
    let dead = KeyServer::http();
    dead.set_dead(true);
    let pages = KeyServer::http();
    let file = format!("/asap/{}", source::key_file_name("a"));
    pages.put(&file, Page::of("<html>login</html>"));
    for (url, said) in [
        (dead.url("/asap"), "key"),
        ("http://127.0.0.1:9/asap".to_owned(), "refused"),
        (pages.url("/asap"), "an HTML page"),
    ] {
        let verifier = verifier(host(&format!("asap_key_server = \"{url}\"")));
        let (code, explanation) = denial(&verifier, &token).await;
        assert_eq!(code, "key-source-unavailable", "{explanation}");
        assert!(
            explanation.contains(said) && explanation.contains(&url),
            "{explanation}"
        );
        assert!(!explanation.contains("let the issuer"), "{explanation}");
    }
}

#[tokio::test]
async fn a_key_that_a_source_does_not_have_is_explained_by_what_it_has() {
    let token = alice().sign(Some("a"), &claims());
    let server = KeyServer::http();
    let mut nameless = alice().jwk("a");
    nameless.as_object_mut().unwrap().remove("kid");
    nameless["x5t"] = "a".into();
    let mut foreign = alice().jwk("a");
    foreign["use"] = "enc".into();
    for (document, said) in [
        (jwks(&[]), "an empty JWK Set"),
        (jwks(&[nameless]), "a key without a kid"),
        (jwks(&[foreign]), "a key of this name that cannot be used"),
        (jwks(&[bob().jwk("b")]), "\"b\""),
    ] {
        server.put("/jwks", Page::of(document));
        let verifier = verifier(host(&format!(
            "cache_keys_url = \"{}\"",
            server.url("/jwks")
        )));
        let (code, explanation) = denial(&verifier, &token).await;
        assert_eq!(code, "key-not-found", "{explanation}");
        assert!(explanation.contains(said), "{explanation}");
    }
    let verifier = verifier(host(&format!(
        "asap_key_server = \"{}\"",
        server.url("/asap")
    )));
    let (code, explanation) = denial(&verifier, &token).await;
    assert_eq!(code, "key-not-found", "{explanation}");
    assert!(explanation.contains("there is nothing at"), "{explanation}");
    assert!(
        explanation.contains(&source::key_file_name("a")),
        "{explanation}"
    );
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_said_to_have_been_there() {
    let server = KeyServer::http();
    server.put("/jwks", Page::of(jwks(&[alice().jwk("a")])));
    let verifier = verifier(host(&format!(
        "cache_keys_url = \"{}\"",
        server.url("/jwks")
    )));
    let token = alice().sign(Some("a"), &claims());
    assert_eq!(verdict(&verifier, &token).await, "allowed");
    server.put("/jwks", Page::of(jwks(&[bob().jwk("b")])));
    pass(Duration::from_hours(2)).await;
    let (code, explanation) = denial(&verifier, &token).await;
    assert_eq!(code, "key-not-found", "{explanation}");
    assert!(explanation.contains("had this key until"), "{explanation}");
}
