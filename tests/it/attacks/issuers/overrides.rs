//! Questions that a module of Prosody asks otherwise: what it changes of one issuer lets in nobody of another one.

use serde_json::{Value, json};

use crate::daemon::fixture::{Running, SECRET, start};
use support::issuer::bob;
use support::time::in_seconds;
use support::token::mint;

const ISS: &str = "https://sso.example.com";
const SSOS: &str = "the-secret-of-the-sso-in-the-attack-tests-012345";
const ANYONES: &str = "the-secret-of-anyone-in-the-attack-tests-012345";

/// A host with an issuer of its own, one that may open `sso-*`, and one for every other `iss` with `any-*`.
fn running() -> Running {
    let issuer = |name: &str, who: &str, secret: &str| {
        format!(
            "[[hosts.\"meet.example.com\".issuers]]\nname = \"{name}\"\n{who}\napp_secret = \"{secret}\"\n\
             audiences = [\"*\"]\nrooms = [\"{name}-*\"]\n"
        )
    };
    let sso = issuer("sso", &format!("issuer = \"{ISS}\""), SSOS);
    let any = issuer("any", "any_issuer = true", ANYONES);
    start(&format!("{sso}{any}"))
}

fn claims(iss: &str) -> Value {
    json!({"iss": iss, "aud": "my_app", "sub": "*", "room": "*", "exp": in_seconds(600)})
}

/// `allowed`, or the code of the denial of the token or of the room.
fn asked(running: &Running, token: &str, room: &str, overrides: &Value) -> String {
    let question = json!({"token": token, "room": room, "overrides": overrides});
    let answer = running.post("/v1/verify", &question).json();
    if answer["allowed"] == true {
        return "allowed".to_owned();
    }
    let code = answer["auth"]["code"].as_str();
    let code = code.or(answer["room"]["code"].as_str());
    code.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn overrides_of_one_issuer_let_in_no_token_of_another_one() {
    let running = running();
    let any = json!({"asap_accepted_issuers": ["*"]});
    let of = |issuer: &str| json!({ "issuer": issuer });
    let widened = |issuer: &str, accepted: &str| json!({"issuer": issuer, "asap_accepted_issuers": [accepted]});
    for (overrides, secret, iss, room, code) in [
        (json!({}), SECRET, "my_app", "x", "allowed"),
        (json!({}), SSOS, ISS, "sso-1", "allowed"),
        (json!({}), ANYONES, "whoever", "any-1", "allowed"),
        (json!({}), SECRET, ISS, "sso-1", "signature-invalid"),
        (json!({}), SSOS, "my_app", "x", "signature-invalid"),
        (json!({}), ANYONES, "my_app", "x", "signature-invalid"),
        (of("sso"), SSOS, ISS, "sso-1", "allowed"),
        (of("sso"), SSOS, ISS, "x", "room-beyond-issuer"),
        (of("sso"), SECRET, "my_app", "x", "iss-not-accepted"),
        (of("sso"), SSOS, "my_app", "x", "iss-not-accepted"),
        (of("sso"), SECRET, ISS, "sso-1", "signature-invalid"),
        (widened("sso", "*"), SSOS, "my_app", "x", "iss-not-accepted"),
        (
            widened("sso", "*"),
            SSOS,
            "whoever",
            "any-1",
            "iss-not-accepted",
        ),
        (
            widened("sso", "my_app"),
            SSOS,
            "my_app",
            "x",
            "iss-not-accepted",
        ),
        (of("any"), ANYONES, "whoever", "any-1", "allowed"),
        (of("any"), ANYONES, "whoever", "x", "room-beyond-issuer"),
        (of("any"), ANYONES, "my_app", "x", "iss-not-accepted"),
        (of("any"), ANYONES, ISS, "any-1", "iss-not-accepted"),
        (of("any"), SECRET, "my_app", "x", "iss-not-accepted"),
        (of("any"), SECRET, "whoever", "any-1", "signature-invalid"),
        (any.clone(), SECRET, "my_app", "x", "allowed"),
        (any.clone(), SECRET, ISS, "x", "iss-not-accepted"),
        (any.clone(), SSOS, ISS, "sso-1", "iss-not-accepted"),
        (any.clone(), ANYONES, "whoever", "any-1", "iss-not-accepted"),
        (any, SECRET, "whoever", "any-1", "iss-not-accepted"),
        (
            widened("default", ISS),
            SECRET,
            ISS,
            "x",
            "iss-not-accepted",
        ),
        (
            json!({"asap_accepted_audiences": ["*"]}),
            SSOS,
            ISS,
            "sso-1",
            "iss-not-accepted",
        ),
        (
            json!({"asap_require_room_claim": false}),
            ANYONES,
            "my_app",
            "x",
            "signature-invalid",
        ),
    ] {
        let token = mint(&claims(iss), secret);
        let found = asked(&running, &token, room, &overrides);
        assert_eq!(found, code, "{overrides} {iss} in {room}");
    }
}

#[test]
fn a_key_that_comes_with_a_question_is_that_of_the_issuer_that_it_is_about() {
    let running = running();
    let key = |issuer: &str| json!({"issuer": issuer, "public_key": bob().public_pem()});
    for (overrides, iss, room, code) in [
        (key("sso"), ISS, "sso-1", "allowed"),
        (key("default"), "my_app", "x", "allowed"),
        (
            json!({"public_key": bob().public_pem()}),
            "my_app",
            "x",
            "allowed",
        ),
        (key("sso"), ISS, "x", "room-beyond-issuer"),
        (key("sso"), "my_app", "x", "iss-not-accepted"),
        (key("any"), "my_app", "x", "iss-not-accepted"),
        (key("any"), ISS, "sso-1", "iss-not-accepted"),
        (key("default"), ISS, "sso-1", "iss-not-accepted"),
        (
            json!({"public_key": bob().public_pem()}),
            ISS,
            "sso-1",
            "iss-not-accepted",
        ),
        (json!({}), ISS, "sso-1", "alg-not-accepted"),
        (json!({"issuer": "sso"}), ISS, "sso-1", "alg-not-accepted"),
    ] {
        let token = bob().sign(None, &claims(iss));
        let found = asked(&running, &token, room, &overrides);
        assert_eq!(found, code, "{overrides} {iss} in {room}");
    }
    // What was verified so is remembered for nobody else.
    let token = bob().sign(None, &claims(ISS));
    assert_eq!(asked(&running, &token, "sso-1", &key("sso")), "allowed");
    assert_eq!(
        asked(&running, &token, "sso-1", &json!({})),
        "alg-not-accepted"
    );
}

#[test]
fn an_issuer_that_nobody_has_is_not_overridden() {
    let running = running();
    let token = mint(&claims("my_app"), SECRET);
    for name in ["nobody", "Default", "SSO", "sso ", "", "*", ISS] {
        let question = json!({"token": token, "overrides": {"issuer": name}});
        for path in ["/v1/verify", "/v1/explain"] {
            let answer = running.post(path, &question);
            assert_eq!(answer.status(), 400, "{name}");
            assert_ne!(answer.json()["allowed"], true, "{name}");
            let detail = answer.json()["detail"].to_string();
            assert!(
                detail.contains("default") && detail.contains("sso"),
                "{detail}"
            );
        }
    }
    for wrong in [
        json!(5),
        json!(["sso"]),
        json!({"name": "sso"}),
        json!(true),
    ] {
        let question = json!({"token": token, "overrides": {"issuer": wrong}});
        assert_eq!(
            running.post("/v1/verify", &question).status(),
            400,
            "{wrong}"
        );
    }
}

#[test]
fn a_session_of_one_issuer_opens_no_room_of_another_one_over_http() {
    let running = running();
    let session = |iss: &str, secret: &str| {
        let question = json!({"token": mint(&claims(iss), secret)});
        running.post("/v1/verify", &question).json()["session"].clone()
    };
    let (own, sso, any) = (
        session("my_app", SECRET),
        session(ISS, SSOS),
        session("whoever", ANYONES),
    );
    let mut nobodys = sso.clone();
    nobodys
        .as_object_mut()
        .unwrap()
        .remove("jitsi_meet_auth_issuer");
    let mut strangers = sso.clone();
    strangers["jitsi_meet_auth_issuer"] = "https://sso.example.com/".into();
    for (session, room, code) in [
        (&own, "x", Value::Null),
        (&sso, "sso-1", Value::Null),
        (&any, "any-1", Value::Null),
        (&sso, "x", json!("room-beyond-issuer")),
        (&sso, "any-1", json!("room-beyond-issuer")),
        (&any, "sso-1", json!("room-beyond-issuer")),
        (&any, "x", json!("room-beyond-issuer")),
        (&nobodys, "sso-1", json!("iss-not-accepted")),
        (&nobodys, "x", json!("iss-not-accepted")),
        (&strangers, "sso-1", json!("room-beyond-issuer")),
        (&strangers, "x", json!("room-beyond-issuer")),
    ] {
        let room_jid = format!("{room}@conference.meet.example.com");
        let mut session = session.clone();
        session["auth_token"] = true.into();
        let question = json!({"room": room_jid, "session": session});
        let answer = running.post("/v1/room", &question).json();
        assert_eq!(answer["room"]["code"], code, "{session} in {room}");
        assert_eq!(answer["allowed"], code.is_null(), "{session} in {room}");
    }
}
