//! A key server that goes away, seen from where tokens are decided.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use prosody_tokend::clock;
use prosody_tokend::config::{self, layers::Sources};
use prosody_tokend::keys::cache::KeyCache;
use prosody_tokend::peer::Peer;
use prosody_tokend::token::decision::Presented;
use prosody_tokend::verifier::Verifier;
use prosody_tokend::verifier::overrides::Overrides;
use prosody_tokend::verifier::policies::Policies;
use prosody_tokend::verifier::question::TokenQuestion;
use prosody_tokend::worker::Worker;
use tokio::time::{advance, pause, resume};

use crate::fixture::{claims, host};
use crate::support::issuer::{alice, bob, jwks};
use crate::support::key_server::{KeyServer, Page};

const MINUTE: Duration = Duration::from_mins(1);

fn verifier(configuration: String) -> Verifier {
    let sources = Sources {
        file: Some(("test.toml".into(), configuration)),
        ..Sources::default()
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

async fn verdict(verifier: &Verifier, token: &str) -> &'static str {
    let question = TokenQuestion {
        asker: Peer::Own,
        presented: Presented {
            token: Some(token),
            other_scheme: None,
            context_required: false,
        },
        room: None,
        overrides: Overrides::default(),
    };
    let verdict = verifier.verify(None, &question).await.unwrap();
    verdict.denial().unwrap_or("allowed")
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
