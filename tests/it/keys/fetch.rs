//! Single fetches, within their bounds.

use std::io::Write;
use std::time::{Instant, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use prosody_tokend::keys::fetching::client::{Client, FetchError, Fetched};

use support::key_server::{KeyServer, Page};

const LIMIT: usize = 10_000;

async fn fetch(url: &str) -> Result<Fetched, FetchError> {
    Client::new(SystemTime::now).fetch(url, LIMIT, None).await
}

fn body(fetched: Fetched) -> Vec<u8> {
    match fetched {
        Fetched::Body(body, _) => body,
        other => panic!("no body but {other:?}"),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_body_is_fetched_plain_or_compressed() {
    let server = KeyServer::http();
    server.put("/plain", Page::of("keys"));
    server.put(
        "/gzip",
        Page::of(gzip(b"keys")).with("Content-Encoding", "gzip"),
    );
    for path in ["/plain", "/gzip"] {
        assert_eq!(body(fetch(&server.url(path)).await.unwrap()), b"keys");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_even_if_it_is_small_when_compressed() {
    let server = KeyServer::http();
    let huge = vec![b' '; LIMIT + 1];
    server.put("/exact", Page::of(vec![b' '; LIMIT]));
    server.put("/huge", Page::of(huge.clone()));
    let bomb = gzip(&vec![b' '; 100_000_000]);
    assert!(bomb.len() < 200_000);
    server.put("/bomb", Page::of(bomb).with("Content-Encoding", "gzip"));
    assert!(fetch(&server.url("/exact")).await.is_ok());
    for path in ["/huge", "/bomb"] {
        let refused = fetch(&server.url(path)).await;
        assert!(
            matches!(refused, Err(FetchError::TooLarge(LIMIT))),
            "{path}: {refused:?}"
        );
    }
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn what_fails_at_the_server_is_tried_three_times_and_what_is_refused_once() {
    for (status, requests) in [(500, 3), (503, 3), (403, 1), (400, 1), (204, 1)] {
        let server = KeyServer::http();
        server.put("/", Page::status(status));
        let failed = fetch(&server.url("/")).await.unwrap_err();
        assert!(failed.to_string().contains(&status.to_string()), "{failed}");
        assert_eq!(server.count(), requests, "{status}");
    }
    let server = KeyServer::http();
    server.set_dead(true);
    assert!(matches!(
        fetch(&server.url("/")).await,
        Err(FetchError::Connection(_))
    ));
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    let server = KeyServer::http();
    server.put("/gone", Page::status(410));
    for path in ["/gone", "/never"] {
        let fetched = fetch(&server.url(path)).await;
        assert!(matches!(fetched, Ok(Fetched::Missing)), "{path}");
    }
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_silent_server_is_given_up_after_five_seconds() {
    let server = KeyServer::http();
    let _held = server.hold();
    let started = Instant::now();
    let failed = fetch(&server.url("/")).await;
    assert!(matches!(failed, Err(FetchError::TooSlow)), "{failed:?}");
    let took = started.elapsed().as_secs_f64();
    assert!((4.9..6.0).contains(&took), "{took} s");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_redirect_is_followed_within_the_origin_only() {
    let server = KeyServer::http();
    let other = KeyServer::http();
    other.put("/keys", Page::of("other"));
    server.put("/keys", Page::of("own"));
    server.put("/own", Page::status(302).with("Location", "/keys"));
    server.put("/loop", Page::status(302).with("Location", "/loop"));
    server.put(
        "/away",
        Page::status(302).with("Location", &other.url("/keys")),
    );
    assert_eq!(body(fetch(&server.url("/own")).await.unwrap()), b"own");
    for path in ["/away", "/loop"] {
        let refused = fetch(&server.url(path)).await;
        assert!(
            matches!(refused, Err(FetchError::Redirect(_))),
            "{path}: {refused:?}"
        );
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_is_not_believed() {
    let server = KeyServer::https();
    server.put("/keys", Page::of("keys"));
    let refused = fetch(&server.url("/keys")).await.unwrap_err().to_string();
    assert!(refused.contains("certificate"), "{refused}");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn what_has_an_entity_tag_is_not_fetched_twice() {
    let server = KeyServer::http();
    let page = Page::of("keys").with("ETag", "\"1\"");
    server.put("/keys", page.with("Cache-Control", "max-age=300"));
    let fetcher = Client::new(SystemTime::now);
    let url = server.url("/keys");
    let Ok(Fetched::Body(_, policy)) = fetcher.fetch(&url, LIMIT, None).await else {
        panic!("no body");
    };
    let again = fetcher.fetch(&url, LIMIT, Some(&policy)).await;
    let Ok(Fetched::Unchanged(policy)) = again else {
        panic!("not unchanged: {again:?}");
    };
    let lifetime = policy.time_to_live(SystemTime::now()).as_secs();
    assert!((298..=300).contains(&lifetime), "{lifetime}");
    server.put("/keys", Page::of("new").with("ETag", "\"2\""));
    let changed = fetcher.fetch(&url, LIMIT, Some(&policy)).await;
    assert_eq!(body(changed.unwrap()), b"new");
    let sent: Vec<Option<String>> = server
        .asked()
        .into_iter()
        .map(|asked| asked.headers.get("if-none-match").cloned())
        .collect();
    let tag = Some("\"1\"".to_owned());
    assert_eq!(sent, [None, tag.clone(), tag]);
}
