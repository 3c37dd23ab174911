//! Clients that lose their connection and come back for their stream, with another token perhaps (XEP-0198).

use serde_json::{Value, json};

use crate::fixture::{Checked, MEET, REQUEST, claims, room_jid, start};
use support::client::Client;
use support::deployment::{Host, Setup};
use support::login::Login;
use support::token::{mint, with};
use support::until;

// Prosody's own debug lines: an answer of the daemon, and the end of a session that has not come to be.
const ANSWER: &str = "prosody-tokend answered";
const GONE: &str = "Destroying unbound session for";
const ROOM: &str = "standup";
const BREAKOUT: &str = "0c3e@breakout.meet.example.com";
const BREAKOUTS: &str = r#"
Component "breakout.meet.example.com" "muc"
    muc_room_locking = false
"#;
const GUEST_HOST: &str = "guest.meet.example.com";
const GUESTS: &str = r#"
VirtualHost "guest.meet.example.com"
    authentication = "guest"
"#;

fn login_with(room: &str, context: &Value) -> Login {
    let token = mint(
        &with(claims(&MEET, room), &json!({"context": context})),
        MEET.app_secret,
    );
    Login::to(MEET.name).room(ROOM).token(token).resumable()
}

/// A token that grants something, so that it can be told from that of the join.
fn rotated(room: &str) -> Login {
    login_with(room, &json!({"features": {"recording": true}}))
}

fn member(deployment: &Checked) -> (Client<'_>, String) {
    let login = login_with(ROOM, &json!({"user": {"name": "Ann"}}));
    let member = deployment.connect(&login);
    let jid = member.login().unwrap();
    member.join(&room_jid(&MEET, ROOM), "ann").unwrap();
    (member, jid)
}

fn assert_claims_of_the_join(session: &Value) {
    assert_eq!(session["jitsi_meet_room"], ROOM);
    assert_eq!(session["jitsi_meet_context_user"]["name"], "Ann");
    assert_eq!(session["jitsi_meet_context_features"], Value::Null);
}

fn assert_rotated(session: &Value, room: &str) {
    assert_eq!(session["jitsi_meet_room"], room);
    assert_eq!(session["jitsi_meet_context_user"], Value::Null);
    assert_eq!(session["jitsi_meet_context_features"]["recording"], true);
}

#[test]
fn another_token_for_the_room_replaces_the_claims() {
    let deployment = start(&Setup::of(&[MEET]));
    let (member, jid) = member(&deployment);
    assert_eq!(deployment.resume(&member, &rotated(ROOM)), Ok(true));
    assert_rotated(&deployment.prosody.session(&jid), ROOM);
    member.say(&room_jid(&MEET, ROOM), "back again");
    assert_eq!(
        deployment.resume(
            &member,
            &login_with(ROOM, &json!({"user": {"name": "Ann"}}))
        ),
        Ok(true)
    );
    assert_claims_of_the_join(&deployment.prosody.session(&jid));
}

#[test]
fn hosts_leave_the_streams_of_each_other_alone() {
    let other = Host {
        name: "meet.example.org",
        app_id: "other_app",
        app_secret: "the-second-secret-of-the-end-to-end-tests",
        ..MEET
    };
    let deployment = start(&Setup::of(&[MEET, other]));
    let (member, jid) = member(&deployment);
    assert_eq!(deployment.resume(&member, &rotated(ROOM)), Ok(true));
    assert_rotated(&deployment.prosody.session(&jid), ROOM);
    member.say(&room_jid(&MEET, ROOM), "still here");
}

#[test]
fn a_token_for_another_room_leaves_the_claims_of_the_join() {
    let deployment = start(&Setup::of(&[MEET]));
    let (member, jid) = member(&deployment);
    let before = deployment.prosody.session(&jid);
    for room in ["planning", "standup2"] {
        assert_eq!(deployment.resume(&member, &rotated(room)), Ok(true));
        assert_eq!(
            deployment.prosody.session(&jid)["auth_token"],
            before["auth_token"]
        );
        assert_claims_of_the_join(&deployment.prosody.session(&jid));
    }
    member.say(&room_jid(&MEET, ROOM), "still here");
    let denied = deployment.count_log_lines("Kept the claims of");
    assert_eq!(denied, 2);
}

#[test]
fn a_stream_outlives_a_client_that_is_lost_again_before_it_has_it_back() {
    let deployment = start(&Setup {
        prosody_options: "tokend_timeout = 20",
        ..Setup::of(&[MEET])
    });
    let (member, jid) = member(&deployment);
    let user = json!({"context": {"features": {"recording": true}}});
    let token = mint(&with(claims(&MEET, ROOM), &user), MEET.app_secret);
    let unannounced = Login::to(MEET.name).token(token).resumable();
    deployment.resume_later(&member, &unannounced);

    let asked = deployment.count_log_lines(REQUEST);
    let answered = deployment.count_log_lines(ANSWER);
    deployment.daemon.freeze();
    member.proceed();
    until("the question about the room", || {
        (deployment.count_log_lines(REQUEST) > asked).then_some(())
    });
    let lost = member.seen();
    member.drop_connection();
    member.wait_for_end(lost);
    until("Prosody to see that the client is gone", || {
        (deployment.count_log_lines(GONE) > 0).then_some(())
    });
    deployment.daemon.thaw();
    until("the answer about the room", || {
        (deployment.count_log_lines(ANSWER) > answered).then_some(())
    });
    assert_claims_of_the_join(&deployment.prosody.session(&jid));

    assert_eq!(deployment.resume(&member, &unannounced), Ok(true));
    assert_rotated(&deployment.prosody.session(&jid), ROOM);
    member.say(&room_jid(&MEET, ROOM), "back at last");
}

#[test]
fn without_a_verdict_the_stream_is_resumed_with_the_claims_of_the_join() {
    let deployment = start(&Setup {
        prosody_options: "tokend_timeout = 1",
        expected_errors: &["gives no verdicts"],
        ..Setup::of(&[MEET])
    });
    let (member, jid) = member(&deployment);
    let user = json!({"context": {"features": {"recording": true}}});
    let token = mint(&with(claims(&MEET, ROOM), &user), MEET.app_secret);
    let unannounced = Login::to(MEET.name).token(token).resumable();
    deployment.resume_later(&member, &unannounced);
    deployment.daemon.freeze();
    let asked = member.seen();
    member.proceed();
    assert!(member.wait_for_stream(asked));
    assert_claims_of_the_join(&deployment.prosody.session(&jid));
    member.say(&room_jid(&MEET, ROOM), "back all the same");
}

#[test]
fn a_bad_token_does_not_get_the_stream_back() {
    let deployment = start(&Setup::of(&[MEET]));
    let (member, jid) = member(&deployment);
    let forged = mint(&claims(&MEET, ROOM), "not-the-secret-of-this-host-at-all");
    let login = Login::to(MEET.name).room(ROOM).token(forged).resumable();
    assert_eq!(
        deployment.resume(&member, &login).unwrap_err().text,
        "Invalid signature"
    );
    assert_claims_of_the_join(&deployment.prosody.session(&jid));
}

#[test]
fn in_a_breakout_room_the_main_room_counts() {
    let deployment = start(&Setup {
        more_hosts: BREAKOUTS,
        ..Setup::of(&[MEET])
    });
    let (member, jid) = member(&deployment);
    let main = room_jid(&MEET, ROOM);
    let focus = deployment.login_administrator();
    focus.join(&main, "focus").unwrap();
    member.join(BREAKOUT, "ann").unwrap();
    member.leave(&main, "ann");

    assert_eq!(deployment.resume(&member, &rotated("0c3e")), Ok(true));
    assert_claims_of_the_join(&deployment.prosody.session(&jid));
    assert_eq!(deployment.resume(&member, &rotated(ROOM)), Ok(true));
    assert_rotated(&deployment.prosody.session(&jid), ROOM);
    assert_eq!(
        deployment.prosody.session(&jid)["jitsi_meet_verified_room"],
        main
    );
}

#[test]
fn claims_are_taken_over_where_the_room_is_gone() {
    let deployment = start(&Setup::of(&[MEET]));
    let (member, jid) = member(&deployment);
    member.leave(&room_jid(&MEET, ROOM), "ann");
    assert_eq!(deployment.resume(&member, &rotated("planning")), Ok(true));
    assert_rotated(&deployment.prosody.session(&jid), "planning");
}

#[test]
fn claims_are_taken_over_where_nobody_verifies_rooms() {
    let deployment = start(&Setup::of(&[MEET]));
    let (member, jid) = member(&deployment);
    let muc = format!("conference.{}", MEET.name);
    deployment
        .prosody
        .change_module("unload", "token_verification", &muc);
    assert_eq!(deployment.resume(&member, &rotated("planning")), Ok(true));
    assert_rotated(&deployment.prosody.session(&jid), "planning");
    deployment
        .prosody
        .change_module("load", "token_verification", &muc);
    assert_eq!(deployment.resume(&member, &rotated("retro")), Ok(true));
    assert_rotated(&deployment.prosody.session(&jid), "planning");
}

fn guest_login() -> Login {
    Login::to(MEET.name).at(GUEST_HOST).resumable()
}

fn guest_with_token(room: &str, secret: &str) -> Login {
    let user = json!({"context": {"user": {"name": "Bob"}}});
    guest_login().token(mint(&with(claims(&MEET, room), &user), secret))
}

fn deploy_with_guests() -> Checked {
    start(&Setup {
        prosody_options: "c2s_close_timeout = 1",
        more_hosts: GUESTS,
        ..Setup::of(&[Host {
            policy: "allow_empty_token = true",
            ..MEET
        }])
    })
}

fn guest_in_room<'a>(deployment: &'a Checked, login: &Login, nick: &str) -> (Client<'a>, String) {
    let guest = deployment.connect(login);
    let jid = guest.login().unwrap();
    guest.join(&room_jid(&MEET, ROOM), nick).unwrap();
    (guest, jid)
}

#[test]
fn a_guest_who_comes_back_with_a_token_is_authenticated_by_the_host_of_the_tokens() {
    let deployment = deploy_with_guests();
    for login in [guest_login(), guest_login().room("planning")] {
        let (bob, jid) = guest_in_room(&deployment, &login, "bob");
        let with_token = guest_with_token(ROOM, MEET.app_secret);
        assert_eq!(deployment.resume(&bob, &with_token), Ok(true));
        let session = deployment.prosody.session(&jid);
        assert_eq!(session["jitsi_meet_context_user"]["name"], "Bob");
        bob.say(&room_jid(&MEET, ROOM), "here with a name");

        let elsewhere = guest_with_token("planning", MEET.app_secret);
        assert_eq!(deployment.resume(&bob, &elsewhere), Ok(true));
        let session = deployment.prosody.session(&jid);
        assert_eq!(session["jitsi_meet_room"], ROOM);
        bob.disconnect();
    }
}

#[test]
fn a_guest_who_comes_back_with_a_bad_token_is_turned_away() {
    let deployment = deploy_with_guests();
    let (mallory, jid) = guest_in_room(&deployment, &guest_login(), "mallory");
    let forged = guest_with_token(ROOM, "not-the-secret-of-this-host-at-all");
    deployment.resume_in_vain(&mallory, &forged);
    until("the end of the guest's session", || {
        deployment.prosody.session(&jid).is_null().then_some(())
    });
}
