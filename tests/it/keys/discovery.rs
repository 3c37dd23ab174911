//! Keys that are found by their issuer's metadata: what is asked, believed and kept.

use std::sync::Arc;
use std::time::SystemTime;

use prosody_tokend::keys::cache::{DEFAULT_MAX_STALE, KeyCache};
use prosody_tokend::keys::source::{Discovery, KeySources};
use prosody_tokend::keys::state::{SourceKind, SourceState};
use prosody_tokend::token::algorithm::Algorithm;
use prosody_tokend::token::key::KeyError;
use prosody_tokend::token::source_failure::SourceFailure;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::cache::{MINUTE, SECOND, pass};
use support::PATIENCE;
use support::issuer::{alice, bob, jwks};
use support::key_server::{KeyServer, Page};
use support::oidc_server::{
    CERTS, CurveKey, METADATA, METADATA_OF_RFC_8414, OidcServer, for_encryption,
};

struct Fixture {
    server: OidcServer,
    cache: Arc<KeyCache>,
    sources: KeySources,
}

impl Fixture {
    /// An issuer that has alice's key as `a`.
    fn new() -> Self {
        Self::with(OidcServer::http(), &[])
    }

    fn with(server: OidcServer, jwks_origins: &[String]) -> Self {
        server.publish(&[alice().jwk("a")]);
        let sources = KeySources {
            discovery: Some(Discovery {
                issuer: server.issuer(),
                jwks_origins: jwks_origins.to_vec(),
            }),
            algorithms: vec![Algorithm::Rs256],
            ..KeySources::default()
        };
        let cache = KeyCache::start(SystemTime::now);
        configure(&cache, &sources);
        Self {
            server,
            cache,
            sources,
        }
    }

    async fn knows(&self, kid: &str) -> bool {
        let found = self.cache.find(&self.sources, kid).await;
        found.is_some_and(|key| key.is_ok())
    }

    /// Why nobody can tell whether there is this key.
    async fn failure(&self, kid: &str) -> SourceFailure {
        match self.cache.find(&self.sources, kid).await {
            Some(Err(KeyError::Unavailable(failure))) => *failure,
            found => panic!("no failure but {found:?}"),
        }
    }

    fn state(&self) -> SourceState {
        self.cache.state(&self.sources).remove(0)
    }

    fn kids(&self) -> Vec<String> {
        self.cache.kids(&self.sources, 10)
    }

    async fn until(&self, awaited: &str, condition: impl Fn(&Self) -> bool) {
        let condition = async {
            while !condition(self) {
                tokio::task::yield_now().await;
            }
        };
        let met = timeout(PATIENCE, condition).await;
        assert!(met.is_ok(), "in vain for {awaited}: {:?}", self.state());
    }
}

fn configure(cache: &KeyCache, sources: &KeySources) {
    cache.configure(&[sources].into_iter(), |_| false, DEFAULT_MAX_STALE);
}

#[tokio::test]
async fn keys_are_where_the_metadata_says() {
    let fixture = Fixture::new();
    assert_eq!(fixture.state().error, None);
    assert!(fixture.knows("a").await && !fixture.knows("b").await);
    let state = fixture.state();
    assert_eq!(state.kind, SourceKind::Discovery);
    assert_eq!(state.source, fixture.server.pages.url(METADATA));
    assert_eq!((state.missing, state.error), (false, None));
    let paths = fixture.server.pages.asked();
    let paths: Vec<&str> = paths.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(paths, [METADATA, CERTS]);
}

#[tokio::test]
async fn a_key_for_encryption_or_for_another_algorithm_is_none_of_the_issuers() {
    let (p256, ed25519) = (CurveKey::p256(), CurveKey::ed25519());
    for (algorithms, usable) in [
        (vec![Algorithm::Rs256], vec!["rsa"]),
        (vec![Algorithm::Es256], vec!["p256"]),
        (vec![Algorithm::EdDsa], vec!["ed25519"]),
        (vec![Algorithm::Es384], vec![]),
        (
            vec![Algorithm::Rs256, Algorithm::EdDsa],
            vec!["ed25519", "rsa"],
        ),
        (vec![], vec!["ed25519", "p256", "rsa"]),
    ] {
        let mut fixture = Fixture::new();
        fixture.server.publish(&[
            for_encryption(bob().jwk("encryption")),
            alice().jwk("rsa"),
            p256.jwk("p256"),
            ed25519.jwk("ed25519"),
        ]);
        fixture.sources.algorithms.clone_from(&algorithms);
        assert!(!fixture.knows("encryption").await);
        assert_eq!(fixture.kids(), usable, "{algorithms:?}");
        let why = fixture.cache.why_absent(&fixture.sources, "encryption");
        let [why] = why.as_slice() else {
            panic!("{why:?}");
        };
        for part in [
            &fixture.server.pages.url(CERTS),
            "cannot be used",
            "\"enc\"",
        ] {
            assert!(why.contains(part), "{why}");
        }
    }
}

#[tokio::test]
async fn metadata_is_fetched_once_an_hour_however_many_kids_are_made_up() {
    let fixture = Fixture::new();
    for minute in 0..60 {
        for kid in 0..50 {
            assert!(!fixture.knows(&format!("made-up-{kid}")).await);
        }
        assert_eq!(fixture.server.asked(METADATA), 1, "minute {minute}");
        pass(MINUTE).await;
    }
    fixture
        .until("the metadata", |one| one.server.asked(METADATA) == 2)
        .await;
    assert!(fixture.knows("a").await);
    assert!(fixture.server.asked(CERTS) <= 150);
    assert_eq!(fixture.server.asked(METADATA_OF_RFC_8414), 0);
}

#[tokio::test]
async fn a_new_key_is_found_and_a_withdrawn_one_is_not() {
    let fixture = Fixture::new();
    assert!(fixture.knows("a").await && !fixture.knows("b").await);
    fixture.server.publish(&[alice().jwk("a"), bob().jwk("b")]);
    pass(10 * SECOND).await;
    assert!(fixture.knows("a").await && fixture.knows("b").await);
    fixture.server.publish(&[bob().jwk("b")]);
    pass(MINUTE).await;
    fixture
        .until("the withdrawal", |one| one.kids() == ["b"])
        .await;
    assert!(!fixture.knows("a").await);
    let why = fixture.cache.why_absent(&fixture.sources, "a").join("");
    assert!(why.contains("had this key until"), "{why}");
    assert_eq!(fixture.server.asked(METADATA), 1);
}

#[tokio::test]
async fn keys_that_are_gone_are_looked_for_where_the_metadata_has_them_now() {
    for status in [404, 410] {
        let fixture = Fixture::new();
        assert!(fixture.knows("a").await);
        let (pages, moved) = (&fixture.server.pages, "/realms/meet/keys");
        pages.put(CERTS, Page::status(status));
        pages.put(moved, Page::of(jwks(&[bob().jwk("b")])));
        fixture.server.say(&json!({"jwks_uri": pages.url(moved)}));
        pass(10 * SECOND).await;
        assert!(fixture.knows("b").await && !fixture.knows("a").await);
        assert_eq!(fixture.state().error, None);
        assert_eq!(fixture.server.asked(METADATA), 2);
    }
}

#[tokio::test]
async fn keys_that_moved_are_found_within_an_hour_although_there_are_some_where_they_were() {
    let fixture = Fixture::new();
    assert!(fixture.knows("a").await);
    let (pages, moved) = (&fixture.server.pages, "/realms/meet/keys");
    pages.put(
        moved,
        Page::of(jwks(&[bob().jwk("b")])).with("ETag", "\"1\""),
    );
    fixture.server.say(&json!({"jwks_uri": pages.url(moved)}));
    pass(50 * MINUTE).await;
    assert!(!fixture.knows("b").await);
    pass(10 * MINUTE).await;
    fixture
        .until("the new keys", |one| one.kids() == ["b"])
        .await;
    let old = fixture.server.asked(CERTS);
    pass(2 * MINUTE).await;
    fixture
        .until("them to be kept fresh", |one| one.server.asked(moved) == 2)
        .await;
    assert_eq!(fixture.server.asked(CERTS), old);
    assert!(fixture.knows("b").await);
}

#[tokio::test]
async fn metadata_may_be_where_rfc_8414_has_it() {
    for status in [404, 410] {
        let fixture = Fixture::new();
        let metadata = fixture.server.metadata().to_string();
        fixture.server.answer(Page::status(status));
        let pages = &fixture.server.pages;
        pages.put(METADATA_OF_RFC_8414, Page::of(metadata));
        assert!(fixture.knows("a").await, "{status}");
        assert_eq!(fixture.state().source, pages.url(METADATA_OF_RFC_8414));
    }
}

#[tokio::test]
async fn metadata_is_looked_for_at_the_second_place_only_where_there_is_none_at_the_first() {
    for page in [
        Page::status(500),
        Page::status(403),
        Page::of("<html>"),
        Page::of(""),
        Page::status(302).with("Location", "https://sso.example.com/"),
    ] {
        let fixture = Fixture::new();
        let metadata = fixture.server.metadata().to_string();
        fixture.server.answer(page);
        let pages = &fixture.server.pages;
        pages.put(METADATA_OF_RFC_8414, Page::of(metadata));
        assert!(!fixture.knows("a").await);
        assert_eq!(fixture.server.asked(METADATA_OF_RFC_8414), 0);
    }
}

#[tokio::test]
async fn a_redirect_of_the_metadata_is_followed_within_its_origin_alone() {
    let fixture = Fixture::new();
    let pages = &fixture.server.pages;
    pages.put("/moved", Page::of(fixture.server.metadata().to_string()));
    fixture
        .server
        .answer(Page::status(307).with("Location", "/moved"));
    assert!(fixture.knows("a").await);

    let other = KeyServer::http();
    let fixture = Fixture::new();
    other.put("/moved", Page::of(fixture.server.metadata().to_string()));
    let away = Page::status(307).with("Location", &other.url("/moved"));
    fixture.server.answer(away);
    let failure = fixture.failure("a").await;
    assert!(failure.said.contains(&other.url("/moved")), "{failure}");
    assert_eq!(other.count(), 0);
}

/// What a server says in place of its metadata, and what is said of that.
fn refused(server: &OidcServer, other: &KeyServer) -> Vec<(Page, String)> {
    let said = |changes: &Value| {
        let metadata = support::token::with(server.metadata(), changes);
        Page::of(metadata.to_string())
    };
    let slash = format!("{}/", server.issuer());
    let realm = server.issuer().replace("meet", "master");
    let keys = other.url(CERTS);
    vec![
        (Page::status(500), "status 500".to_owned()),
        (Page::status(403), "status 403".to_owned()),
        (
            Page::status(404),
            format!("at {} neither", server.pages.url(METADATA_OF_RFC_8414)),
        ),
        (Page::of("<html>Log in</html>"), "an HTML page".to_owned()),
        (Page::of(jwks(&[alice().jwk("a")])), "a JWK Set".to_owned()),
        (
            Page::of(vec![b' '; 65_537]),
            "more than 65536 bytes".to_owned(),
        ),
        (
            said(&json!({ "issuer": slash })),
            format!("set issuer = \"{slash}\""),
        ),
        (said(&json!({ "issuer": realm })), realm),
        (said(&json!({ "issuer": null })), "has no issuer".to_owned()),
        (
            said(&json!({ "jwks_uri": null })),
            "has no jwks_uri".to_owned(),
        ),
        (
            said(&json!({ "jwks_uri": keys })),
            format!("jwks_origins = [\"{}\"]", other.url("")),
        ),
        (said(&json!({ "jwks_uri": CERTS })), "not a URL".to_owned()),
        (
            said(&json!({"jwks_uri": "file:///etc/keys"})),
            "neither http://".to_owned(),
        ),
        (
            said(&json!({"jwks_uri": "http://sso.example.com/"})),
            "https is needed".to_owned(),
        ),
    ]
}

#[tokio::test]
async fn metadata_that_is_not_the_issuers_own_gives_no_key_and_is_told_with_what_to_do() {
    let other = KeyServer::http();
    other.put(CERTS, Page::of(jwks(&[alice().jwk("a")])));
    let count = refused(&OidcServer::http(), &other).len();
    for number in 0..count {
        let fixture = Fixture::new();
        let (page, said) = refused(&fixture.server, &other).swap_remove(number);
        fixture.server.answer(page);
        let failure = fixture.failure("a").await;
        let told = format!("{failure}; {}", failure.remedy.as_deref().unwrap());
        assert!(told.contains(&said), "{said}: {told}");
        assert_eq!(failure.option, "discover");
        assert_eq!(failure.address, fixture.server.pages.url(METADATA));
        let state = fixture.state();
        assert!(state.missing && state.keys.is_empty(), "{state:?}");
        let error = state.error.unwrap();
        assert_eq!(format!("{}: {error}", failure.address), told);
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn metadata_that_goes_wrong_later_takes_no_key_away_and_shows() {
    let other = KeyServer::http();
    let count = refused(&OidcServer::http(), &other).len();
    for number in 0..count {
        let fixture = Fixture::new();
        assert!(fixture.knows("a").await);
        let (page, said) = refused(&fixture.server, &other).swap_remove(number);
        fixture.server.answer(page);
        fixture.server.publish(&[alice().jwk("a"), bob().jwk("b")]);
        pass(61 * MINUTE).await;
        let shows = |one: &Fixture| one.state().error.is_some_and(|error| error.contains(&said));
        fixture.until(&format!("{said} to show"), shows).await;
        assert!(
            fixture.knows("a").await && fixture.knows("b").await,
            "{said}"
        );
        let state = fixture.state();
        assert!(!state.missing && state.stale.is_none(), "{state:?}");
        fixture.server.say(&json!({}));
        pass(2 * MINUTE).await;
        let is_over = |one: &Fixture| one.state().error.is_none();
        fixture.until("the end of that", is_over).await;
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn metadata_that_does_not_come_holds_up_nobody_whose_keys_do() {
    let keys = KeyServer::http();
    keys.put(CERTS, Page::of(jwks(&[alice().jwk("a")])));
    let fixture = Fixture::with(OidcServer::http(), &[keys.url("")]);
    fixture.server.say(&json!({"jwks_uri": keys.url(CERTS)}));
    assert!(fixture.knows("a").await);
    let _held = fixture.server.pages.hold();
    keys.put(CERTS, Page::of(jwks(&[alice().jwk("a"), bob().jwk("b")])));
    pass(61 * MINUTE).await;
    let comes = |one: &Fixture| one.kids() == ["a", "b"];
    fixture.until("the new key", comes).await;
    assert_eq!(fixture.state().error, None, "the metadata came first");
    assert!(fixture.knows("a").await && fixture.knows("b").await);
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_said_to_have_not() {
    let fixture = Fixture::new();
    let release = fixture.server.pages.hold();
    let failure = fixture.failure("a").await;
    assert!(failure.said.contains("no answer within"), "{failure}");
    assert_eq!(failure.address, fixture.server.pages.url(METADATA));
    drop(release);
    fixture.until("the keys", |one| one.kids() == ["a"]).await;
}

#[tokio::test]
async fn keys_that_are_not_where_the_metadata_says_are_told_with_their_address() {
    for (page, said) in [
        (Page::status(500), "status 500"),
        (Page::status(404), "status 404"),
        (Page::of("<html>"), "an HTML page"),
        (
            Page::of(r#"{"jwks_uri": "https://a.example/"}"#),
            "an OpenID discovery document",
        ),
    ] {
        let fixture = Fixture::new();
        fixture.server.pages.put(CERTS, page);
        let failure = fixture.failure("a").await;
        assert!(failure.said.contains(said), "{failure}");
        assert_eq!(failure.address, fixture.server.pages.url(CERTS));
        assert_eq!((failure.option, failure.referral), ("discover", None));
        assert!(fixture.state().missing);
    }
}

#[tokio::test]
async fn keys_outlive_their_issuer_for_a_while_and_no_longer() {
    let fixture = Fixture::new();
    assert!(fixture.knows("a").await);
    fixture.server.pages.set_dead(true);
    for hour in 0..6 {
        pass(60 * MINUTE).await;
        assert!(fixture.knows("a").await, "hour {hour}");
    }
    pass(DEFAULT_MAX_STALE).await;
    assert!(!fixture.knows("a").await);
    fixture.server.pages.set_dead(false);
    pass(2 * MINUTE).await;
    assert!(fixture.knows("a").await);
}

#[tokio::test]
async fn an_origin_that_is_listed_may_have_the_keys_and_no_other() {
    let listed = KeyServer::http();
    let other = KeyServer::http();
    for (keys, accepted) in [(&listed, true), (&other, false)] {
        keys.put(CERTS, Page::of(jwks(&[bob().jwk("b")])));
        let fixture = Fixture::with(OidcServer::http(), &[listed.url("")]);
        fixture.server.say(&json!({"jwks_uri": keys.url(CERTS)}));
        assert_eq!(fixture.knows("b").await, accepted);
        assert_eq!(keys.count(), usize::from(accepted));
    }
}

#[tokio::test]
async fn what_is_known_of_an_issuer_outlives_a_reload_that_names_the_same() {
    let fixture = Fixture::new();
    assert!(fixture.knows("a").await);
    configure(&fixture.cache, &fixture.sources);
    assert!(fixture.knows("a").await);
    assert_eq!(fixture.server.pages.count(), 2);
    let mut other = fixture.sources.clone();
    let discovery = other.discovery.as_mut().unwrap();
    discovery
        .jwks_origins
        .push("https://keys.example".to_owned());
    configure(&fixture.cache, &other);
    assert!(fixture.cache.find(&other, "a").await.is_some());
    assert_eq!(fixture.server.pages.count(), 4);
}

#[tokio::test]
async fn issuers_on_one_server_have_each_their_own_keys() {
    let fixture = Fixture::new();
    let issuer = fixture.server.pages.url("/realms/other");
    let metadata = json!({"issuer": issuer, "jwks_uri": fixture.server.pages.url("/other")});
    let pages = &fixture.server.pages;
    pages.put(
        "/realms/other/.well-known/openid-configuration",
        Page::of(metadata.to_string()),
    );
    pages.put("/other", Page::of(jwks(&[bob().jwk("a"), bob().jwk("b")])));
    let mut other = fixture.sources.clone();
    other.discovery.as_mut().unwrap().issuer = issuer;
    assert!(fixture.knows("a").await && !fixture.knows("b").await);
    assert!(fixture.cache.find(&other, "b").await.is_some());
    let fingerprint = |sources| {
        fixture
            .cache
            .state(sources)
            .remove(0)
            .keys
            .remove(0)
            .fingerprint
    };
    assert_ne!(fingerprint(&fixture.sources), fingerprint(&other));
}
