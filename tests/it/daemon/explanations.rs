//! What `/v1/explain` answers.

use serde_json::{Value, json};

use super::fixture::{SECRET, start};
use support::time::in_seconds;
use support::token::{mint, with};

fn token(changes: &Value) -> String {
    let claims = json!({
        "iss": "my_app",
        "aud": "my_app",
        "sub": "meet.example.com",
        "room": "meeting",
        "exp": in_seconds(600),
    });
    mint(&with(claims, changes), SECRET)
}

fn failed(body: &Value) -> Vec<&Value> {
    let checks = body["checks"].as_array().unwrap();
    checks.iter().filter(|check| check["ok"] == false).collect()
}

#[test]
fn every_failed_check_is_named_with_what_was_found_and_expected() {
    let running = start("");
    let token = token(&json!({"exp": in_seconds(-60), "aud": "account", "sub": "meet.jit.si"}));
    let body = running
        .post("/v1/explain", &json!({"token": token, "room": "meeting"}))
        .json();
    assert_eq!(body["allowed"], false);
    assert_eq!(body["auth"]["code"], "expired");
    let failed = failed(&body);
    let codes: Vec<&Value> = failed.iter().map(|check| &check["code"]).collect();
    assert_eq!(codes, ["expired", "aud-not-accepted", "room-mismatch"]);
    let audience = failed[1];
    assert_eq!(audience["claim"], "aud");
    assert_eq!(audience["found"], "\"account\"");
    assert_eq!(audience["expected"], "\"my_app\"");
    let option = audience["option"].as_str().unwrap();
    assert!(
        option.starts_with("app_id, ") && option.contains("prosody-tokend.toml:"),
        "{option}"
    );
    assert!(
        audience["hint"]
            .as_str()
            .unwrap()
            .contains("asap_accepted_audiences")
    );
}

#[test]
fn a_form_is_explained_like_json() {
    let running = start("");
    let token = token(&json!({"sub": "meet.jit.si"}));
    let headers = ["Content-Type: application/x-www-form-urlencoded"];
    let form = format!("token={token}&room=meeting&at=1795000000");
    let by_form = running.ask("POST", "/v1/explain", &headers, &form).json();
    let question = json!({"token": token, "room": "meeting", "at": 1_795_000_000});
    assert_eq!(by_form, running.post("/v1/explain", &question).json());
    assert_eq!(failed(&by_form).len(), 1);
}

#[test]
fn the_time_of_an_explanation_can_be_chosen_and_that_of_a_verdict_cannot() {
    let running = start("");
    let question = json!({"token": token(&json!({"exp": 1_700_000_000})), "at": 1_699_999_999});
    assert_eq!(
        running.post("/v1/explain", &question).json()["allowed"],
        true
    );
    let refused = running.post("/v1/verify", &question);
    assert_eq!(refused.status(), 400);
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .contains("/v1/explain")
    );
}

#[test]
fn neither_secret_nor_signature_is_shown_or_logged() {
    let running = start("log.level = \"trace\"");
    let token = mint(&json!({"iss": "my_app"}), "another secret");
    let signature = token.rsplit('.').next().unwrap();
    for token in [token.clone(), format!("Bearer {token}")] {
        let answer = running.post("/v1/explain", &json!({"token": token, "room": "meeting"}));
        let shown = format!("{}{}", answer.json(), running.log());
        assert!(
            !shown.contains(signature) && !shown.contains(SECRET),
            "{shown}"
        );
    }
}

#[test]
fn an_explanation_is_logged_with_the_id_of_the_token() {
    let running = start("");
    let body = running
        .post(
            "/v1/explain",
            &json!({"token": token(&json!({"sub": null}))}),
        )
        .json();
    running.daemon.stop();
    let log = running.log();
    let id = body["token_digest"].as_str().unwrap();
    assert!(log.contains(&format!("\"token_id\":\"{id}\"")), "{log}");
    assert!(log.contains("\"verdict\":\"sub-missing\""), "{log}");
}

#[test]
fn what_is_odd_about_a_token_that_is_let_in_is_answered_as_a_warning() {
    let running = start("");
    let odd = token(&json!({"exp": in_seconds(600) * 1_000}));
    for path in ["/v1/verify", "/v1/explain"] {
        let body = running.post(path, &json!({"token": odd})).json();
        assert_eq!(body["allowed"], true);
        let warning = body["warnings"][0].as_str().unwrap();
        assert!(
            warning.starts_with("exp is in milliseconds: this token expires in the year "),
            "{warning}"
        );
    }
    let usual = running
        .post("/v1/verify", &json!({"token": token(&json!({}))}))
        .json();
    assert_eq!(usual["warnings"], Value::Null);
}

#[test]
fn what_a_token_makes_of_its_user_is_answered_also_where_it_is_denied() {
    let running = start("");
    let context = json!({"group": "staff", "features": {"recording": true, "flip": "false"},
        "user": {"name": "Ann", "id": 7, "moderator": "true"}});
    for (changes, allowed) in [(json!({}), true), (json!({"exp": in_seconds(-60)}), false)] {
        let token = token(&with(json!({"context": context}), &changes));
        let body = running.post("/v1/explain", &json!({"token": token})).json();
        assert_eq!(body["allowed"], allowed);
        assert_eq!(
            body["user"],
            json!({"name": "Ann", "id": "7", "group": "staff", "features": ["recording"], "moderator": {
                "is": true, "claim": "context.user.moderator", "value": "true", "module": "mod_token_affiliation"}})
        );
    }
    let none = running
        .post("/v1/explain", &json!({"token": token(&json!({}))}))
        .json();
    assert_eq!(
        none["user"]["moderator"],
        json!({"is": false, "claim": "context.user.moderator", "module": "mod_token_affiliation"})
    );
    for unreadable in [json!({"token": "a.b.c"}), json!({})] {
        let body = running.post("/v1/explain", &unreadable).json();
        assert_eq!(body["user"], Value::Null, "{unreadable}");
    }
}

#[test]
fn what_modules_ignore_and_the_web_client_complains_of_is_noted_and_denies_nobody() {
    let running = start("");
    let context = json!({"features": {"fly": true}, "user": {"avatar": "ann.png", "moderator": "yes",
        "affiliation": "student", "lobby_bypass": "true"}});
    let odd = token(&json!({"exp": in_seconds(600) * 1_000, "context": context}));
    let body = running.post("/v1/explain", &json!({"token": odd})).json();
    assert_eq!(body["allowed"], true);
    let notes: Vec<&str> = body["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note.as_str().unwrap())
        .collect();
    for says in [
        "until the year 58",
        "without nbf",
        "no feature \"fly\"",
        "context.user.avatar is no URL",
        "context.user.moderator is \"yes\"",
        "context.user.affiliation is \"student\"",
        "context.user.lobby_bypass is \"true\"",
        "context.features is there",
    ] {
        let said = notes.iter().filter(|note| note.contains(says)).count();
        assert_eq!(said, 1, "{says}: {notes:?}");
    }
    assert_eq!(notes.len(), 8, "{notes:?}");
    let verdict = running.post("/v1/verify", &json!({"token": odd})).json();
    assert_eq!(verdict["allowed"], true);
    assert_eq!(verdict["notes"], Value::Null);
}

#[test]
fn a_room_in_a_web_address_is_taken_apart_for_an_explanation() {
    let running = start("");
    let question = json!({"token": token(&json!({"sub": "acme"})), "room": "https://meet.example.com/acme/meeting"});
    let body = running.post("/v1/explain", &question).json();
    assert_eq!(body["allowed"], true, "{body}");
    assert_eq!(
        body["room"]["jid"],
        "[acme]meeting@conference.meet.example.com"
    );
    assert!(
        body["notes"][0]
            .as_str()
            .unwrap()
            .contains("of the tenant \"acme\"")
    );
    assert_eq!(
        running.post("/v1/verify", &question).json()["allowed"],
        false
    );
}

#[test]
fn a_time_that_is_neither_seconds_nor_milliseconds_is_not_decided_on() {
    let running = start("");
    let at = |at: u64| {
        running.post(
            "/v1/explain",
            &json!({"token": token(&json!({"exp": 1_795_000_000})), "at": at}),
        )
    };
    assert_eq!(at(1_794_999_999_000).json()["allowed"], true);
    assert_eq!(at(1_795_000_000_000).json()["allowed"], false);
    assert_eq!(at(1_795_000_000_000_000).status(), 400);
}
