//! What `mod_token_roles` makes of those who join, and that nothing is made of them without it.

use serde_json::{Value, json};

use crate::fixture::{Checked, MEET, claims, refusal, room_jid, start};
use support::client::Client;
use support::deployment::{Host, Setup};
use support::login::{Login, TRANSPORTS};
use support::token::{mint, with};

const ROOM: &str = "standup";
const BREAKOUT: &str = "0c3e@breakout.meet.example.com";
const BREAKOUTS: &str = r#"
Component "breakout.meet.example.com" "muc"
    muc_room_locking = false
"#;
const ENABLED: &str = r#"modules_enabled = { "token_verification", "report_occupant", "token_roles" }
    restrict_room_creation = true"#;
const DISABLED: &str = "restrict_room_creation = true";
const OPEN: Host = Host {
    policy: "allow_empty_token = true",
    ..MEET
};

/// A room that jicofo has opened, on a server where this is set for the component.
struct Meeting {
    deployment: Checked,
    room: String,
}

/// Somebody in a room, or on the way there.
struct Participant<'a> {
    client: Client<'a>,
    jid: String,
}

impl Meeting {
    fn with(muc_options: &str) -> Self {
        let deployment = start(&Setup {
            muc_options,
            more_hosts: BREAKOUTS,
            ..Setup::of(&[OPEN])
        });
        let room = room_jid(&MEET, ROOM);
        deployment
            .login_administrator()
            .join(&room, "focus")
            .unwrap();
        Self { deployment, room }
    }

    fn login(&self, login: &Login) -> Participant<'_> {
        let client = self.deployment.connect(login);
        let jid = client.login().unwrap();
        Participant { client, jid }
    }

    fn join(&self, nick: &str, user: &Value) -> Participant<'_> {
        let participant = self.login(&of(user));
        participant.client.join(&self.room, nick).unwrap();
        participant
    }

    fn standing(&self, of: &Participant<'_>) -> String {
        self.deployment.prosody.standing(&self.room, &of.jid)
    }

    fn conduct(&self, action: &str, more: &str) {
        let parameters = format!("room={}{more}", self.room);
        self.deployment.prosody.conduct(action, &parameters);
    }
}

/// Who comes with a token for the room, and this user in it.
fn of(user: &Value) -> Login {
    let context = json!({"context": {"user": user}});
    let token = mint(&with(claims(&MEET, ROOM), &context), MEET.app_secret);
    Login::to(MEET.name).token(token)
}

fn moderator() -> Value {
    json!({"moderator": true})
}

fn nobody() -> Value {
    json!({"name": "Ann"})
}

#[test]
fn a_moderators_token_makes_an_owner_and_any_other_a_member() {
    let meeting = Meeting::with(ENABLED);
    let cases = [
        (json!({"moderator": true}), "owner moderator"),
        (json!({"moderator": "true"}), "owner moderator"),
        (json!({"affiliation": "owner"}), "owner moderator"),
        (json!({"affiliation": "moderator"}), "owner moderator"),
        (json!({"affiliation": "teacher"}), "owner moderator"),
        (json!({"moderator": false}), "member participant"),
        (json!({"moderator": "True"}), "member participant"),
        (json!({"moderator": 1}), "member participant"),
        (json!({"affiliation": "student"}), "member participant"),
        (json!(null), "member participant"),
    ];
    for (number, (user, expected)) in cases.iter().enumerate() {
        for transport in TRANSPORTS {
            for login in [of(user), of(user).room(ROOM)] {
                let participant = meeting.login(&login.over(transport));
                let nick = format!("participant-{number}");
                participant.client.join(&meeting.room, &nick).unwrap();
                assert_eq!(meeting.standing(&participant), *expected, "{user}");
                // As it was before anybody saw the newcomer.
                let (affiliation, role) = expected.split_once(' ').unwrap();
                let joined = format!("/{nick} joined as {affiliation} and {role}");
                meeting.deployment.wait_for_log_line(&["info", &joined]);
                participant.client.disconnect();
            }
        }
    }
}

#[test]
fn nothing_is_made_of_anybody_where_the_module_is_not_enabled() {
    let meeting = Meeting::with(DISABLED);
    for user in [moderator(), json!({"affiliation": "owner"}), nobody()] {
        let participant = meeting.join("ann", &user);
        assert_eq!(meeting.standing(&participant), "none participant");
        participant.client.disconnect();
    }
    meeting.conduct("enable_lobby", "");
    let held = meeting.login(&of(&moderator()));
    let error = held.client.join(&meeting.room, "ann").unwrap_err();
    assert_eq!(error.condition, "registration-required");
}

#[test]
fn who_has_no_verdict_on_a_token_is_left_alone() {
    let meeting = Meeting::with(ENABLED);
    let guest = meeting.login(&Login::to(MEET.name));
    guest.client.join(&meeting.room, "guest").unwrap();
    assert_eq!(meeting.standing(&guest), "none participant");

    let visitor = "visitor@visitors.example.org/1";
    let sent = format!("from={visitor}&to={}/visitor", meeting.room);
    meeting
        .deployment
        .prosody
        .conduct("receive_presence", &sent);
    guest
        .client
        .see_occupants(&meeting.room, &["focus", "guest", "visitor"]);
    let joined = "/visitor joined as none and participant";
    meeting.deployment.wait_for_log_line(&["info", joined]);

    let administrator = "focus@auth.meet.example.com/any";
    let prosody = &meeting.deployment.prosody;
    assert_eq!(prosody.standing(&meeting.room, administrator), "owner ");
}

#[test]
fn a_moderator_passes_the_lobby_and_others_wait_in_it_whatever_their_token_says() {
    let meeting = Meeting::with(ENABLED);
    meeting.conduct("enable_lobby", "");
    for transport in TRANSPORTS {
        let owner = meeting.login(&of(&moderator()).over(transport));
        owner.client.join(&meeting.room, "owner").unwrap();
        assert_eq!(meeting.standing(&owner), "owner moderator");

        for login in [of(&nobody()), Login::to(MEET.name)] {
            let held = meeting.login(&login.over(transport));
            for _ in 0..2 {
                let error = held.client.join(&meeting.room, "held").unwrap_err();
                assert_eq!(error.condition, "registration-required");
                assert_eq!(meeting.standing(&held), "none ");
            }
            meeting.conduct("admit", &format!("&jid={}", held.jid));
            held.client.join(&meeting.room, "held").unwrap();
            assert_eq!(meeting.standing(&held), "member participant");
            held.client.disconnect();
        }
        owner.client.disconnect();
    }
}

#[test]
fn a_token_for_another_room_makes_nobody_an_owner_of_this_one() {
    let meeting = Meeting::with(ENABLED);
    let context = json!({"context": {"user": moderator()}});
    let elsewhere = mint(&with(claims(&MEET, "planning"), &context), MEET.app_secret);
    let stranger = meeting.login(&Login::to(MEET.name).token(elsewhere));
    for _ in 0..2 {
        assert_eq!(
            stranger.client.join(&meeting.room, "stranger"),
            Err(refusal("Room and token mismatched"))
        );
    }
    assert_eq!(meeting.standing(&stranger), "none ");
    // Where tokens guard nothing, they make nobody anything.
    let focus = meeting.deployment.login_administrator();
    focus.join(BREAKOUT, "focus").unwrap();
    stranger.client.join(BREAKOUT, "stranger").unwrap();
    let standing = meeting.deployment.prosody.standing(BREAKOUT, &stranger.jid);
    assert_eq!(standing, "none participant");
}

#[test]
fn moderators_are_moderators_in_breakout_rooms_and_as_they_come_back() {
    let meeting = Meeting::with(ENABLED);
    meeting.conduct("break_out", &format!("&breakout={BREAKOUT}"));
    let focus = meeting.deployment.login_administrator();
    focus.join(BREAKOUT, "focus").unwrap();
    let owner = meeting.join("owner", &moderator());
    let member = meeting.join("member", &nobody());
    for (participant, nick, expected) in [
        (&owner, "owner", "owner moderator"),
        (&member, "member", "member participant"),
    ] {
        for _ in 0..2 {
            participant.client.join(BREAKOUT, nick).unwrap();
            participant.client.leave(&meeting.room, nick);
            let prosody = &meeting.deployment.prosody;
            assert_eq!(prosody.standing(BREAKOUT, &participant.jid), expected);
            participant.client.join(&meeting.room, nick).unwrap();
            participant.client.leave(BREAKOUT, nick);
            assert_eq!(meeting.standing(participant), expected);
        }
    }
}

#[test]
fn nobody_loses_what_another_owner_has_granted_and_a_ban_stays() {
    let meeting = Meeting::with(ENABLED);
    let owner = meeting.join("owner", &moderator());
    let member = meeting.join("member", &nobody());
    let set = |of: &Participant<'_>, affiliation: &str| {
        let more = format!("&jid={}&affiliation={affiliation}", of.jid);
        meeting.conduct("set_affiliation", &more);
    };
    set(&member, "owner");
    for _ in 0..2 {
        member.client.leave(&meeting.room, "member");
        member.client.join(&meeting.room, "member").unwrap();
        assert_eq!(meeting.standing(&member), "owner moderator");
    }
    // Who was made a member only is what the token says at the next join.
    set(&owner, "member");
    assert_eq!(meeting.standing(&owner), "member participant");
    owner.client.leave(&meeting.room, "owner");
    owner.client.join(&meeting.room, "owner").unwrap();
    assert_eq!(meeting.standing(&owner), "owner moderator");

    for banned in [&owner, &member] {
        set(banned, "outcast");
        let error = banned.client.join(&meeting.room, "banned").unwrap_err();
        assert_eq!(error.condition, "forbidden");
        assert_eq!(meeting.standing(banned), "outcast ");
    }
}

#[test]
fn who_does_not_know_the_password_is_given_nothing() {
    let meeting = Meeting::with(ENABLED);
    meeting.conduct("set_password", "&password=open-sesame");
    for user in [moderator(), nobody()] {
        let participant = meeting.login(&of(&user));
        let error = participant.client.join(&meeting.room, "ann").unwrap_err();
        assert_eq!(error.condition, "not-authorized");
        assert_eq!(meeting.standing(&participant), "none ");
    }
}

#[test]
fn a_stream_that_is_resumed_with_another_token_has_its_affiliation_at_the_next_join() {
    let meeting = Meeting::with(ENABLED);
    let ann = meeting.login(&of(&nobody()).resumable());
    ann.client.join(&meeting.room, "ann").unwrap();
    let session = || meeting.deployment.prosody.session(&ann.jid);
    assert_eq!(session()["tokend_affiliation"], "member");
    for (user, affiliation, then) in [
        (moderator(), "owner", "owner moderator"),
        // Who has been an owner once stays one.
        (nobody(), "member", "owner moderator"),
    ] {
        let before = meeting.standing(&ann);
        let resumed = meeting
            .deployment
            .resume(&ann.client, &of(&user).room(ROOM));
        assert_eq!(resumed, Ok(true));
        assert_eq!(session()["tokend_affiliation"], affiliation);
        assert_eq!(meeting.standing(&ann), before);
        ann.client.leave(&meeting.room, "ann");
        ann.client.join(&meeting.room, "ann").unwrap();
        assert_eq!(meeting.standing(&ann), then);
    }
}

#[test]
fn where_token_verification_is_not_enabled_the_log_says_that_the_module_does_nothing() {
    let meeting = Meeting::with(
        r#"modules_enabled = { "report_occupant", "token_roles" }
    restrict_room_creation = true"#,
    );
    let told = "token_roles does nothing for conference.meet.example.com";
    meeting.deployment.wait_for_log_line(&["warn", told]);
    let participant = meeting.join("ann", &moderator());
    assert_eq!(meeting.standing(&participant), "none participant");
}
