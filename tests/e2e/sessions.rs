//! Those who are in a meeting as their tokens are taken back or run out: what `mod_token_sessions` does with them.

use std::time::{Duration, Instant};

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixture::{Checked, MEET, claims, denial, refusal, room_jid, start};
use support::client::{ApplicationError, Client, StanzaError};
use support::deployment::{Host, Setup};
use support::login::{Login, TRANSPORTS};
use support::postgres::{PASSWORD, Postgres};
use support::time::in_seconds;
use support::token::{mint, seal, with};
use support::{http, until};

/// The module on the host of the tokens.
const ENABLED: &str = r#"modules_enabled = { "token_sessions" }"#;
const ADMINISTRATOR: &str = "the-key-of-administrators";
const ROOM: &str = "standup";
/// As many as people there are in a large meeting.
const CROWD: usize = 50;

/// How long a revocation may take to reach a client: two seconds, and what a slow machine may add.
const OUT_WITHIN: Duration = Duration::from_secs(4);

/// The same for another server of a fleet, which a second at most is added for.
const OUT_WITHIN_A_FLEET: Duration = Duration::from_secs(6);

/// The shim's debug line about a look for changes.
const LOOK: &str = "Asking prosody-tokend: GET /v1/changes";

/// The shim's debug line about a connection to the daemon that it has not had.
const ATTEMPT: &str = "Connecting to prosody-tokend at";

/// Two meetings' issuers share the secret, so that one of them can be taken back.
const TWO_ISSUERS: &str = r#"asap_accepted_issuers = ["meet_app", "partner"]"#;

/// A deployment whose daemon keeps what is revoked.
struct Keeping {
    deployment: Checked,
    _folder: TempDir,
}

impl std::ops::Deref for Keeping {
    type Target = Checked;

    fn deref(&self) -> &Checked {
        &self.deployment
    }
}

fn keep(setup: &Setup) -> Keeping {
    keep_in(setup, "")
}

/// The same, with these further settings of the store.
fn keep_in(setup: &Setup, store: &str) -> Keeping {
    let folder = tempfile::tempdir().unwrap();
    let options = format!(
        "admin_key = \"{ADMINISTRATOR}\"\n[store]\npath = \"{}\"\n{store}",
        folder.path().join("state.db").display()
    );
    let deployment = start(&Setup {
        daemon_options: &options,
        host_options: ENABLED,
        ..*setup
    });
    Keeping {
        deployment,
        _folder: folder,
    }
}

fn keep_with(policy: &'static str) -> Keeping {
    keep(&Setup::of(&[Host { policy, ..MEET }]))
}

impl Keeping {
    /// Takes something back, and returns the moment at which that is in force.
    fn revoke(&self, what: &Value) -> Instant {
        let (status, body) = http::request_as(
            Some(ADMINISTRATOR),
            self.daemon.port(),
            "POST",
            "/v1/revocations",
            &what.to_string(),
        )
        .unwrap();
        assert_eq!(status, 201, "{body}");
        Instant::now()
    }

    /// Waits until the module has looked for changes so many times more. What it saw the time before has been done by then.
    fn wait_for_looks(&self, number: usize) {
        self.wait_for_lines(LOOK, number);
    }

    fn wait_for_lines(&self, text: &str, more: usize) {
        let before = self.count_log_lines(text);
        until(&format!("{more} more lines with {text:?}"), || {
            (self.count_log_lines(text) >= before + more).then_some(())
        });
    }
}

/// The token of a member of the meeting, unlike that of any other.
fn member_token(number: usize, changes: &Value) -> String {
    let own = json!({"jti": format!("jti-{number}"), "context": {"user": {"id": format!("user-{number}")}}});
    mint(
        &with(with(claims(&MEET, ROOM), &own), changes),
        MEET.app_secret,
    )
}

/// A token with a `kid`, which a secret needs not.
fn token_of_key(number: usize, kid: &str) -> String {
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": kid});
    let claims = with(
        claims(&MEET, ROOM),
        &json!({"jti": format!("jti-{number}")}),
    );
    seal(
        Algorithm::HS256,
        header.to_string().as_bytes(),
        claims.to_string().as_bytes(),
        MEET.app_secret,
    )
}

struct Member<'a> {
    client: Client<'a>,
    nick: String,
    token: String,
}

fn login(token: &str, number: usize) -> Login {
    let transport = TRANSPORTS.get(number % 2).copied().unwrap();
    Login::to(MEET.name).over(transport).token(token)
}

/// Has everybody enter the room, over both transports in turn.
fn meet<'a>(deployment: &'a Checked, tokens: Vec<String>, room: &str) -> Vec<Member<'a>> {
    let clients = tokens.iter().enumerate();
    let clients = clients.map(|(number, token)| deployment.connect(&login(token, number)));
    let clients: Vec<Client> = clients.collect();
    let mut members = Vec::new();
    for (number, (client, token)) in clients.into_iter().zip(tokens).enumerate() {
        let nick = format!("member-{number}");
        client.login().unwrap();
        client.join(room, &nick).unwrap();
        members.push(Member {
            client,
            nick,
            token,
        });
    }
    members
}

fn nicks<'a>(members: impl IntoIterator<Item = &'a Member<'a>>) -> Vec<&'a str> {
    members
        .into_iter()
        .map(|member| member.nick.as_str())
        .collect()
}

/// Waits until a member is out, and for the end of its connection.
fn wait_for_end(member: &Member, room: &str, reason: &str, since: Instant) -> Duration {
    let shown = member.client.wait_for_kick(room, &member.nick);
    let took = since.elapsed();
    assert_eq!(shown.as_deref(), Some(reason), "{}", member.nick);
    member.client.wait_for_end(0);
    took
}

#[test]
fn one_of_fifty_is_out_within_two_seconds_whatever_is_taken_back_and_the_others_stay() {
    let deployment = keep_with(TWO_ISSUERS);
    let room = room_jid(&MEET, ROOM);
    let tokens = (0..CROWD).map(|number| match number {
        3 => token_of_key(3, "stolen-key"),
        4 => member_token(4, &json!({"iss": "partner"})),
        _ => member_token(number, &json!({})),
    });
    let mut members = meet(&deployment, tokens.collect(), &room);
    let revoked = [
        json!({"token": members[0].token, "reason": "the laptop was stolen"}),
        json!({"jti": "jti-1", "reason": "the laptop was stolen"}),
        json!({"user": "user-2", "reason": "the laptop was stolen"}),
        json!({"kid": "stolen-key", "reason": "the laptop was stolen"}),
        json!({"issuer": "partner", "reason": "the laptop was stolen"}),
    ];
    let others = members.split_off(revoked.len());
    for (number, (member, what)) in members.iter().zip(&revoked).enumerate() {
        let looks = deployment.count_log_lines(LOOK);
        let since = deployment.revoke(what);
        let took = wait_for_end(member, &room, "token revoked: the laptop was stolen", since);
        let looks = deployment.count_log_lines(LOOK) - looks;
        eprintln!("revocation {number}: out after {took:?}, at look {looks}");
        assert!(took < OUT_WITHIN, "{took:?}");
        assert!(looks <= 2, "it took {looks} looks");
        let left: Vec<&Member> = members[number + 1..].iter().chain(&others).collect();
        left[left.len() - 1]
            .client
            .see_occupants(&room, &nicks(left.iter().copied()));
        assert_eq!(
            deployment.connect(&login(&member.token, number)).login(),
            Err(denial(
                "not-allowed",
                "token revoked: the laptop was stolen"
            ))
        );
    }
    for member in &others {
        member.client.is_undisturbed(&room);
    }
    assert_eq!(
        deployment.count_log_lines("Ended the session"),
        revoked.len()
    );

    let since = deployment.revoke(&json!({"room": room, "reason": "the booking is over"}));
    for member in &others {
        let shown = member.client.wait_for_kick(&room, &member.nick);
        assert_eq!(
            shown.as_deref(),
            Some("room is closed: the booking is over")
        );
    }
    let slowest = since.elapsed();
    for member in &others {
        member.client.wait_for_end(0);
    }
    eprintln!("the room: all {} are out after {slowest:?}", others.len());
    assert!(slowest < OUT_WITHIN, "{slowest:?}");
}

#[test]
fn five_hundred_are_out_at_once_and_everybody_else_stays() {
    const MANY: usize = 500;
    const ROOMS: usize = 25;
    let deployment = keep(&Setup {
        log_level: "info",
        muc_options: "muc_room_cache_size = 1000",
        ..Setup::of(&[Host {
            policy: TWO_ISSUERS,
            ..MEET
        }])
    });
    let room = |number: usize| room_jid(&MEET, &format!("room-{}", number % ROOMS));
    let token = |number: usize| {
        let partner = json!({"iss": "partner", "room": "*"});
        let staying = json!({"room": "*"});
        member_token(number, if number < MANY { &partner } else { &staying })
    };
    let clients: Vec<Client> = (0..MANY + ROOMS)
        .map(|number| {
            let login = Login::to(MEET.name).token(token(number));
            deployment.connect(&login)
        })
        .collect();
    for (number, client) in clients.iter().enumerate() {
        client.login().unwrap();
        client
            .join(&room(number), &format!("member-{number}"))
            .unwrap();
    }
    let spent = deployment.prosody.processor_time();
    let since = deployment.revoke(&json!({"issuer": "partner"}));
    for (number, client) in clients.iter().enumerate().take(MANY) {
        let reason = client.wait_for_kick(&room(number), &format!("member-{number}"));
        assert_eq!(reason.as_deref(), Some("token revoked"));
    }
    let took = since.elapsed();
    for client in &clients[..MANY] {
        client.wait_for_end(0);
    }
    let spent = deployment.prosody.processor_time().saturating_sub(spent);
    eprintln!("{MANY} are out after {took:?}, for {spent:?} of Prosody's processor time");
    for (number, client) in clients.iter().enumerate().skip(MANY) {
        client.is_undisturbed(&room(number));
        client.see_occupants(&room(number), &[&format!("member-{number}")]);
    }
    assert_eq!(deployment.count_log_lines("Ended the session"), MANY);
    assert!(took < Duration::from_secs(15), "{took:?}");
}

#[test]
fn nobody_is_ended_while_the_daemon_is_away_and_those_who_are_to_be_are_when_it_is_back() {
    let outage = "does not say which sessions";
    let deployment = keep(&Setup {
        prosody_options: "tokend_timeout = 1",
        expected_errors: &["gives no verdicts"],
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, ROOM);
    let tokens = (0..6).map(|number| member_token(number, &json!({})));
    let members = meet(&deployment, tokens.collect(), &room);
    deployment.wait_for_looks(2);

    for (number, member) in members.iter().enumerate().take(3) {
        let before = deployment.count_log_lines(outage);
        // Prosody cannot have looked before the daemon is gone.
        deployment.prosody.freeze();
        deployment.revoke(&json!({"jti": format!("jti-{number}")}));
        deployment.daemon.kill();
        deployment.prosody.thaw();
        until("the outage to be noticed", || {
            (deployment.count_log_lines(outage) > before).then_some(())
        });
        deployment.wait_for_lines(ATTEMPT, 2);
        assert_eq!(deployment.count_log_lines(outage), before + 1);
        for present in &members[number..] {
            present.client.is_undisturbed(&room);
        }
        deployment.daemon.restart();
        let since = Instant::now();
        let took = wait_for_end(member, &room, "token revoked", since);
        assert!(took < OUT_WITHIN, "{took:?}");
        until("the end of the outage to be noticed", || {
            let back = deployment.count_log_lines("says again which sessions");
            (back > before).then_some(())
        });
    }
    for member in &members[3..] {
        member.client.is_undisturbed(&room);
    }
}

#[test]
fn a_check_that_is_cut_off_is_finished_when_the_daemon_is_back() {
    let deployment = keep(&Setup {
        prosody_options: "tokend_timeout = 1",
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, ROOM);
    let tokens = (0..4).map(|number| member_token(number, &json!({})));
    let members = meet(&deployment, tokens.collect(), &room);
    deployment.wait_for_looks(2);
    // The daemon says that something has changed, and no more than that.
    let asked = deployment.count_log_lines("POST /v1/sessions/check");
    deployment.prosody.freeze();
    deployment.revoke(&json!({"user": "user-0"}));
    deployment.prosody.thaw();
    until("the question about sessions", || {
        (deployment.count_log_lines("POST /v1/sessions/check") > asked).then_some(())
    });
    deployment.daemon.freeze();
    deployment.daemon.kill();
    deployment.daemon.restart();
    wait_for_end(&members[0], &room, "token revoked", Instant::now());
    for member in &members[1..] {
        member.client.is_undisturbed(&room);
    }
}

#[test]
fn a_user_is_out_of_the_meetings_of_two_servers_that_share_a_database() {
    let server = Postgres::start();
    let store = format!(
        "url = \"{}\"\ndatabase_password = \"{PASSWORD}\"",
        server.url(server.port())
    );
    let room = room_jid(&MEET, ROOM);
    let servers = [(); 2].map(|()| keep_in(&Setup::of(&[MEET]), &store));
    let tokens = || (0..4).map(|number| member_token(number, &json!({})));
    let meetings = [0, 1].map(|number| meet(&servers[number], tokens().collect(), &room));
    for (number, what) in [json!({"user": "user-0"}), json!({"jti": "jti-1"})]
        .iter()
        .enumerate()
    {
        let since = servers[number].revoke(what);
        for meeting in &meetings {
            let took = wait_for_end(&meeting[number], &room, "token revoked", since);
            eprintln!("out after {took:?}");
            assert!(took < OUT_WITHIN_A_FLEET, "{took:?}");
        }
    }
    for member in meetings.iter().flat_map(|meeting| &meeting[2..]) {
        member.client.is_undisturbed(&room);
    }
}

fn resumable(number: usize) -> Login {
    let token = member_token(number, &json!({}));
    Login::to(MEET.name).token(token).resumable()
}

#[test]
fn whose_session_was_ended_does_not_get_the_stream_back() {
    let deployment = keep_with("");
    let room = room_jid(&MEET, ROOM);
    for number in [0, 1] {
        let client = deployment.login(&resumable(number)).unwrap();
        client.join(&room, "ann").unwrap();
        deployment.revoke(&json!({"jti": format!("jti-{number}")}));
        client.wait_for_kick(&room, "ann");
        client.wait_for_end(0);
        // The second one comes with another token, which is good.
        let token = [number, 10][number];
        let back = deployment.resume(&client, &resumable(token));
        let denied = Err(denial("not-allowed", "token revoked"));
        assert_eq!(back, if number == 0 { denied } else { Ok(false) });
    }
}

#[test]
fn a_session_that_waits_for_its_client_is_ended_as_well() {
    let deployment = keep_with("");
    let room = room_jid(&MEET, ROOM);
    let witness = deployment
        .login(&login(&member_token(20, &json!({})), 0))
        .unwrap();
    witness.join(&room, "witness").unwrap();
    let lost = |number, login: &Login| {
        let client = deployment.connect(login);
        let jid = client.login().unwrap();
        client.join(&room, &format!("member-{number}")).unwrap();
        client.drop_connection();
        deployment.revoke(&json!({"jti": format!("jti-{number}")}));
        until("the end of the session", || {
            deployment.prosody.session(&jid).is_null().then_some(())
        });
        witness.see_occupants(&room, &["witness"]);
        client
    };
    let ann = lost(0, &resumable(0));
    deployment.wait_for_log_line(&["Session going into hibernation"]);
    assert_eq!(deployment.resume(&ann, &resumable(10)), Ok(false));
    ann.disconnect();
    // Over BOSH nobody notices for a minute that a client has gone.
    lost(1, &login(&member_token(1, &json!({})), 1));
    witness.is_undisturbed(&room);
}

const MORE_ROOMS: &str = r#"
Component "lobby.meet.example.com" "muc"
    muc_room_locking = false
Component "breakout.meet.example.com" "muc"
    muc_room_locking = false
"#;

#[test]
fn they_are_out_of_breakout_rooms_and_the_lobby_too_and_owners_as_others_are() {
    let deployment = keep(&Setup {
        muc_options: r#"modules_enabled = { "token_verification", "report_occupant", "token_roles" }"#,
        more_hosts: MORE_ROOMS,
        ..Setup::of(&[MEET])
    });
    let rooms = [
        room_jid(&MEET, ROOM),
        "0c3e@breakout.meet.example.com".to_owned(),
        "standup@lobby.meet.example.com".to_owned(),
    ];
    let focus = deployment.login_administrator();
    for room in &rooms {
        focus.join(room, "focus").unwrap();
    }
    let user = json!({"context": {"user": {"id": "user-0", "affiliation": "owner"}}});
    let ann = deployment
        .login(&Login::to(MEET.name).token(member_token(0, &user)))
        .unwrap();
    for room in &rooms {
        ann.join(room, "ann").unwrap();
    }
    deployment.revoke(&json!({"user": "user-0", "reason": "signed out"}));
    for room in &rooms {
        let reason = ann.wait_for_kick(room, "ann");
        assert_eq!(reason.as_deref(), Some("token revoked: signed out"));
    }
    ann.wait_for_end(0);
    for room in &rooms {
        focus.see_occupants(room, &["focus"]);
        focus.is_undisturbed(room);
    }
}

#[test]
fn a_meeting_that_ends_takes_its_breakout_rooms_along_and_no_administrator() {
    let deployment = keep(&Setup {
        more_hosts: MORE_ROOMS,
        ..Setup::of(&[MEET])
    });
    let (main, breakout) = (room_jid(&MEET, ROOM), "0c3e@breakout.meet.example.com");
    let other = room_jid(&MEET, "planning");
    let focus = deployment.login_administrator();
    for room in [&main, breakout, &other] {
        focus.join(room, "focus").unwrap();
    }
    let tokens = [json!({}), json!({"room": "planning"})];
    let [ann, bob] = [0, 1].map(|number| {
        deployment
            .login(&login(&member_token(number, &tokens[number]), number))
            .unwrap()
    });
    ann.join(&main, "ann").unwrap();
    ann.join(breakout, "ann").unwrap();
    ann.leave(&main, "ann");
    bob.join(&other, "bob").unwrap();
    deployment.revoke(&json!({"room": main, "reason": "the booking is over"}));
    let reason = ann.wait_for_kick(breakout, "ann");
    assert_eq!(
        reason.as_deref(),
        Some("room is closed: the booking is over")
    );
    deployment.wait_for_looks(2);
    bob.is_undisturbed(&other);
    for room in [&main, breakout, &other] {
        focus.is_undisturbed(room);
    }
}

const GUESTS: &str = r#"
VirtualHost "guest.meet.example.com"
    authentication = "anonymous"
VirtualHost "recorder.meet.example.com"
    authentication = "anonymous"
"#;

#[test]
fn guests_go_with_their_room_and_who_is_on_the_allowlist_does_not() {
    let deployment = keep(&Setup {
        muc_options: r#"token_verification_allowlist = { "recorder.meet.example.com" }"#,
        more_hosts: GUESTS,
        ..Setup::of(&[Host {
            policy: "allow_empty_token = true",
            ..MEET
        }])
    });
    let (room, other) = (room_jid(&MEET, ROOM), room_jid(&MEET, "planning"));
    let enter = |host: &str, room: &str, nick: &str| {
        let client = deployment.login(&Login::to(host)).unwrap();
        client.join(room, nick).unwrap();
        client
    };
    let guests = [
        enter(MEET.name, &room, "guest-0"),
        enter("guest.meet.example.com", &room, "guest-1"),
    ];
    let elsewhere = [
        enter(MEET.name, &other, "guest-2"),
        enter("guest.meet.example.com", &other, "guest-3"),
    ];
    let recorder = enter("recorder.meet.example.com", &room, "recorder");
    deployment.revoke(&json!({"room": room}));
    for (number, guest) in guests.iter().enumerate() {
        guest.wait_for_kick(&room, &format!("guest-{number}"));
        guest.wait_for_end(0);
    }
    deployment.wait_for_looks(2);
    for client in &elsewhere {
        client.is_undisturbed(&other);
    }
    recorder.is_undisturbed(&room);
    recorder.see_occupants(&room, &["recorder"]);
}

#[test]
fn a_verdict_on_a_room_that_is_older_than_the_revocation_opens_nothing() {
    let deployment = keep_with("");
    let room = room_jid(&MEET, ROOM);
    for (number, transport) in TRANSPORTS.into_iter().enumerate() {
        let login = login(&member_token(number, &json!({})), number);
        // The verdict on the room comes with that on the token.
        let client = deployment.login(&login.over(transport).room(ROOM)).unwrap();
        if number == 0 {
            deployment.revoke(&json!({"room": room}));
        }
        deployment.wait_for_looks(2);
        let refused = client.join(&room, "late").unwrap_err();
        assert_eq!(refused, refused_room(), "{transport:?}");
    }
}

/// The error of a join of a room that was taken back.
fn refused_room() -> StanzaError {
    StanzaError {
        application: Some(ApplicationError {
            name: "not-allowed".to_owned(),
            namespace: "http://jitsi.org/jitmeet".to_owned(),
        }),
        ..refusal("room is closed")
    }
}

/// A member whose token runs out in so many seconds.
fn short_lived(number: usize, seconds: i64) -> Login {
    let token = member_token(number, &json!({"exp": in_seconds(seconds)}));
    login(&token, number)
}

fn has_expired(text: &str) -> bool {
    text == "the token with which you joined has expired"
}

#[test]
fn nobody_is_ended_as_a_token_runs_out_unless_the_host_says_so() {
    let deployment = keep_with("");
    let room = room_jid(&MEET, ROOM);
    let ann = deployment.login(&short_lived(0, 3)).unwrap();
    ann.join(&room, "ann").unwrap();
    let due = in_seconds(3);
    until("the end of the token's time", || {
        (in_seconds(0) > due).then_some(())
    });
    deployment.wait_for_looks(2);
    ann.is_undisturbed(&room);
    assert_eq!(ann.count_system_messages(), 0);
    // Nor as something else is taken back.
    deployment.revoke(&json!({"user": "nobody"}));
    deployment.wait_for_looks(2);
    ann.is_undisturbed(&room);
}

#[test]
fn a_user_whose_token_runs_out_is_told_once_and_stays() {
    let deployment = keep_with("end_sessions_at_expiry = \"warn\"");
    let room = room_jid(&MEET, ROOM);
    let members = [0, 1].map(|number| {
        let member = deployment.login(&short_lived(number, 4)).unwrap();
        member.join(&room, &format!("member-{number}")).unwrap();
        member
    });
    let bob = deployment
        .login(&login(&member_token(2, &json!({})), 2))
        .unwrap();
    bob.join(&room, "bob").unwrap();
    for member in &members {
        assert!(has_expired(&member.hear_system(&room)));
    }
    deployment.revoke(&json!({"user": "nobody"}));
    deployment.wait_for_looks(2);
    for member in &members {
        member.is_undisturbed(&room);
        assert_eq!(member.count_system_messages(), 1);
    }
    assert_eq!(bob.count_system_messages(), 0);
}

#[test]
fn a_session_ends_when_the_grace_is_over_and_not_before() {
    let deployment = keep_with("end_sessions_at_expiry = \"end\"\nend_sessions_grace = 3");
    let room = room_jid(&MEET, ROOM);
    let due = in_seconds(5);
    let members = [0, 1].map(|number| {
        let member = deployment.login(&short_lived(number, 2)).unwrap();
        member.join(&room, &format!("member-{number}")).unwrap();
        member
    });
    let bob = deployment
        .login(&login(&member_token(2, &json!({})), 2))
        .unwrap();
    bob.join(&room, "bob").unwrap();
    for (number, member) in members.iter().enumerate() {
        let reason = member.wait_for_kick(&room, &format!("member-{number}"));
        assert!(in_seconds(0) >= due);
        assert!(has_expired(&reason.unwrap()));
        member.wait_for_end(0);
    }
    assert!(in_seconds(0) <= due + 4);
    bob.is_undisturbed(&room);
    bob.see_occupants(&room, &["bob"]);
}

#[test]
fn who_comes_with_a_newer_token_in_time_stays_until_that_one_runs_out() {
    let deployment = keep_with("end_sessions_at_expiry = \"end\"");
    let room = room_jid(&MEET, ROOM);
    {
        let ann = deployment.login(&short_lived(0, 4).resumable()).unwrap();
        ann.join(&room, "ann").unwrap();
        let (first, second) = (in_seconds(4), in_seconds(9));
        assert_eq!(deployment.resume(&ann, &short_lived(0, 9)), Ok(true));
        let back = ann.seen();
        until("the end of the first token's time", || {
            (in_seconds(0) > first).then_some(())
        });
        deployment.wait_for_looks(2);
        ann.is_undisturbed_since(back, &room);
        ann.wait_for_kick(&room, "ann");
        assert!(in_seconds(0) >= second);
        ann.wait_for_end(back);
    }
}

#[test]
fn the_module_may_be_loaded_and_taken_away_while_people_are_in() {
    let deployment = keep_with("");
    let room = room_jid(&MEET, ROOM);
    let tokens = (0..3).map(|number| member_token(number, &json!({})));
    let members = meet(&deployment, tokens.collect(), &room);
    let change = |action| {
        deployment
            .prosody
            .change_module(action, "token_sessions", MEET.name);
    };
    change("unload");
    let looks = deployment.count_log_lines(LOOK);
    deployment.revoke(&json!({"user": "user-0"}));
    for member in &members {
        member.client.is_undisturbed(&room);
    }
    change("load");
    wait_for_end(&members[0], &room, "token revoked", Instant::now());
    change("reload");
    deployment.revoke(&json!({"user": "user-1"}));
    wait_for_end(&members[1], &room, "token revoked", Instant::now());
    members[2].client.is_undisturbed(&room);
    assert!(deployment.count_log_lines(LOOK) > looks);
}

#[test]
fn a_module_where_it_has_nothing_to_do_says_so() {
    let deployment = start(&Setup {
        muc_options: r#"modules_enabled = { "token_verification", "report_occupant", "token_sessions" }"#,
        expected_errors: &["token_sessions does nothing"],
        ..Setup::of(&[MEET])
    });
    deployment.wait_for_log_line(&["token_sessions does nothing on conference.meet.example.com"]);
    deployment
        .login(&login(&member_token(0, &json!({})), 0))
        .unwrap();
    assert_eq!(deployment.count_log_lines(LOOK), 0);
}

/// What Prosody may spend on a check of everybody, and how long it may do nothing else meanwhile, in seconds.
const WHOLE_CHECK: f64 = 0.2;
const ONE_SLICE: f64 = 0.005;

/// How often this is measured: another program of the machine may be in the way of one.
const ATTEMPTS: usize = 5;

/// The processor time that a check of everybody takes, and the most of it at a time.
fn cost_of_a_check(deployment: &Keeping, number: usize, collector: &str) -> (f64, f64) {
    let host = MEET.name;
    let measure = format!("crowd/measure?host={host}&collector={collector}");
    deployment.prosody.get(&measure, "");
    deployment.revoke(&json!({"user": format!("nobody-{collector}-{number}")}));
    let result = deployment.prosody.get("crowd/result", "");
    let figure = |name: &str| result[name].as_f64().unwrap();
    (figure("total"), figure("longest"))
}

#[test]
fn two_thousand_sessions_are_checked_in_slices_that_hold_nobody_up() {
    let deployment = keep(&Setup {
        log_level: "info",
        prosody_options: CROWDED,
        muc_options: "modules_enabled = { \"token_verification\" }\n    muc_room_cache_size = 1000",
        ..Setup::of(&[MEET])
    });
    let padding = json!({"padding": "x".repeat(600)});
    let token = member_token(0, &padding);
    let fill = format!(
        "crowd/fill?host={0}&issuer={1}&muc=conference.{0}&count=500&size=20",
        MEET.name, MEET.app_id
    );
    for _ in 0..4 {
        deployment.prosody.get(&fill, &token);
    }
    let totals = (0..ATTEMPTS).map(|number| cost_of_a_check(&deployment, number, "on").0);
    let total = totals.fold(f64::INFINITY, f64::min);
    let slices = (0..ATTEMPTS).map(|number| cost_of_a_check(&deployment, number, "off").1);
    let slice = slices.fold(f64::INFINITY, f64::min);
    eprintln!("a check of 2,000 sessions: {total} s of processor time, {slice} s at a time");
    assert!(total < WHOLE_CHECK, "{total} s");
    assert!(slice < ONE_SLICE, "{slice} s");
}

const CROWDED: &str = r#"modules_enabled = { "roster", "saslauth", "disco", "bosh", "websocket", "smacks", "observe", "crowd" }"#;
