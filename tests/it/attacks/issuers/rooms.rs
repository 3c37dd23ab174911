//! Joins of sessions whose token was decided before: the issuer is found again by `iss`, and nobody's bounds are escaped.

use prosody_tokend::token::bounds::Bounds;
use prosody_tokend::token::issuer::Accepted;
use serde_json::{Value, json};

use super::world::{Held, MUC, ONE, Party, World, globs, party, session};

fn bounded(name: &str, room: &str) -> Party {
    party(name, &format!("https://{name}.example"), ONE, Held::Fixed).bounded(Bounds {
        rooms: Some(globs(&[room])),
        ..Bounds::NONE
    })
}

fn own() -> Party {
    party("default", "my_app", ONE, Held::Fixed)
}

fn anyone() -> Party {
    bounded("anyone", "any-*").with(|issuer| issuer.accepted = Accepted::Any)
}

/// What a session has that is good for all rooms, of this issuer.
fn of(iss: &Value) -> Value {
    json!({"jitsi_meet_auth_issuer": iss, "jitsi_meet_room": "*", "jitsi_meet_domain": "*"})
}

#[test]
fn a_session_is_bounded_by_the_issuer_that_it_names_and_by_no_other_one() {
    let world = World::of([own(), bounded("one", "one-*"), bounded("other", "other-*")]);
    for (iss, room, code) in [
        ("my_app", "whatever", "allowed"),
        ("https://one.example", "one-1", "allowed"),
        ("https://other.example", "other-1", "allowed"),
        ("https://one.example", "other-1", "room-beyond-issuer"),
        ("https://other.example", "one-1", "room-beyond-issuer"),
        ("https://one.example", "whatever", "room-beyond-issuer"),
        ("https://third.example", "one-1", "iss-not-accepted"),
        ("https://one.example/", "one-1", "iss-not-accepted"),
        ("HTTPS://one.example", "one-1", "iss-not-accepted"),
        ("one", "one-1", "iss-not-accepted"),
        ("default", "one-1", "iss-not-accepted"),
        ("*", "one-1", "iss-not-accepted"),
        ("", "one-1", "iss-not-accepted"),
    ] {
        let room_jid = format!("{room}@{MUC}");
        let entered = world.enters(&session(&of(&json!(iss))), &room_jid);
        assert_eq!(entered, code, "{iss} in {room}");
    }
}

#[test]
fn a_session_without_an_issuer_enters_no_room_where_there_are_several() {
    let named = || [own(), bounded("one", "one-*")];
    let with_any = || [own(), bounded("one", "one-*"), anyone()];
    for world in [
        World::of(named()),
        World::of(named()).without_domains(),
        World::of(with_any()),
        World::of(with_any()).without_domains(),
    ] {
        for room in ["one-1", "any-1", "whatever"] {
            let room_jid = format!("{room}@{MUC}");
            for fields in [
                json!({"jitsi_meet_room": "*", "jitsi_meet_domain": "*"}),
                json!({"jitsi_meet_room": room, "jitsi_meet_domain": "meet.example.com"}),
                json!({"jitsi_meet_auth_issuer": null, "jitsi_meet_room": "*", "jitsi_meet_domain": "*"}),
            ] {
                let entered = world.enters(&session(&fields), &room_jid);
                assert_eq!(entered, "iss-not-accepted", "{fields} in {room}");
            }
        }
    }
}

#[test]
fn a_session_without_anything_enters_no_room_where_there_are_several() {
    let world = World::of([own(), bounded("one", "one-*")]);
    let room_jid = format!("one-1@{MUC}");
    assert_eq!(
        world.enters(&session(&json!({})), &room_jid),
        "room-name-unmatched"
    );
    let world = world.without_domains();
    assert_eq!(
        world.enters(&session(&json!({})), &room_jid),
        "iss-not-accepted"
    );
}

#[test]
fn whoever_takes_any_iss_has_its_own_bounds_for_all_of_them() {
    let world = World::of([own(), bounded("one", "one-*"), anyone()]);
    for (iss, room, code) in [
        ("whoever", "any-1", "allowed"),
        ("https://one.example/", "any-1", "allowed"),
        ("whoever", "one-1", "room-beyond-issuer"),
        ("https://one.example/", "one-1", "room-beyond-issuer"),
        ("https://one.example", "any-1", "room-beyond-issuer"),
        ("", "whatever", "room-beyond-issuer"),
    ] {
        let room_jid = format!("{room}@{MUC}");
        let entered = world.enters(&session(&of(&json!(iss))), &room_jid);
        assert_eq!(entered, code, "{iss} in {room}");
    }
}

#[test]
fn the_only_issuer_of_a_host_bounds_sessions_that_name_none() {
    let world = World::of([bounded("one", "one-*")]);
    for (iss, room, code) in [
        (json!("https://one.example"), "one-1", "allowed"),
        (Value::Null, "one-1", "allowed"),
        (Value::Null, "whatever", "room-beyond-issuer"),
        (
            json!("https://one.example"),
            "whatever",
            "room-beyond-issuer",
        ),
        (json!("https://other.example"), "one-1", "iss-not-accepted"),
    ] {
        let room_jid = format!("{room}@{MUC}");
        let entered = world.enters(&session(&of(&iss)), &room_jid);
        assert_eq!(entered, code, "{iss} in {room}");
    }
}

#[test]
fn a_session_cannot_carry_what_its_issuer_has_lost_since() {
    let one = |bounds| party("one", "https://one.example", ONE, Held::Fixed).bounded(bounds);
    let strict = Bounds {
        wildcards: false,
        ..Bounds::NONE
    };
    let world = World::of([own(), one(strict)]);
    let named = |room: &str, sub: &str, regex: Value| {
        json!({"jitsi_meet_auth_issuer": "https://one.example", "jitsi_meet_room": room,
            "jitsi_meet_domain": sub, "jitsi_meet_context_room": {"regex": regex}})
    };
    for (fields, code) in [
        (named("x", "meet.example.com", json!(false)), "allowed"),
        (
            named("*", "meet.example.com", json!(false)),
            "wildcard-not-allowed",
        ),
        (named("x", "*", json!(false)), "wildcard-not-allowed"),
        (
            named("x", "meet.example.com", json!(true)),
            "wildcard-not-allowed",
        ),
        (
            named("x", "meet.example.com", json!("true")),
            "wildcard-not-allowed",
        ),
    ] {
        let entered = world.enters(&session(&fields), &format!("x@{MUC}"));
        assert_eq!(entered, code, "{fields}");
    }
}
