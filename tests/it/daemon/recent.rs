//! What was decided lately, in `/readyz` and in the log.

use serde_json::{Value, json};

use super::fixture::{Running, SECRET, start};
use support::time::in_seconds;
use support::token::{mint, with};
use support::until;

const DOCTORS: &str = "prosody-tokend-doctor-0123abcd";

fn token(changes: &Value) -> String {
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "*", "exp": in_seconds(600),
    });
    mint(&with(claims, changes), SECRET)
}

fn login(running: &Running, token: &str, room: &str) {
    let question = json!({"host": "meet.example.com", "token": token, "room": room});
    assert_eq!(running.post("/v1/verify", &question).status(), 200);
}

fn recent(running: &Running) -> Value {
    running.ask("GET", "/readyz", &[], "").json()["recent"].clone()
}

/// The log once it has the line of a request that came after all others.
fn log(running: &Running) -> String {
    running.ask("GET", "/last", &[], "");
    until("the last line", || {
        let log = running.log();
        log.contains("/last").then_some(log)
    })
}

#[test]
fn logins_are_summed_by_host_and_reason_with_how_far_off_the_times_are() {
    let running = start("");
    let nothing = json!({"minutes": 15, "hosts": {}, "unknown_hosts": 0, "doctor_logins": 0});
    assert_eq!(recent(&running), nothing);
    login(&running, &token(&json!({})), "standup");
    login(&running, &token(&json!({"room": "other"})), "standup");
    login(&running, &token(&json!({"sub": null})), "standup");
    for ahead in [600, 700] {
        let early = json!({"nbf": in_seconds(ahead), "exp": in_seconds(9_000)});
        login(&running, &token(&early), "standup");
    }
    let sums = recent(&running);
    let host = &sums["hosts"]["meet.example.com"];
    assert_eq!(host["logins"], 5, "{sums}");
    for (code, count) in [
        ("room-mismatch", 1),
        ("sub-missing", 1),
        ("not-yet-valid", 2),
    ] {
        assert_eq!(host["denied"][code]["count"], count, "{code}: {sums}");
    }
    let early = &host["denied"]["not-yet-valid"];
    let seconds = |name: &str| early[name].as_i64().unwrap();
    assert!((590..=600).contains(&seconds("least_seconds")), "{sums}");
    assert!((690..=700).contains(&seconds("most_seconds")), "{sums}");
}

#[test]
fn what_is_no_login_is_not_counted() {
    let running = start("");
    let question = json!({"token": token(&json!({"sub": null})), "room": "standup"});
    running.post("/v1/explain", &question);
    running.post(
        "/v1/room",
        &json!({"room": "standup@conference.meet.example.com"}),
    );
    running.post("/v1/verify", &json!({"tokn": "x"}));
    assert_eq!(recent(&running)["hosts"], json!({}));
    running.post(
        "/v1/verify",
        &json!({"host": "other.example", "token": "x"}),
    );
    let sums = recent(&running);
    assert_eq!(
        (&sums["hosts"], &sums["unknown_hosts"]),
        (&json!({}), &json!(1))
    );
}

#[test]
fn logins_of_doctor_are_counted_for_themselves_and_no_user_can_pass_for_it() {
    let running = start("");
    let marked = json!({"jti": DOCTORS});
    login(&running, &token(&marked), DOCTORS);
    let late = json!({"jti": DOCTORS, "exp": in_seconds(-60)});
    login(&running, &token(&late), DOCTORS);
    let sums = recent(&running);
    assert_eq!(
        (&sums["hosts"], &sums["doctor_logins"]),
        (&json!({}), &json!(2))
    );
    let forged = format!("{}x", token(&marked));
    for (token, room) in [
        (token(&marked), "standup"),
        (token(&json!({})), DOCTORS),
        (forged, DOCTORS),
        ("x.y.z".to_owned(), DOCTORS),
    ] {
        login(&running, &token, room);
    }
    let sums = recent(&running);
    assert_eq!(sums["hosts"]["meet.example.com"]["logins"], 4, "{sums}");
    assert_eq!(sums["doctor_logins"], 2, "{sums}");
    let log = log(&running);
    assert!(!log.contains("\"expired\""), "{log}");
    assert_eq!(log.matches("\"verdict\":").count(), 2, "{log}");
}

#[test]
fn the_sums_are_for_those_who_may_ask() {
    let running = start("api_key = \"the-key-of-the-callers\"");
    for (header, is_told) in [
        ("X-Nothing: x", false),
        ("Authorization: Bearer wrong", false),
        ("Authorization: Bearer the-key-of-the-callers", true),
    ] {
        let answer = running.ask("GET", "/readyz", &[header], "");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.json().get("recent").is_some(), is_told, "{header}");
    }
}

#[test]
fn the_line_of_a_denial_names_room_and_reason() {
    let running = start("");
    login(
        &running,
        &token(&json!({"aud": "account"})),
        "standup@conference.meet.example.com",
    );
    let question = json!({
        "room": "retro@conference.meet.example.com", "session": {"jitsi_meet_room": "standup", "jitsi_meet_domain": "meet.example.com"},
    });
    running.post("/v1/room", &question);
    login(&running, &token(&json!({})), "allowed");
    let log = log(&running);
    for expected in [
        "\"room\":\"standup\"",
        "\"reason\":\"aud: found \\\"account\\\", needed \\\"my_app\\\"",
        "\"room\":\"retro\"",
        "\"reason\":\"room: found ",
    ] {
        assert!(log.contains(expected), "{expected} is not in {log}");
    }
    assert!(!log.contains("\"allowed\""), "{log}");
}

#[test]
fn a_room_in_the_log_is_cut_and_escaped() {
    let running = start("");
    let room = format!("a\n\u{1b}[31m{}", "b".repeat(100));
    login(&running, "x", &room);
    login(&running, "x", &token(&json!({})));
    let log = log(&running);
    assert!(log.contains("a\\\\n\\\\u{1b}[31mbbb"), "{log}");
    assert!(!log.contains(&"b".repeat(33)), "{log}");
    assert!(log.contains("something like a token ("), "{log}");
}

#[test]
fn an_explanation_that_doctor_asks_for_leaves_no_line_and_another_one_does() {
    let running = start("");
    let question = json!({"token": token(&json!({"sub": null}))}).to_string();
    let json = "Content-Type: application/json";
    let doctor = "User-Agent: prosody-tokend-doctor-0.1.0";
    running.ask("POST", "/v1/explain", &[json, doctor], &question);
    running.ask("POST", "/v1/verify", &[json, doctor], &question);
    let log = log(&running);
    assert!(!log.contains("/v1/explain"), "{log}");
    assert!(log.contains("/v1/verify"), "{log}");
}

#[test]
fn hosts_that_can_admit_nobody_are_named() {
    let closed = "http://127.0.0.1:1/keys";
    let running = start(&format!(
        "[hosts.\"set.example.com\"]\napp_id = \"a\"\ncache_keys_url = \"{closed}\"\n\
         [hosts.\"server.example.com\"]\napp_id = \"a\"\nasap_key_server = \"{closed}\"\n"
    ));
    let ready = || running.ask("GET", "/readyz", &[], "");
    assert_eq!(ready().json()["cannot_admit"], json!(["set.example.com"]));
    let header = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ";
    let question = json!({"host": "server.example.com", "token": format!("{header}.e30.AA")});
    running.post("/v1/verify", &question);
    let answer = ready();
    assert_eq!(answer.status(), 503);
    assert_eq!(
        answer.json()["cannot_admit"],
        json!(["server.example.com", "set.example.com"])
    );
    let reasons = answer.json()["missing_keys"].to_string();
    for place in [
        "server.example.com: asap_key_server",
        "set.example.com: cache_keys_url",
    ] {
        assert!(reasons.contains(place), "{place} is not in {reasons}");
    }
}
