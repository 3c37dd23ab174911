//! What `/v1/explain` answers of a gateway, with the store's credentials.

use serde_json::{Value, json};

use super::{ADMIN, FORM, JSON, Kong, kong_with};
use crate::daemon::fixture::Answer;
use support::time::in_seconds;
use support::token::mint;

const SECRET: &str = "the-secret-of-bob-0123456789-0123456789";

fn kong() -> Kong {
    let gateways =
        "[gateways.api]\nclaims_to_verify = [\"exp\"]\n[gateways.by_kid]\nkey_claim_name = \"kid\"";
    let kong = kong_with("", gateways);
    kong.consumer("bob");
    kong.credential("bob", &json!({ "key": "bob-key", "secret": SECRET }));
    kong.consumer("carol");
    kong.credential(
        "carol",
        &json!({ "key": "carol-key", "secret": "another-secret" }),
    );
    kong
}

fn token(secret: &str) -> String {
    mint(
        &json!({ "iss": "bob-key", "exp": in_seconds(600), "nbf": in_seconds(-5) }),
        secret,
    )
}

fn explained(kong: &Kong, body: &Value) -> Answer {
    let headers = [JSON, ADMIN];
    kong.running
        .ask("POST", "/v1/explain", &headers, &body.to_string())
}

fn first_failed(body: &Value) -> Value {
    let checks = body["checks"].as_array().unwrap();
    let failed = checks.iter().find(|check| check["ok"] == false);
    failed.cloned().unwrap_or_default()
}

#[test]
fn a_token_is_explained_as_the_gateway_answers_it() {
    let kong = kong();
    let body = explained(&kong, &json!({ "gateway": "api", "token": token(SECRET) })).json();
    assert_eq!(body["allowed"], true);
    assert_eq!(body["status"], 200);
    assert_eq!(body["identity"]["x-consumer-username"], "bob");
    assert_eq!(body["identity"]["x-anonymous-consumer"], "");
    assert_eq!(first_failed(&body), Value::Null);
    let body = explained(
        &kong,
        &json!({ "gateway": "by_kid", "token": token(SECRET) }),
    )
    .json();
    assert_eq!(body["allowed"], false);
    assert_eq!(body["code"], "key-missing");
    let hint = first_failed(&body)["hint"].as_str().unwrap().to_owned();
    assert!(
        hint.contains("set key_claim_name = \"iss\" in [gateways.by_kid]"),
        "{hint}"
    );
}

#[test]
fn nobody_learns_over_http_whose_secret_signs_a_token() {
    let kong = kong();
    let answer = explained(
        &kong,
        &json!({ "gateway": "api", "token": token("another-secret") }),
    );
    let body = answer.json();
    assert_eq!(body["body"]["message"], "Invalid signature");
    assert!(!answer.0.contains("carol"), "{}", answer.0);
    assert!(
        !answer.0.contains("\"found\":\"\\\"bob\\\"\""),
        "{}",
        answer.0
    );
    assert!(!kong.running.log().contains("another-secret"));
}

#[test]
fn a_form_is_explained_like_json_and_a_missing_token_as_none() {
    let kong = kong();
    let headers = [FORM, ADMIN];
    let form = format!("gateway=api&token={}", token("x"));
    let by_form = kong
        .running
        .ask("POST", "/v1/explain", &headers, &form)
        .json();
    assert_eq!(by_form["code"], "signature-invalid");
    let none = explained(&kong, &json!({ "gateway": "api" })).json();
    assert_eq!(none["code"], "token-missing");
    assert_eq!(none["www_authenticate"], "Bearer");
    assert!(none["token_digest"].is_null());
}

#[test]
fn another_gateway_or_a_host_beside_one_is_refused() {
    let kong = kong();
    for (body, status, says) in [
        (json!({ "gateway": "other" }), 404, "there is api, by_kid"),
        (
            json!({ "gateway": "api", "host": "h" }),
            400,
            "gateway and host",
        ),
        (
            json!({ "gateway": "api", "room": "r" }),
            400,
            "gateway and room",
        ),
        (
            json!({ "gateway": "api", "session": { "jitsi_web_query_prefix": "t" } }),
            400,
            "gateway and jitsi_web_query_prefix",
        ),
        (json!({ "gateway": 5 }), 400, "string"),
    ] {
        let answer = explained(&kong, &body);
        assert_eq!(answer.status(), status, "{}", answer.0);
        assert!(answer.0.contains(says), "{}", answer.0);
    }
    let key = "Authorization: Bearer the-key-of-prosody";
    let body = json!({ "gateway": "api", "token": "a.b.c" }).to_string();
    let answer = kong.running.ask("POST", "/v1/verify", &[JSON, key], &body);
    assert_eq!(answer.status(), 400, "{}", answer.0);
    assert!(
        answer.0.contains("gateway is for /v1/explain"),
        "{}",
        answer.0
    );
}
