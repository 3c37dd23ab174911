//! What becomes of those who are in, and of tokens that open one session.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::fixture::{Answer, BINARY, HOST, Running, SECRET, start};
use support::daemon::Daemon;
use support::time::in_seconds;
use support::token::{mint, with};
use support::until;

const ADMIN_KEY: &str = "the-key-of-administrators-0123456789";
const ROOM: &str = "standup@conference.meet.example.com";

/// A daemon with a store, and these options of its host.
fn with_store(options: &str) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(
        Path::new(BINARY),
        folder.path(),
        &config(folder.path(), options),
    );
    Running { daemon, folder }
}

fn config(folder: &Path, options: &str) -> String {
    let path = folder.join("state.db");
    format!("admin_key = \"{ADMIN_KEY}\"\n[store]\npath = {path:?}\n{HOST}{options}\n")
}

fn token(others: &Value) -> String {
    let claims = json!({"iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "*", "exp": in_seconds(600),
        "iat": in_seconds(-60), "jti": "of-ann", "context": {"user": {"id": "ann"}}});
    mint(&with(claims, others), SECRET)
}

impl Running {
    fn revoke(&self, what: &Value) -> Answer {
        let key = format!("Authorization: Bearer {ADMIN_KEY}");
        let headers = ["Content-Type: application/json", &key];
        self.ask("POST", "/v1/revocations", &headers, &what.to_string())
    }

    fn version(&self) -> Value {
        self.ask("GET", "/v1/changes", &[], "").json()["version"].clone()
    }

    fn check(&self, sessions: &Value) -> Value {
        self.post("/v1/sessions/check", &json!({"sessions": sessions}))
            .json()["sessions"]
            .clone()
    }

    fn opens(&self, token: &str) -> Value {
        let question = json!({"token": token, "session": {"opens_session": true}});
        self.post("/v1/verify", &question).json()
    }
}

fn session(id: &str, token: &str) -> Value {
    json!({"id": id, "token": token, "rooms": [ROOM]})
}

#[test]
fn a_version_changes_with_what_is_revoked_and_with_the_policy_and_not_by_itself() {
    let running = with_store("");
    let first = running.version();
    assert_eq!(running.version(), first);
    assert_eq!(running.revoke(&json!({"jti": "x"})).status(), 201);
    let second = running.version();
    assert_ne!(second, first);
    assert_eq!(running.revoke(&json!({"jti": "x"})).status(), 200);
    assert_eq!(running.version(), second, "nothing was new");
    let path = running.daemon.configuration();
    fs::write(path, config(running.folder.path(), "leeway = 5")).unwrap();
    until("another version", || {
        (running.version() != second).then_some(())
    });
}

#[test]
fn sessions_are_ended_for_what_was_revoked_and_others_are_not_named() {
    let (ann, bob) = (
        token(&json!({})),
        token(&json!({"jti": "of-bob", "context": {"user": {"id": "bob"}}})),
    );
    for (what, ended) in [
        (json!({"jti": "of-ann"}), vec!["ann"]),
        (json!({"token": ann}), vec!["ann"]),
        (json!({"user": "bob"}), vec!["bob"]),
        (
            json!({"user": "bob", "issued_before": in_seconds(0)}),
            vec!["bob"],
        ),
        (
            json!({"user": "bob", "issued_before": in_seconds(-3_600)}),
            vec![],
        ),
        (json!({"issuer": "my_app"}), vec!["ann", "bob"]),
        (json!({"room": ROOM}), vec!["ann", "bob", "guest"]),
        (
            json!({"jti": "of-ann", "host": "meet.example.com"}),
            vec!["ann"],
        ),
        (json!({"kid": "my_app"}), vec![]),
    ] {
        let running = with_store("");
        let what = with(what, &json!({"reason": "left"}));
        assert_eq!(running.revoke(&what).status(), 201, "{what}");
        let guest = json!({"id": "guest", "rooms": [ROOM]});
        let found = running.check(&json!([session("ann", &ann), session("bob", &bob), guest]));
        let found = found.as_array().unwrap();
        let ids: Vec<&str> = found
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ended, "{what}");
        for one in found {
            assert_eq!(one["action"], "end");
            assert_eq!(one["code"], "token-revoked");
            assert_eq!(one["error"], "not-allowed");
            assert!(one["reason"].as_str().unwrap().ends_with(": left"), "{one}");
        }
        assert!(!running.log().contains(&ann), "a token is in the log");
    }
}

#[test]
fn without_a_store_nobody_is_ended_but_whose_token_has_expired() {
    let expired = token(&json!({"exp": in_seconds(-10)}));
    for (options, action) in [
        ("", None),
        ("end_sessions_at_expiry = \"never\"", None),
        ("end_sessions_at_expiry = \"warn\"", Some("warn")),
        ("end_sessions_at_expiry = \"end\"", Some("end")),
        (
            "end_sessions_at_expiry = \"end\"\nend_sessions_grace = 600",
            Some("keep"),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("{HOST}{options}\n");
        let daemon = Daemon::start(Path::new(BINARY), folder.path(), &text);
        let running = Running { daemon, folder };
        let found = running.check(&json!([session("ann", &expired)]));
        assert_eq!(found[0]["action"].as_str(), action, "{options}: {found}");
    }
}

#[test]
fn a_verdict_says_when_its_session_is_to_be_checked_where_that_matters() {
    let end = in_seconds(600);
    let token = token(&json!({"exp": end}));
    for (options, at) in [
        ("", None),
        (
            "end_sessions_at_expiry = \"warn\"\nleeway = 5",
            Some(end + 5),
        ),
        (
            "end_sessions_at_expiry = \"end\"\nend_sessions_grace = 30",
            Some(end + 30),
        ),
    ] {
        let running = with_store(options);
        let verdict = running.post("/v1/verify", &json!({"token": token})).json();
        assert_eq!(verdict["check_again_at"].as_i64(), at, "{options}");
    }
}

#[test]
fn more_than_may_be_asked_at_once_is_refused_with_the_bound() {
    let running = start("");
    let many: Vec<Value> = (0..101).map(|id| json!({"id": id.to_string()})).collect();
    let rooms: Vec<String> = (0..17).map(|number| format!("{number}@a")).collect();
    for (sessions, bound) in [
        (json!(many), "there may be 100"),
        (json!([{"id": "1", "rooms": rooms}]), "there may be 16"),
        (json!([{"id": "x".repeat(65)}]), "there may be 64"),
    ] {
        let answer = running.post("/v1/sessions/check", &json!({"sessions": sessions}));
        assert_eq!(answer.status(), 400);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.ends_with(bound), "{detail}");
    }
}

#[test]
fn a_token_that_may_be_used_once_opens_one_session() {
    let running = with_store("once = true");
    let own = token(&json!({}));
    // Questions that open no session use nothing.
    for _ in 0..2 {
        let asked = running.post("/v1/verify", &json!({"token": own})).json();
        assert_eq!(asked["allowed"], true);
    }
    assert_eq!(running.opens(&own)["allowed"], true);
    let again = running.opens(&own);
    assert_eq!(again["auth"]["code"], "token-used");
    assert_eq!(again["auth"]["reason"], "token was used before");
    assert_eq!(again.get("session"), None);
    // Another one with the same jti is the same one, and one with another jti is not.
    let same = token(&json!({"exp": in_seconds(700)}));
    assert_eq!(running.opens(&same)["auth"]["code"], "token-used");
    assert_eq!(running.opens(&token(&json!({"jti": "2"})))["allowed"], true);
}

#[test]
fn a_token_that_may_be_used_once_has_to_have_a_jti_and_an_end() {
    let running = with_store("once = true");
    for (without, code) in [
        (json!({"jti": null}), "jti-missing"),
        (json!({"jti": ""}), "jti-missing"),
        (json!({"jti": 5}), "jti-missing"),
        (json!({"exp": null}), "exp-missing"),
    ] {
        let verdict = running.opens(&token(&without));
        assert_eq!(verdict["auth"]["code"], code, "{without}");
    }
}

#[test]
fn a_use_is_known_after_a_restart() {
    let running = with_store("once = true");
    let own = token(&json!({}));
    assert_eq!(running.opens(&own)["allowed"], true);
    running.daemon.kill();
    running.daemon.restart();
    assert_eq!(running.opens(&own)["auth"]["code"], "token-used");
}

#[test]
fn nobody_is_let_in_whose_use_cannot_be_noted() {
    let running = with_store("once = true");
    let path = running.folder.path().join("state.db");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let question = json!({"token": token(&json!({})), "session": {"opens_session": true}});
    let answer = running.post("/v1/verify", &question);
    assert_eq!(answer.status(), 503, "{}", answer.0);
    assert!(answer.0.contains("could not be noted"), "{}", answer.0);
}
