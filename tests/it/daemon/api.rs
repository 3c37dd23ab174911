//! What the daemon answers is what the types of the API say, no more and no less.

use prosody_tokend::api::examination::Examination;
use prosody_tokend::api::health::{Health, Ready};
use prosody_tokend::api::keys::{KnownHost, LoadedKeys};
use prosody_tokend::api::problem::ProblemDetails;
use prosody_tokend::api::verdict::{RoomBody, TokenBody};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::fixture::{Answer, SECRET, start};
use support::time::in_seconds;
use support::token::mint;

/// Reads an answer into its type, and expects that type to write the same.
fn assert_is<T: DeserializeOwned + Serialize>(answer: &Answer) {
    let answered = answer.json();
    let read: T = serde_json::from_value(answered.clone()).unwrap();
    assert_eq!(json!(read), answered);
}

#[test]
fn every_answer_is_read_whole_by_its_type() {
    let running = start("");
    let get = |path| running.ask("GET", path, &[], "");
    assert_is::<Health>(&get("/healthz"));
    assert_is::<LoadedKeys>(&get("/v1/keys"));
    assert_is::<KnownHost>(&get("/v1/host?name=meet.example.com"));
    assert_is::<ProblemDetails>(&get("/v1/nothing"));
    let claims = |expiration| {
        json!({
            "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "a", "exp": in_seconds(expiration),
            "context": {"user": {"name": "Ann"}},
        })
    };
    for expiration in [600, -600] {
        let token = mint(&claims(expiration), SECRET);
        for room in [Value::Null, json!("a"), json!("b")] {
            let asked = json!({"token": token, "room": room});
            assert_is::<TokenBody<'static>>(&running.post("/v1/verify", &asked));
            assert_is::<Examination<'static>>(&running.post("/v1/explain", &asked));
        }
    }
    for room in ["a@conference.meet.example.com", "b"] {
        let asked = json!({"room": room, "session": {"auth_token": true, "jitsi_meet_room": "a"}});
        assert_is::<RoomBody<'static>>(&running.post("/v1/room", &asked));
    }
    let ready = get("/readyz");
    assert_is::<Ready>(&ready);
    assert!(ready.json()["recent"]["hosts"]["meet.example.com"]["denied"]["expired"].is_object());
}

#[test]
fn what_a_daemon_of_another_version_answers_is_read_as_far_as_it_is_known() {
    let ready: Ready = serde_json::from_value(json!({"status": "ready", "new": [1]})).unwrap();
    assert_eq!((ready.log_lines_lost, ready.recent), (0, None));
    let keys =
        json!({"hosts": [{"host": "a", "sources": [{"source": "b", "keys": [{"kid": "c"}]}]}]});
    let keys: LoadedKeys = serde_json::from_value(keys).unwrap();
    assert_eq!(keys.hosts[0].sources[0].keys[0].kid.as_deref(), Some("c"));
    assert!(serde_json::from_value::<LoadedKeys>(json!({})).is_err());
}
