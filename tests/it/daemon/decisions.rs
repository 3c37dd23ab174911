//! What the endpoints answer.

use serde_json::{Value, json};

use super::fixture::{SECRET, start};
use support::time::in_seconds;
use support::token::{mint, with};

fn claims() -> Value {
    json!({"iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "meeting", "exp": in_seconds(600),
        "context": {"user": {"name": "Zoë", "moderator": "true"}, "features": {"recording": true}}})
}

fn token() -> String {
    mint(&claims(), SECRET)
}

#[test]
fn a_verdict_carries_session_fields_claims_and_expiry() {
    let running = start("");
    let claims = claims();
    let verdict = running
        .post(
            "/v1/verify",
            &json!({"token": mint(&claims, SECRET), "room": "Meeting"}),
        )
        .json();
    assert_eq!(verdict["allowed"], true);
    assert_eq!(verdict["host"], "meet.example.com");
    assert_eq!(
        verdict["room"],
        json!({"ok": true, "jid": "meeting@conference.meet.example.com"})
    );
    assert_eq!(verdict["claims"], claims);
    assert_eq!(verdict["expires_at"], claims["exp"]);
    let session = json!({
        "jitsi_meet_room": "meeting", "jitsi_meet_domain": "meet.example.com", "jitsi_meet_auth_issuer": "my_app",
        "jitsi_meet_context_user": {"name": "Zoë", "moderator": "true"},
        "jitsi_meet_context_features": {"recording": true},
        "tokend_affiliation": "owner",
    });
    assert_eq!(verdict["session"], session);
}

#[test]
fn who_is_let_in_by_a_token_has_an_affiliation_and_nobody_else_has_one() {
    let running = start(&format!(
        "[hosts.\"open.example.com\"]\napp_id = \"my_app\"\napp_secret = \"{SECRET}\"\nallow_empty_token = true"
    ));
    let ask = |path: &str, question: &Value| {
        let host = json!({"host": "meet.example.com"});
        running.post(path, &with(host, question)).json()
    };
    for (user, affiliation) in [
        (json!({"moderator": true}), json!("owner")),
        (json!({"affiliation": "teacher"}), json!("owner")),
        (json!({"moderator": "yes"}), json!("member")),
        (json!(null), json!("member")),
    ] {
        let token = mint(&with(claims(), &json!({"context": {"user": user}})), SECRET);
        for question in [
            json!({"token": token}),
            json!({"token": token, "room": "meeting"}),
        ] {
            let session = ask("/v1/verify", &question)["session"].take();
            assert_eq!(session["tokend_affiliation"], affiliation, "{user}");
            // What a room is asked about with it is decided as before, and says nothing of it.
            let room = "meeting@conference.meet.example.com";
            let answer = ask("/v1/room", &json!({"room": room, "session": session}));
            assert_eq!(answer["allowed"], true, "{answer}");
            assert_eq!(answer["session"], json!({}));
        }
        let denied = mint(
            &with(claims(), &json!({"context": {"user": user}})),
            "other",
        );
        assert_eq!(
            ask("/v1/verify", &json!({"token": denied}))["session"],
            Value::Null
        );
    }
    for guest in [json!({}), json!({"room": "meeting"})] {
        let guest = with(guest, &json!({"host": "open.example.com"}));
        assert_eq!(ask("/v1/verify", &guest)["session"], json!({}), "{guest}");
    }
}

#[test]
fn a_form_is_decided_like_json() {
    let running = start("");
    let token = token();
    let form = format!("token={token}&room=meeting&jitsi_web_query_prefix=&exists=true");
    let headers = ["Content-Type: application/x-www-form-urlencoded; charset=utf-8"];
    let by_form = running.ask("POST", "/v1/verify", &headers, &form).json();
    let by_json = running
        .post("/v1/verify", &json!({"token": token, "room": "meeting"}))
        .json();
    assert_eq!(by_form, by_json);
    assert_eq!(by_form["allowed"], true);
}

#[test]
fn an_answer_is_laid_out_for_those_who_do_not_ask_for_json() {
    let running = start("");
    let json = "Content-Type: application/json";
    let lines = |accept: &str| {
        let answer = running.ask("POST", "/v1/verify", &[json, accept], "{}");
        assert_eq!(answer.json()["allowed"], false);
        answer.0.split_once("\r\n\r\n").unwrap().1.lines().count()
    };
    assert_eq!(
        lines("Accept: application/json, application/problem+json"),
        1
    );
    assert!(lines("Accept: */*") > 5);
}

#[test]
fn claims_are_left_out_for_those_who_do_not_want_them() {
    let running = start("");
    let question = json!({"token": token(), "room": "meeting"});
    let mut expected = running.post("/v1/verify", &question).json();
    for name in ["claims", "expires_at"] {
        expected.as_object_mut().unwrap().remove(name).unwrap();
    }
    let question = with(question, &json!({"claims": false}));
    assert_eq!(running.post("/v1/verify", &question).json(), expected);
}

#[test]
fn a_denial_is_logged_at_info_and_what_is_allowed_at_debug() {
    for (level, lines) in [("info", 1), ("debug", 2)] {
        let running = start(&format!("log.level = \"{level}\""));
        let verify = |token: &str| running.post("/v1/verify", &json!({"token": token})).json();
        assert_eq!(verify(&token())["allowed"], true);
        assert_eq!(verify("a.b.c")["allowed"], false);
        // The log is whole once the daemon has ended.
        running.daemon.stop();
        let log = running.log();
        let of = |verdict: &str| log.contains(&format!("\"verdict\":\"{verdict}\""));
        assert_eq!(
            log.matches("\"message\":\"request\"").count(),
            lines,
            "{log}"
        );
        assert_eq!(of("allowed"), level == "debug", "{log}");
    }
}

#[test]
fn a_denied_token_gets_no_session_and_no_claims() {
    let running = start("");
    for (token, reason) in [
        (json!(null), "token required"),
        (json!(""), "Invalid token"),
        (json!("a.b.c"), "Invalid header"),
        (
            json!(mint(&claims(), "another secret")),
            "Invalid signature",
        ),
        (
            json!(mint(&with(claims(), &json!({"iss": "x"})), SECRET)),
            "invalid 'iss' claim",
        ),
        (
            json!(mint(&with(claims(), &json!({"aud": "x"})), SECRET)),
            "invalid 'aud' claim",
        ),
    ] {
        let answer = running.post("/v1/verify", &json!({"token": token, "room": "meeting"}));
        let verdict = answer.json();
        assert_eq!((answer.status(), &verdict["allowed"]), (200, &json!(false)));
        assert_eq!(verdict["auth"]["reason"], reason);
        for absent in ["session", "claims", "room", "expires_at"] {
            assert_eq!(verdict.get(absent), None, "{absent} after {reason}");
        }
    }
}

#[test]
fn an_authorization_header_of_another_scheme_makes_nobody_a_guest() {
    let running = start(&format!(
        "[hosts.\"open.example.com\"]\napp_id = \"my_app\"\napp_secret = \"{SECRET}\"\nallow_empty_token = true"
    ));
    let ask = |token: Value, scheme: Value| {
        let question = json!({"host": "open.example.com", "token": token, "session": {"authorization_scheme": scheme}});
        let explained = running.post("/v1/explain", &question).json();
        let verdict = running.post("/v1/verify", &question).json();
        assert_eq!(explained["allowed"], verdict["allowed"], "{question}");
        (verdict, explained)
    };
    for (scheme, found) in [
        ("Basic", "Authorization with the scheme \"Basic\""),
        ("", "an Authorization header without a scheme"),
    ] {
        let (verdict, explained) = ask(Value::Null, json!(scheme));
        let auth = &verdict["auth"];
        assert_eq!(auth["code"], "authorization-not-bearer");
        assert_eq!(auth["error"], "not-allowed");
        assert_eq!(auth["reason"], "Invalid token");
        let explanation = auth["explanation"].as_str().unwrap();
        assert!(explanation.contains(found), "{explanation}");
        let explained = explained.to_string();
        assert!(
            explained.contains("authorization-not-bearer"),
            "{explained}"
        );
        assert!(!explained.contains("guests may enter"), "{explained}");
    }
    assert_eq!(ask(Value::Null, Value::Null).0["allowed"], true);
    assert_eq!(ask(json!(token()), json!("Basic")).0["allowed"], true);
}

#[test]
fn a_room_is_decided_on_the_session_that_verify_returned() {
    let running = start("");
    let session = running
        .post("/v1/verify", &json!({"token": token()}))
        .json()["session"]
        .clone();
    for (room, state, allowed) in [
        (
            "meeting@conference.meet.example.com/nick",
            json!({"exists": true}),
            true,
        ),
        (
            "meeting@conference.meet.example.com/nick",
            json!({"exists": false}),
            false,
        ),
        (
            "other@conference.meet.example.com/nick",
            json!({"exists": true}),
            false,
        ),
        (
            "meeting@conference.elsewhere.example/nick",
            json!({"exists": true}),
            false,
        ),
        (
            "conference.meet.example.com",
            json!({"exists": true}),
            false,
        ),
    ] {
        let asked = json!({"room": room, "room_state": state, "session": session});
        assert_eq!(
            running.post("/v1/room", &asked).json()["allowed"],
            allowed,
            "{asked}"
        );
    }
}

#[test]
fn a_session_without_a_verified_token_is_in_no_room() {
    let running = start("");
    for session in [
        json!({}),
        json!({"auth_token": true}),
        json!({"auth_token": false}),
    ] {
        let asked = json!({"room": "meeting@conference.meet.example.com", "session": session});
        assert_eq!(
            running.post("/v1/room", &asked).json()["allowed"],
            false,
            "{asked}"
        );
    }
}

#[test]
fn what_cannot_be_decided_is_a_problem_with_its_cause() {
    let running = start("");
    let json = "Content-Type: application/json";
    for (method, path, headers, body, status, cause) in [
        ("GET", "/", vec![], "", 404, "/v1/verify"),
        ("GET", "/v1/verify", vec![], "", 405, "use POST"),
        ("POST", "/healthz", vec![], "", 405, "use GET"),
        ("POST", "/v1/verify", vec![], "{}", 415, "Content-Type"),
        (
            "POST",
            "/v1/verify",
            vec!["Content-Type: text/plain"],
            "{}",
            415,
            "Content-Type",
        ),
        (
            "POST",
            "/v1/room",
            vec!["Content-Type: application/x-www-form-urlencoded"],
            "room=a",
            415,
            "application/json",
        ),
        ("POST", "/v1/verify", vec![json], "", 400, "not JSON"),
        (
            "POST",
            "/v1/verify",
            vec![json],
            "[]",
            400,
            "expected an object",
        ),
        (
            "POST",
            "/v1/verify",
            vec![json],
            "{\"tokn\":1}",
            400,
            "unknown member \"tokn\"",
        ),
        (
            "POST",
            "/v1/room",
            vec![json],
            "{}",
            400,
            "missing field `room`",
        ),
        (
            "POST",
            "/v1/verify",
            vec![json],
            "{\"host\":\"x\"}",
            404,
            "there is one for meet.example.com",
        ),
        (
            "POST",
            "/v1/verify",
            vec![json, "Origin: https://evil.example"],
            "{}",
            403,
            "Origin",
        ),
        (
            "POST",
            "/v1/verify",
            vec![json, "Host: evil.example"],
            "{}",
            403,
            "evil.example",
        ),
        (
            "POST",
            "/v1/verify",
            vec![json, "Host: "],
            "{}",
            403,
            "Host",
        ),
    ] {
        let answer = running.ask(method, path, &headers, body);
        let problem = answer.json();
        assert_eq!(answer.status(), status, "{method} {path} {body}");
        assert!(answer.has_header("content-type: application/problem+json"));
        assert_eq!(problem["status"], status);
        assert!(
            problem["detail"].as_str().unwrap().contains(cause),
            "{cause} is not in {problem}"
        );
    }
}

#[test]
fn a_request_that_can_be_understood_in_two_ways_is_refused() {
    let running = start("");
    for (path, headers, cause) in [
        (
            "/healthz",
            vec!["Host: localhost", "Host: evil.example"],
            "more than one Host",
        ),
        (
            "/healthz",
            vec!["Host: evil.example@localhost"],
            "user information",
        ),
        (
            "http://evil.example/healthz",
            vec![],
            "not the one of the URI",
        ),
    ] {
        let answer = running.ask("GET", path, &headers, "");
        assert_eq!(answer.status(), 400, "{path} {headers:?}");
        assert!(answer.0.contains(cause), "{cause} is not in {}", answer.0);
    }
}

#[test]
fn a_body_in_another_coding_is_refused_whatever_comes_after_it() {
    let running = start("");
    for coding in ["gzip, chunked", "chunked, chunked", "xchunked", "gzip"] {
        let mut peer = running.connect();
        peer.send(&format!(
            "POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Transfer-Encoding: {coding}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
        ));
        let status = peer.answer().status();
        assert!(matches!(status, 400 | 501), "{coding}: {status}");
    }
}

#[test]
fn a_host_must_be_named_where_there_are_several() {
    let other = "[hosts.\"other.example\"]\napp_id = \"other\"\napp_secret = \"another-secret-of-the-tests\"";
    let running = start(other);
    let token = token();
    let asked = |host: Value| running.post("/v1/verify", &json!({"host": host, "token": token}));
    assert_eq!(asked(json!(null)).status(), 404);
    assert_eq!(asked(json!("MEET.example.com")).json()["allowed"], true);
    assert_eq!(
        asked(json!("other.example")).json()["auth"]["reason"],
        "Invalid signature"
    );
}

#[test]
fn a_configured_api_key_is_asked_for() {
    let running = start("api_key = \"the-key-of-the-callers\"");
    let json = "Content-Type: application/json";
    for (header, status) in [
        ("X-Nothing: x", 401),
        ("Authorization: Bearer wrong", 401),
        ("Authorization: Bearer ", 401),
        ("Authorization: the-key-of-the-callers", 401),
        ("Authorization: Basic the-key-of-the-callers", 401),
        ("Authorization: Bearerthe-key-of-the-callers", 401),
        ("Authorization: Bearer the-key-of-the-callers x", 401),
        ("Authorization: Bearer the-key-of-the-callers", 200),
        ("Authorization: bearer the-key-of-the-callers", 200),
        ("Authorization: BEARER   the-key-of-the-callers ", 200),
    ] {
        assert_eq!(
            running
                .ask("POST", "/v1/verify", &[json, header], "{}")
                .status(),
            status,
            "{header}"
        );
    }
    assert_eq!(running.ask("GET", "/healthz", &[], "").status(), 200);
}

#[test]
fn no_token_and_no_secret_is_ever_logged() {
    let running = start("log = { level = \"trace\" }");
    let token = token();
    for body in [
        json!({"token": token, "room": "meeting"}).to_string(),
        json!({"token": format!("{token}x"), "room": "meeting"}).to_string(),
        json!({"tokn": token}).to_string(),
        format!("{{\"token\": {token}"),
    ] {
        running.ask(
            "POST",
            "/v1/verify",
            &["Content-Type: application/json"],
            &body,
        );
        running.ask(
            "POST",
            "/v1/room",
            &["Content-Type: application/json"],
            &body,
        );
    }
    running.ask("GET", &format!("/v1/verify?token={token}"), &[], "");
    running.daemon.stop();
    let log = running.log();
    assert!(log.contains("\"request\""), "{log}");
    for part in token.split('.').chain([SECRET]) {
        assert!(!log.contains(part), "{part} is in {log}");
    }
}
