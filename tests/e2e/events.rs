//! What other modules get to know of a session.

use serde_json::{Value, json};

use crate::fixture::{MEET, claims, room_jid, start};
use support::deployment::{Host, Setup};
use support::login::{Login, TRANSPORTS, Transport};
use support::prosody::Prosody;
use support::token::mint;
use support::until;

const ROOM: &str = "standup";

fn login(transport: Transport) -> Login {
    let token = mint(&claims(&MEET, ROOM), MEET.app_secret);
    Login::to(MEET.name).over(transport).token(token)
}

/// The events of a login: name, whether it is given the session itself, and the room that is on it by then.
fn login_events() -> Vec<Value> {
    [
        ("pre-jitsi-authentication-fetch-key", true, None),
        ("jitsi-authentication-token-verified", false, Some(ROOM)),
        ("jitsi-access-ban-check", true, Some(ROOM)),
        ("pre-jitsi-authentication", true, Some(ROOM)),
        ("post-jitsi-authentication", true, Some(ROOM)),
    ]
    .map(|(event, is_session, room)| json!([event, is_session, room]))
    .into()
}

fn seen(prosody: &Prosody) -> Vec<Value> {
    let events = prosody.events();
    let events = events.iter();
    events
        .map(|event| json!([event["event"], event["is_session"], event["room"]]))
        .collect()
}

#[test]
fn a_login_and_its_end_fire_their_events_in_order() {
    for transport in TRANSPORTS {
        let deployment = start(&Setup::of(&[MEET]));
        let member = deployment.connect(&login(transport));
        let jid = member.login().unwrap();
        assert_eq!(seen(&deployment.prosody), login_events());
        assert_eq!(deployment.prosody.events()[1]["claimed"], ROOM);
        member.disconnect();
        let last = until("the end of the session", || {
            let events = deployment.prosody.events();
            events.get(login_events().len()).cloned()
        });
        assert_eq!(last["event"], "jitsi-pre-session-unbind");
        assert_eq!(last["jid"], jid);
    }
}

#[test]
fn a_denied_login_fires_no_more_than_was_reached() {
    let deployment = start(&Setup::of(&[MEET]));
    let forged = mint(&claims(&MEET, ROOM), "not-the-secret-of-this-host-at-all");
    for login in [Login::to(MEET.name).token(forged), Login::to(MEET.name)] {
        let before = seen(&deployment.prosody).len();
        deployment.login(&login).err().unwrap();
        assert_eq!(seen(&deployment.prosody)[before..], login_events()[..1]);
    }
}

#[test]
fn a_guest_fires_all_but_that_of_a_verified_token() {
    let deployment = start(&Setup::of(&[Host {
        policy: "allow_empty_token = true",
        ..MEET
    }]));
    deployment.login(&Login::to(MEET.name)).unwrap();
    let names: Vec<Value> = deployment
        .prosody
        .events()
        .iter()
        .map(|event| event["event"].clone())
        .collect();
    let mut expected: Vec<Value> = login_events()
        .iter()
        .map(|event| event[0].clone())
        .collect();
    expected.remove(1);
    assert_eq!(names, expected);
}

#[test]
fn claims_are_there_for_whoever_asks_for_them_and_a_join_needs_none() {
    const VERIFIED: &str = "jitsi-authentication-token-verified";
    let deployment = start(&Setup::of(&[MEET]));
    let claimed = || {
        let events = deployment.prosody.events().into_iter();
        let verified = events.filter(|event| event["event"] == VERIFIED);
        verified
            .map(|event| event["claimed"].clone())
            .collect::<Vec<_>>()
    };
    let join = |nick: &str| {
        let member = deployment.connect(&login(Transport::WebSocket).room(ROOM));
        let jid = member.login().unwrap();
        member.join(&room_jid(&MEET, ROOM), nick).unwrap();
        let session = deployment.prosody.session(&jid);
        assert_eq!(session["jitsi_meet_room"], ROOM);
        member
    };
    let _first = join("first");
    assert_eq!(claimed(), [ROOM]);
    deployment.prosody.observe_event("ignore", VERIFIED);
    let _second = join("second");
    assert_eq!(claimed(), [ROOM]);
    deployment.prosody.observe_event("heed", VERIFIED);
    let _third = join("third");
    assert_eq!(claimed(), [ROOM, ROOM]);
}

#[test]
fn a_stream_that_is_resumed_is_asked_for_its_room_with_the_new_claims() {
    let deployment = start(&Setup::of(&[MEET]));
    let room = room_jid(&MEET, ROOM);
    let member = deployment
        .login(&login(Transport::WebSocket).resumable())
        .unwrap();
    member.join(&room, "member").unwrap();
    let other = mint(&claims(&MEET, "planning"), MEET.app_secret);
    let again = Login::to(MEET.name).token(other).resumable();
    assert_eq!(deployment.resume(&member, &again), Ok(true));
    let events = deployment.prosody.events();
    let asked: Vec<&Value> = events
        .iter()
        .filter(|event| event["event"] == "jitsi-verify-session-rooms")
        .collect();
    assert_eq!(
        *asked[0],
        json!({"event": "jitsi-verify-session-rooms", "is_session": false, "room": "planning",
            "verified_room": room})
    );
    assert_eq!(asked.len(), 1);
}
