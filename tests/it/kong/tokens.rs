//! What credentials open at a gateway, and no longer open: with the next request, without a restart.

use serde_json::{Value, json};

use super::{Kong, kong_with, text};
use crate::daemon::fixture::Answer;
use support::time::in_seconds;
use support::token::mint;

fn kong() -> Kong {
    kong_with("", "[gateways.api]\nclaims_to_verify = [\"exp\"]")
}

fn token(key: &str, secret: &str) -> String {
    mint(&json!({ "iss": key, "exp": in_seconds(600) }), secret)
}

/// What a proxy is told of a request with this token.
fn asked(kong: &Kong, token: &str) -> Answer {
    let bearer = format!("Authorization: Bearer {token}");
    let headers = ["X-Original-Method: GET", "X-Original-URI: /", &bearer];
    kong.running
        .ask("GET", "/v1/forward-auth/api", &headers, "")
}

#[track_caller]
fn is_good(kong: &Kong, token: &str) {
    let answer = asked(kong, token);
    assert_eq!(answer.status(), 200, "{}", answer.0);
}

#[track_caller]
fn is_refused(kong: &Kong, token: &str, message: &str) {
    let answer = asked(kong, token);
    assert_eq!(answer.status(), 401, "{}", answer.0);
    assert_eq!(answer.json()["message"], message);
}

const UNKNOWN: &str = "No credentials found for given 'iss'";

#[test]
fn a_credential_opens_from_the_next_request_on_until_it_is_deleted() {
    let kong = kong();
    kong.done(
        "POST",
        "/consumers",
        &json!({ "username": "bob", "custom_id": "c1" }),
        201,
    );
    let token = token("k", "the-secret");
    is_refused(&kong, &token, UNKNOWN);
    let made = kong.credential("bob", &json!({ "key": "k", "secret": "the-secret" }));
    let answer = asked(&kong, &token);
    assert_eq!(answer.status(), 200, "{}", answer.0);
    for line in [
        "X-Consumer-Username: bob",
        "X-Consumer-Custom-ID: c1",
        "X-Credential-Identifier: k",
    ] {
        assert!(answer.has_header(line), "{line}: {}", answer.0);
    }
    let id = format!("X-Consumer-ID: {}", text(&made["consumer"], "id"));
    assert!(answer.has_header(&id), "{}", answer.0);
    kong.done("DELETE", "/consumers/bob/jwt/k", &Value::Null, 204);
    is_refused(&kong, &token, UNKNOWN);
}

#[test]
fn another_key_takes_the_place_of_the_one_before() {
    let kong = kong();
    kong.consumer("bob");
    let made = kong.credential("bob", &json!({ "key": "key1", "secret": "s" }));
    let (first, second) = (token("key1", "s"), token("key2", "s"));
    is_good(&kong, &first);
    is_refused(&kong, &second, UNKNOWN);
    let path = format!("/consumers/bob/jwt/{}", text(&made, "id"));
    kong.done("PATCH", &path, &json!({ "key": "key2" }), 200);
    is_good(&kong, &second);
    is_refused(&kong, &first, UNKNOWN);
    kong.done("PATCH", "/jwts/key2", &json!({ "secret": "another" }), 200);
    is_refused(&kong, &second, "Invalid signature");
    is_good(&kong, &token("key2", "another"));
    kong.done("PATCH", "/jwts/key2", &json!({ "algorithm": "HS512" }), 200);
    is_refused(&kong, &token("key2", "another"), "Invalid algorithm");
    kong.done("PUT", "/consumers/bob/jwt/key2", &json!({}), 200);
    is_refused(&kong, &token("key2", "another"), "Invalid signature");
}

#[test]
fn with_the_consumer_go_the_tokens() {
    let kong = kong();
    kong.consumer("bob");
    kong.consumer("ann");
    kong.credential("bob", &json!({ "key": "b", "secret": "s" }));
    kong.credential("ann", &json!({ "key": "a", "secret": "s" }));
    is_good(&kong, &token("b", "s"));
    kong.done("DELETE", "/consumers/bob", &Value::Null, 204);
    is_refused(&kong, &token("b", "s"), UNKNOWN);
    is_good(&kong, &token("a", "s"));
}

#[test]
fn a_credential_that_moves_is_the_other_consumers() {
    let kong = kong();
    kong.consumer("bob");
    let ann = kong.consumer("ann");
    kong.credential("bob", &json!({ "key": "k", "secret": "s" }));
    assert!(asked(&kong, &token("k", "s")).has_header("X-Consumer-Username: bob"));
    kong.done(
        "PATCH",
        "/jwts/k",
        &json!({ "consumer": { "id": ann["id"] } }),
        200,
    );
    assert!(asked(&kong, &token("k", "s")).has_header("X-Consumer-Username: ann"));
    kong.done(
        "PATCH",
        "/consumers/ann",
        &json!({ "username": "anna" }),
        200,
    );
    assert!(asked(&kong, &token("k", "s")).has_header("X-Consumer-Username: anna"));
}

#[test]
fn a_credential_without_a_key_that_verifies_opens_nothing() {
    let kong = kong();
    kong.consumer("bob");
    kong.credential("bob", &json!({ "key": "es", "algorithm": "ES256" }));
    kong.credential("bob", &json!({ "key": "hs", "secret": "s" }));
    is_refused(&kong, &token("es", "s"), "Invalid algorithm");
    is_refused(&kong, &token("hs", "t"), "Invalid signature");
    is_refused(&kong, &token("hs", ""), "Invalid signature");
}
