//! Rooms beside the main ones, and rooms under other names.

use serde_json::json;

use crate::fixture::{MEET, claims, refusal, room_jid, start};
use support::client::{ApplicationError, StanzaError};
use support::deployment::{Host, Setup};
use support::login::{Login, TRANSPORTS, Transport};
use support::token::{mint, with};

const ROOM: &str = "standup";
const LOBBY: &str = "standup@lobby.meet.example.com";
const BREAKOUT: &str = "0c3e@breakout.meet.example.com";
const COMPONENTS: &str = r#"
Component "lobby.meet.example.com" "muc"
    muc_room_locking = false
Component "breakout.meet.example.com" "muc"
    muc_room_locking = false
Component "internal.auth.meet.example.com" "muc"
    muc_room_locking = false
"#;

fn login(room: &str) -> Login {
    Login::to(MEET.name).token(mint(&claims(&MEET, room), MEET.app_secret))
}

#[test]
fn members_come_in_through_the_lobby() {
    let deployment = start(&Setup {
        muc_options: "restrict_room_creation = true",
        more_hosts: COMPONENTS,
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, ROOM);
    let focus = deployment.login_administrator();
    focus.join(&room, "focus").unwrap();
    focus
        .join("jibribrewery@internal.auth.meet.example.com", "focus")
        .unwrap();
    deployment
        .prosody
        .conduct("enable_lobby", &format!("room={room}"));

    for transport in TRANSPORTS {
        for login in [login(ROOM), login(ROOM).room(ROOM)] {
            let member = deployment.connect(&login.over(transport));
            let jid = member.login().unwrap();
            let held = member.join(&room, "member").unwrap_err();
            assert_eq!(held.condition, "registration-required");
            member.join(LOBBY, "member").unwrap();
            deployment
                .prosody
                .conduct("admit", &format!("room={room}&jid={jid}"));
            member.join(&room, "member").unwrap();
            member.leave(LOBBY, "member");
            member.disconnect();
        }
    }
    let stranger = deployment.login(&login("planning")).unwrap();
    stranger.join(LOBBY, "stranger").unwrap();
    assert_eq!(
        stranger.join(&room, "stranger"),
        Err(refusal("Room and token mismatched"))
    );
}

#[test]
fn members_go_to_breakout_rooms_and_come_back() {
    let deployment = start(&Setup {
        muc_options: "restrict_room_creation = true",
        more_hosts: COMPONENTS,
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, ROOM);
    let focus = deployment.login_administrator();
    for room in [room.as_str(), BREAKOUT] {
        focus.join(room, "focus").unwrap();
    }
    let members = TRANSPORTS.map(|transport| {
        deployment
            .login(&login(ROOM).over(transport).room(ROOM))
            .unwrap()
    });
    for (member, nick) in members.iter().zip(["ann", "bob"]) {
        for _ in 0..2 {
            member.join(&room, nick).unwrap();
            member.join(BREAKOUT, nick).unwrap();
            member.leave(&room, nick);
            member.join(&room, nick).unwrap();
            member.leave(BREAKOUT, nick);
        }
    }
}

#[test]
fn a_tenants_rooms_have_the_tenants_addresses() {
    let deployment = start(&Setup {
        host_options: r#"modules_enabled = { "map_rooms" }"#,
        ..Setup::of(&[MEET])
    });
    let token = mint(
        &with(claims(&MEET, ROOM), &json!({"sub": "tenant1"})),
        MEET.app_secret,
    );
    for transport in TRANSPORTS {
        let login = Login::to(MEET.name).over(transport).token(&token);
        for login in [
            login.clone().tenant("tenant1"),
            login.tenant("tenant1").room(ROOM),
        ] {
            let member = deployment.login(&login).unwrap();
            let room = "standup@conference.tenant1.meet.example.com";
            member.join(room, "member").unwrap();
            member.say(room, "hello");
            assert_eq!(
                member.join("standup@conference.tenant2.meet.example.com", "member"),
                Err(refusal("Room and token mismatched"))
            );
            assert_eq!(
                member.join(&room_jid(&MEET, ROOM), "member"),
                Err(refusal("Room and token mismatched"))
            );
            member.disconnect();
        }
    }
}

#[test]
fn guests_stay_out_of_a_room_that_wants_to_know_its_members() {
    let deployment = start(&Setup::of(&[Host {
        policy: "allow_empty_token = true",
        ..MEET
    }]));
    let room = room_jid(&MEET, ROOM);
    let wanted = StanzaError {
        application: Some(ApplicationError {
            name: "authentication-required".to_owned(),
            namespace: "http://jitsi.org/jitmeet".to_owned(),
        }),
        ..refusal("Authentication required")
    };
    let guests = TRANSPORTS.map(|transport| {
        let guest = Login::to(MEET.name).over(transport);
        deployment.login(&guest).unwrap()
    });
    let early = deployment.login(&Login::to(MEET.name).room(ROOM)).unwrap();
    early.join(&room, "early").unwrap();
    let announced = deployment.login(&Login::to(MEET.name).room(ROOM)).unwrap();
    deployment
        .prosody
        .conduct("require_authentication", &format!("room={room}"));
    for guest in guests.iter().chain([&announced]) {
        assert_eq!(guest.join(&room, "guest"), Err(wanted.clone()));
    }
    let member = deployment.login(&login(ROOM)).unwrap();
    member.join(&room, "member").unwrap();
    early.hear_nothing_of(&room, "guest");
}

#[test]
fn those_for_whom_another_vouches_need_no_token() {
    let deployment = start(&Setup {
        muc_options: r#"token_verification_allowlist = { "bots.meet.example.com" }"#,
        more_hosts: r#"
Component "bots.meet.example.com"
Component "mascots.meet.example.com"
"#,
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, ROOM);
    let member = deployment
        .login(&login(ROOM).over(Transport::Bosh))
        .unwrap();
    member.join(&room, "member").unwrap();
    for (action, from, nick) in [
        (
            "send_presence",
            "mascot@mascots.meet.example.com/1",
            "mascot",
        ),
        ("send_presence", "bot@bots.meet.example.com/1", "bot"),
        (
            "receive_presence",
            "visitor@visitors.example.org/1",
            "visitor",
        ),
    ] {
        deployment
            .prosody
            .conduct(action, &format!("from={from}&to={room}/{nick}"));
    }
    member.see_occupants(&room, &["member", "bot", "visitor"]);
    member.hear_nothing_of(&room, "mascot");
}

/// Where tokens decide about no room, the log says so, and does not say that anybody is refused.
#[test]
fn rooms_that_no_token_guards_are_told_of_as_prosody_starts() {
    let misspelt = r#"modules_enabled = { "token_verificaton" }"#;
    let misplaced = r#"modules_enabled = { "token_verification" }"#;
    let none = "modules_enabled = { }";
    for (host_options, muc_options, told) in [
        ("", misspelt, None),
        ("", none, None),
        (
            misplaced,
            none,
            Some("does nothing on the VirtualHost meet.example.com"),
        ),
    ] {
        let deployment = start(&Setup {
            host_options,
            muc_options,
            expected_errors: &["token_verificaton", "does nothing on the VirtualHost"],
            ..Setup::of(&[MEET])
        });
        let open = "conference.meet.example.com has no token_verification in its modules_enabled: \
            whoever gets in to meet.example.com gets into all of its rooms";
        deployment.wait_for_log_line(&["warn", open]);
        if let Some(told) = told {
            deployment.wait_for_log_line(&["error", told]);
        }
        let member = deployment.login(&login(ROOM)).unwrap();
        member.join(&room_jid(&MEET, "planning"), "member").unwrap();
        assert_eq!(deployment.count_log_lines("is refused"), 0);
    }
}

#[test]
fn rooms_that_tokens_guard_are_not_told_of() {
    let deployment = start(&Setup::of(&[MEET]));
    deployment.login_administrator();
    assert_eq!(deployment.count_log_lines("has no token_verification"), 0);
    assert_eq!(deployment.count_log_lines("does nothing on"), 0);
}
