//! What is kept, for how long, and what it costs.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use prosody_tokend::keys::cache::{DEFAULT_MAX_STALE, KeyCache};
use prosody_tokend::keys::source;
use prosody_tokend::keys::source::KeySources;
use prosody_tokend::keys::state::SourceState;
use prosody_tokend::token::algorithm::Algorithm;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{advance, pause, resume};

use support::PATIENCE;
use support::issuer::{alice, bob, jwks};
use support::key_server::{KeyServer, Page};

const JWKS: &str = "/jwks.json";

struct Fixture {
    server: KeyServer,
    cache: Arc<KeyCache>,
    sources: KeySources,
}

impl Fixture {
    fn new(configure: impl FnOnce(&KeyServer, &mut KeySources)) -> Self {
        let server = KeyServer::http();
        let mut sources = KeySources {
            algorithms: vec![Algorithm::Rs256],
            capacity: 3,
            ..KeySources::default()
        };
        configure(&server, &mut sources);
        let cache = KeyCache::start(SystemTime::now);
        cache.configure(&[&sources].into_iter(), |_| false, DEFAULT_MAX_STALE);
        Self {
            server,
            cache,
            sources,
        }
    }

    /// A host with a keys URL that has these keys.
    fn with_set(document: &str) -> Self {
        let fixture = Self::new(|server, sources| sources.keys_url = Some(server.url(JWKS)));
        fixture.server.put(JWKS, Page::of(document));
        fixture
    }

    /// A host with a key server that has alice's key under these kids.
    fn with_server(kids: &[&str]) -> Self {
        let fixture = Self::new(|server, sources| sources.key_server = Some(server.url("/asap")));
        for kid in kids {
            fixture
                .server
                .put(&path(kid), Page::of(alice().public_pem()));
        }
        fixture
    }

    async fn knows(&self, kid: &str) -> bool {
        let found = self.cache.find(&self.sources, kid).await;
        found.is_some_and(|key| key.is_ok())
    }

    fn state(&self) -> SourceState {
        self.cache.state(&self.sources).remove(0)
    }

    /// Waits until something that happens in the background has come about.
    async fn until(&self, awaited: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !condition(self) {
            assert!(
                std::time::Instant::now() < deadline,
                "in vain for {awaited}: {:?}, {} requests",
                self.state(),
                self.server.count()
            );
            tokio::task::yield_now().await;
        }
    }
}

fn path(kid: &str) -> String {
    format!("/asap/{}", source::key_file_name(kid))
}

/// Lets this much time pass at once. Sockets need the real clock again afterwards.
pub async fn pass(duration: Duration) {
    pause();
    advance(duration).await;
    resume();
}

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_thousand_tokens_with_the_same_new_kid_make_one_request() {
    for fixture in [
        Fixture::with_set(&jwks(&[alice().jwk("a")])),
        Fixture::with_server(&["a"]),
    ] {
        let fixture = Arc::new(fixture);
        let mut lookups = JoinSet::new();
        for _ in 0..1_000 {
            let fixture = Arc::clone(&fixture);
            lookups.spawn(async move { fixture.knows("a").await });
        }
        assert!(lookups.join_all().await.into_iter().all(|found| found));
        assert_eq!(fixture.server.count(), 1);
    }
}

#[tokio::test]
async fn ten_thousand_made_up_kids_cost_few_requests_and_no_good_key() {
    let fixture = Arc::new(Fixture::with_server(&["a", "b", "c"]));
    for kid in ["a", "b", "c"] {
        assert!(fixture.knows(kid).await);
    }
    let mut lookups = JoinSet::new();
    for number in 0..10_000 {
        let fixture = Arc::clone(&fixture);
        lookups.spawn(async move { fixture.knows(&format!("made-up-{number}")).await });
    }
    assert!(!lookups.join_all().await.into_iter().any(|found| found));
    let requests = fixture.server.count();
    assert!((4..=64).contains(&requests), "{requests} requests");
    for kid in ["a", "b", "c"] {
        assert!(fixture.knows(kid).await);
    }
    assert_eq!(fixture.server.count(), requests);
}

#[tokio::test]
async fn made_up_kids_make_a_document_be_fetched_once_in_ten_seconds() {
    let fixture = Arc::new(Fixture::with_set(&jwks(&[alice().jwk("a")])));
    assert!(fixture.knows("a").await);
    for round in 1..=3 {
        for number in 0..1_000 {
            assert!(!fixture.knows(&format!("made-up-{number}")).await);
        }
        assert_eq!(fixture.server.count(), round);
        pass(10 * SECOND).await;
    }
    assert!(fixture.knows("a").await);
}

#[tokio::test]
async fn a_new_key_is_found_and_a_withdrawn_one_is_not() {
    let fixture = Fixture::with_set(&jwks(&[alice().jwk("old")]));
    assert!(fixture.knows("old").await && !fixture.knows("new").await);
    let both = jwks(&[alice().jwk("old"), bob().jwk("new")]);
    fixture.server.put(JWKS, Page::of(both));
    assert!(!fixture.knows("new").await, "asked again too early");
    pass(10 * SECOND).await;
    assert!(fixture.knows("new").await && fixture.knows("old").await);
    fixture
        .server
        .put(JWKS, Page::of(jwks(&[bob().jwk("new")])));
    pass(MINUTE).await;
    let withdrawn = |fixture: &Fixture| fixture.state().keys.len() == 1;
    fixture.until("the withdrawal", withdrawn).await;
    assert!(fixture.knows("new").await && !fixture.knows("old").await);
}

#[tokio::test]
async fn a_key_that_its_server_withdrew_is_forgotten() {
    let fixture = Fixture::with_server(&["a"]);
    assert!(fixture.knows("a").await && fixture.knows("a").await);
    fixture.server.remove(&path("a"));
    pass(2 * MINUTE).await;
    assert!(!fixture.knows("a").await);
    fixture
        .server
        .put(&path("a"), Page::of(alice().public_pem()));
    assert!(!fixture.knows("a").await, "asked again too early");
    pass(10 * SECOND).await;
    assert!(fixture.knows("a").await);
}

#[tokio::test]
async fn keys_are_fetched_again_before_their_lifetime_ends() {
    for (header, seconds) in [
        (("Cache-Control", "max-age=600"), 600),
        (("Cache-Control", "max-age=1"), 60),
        (("Cache-Control", "no-store"), 60),
        (("Cache-Control", "max-age=999999"), 3_600),
    ] {
        let fixture = Fixture::with_set("");
        let page = Page::of(jwks(&[alice().jwk("a")])).with("ETag", "\"1\"");
        fixture.server.put(JWKS, page.with(header.0, header.1));
        assert!(fixture.knows("a").await);
        let next = fixture.state().keys[0].next_refresh.unwrap().as_secs_f64();
        let expected = f64::from(seconds) * 0.8;
        assert!(
            (expected - 2.0..=expected).contains(&next),
            "{header:?}: {next}"
        );
        pass(Duration::from_secs_f64(expected + 5.0)).await;
        let again = |fixture: &Fixture| fixture.server.count() == 2;
        fixture.until("the refresh", again).await;
        assert!(fixture.knows("a").await);
    }
}

#[tokio::test]
async fn keys_outlive_their_source_for_a_while_and_no_longer() {
    for fixture in [
        Fixture::with_set(&jwks(&[alice().jwk("a")])),
        Fixture::with_server(&["a"]),
    ] {
        assert!(fixture.knows("a").await);
        fixture.server.set_dead(true);
        // An hour without the server, with a join each minute.
        for minute in 0..60 {
            pass(MINUTE).await;
            assert!(fixture.knows("a").await, "minute {minute}");
        }
        let stale =
            |fixture: &Fixture| fixture.state().stale.is_some() && fixture.state().error.is_some();
        fixture.until("it to show", stale).await;
        assert!(!fixture.state().missing);
        let requests = fixture.server.count();
        assert!(requests <= 1 + 3 * 62, "{requests} requests in an hour");
        pass(DEFAULT_MAX_STALE).await;
        assert!(!fixture.knows("a").await);
        assert!(fixture.state().keys.is_empty());
        fixture.server.set_dead(false);
        pass(MINUTE).await;
        assert!(fixture.knows("a").await);
        assert_eq!(fixture.state().error, None);
    }
}

#[tokio::test]
async fn a_lying_server_takes_no_key_away() {
    let truth = jwks(&[alice().jwk("a")]);
    let fixture = Fixture::with_set(&truth);
    assert!(fixture.knows("a").await);
    for lie in ["<html>", "{}", "[]", "{\"error\": \"later\"}", "{\"keys\""] {
        fixture.server.put(JWKS, Page::of(lie));
        pass(2 * MINUTE).await;
        let noticed = |fixture: &Fixture| fixture.state().error.is_some();
        fixture
            .until(&format!("{lie} to be noticed"), noticed)
            .await;
        assert!(fixture.knows("a").await, "{lie}");
        fixture.server.put(JWKS, Page::of(truth.as_str()));
        pass(2 * MINUTE).await;
        let believed = |fixture: &Fixture| fixture.state().error.is_none();
        fixture.until("the truth to be believed", believed).await;
    }
    fixture.server.put(JWKS, Page::of(jwks(&[])));
    pass(2 * MINUTE).await;
    let empty = |fixture: &Fixture| fixture.state().keys.is_empty();
    fixture.until("an empty set to be believed", empty).await;
}

#[tokio::test]
async fn what_is_no_key_verifies_nothing_and_is_not_asked_for_again_at_once() {
    let fixture = Fixture::with_server(&[]);
    fixture.server.put(&path("a"), Page::of("<html>"));
    for _ in 0..100 {
        let found = fixture.cache.find(&fixture.sources, "a").await;
        assert!(found.is_some_and(|key| key.is_err()));
    }
    assert_eq!(fixture.server.count(), 1);
}

#[tokio::test]
async fn the_least_recently_used_keys_go_first() {
    let fixture = Fixture::with_server(&["a", "b", "c", "d"]);
    for kid in ["a", "b", "c", "a", "d"] {
        assert!(fixture.knows(kid).await);
        pass(SECOND).await;
    }
    let state = fixture.state();
    let kids: Vec<_> = state
        .keys
        .iter()
        .filter_map(|key| key.kid.as_deref())
        .collect();
    assert_eq!(kids, ["a", "c", "d"]);
}

#[tokio::test]
async fn a_slow_source_holds_up_nobody_whose_key_is_known() {
    let fixture = Arc::new(Fixture::with_server(&["known", "slow"]));
    assert!(fixture.knows("known").await);
    let release = fixture.server.hold();
    let waiting = Arc::clone(&fixture);
    let waiting = tokio::spawn(async move { waiting.knows("slow").await });
    fixture
        .until("the request", |fixture| fixture.server.count() == 2)
        .await;
    let started = std::time::Instant::now();
    for _ in 0..1_000 {
        assert!(fixture.knows("known").await);
    }
    assert!(started.elapsed() < SECOND);
    assert!(
        !waiting.await.unwrap(),
        "waits no longer than a client does"
    );
    drop(release);
    // The fetch went on meanwhile.
    fixture
        .until("the key", |fixture| fixture.state().keys.len() == 2)
        .await;
    assert_eq!(fixture.server.count(), 2);
}

#[tokio::test]
async fn a_keys_url_comes_before_a_key_server() {
    let fixture = Fixture::new(|server, sources| {
        sources.keys_url = Some(server.url(JWKS));
        sources.key_server = Some(server.url("/asap"));
    });
    fixture.server.put(
        JWKS,
        Page::of(json!({"map": alice().certificate()}).to_string()),
    );
    for kid in ["map", "file"] {
        fixture.server.put(&path(kid), Page::of(bob().pkcs1_pem()));
    }
    assert!(fixture.knows("map").await && fixture.knows("file").await);
    let states = fixture.cache.state(&fixture.sources);
    let prints: Vec<_> = states
        .iter()
        .map(|state| state.keys.first().unwrap().fingerprint.clone())
        .collect();
    assert_ne!(prints[0], prints[1]);
    assert_eq!(states[1].keys[0].kid.as_deref(), Some("file"));
    assert_eq!(fixture.server.count(), 2);
}

#[tokio::test]
async fn fetched_keys_outlive_a_new_configuration_that_names_the_same_source() {
    let fixture = Fixture::with_set(&jwks(&[alice().jwk("a")]));
    assert!(fixture.knows("a").await);
    fixture
        .cache
        .configure(&[&fixture.sources].into_iter(), |_| false, MINUTE);
    assert!(fixture.knows("a").await);
    assert_eq!(fixture.server.count(), 1);
    fixture.cache.configure(&[].into_iter(), |_| false, MINUTE);
    assert!(fixture.knows("a").await);
    assert_eq!(fixture.server.count(), 2);
}

#[tokio::test]
async fn a_key_past_its_lifetime_is_used_where_its_source_does_not_answer_in_time() {
    for fixture in [
        Fixture::with_set(&jwks(&[alice().jwk("a")])),
        Fixture::with_server(&["a"]),
    ] {
        assert!(fixture.knows("a").await);
        let release = fixture.server.hold();
        pass(2 * MINUTE).await;
        assert!(fixture.knows("a").await);
        assert_eq!(fixture.server.count(), 2);
        drop(release);
    }
}
