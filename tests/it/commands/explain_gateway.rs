//! `prosody-tokend explain --gateway`.

use serde_json::{Value, json};

use super::{SECRET, Workplace, text};
use support::time::in_seconds;
use support::token::{mint, with};

/// A workplace with one gateway, and what is set for it beside its credentials.
fn gateway(options: &str) -> Workplace {
    let workplace = Workplace::new();
    workplace.write(
        "kong.yml",
        &format!(
            "_format_version: \"3.0\"\nconsumers:\n- username: alice\n  jwt_secrets:\n  - key: alice-key\n    \
             secret: {SECRET}\n- username: everybody\n"
        ),
    );
    let kong = workplace.path("kong.yml");
    workplace.write(
        "config.toml",
        &format!(
            "[gateways.api]\nkong_config = {kong:?}\nclaims_to_verify = [\"exp\"]\n{options}\n"
        ),
    );
    workplace
}

fn token(changes: &Value) -> String {
    let claims = json!({"iss": "alice-key", "exp": in_seconds(600)});
    mint(&with(claims, changes), SECRET)
}

const EXPLAIN: [&str; 3] = ["explain", "--gateway", "api"];

#[test]
fn the_key_in_another_claim_is_found_and_what_is_said_to_set_lets_the_token_through() {
    let (workplace, token) = (gateway("key_claim_name = \"kid\""), token(&json!({})));
    let output = workplace.run(&EXPLAIN, &token);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let words: Vec<&str> = said.split_whitespace().collect();
    let said = words.join(" ");
    for expected in [
        "denied 401 {\"message\":\"No mandatory 'kid' in claims\"}",
        "WWW-Authenticate: Bearer error=\"invalid_token\"",
        "iss in the payload holds the key",
        "key_claim_name = \"kid\"",
        "config.toml:4",
        "set key_claim_name = \"iss\"",
        "ok signature",
    ] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    assert!(!said.contains(SECRET) && !said.contains(&token), "{said}");
    let output = gateway("key_claim_name = \"iss\"").run(&EXPLAIN, &token);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

#[test]
fn a_token_that_counts_is_told_with_what_the_upstream_gets() {
    let output = gateway("").run(&EXPLAIN, &token(&json!({})));
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout);
    for expected in [
        "allowed  200, as alice by the credential alice-key",
        "the upstream gets:",
        "x-consumer-username      alice",
        "x-credential-identifier  alice-key",
    ] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
}

#[test]
fn whoever_goes_through_as_anonymous_is_told_why_the_token_does_not_count() {
    let expired = token(&json!({"exp": in_seconds(-4_000)}));
    let output = gateway("anonymous = \"everybody\"").run(&EXPLAIN, &expired);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout).replace('\n', " ");
    for expected in [
        "allowed  200, as everybody",
        "goes through as the anonymous consumer \"everybody\"",
        "401 {\"exp\":\"token expired\"}",
        "x-anonymous-consumer  true",
    ] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
}

#[test]
fn an_anonymous_consumer_that_is_not_there_is_told_of_first() {
    let expired = token(&json!({"exp": in_seconds(-4_000)}));
    let output = gateway("anonymous = \"nobody\"").run(&EXPLAIN, &expired);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(said.starts_with("denied  500"), "{said}");
    assert!(
        said.contains("anonymous: found no consumer \"nobody\""),
        "{said}"
    );
}

#[test]
fn what_was_copied_along_is_one_mistake_and_the_rest_is_checked_without_it() {
    let pasted = format!("Authorization: Bearer {}", token(&json!({})));
    let output = gateway("").run(&EXPLAIN, &pasted);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(
        said.contains("\"Authorization: Bearer \" before the token"),
        "{said}"
    );
    assert!(said.contains("ok  consumer"), "{said}");
}

#[test]
fn json_has_what_is_answered_and_every_check() {
    let (workplace, token) = (gateway("realm = \"R\""), token(&json!({"iss": "unknown"})));
    let output = workplace.run(&["explain", "--gateway", "api", "--json"], &token);
    assert_eq!(output.status.code(), Some(1));
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(body["gateway"], "api");
    assert_eq!(body["allowed"], false);
    assert_eq!(body["status"], 401);
    assert_eq!(
        body["body"]["message"],
        "No credentials found for given 'iss'"
    );
    assert_eq!(
        body["www_authenticate"],
        "Bearer realm=\"R\", error=\"invalid_token\""
    );
    assert_eq!(body["code"], "credential-unknown");
    assert!(body["identity"].is_null());
    let checks = body["checks"].as_array().unwrap();
    let failed = checks.iter().find(|check| check["ok"] == false).unwrap();
    assert_eq!(failed["code"], body["code"]);
}

#[test]
fn what_is_no_gateway_or_stands_beside_one_is_refused_with_status_2() {
    let workplace = gateway("");
    for (arguments, says) in [
        (
            vec!["explain", "--gateway", "other"],
            "there is no gateway \"other\"; there is api",
        ),
        (
            vec!["explain", "--gateway", "api", "--host", "h"],
            "cannot be used with",
        ),
        (
            vec!["explain", "--gateway", "api", "--room", "r"],
            "cannot be used with",
        ),
        (
            vec!["explain", "--gateway", "api", "--tenant", "t"],
            "cannot be used with",
        ),
    ] {
        let output = workplace.run(&arguments, &token(&json!({})));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(said.contains(says), "{said}");
        assert!(text(&output.stdout).is_empty());
    }
}
