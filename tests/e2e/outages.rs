//! The daemon gone or silent, and clients that do not wait for its word.

use std::time::{Duration, Instant};

use crate::fixture::{Checked, MEET, REQUEST, claims, denial, refusal, room_jid, start};
use support::client::{Client, Join, StanzaError};
use support::deployment::{Deployment, Setup};
use support::login::{Login, TRANSPORTS, Transport};
use support::token::mint;
use support::until;

const ROOM: &str = "standup";
/// The room that the token of a stranger is for.
const ELSEWHERE: &str = "planning";
const TIMEOUT: &str = "tokend_timeout = 2";
/// The timeout, and what a slow machine may add to it.
const DENIED_WITHIN: Duration = Duration::from_secs(5);
const BACK_WITHIN: Duration = Duration::from_secs(2);
const UNAVAILABLE: &str = "Token verification is not available, try again";
const OUTAGE: &str = "gives no verdicts";

fn deploy() -> Checked {
    start(&Setup {
        prosody_options: TIMEOUT,
        expected_errors: &[OUTAGE],
        ..Setup::of(&[MEET])
    })
}

fn login_for(room: &str, transport: Transport) -> Login {
    let token = mint(&claims(&MEET, room), MEET.app_secret);
    Login::to(MEET.name).over(transport).token(token)
}

/// Clients whose token is for this room and who did not announce it: they are decided as they join.
fn bearers<'a>(deployment: &'a Deployment, room: &str, number: usize) -> Vec<Client<'a>> {
    let transports = TRANSPORTS.iter().cycle().take(number);
    let clients = transports.map(|&transport| deployment.connect(&login_for(room, transport)));
    let clients: Vec<Client> = clients.collect();
    for client in &clients {
        client.login().unwrap();
    }
    clients
}

fn start_joins<'a>(clients: &'a [Client], room: &str, nick: &str) -> Vec<Join<'a>> {
    let clients = clients.iter().enumerate();
    clients
        .map(|(number, client)| client.start_join(room, &format!("{nick}-{number}")))
        .collect()
}

fn is_unavailable(error: &StanzaError) -> bool {
    error.kind == "wait" && error.text.as_deref() == Some(UNAVAILABLE)
}

fn assert_logins_unavailable(deployment: &Deployment) {
    let logins = TRANSPORTS.map(|transport| login_for(ROOM, transport));
    let logins = logins
        .into_iter()
        .flat_map(|login| [login.clone(), login.room(ROOM)]);
    let clients: Vec<Client> = logins.map(|login| deployment.connect(&login)).collect();
    let started = Instant::now();
    for client in &clients {
        assert_eq!(
            client.login(),
            Err(denial("temporary-auth-failure", UNAVAILABLE))
        );
    }
    assert!(started.elapsed() < DENIED_WITHIN, "{:?}", started.elapsed());
}

fn assert_member_gets_in(deployment: &Deployment, nick: &str) {
    let started = Instant::now();
    let member = deployment
        .login(&login_for(ROOM, Transport::WebSocket).room(ROOM))
        .unwrap();
    member.join(&room_jid(&MEET, ROOM), nick).unwrap();
    assert!(started.elapsed() < BACK_WITHIN, "{:?}", started.elapsed());
}

#[test]
fn a_daemon_killed_in_the_middle_of_joins_lets_in_nobody_it_would_not() {
    let deployment = deploy();
    let room = room_jid(&MEET, ROOM);
    let (first, members, strangers) = (
        bearers(&deployment, ROOM, 1),
        bearers(&deployment, ROOM, 12),
        bearers(&deployment, ELSEWHERE, 12),
    );
    first[0].join(&room, "first").unwrap();

    let (early_members, late_members) = members.split_at(8);
    let (early_strangers, late_strangers) = strangers.split_at(8);
    let started = Instant::now();
    let mut member_joins = start_joins(early_members, &room, "early-member");
    let mut stranger_joins = start_joins(early_strangers, &room, "early-stranger");
    deployment.daemon.kill();
    member_joins.extend(start_joins(late_members, &room, "late-member"));
    stranger_joins.extend(start_joins(late_strangers, &room, "late-stranger"));

    let refused = refusal("Room and token mismatched");
    for join in &stranger_joins {
        let error = join.outcome().unwrap_err();
        assert!(error == refused || is_unavailable(&error), "{error:?}");
    }
    let mut present = vec!["first"];
    for join in &member_joins {
        match join.outcome() {
            Ok(_) => present.push(join.nick()),
            Err(error) => assert!(is_unavailable(&error), "{error:?}"),
        }
    }
    assert!(started.elapsed() < DENIED_WITHIN, "{:?}", started.elapsed());
    first[0].see_occupants(&room, &present);
    assert!(
        present.iter().all(|nick| !nick.starts_with("late")),
        "{present:?}"
    );

    assert_logins_unavailable(&deployment);
    assert_eq!(deployment.count_log_lines(OUTAGE), 1);

    deployment.daemon.restart();
    assert_member_gets_in(&deployment, "newcomer");
    late_members[0].join(&room, "second-try").unwrap();
    assert_eq!(
        late_strangers[0].join(&room, "second-try-too"),
        Err(refused)
    );
    deployment.wait_for_log_line(&["gives verdicts", "again"]);
    assert_eq!(deployment.count_log_lines(OUTAGE), 1);
}

#[test]
fn a_conference_goes_on_undisturbed_while_the_daemon_is_silent() {
    let deployment = deploy();
    let room = room_jid(&MEET, ROOM);
    let alice = deployment
        .login(&login_for(ROOM, Transport::WebSocket))
        .unwrap();
    let [bob, carol] =
        TRANSPORTS.map(|transport| deployment.login(&login_for(ROOM, transport)).unwrap());
    for (client, nick) in [(&alice, "alice"), (&bob, "bob"), (&carol, "carol")] {
        client.join(&room, nick).unwrap();
    }
    let chat = |subject| {
        [(&bob, "bob"), (&carol, "carol")]
            .map(|(other, nick)| chat(&alice, other, &room, &format!("{subject}, {nick}")))
    };
    let latecomers = bearers(&deployment, ROOM, 4);
    let undisturbed = chat("before");

    deployment.daemon.freeze();
    let frozen = Instant::now();
    let joins = start_joins(&latecomers, &room, "latecomer");
    let newcomer = deployment.connect(&login_for(ROOM, Transport::WebSocket));
    let disturbed = chat("meanwhile");
    for (before, meanwhile) in undisturbed.iter().zip(disturbed) {
        let limit = *before * 2 + Duration::from_millis(300);
        assert!(meanwhile < limit, "{meanwhile:?}, and {before:?} before");
    }
    let asked_again = Instant::now();
    bob.join(&room, "bob").unwrap();
    assert!(
        asked_again.elapsed() < Duration::from_millis(500),
        "{:?}",
        asked_again.elapsed()
    );

    for join in &joins {
        let error = join.outcome().unwrap_err();
        assert!(is_unavailable(&error), "{error:?}");
    }
    assert_eq!(
        newcomer.login(),
        Err(denial("temporary-auth-failure", UNAVAILABLE))
    );
    assert!(frozen.elapsed() < DENIED_WITHIN, "{:?}", frozen.elapsed());
    assert_logins_unavailable(&deployment);
    alice.see_occupants(&room, &["alice", "bob", "carol"]);
    assert_eq!(deployment.count_log_lines(OUTAGE), 1);

    deployment.daemon.thaw();
    assert_member_gets_in(&deployment, "newcomer");
}

/// How long eight messages there and as many back take.
fn chat(alice: &Client, other: &Client, room: &str, subject: &str) -> Duration {
    let started = Instant::now();
    for number in 0..8 {
        let (question, answer) = (
            format!("{subject} {number}?"),
            format!("{subject} {number}!"),
        );
        alice.say(room, &question);
        other.hear(room, &question);
        other.say(room, &answer);
        alice.hear(room, &answer);
    }
    started.elapsed()
}

#[test]
fn a_client_that_goes_before_its_decision_leaves_no_trace() {
    let deployment = start(&Setup {
        prosody_options: "tokend_timeout = 10\nbosh_max_inactivity = 1",
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, ROOM);
    let new_room = room_jid(&MEET, ELSEWHERE);
    let alice = deployment
        .login(&login_for(ROOM, Transport::WebSocket).room(ROOM))
        .unwrap();
    alice.join(&room, "alice").unwrap();
    let joining = bearers(&deployment, ROOM, 2);
    let creating = bearers(&deployment, ELSEWHERE, 2);

    let requests = deployment.count_log_lines(REQUEST);
    let answers = deployment.count_log_lines(ANSWER);
    deployment.daemon.freeze();
    let joins = start_joins(&joining, &room, "ghost");
    let creations = start_joins(&creating, &new_room, "ghost");
    let logins =
        TRANSPORTS.map(|transport| deployment.connect(&login_for(ROOM, transport).room(ROOM)));
    let pending = joins.len() + creations.len() + logins.len();
    wait_for_log_lines(&deployment, REQUEST, requests + pending);

    for client in joining.iter().chain(&creating).chain(&logins) {
        client.drop_connection();
    }
    wait_for_log_lines(&deployment, GONE, joins.len() + creations.len());
    wait_for_log_lines(&deployment, GONE_EARLY, logins.len());
    deployment.daemon.thaw();
    wait_for_log_lines(&deployment, ANSWER, answers + pending);

    let member = deployment
        .login(&login_for(ROOM, Transport::WebSocket))
        .unwrap();
    member.join(&room, "member").unwrap();
    member.see_occupants(&room, &["alice", "member"]);
    alice.see_occupants(&room, &["alice", "member"]);
    let planner = deployment
        .login(&login_for(ELSEWHERE, Transport::WebSocket))
        .unwrap();
    assert!(planner.join(&new_room, "planner").unwrap().contains(&201));
    planner.see_occupants(&new_room, &["planner"]);
    let log = deployment.prosody_log();
    let ghost = log
        .lines()
        .find(|line| line.contains("/ghost") && line.contains(JOINED));
    assert_eq!(ghost, None);
}

#[test]
fn questions_share_a_connection() {
    let deployment = start(&Setup {
        daemon_options: "limits.header_timeout = 60",
        ..Setup::of(&[MEET])
    });
    let log_in = || {
        deployment
            .login(&login_for(ROOM, Transport::WebSocket))
            .unwrap()
            .disconnect();
    };
    log_in();
    let before = deployment.count_log_lines(CONNECTING);
    for _ in 0..3 {
        log_in();
    }
    assert_eq!(deployment.count_log_lines(CONNECTING), before);

    deployment.daemon.kill();
    deployment.daemon.restart();
    log_in();
    assert_eq!(deployment.count_log_lines(CONNECTING), before + 1);
    assert_eq!(deployment.count_log_lines(OUTAGE), 0);
}

#[test]
fn a_restart_in_the_middle_of_joins_loses_none() {
    let deployment = start(&Setup {
        daemon_options: "limits.header_timeout = 60",
        prosody_options: "tokend_timeout = 20",
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, ROOM);
    let (early, late) = (bearers(&deployment, ROOM, 6), bearers(&deployment, ROOM, 6));
    // Each of them has a connection to the daemon of its own, which is kept.
    let joins = join_frozen(&deployment, &early, &room, "early");
    deployment.daemon.thaw();
    for join in &joins {
        join.outcome().unwrap();
    }
    let connections = deployment.count_log_lines(CONNECTING);

    let joins = join_frozen(&deployment, &late, &room, "late");
    assert_eq!(deployment.count_log_lines(CONNECTING), connections);
    deployment.prosody.freeze();
    deployment.daemon.kill();
    deployment.daemon.restart();
    deployment.prosody.thaw();
    for join in &joins {
        join.outcome().unwrap();
    }
    assert_eq!(deployment.count_log_lines(OUTAGE), 0);
}

/// Has clients ask to enter a room while the daemon does not answer, and waits until it has been asked.
fn join_frozen<'a>(
    deployment: &Deployment,
    clients: &'a [Client],
    room: &str,
    nick: &str,
) -> Vec<Join<'a>> {
    deployment.daemon.freeze();
    let asked = deployment.count_log_lines(REQUEST);
    let joins = start_joins(clients, room, nick);
    wait_for_log_lines(deployment, REQUEST, asked + clients.len());
    joins
}

#[test]
fn a_late_answer_is_nobody_elses() {
    let deployment = start(&Setup {
        prosody_options: "tokend_timeout = 1",
        expected_errors: &[OUTAGE],
        ..Setup::of(&[MEET])
    });
    let good = login_for(ROOM, Transport::WebSocket);
    let forged = Login::to(MEET.name).token(mint(
        &claims(&MEET, ROOM),
        "not-the-secret-of-this-host-at-all",
    ));
    let refused = Err(denial("not-allowed", "Invalid signature"));
    for _ in 0..3 {
        deployment.login(&good).unwrap().disconnect();
        deployment.daemon.freeze();
        let late = [(); 3].map(|()| deployment.connect(&good));
        for client in &late {
            assert_eq!(
                client.login(),
                Err(denial("temporary-auth-failure", UNAVAILABLE))
            );
        }
        let asked = deployment.count_log_lines(REQUEST);
        let forgers = [(); 3].map(|()| deployment.connect(&forged));
        wait_for_log_lines(&deployment, REQUEST, asked + forgers.len());
        deployment.daemon.thaw();
        for client in &forgers {
            assert_eq!(client.login(), refused);
        }
    }
}

/// The shim's debug line about a new connection.
const CONNECTING: &str = "Connecting to prosody-tokend at";

/// What `mod_report_occupant` says of whoever gets into a room.
const JOINED: &str = " joined with user ";

/// The shim's debug line about an answer.
const ANSWER: &str = "prosody-tokend answered";

// Prosody's own debug lines: the end of a session, and of one that has not come to be.
const GONE: &str = "Unbinding resource for";
const GONE_EARLY: &str = "Destroying unbound session for";

fn wait_for_log_lines(deployment: &Deployment, text: &str, number: usize) {
    until(
        &format!("{number} lines with {text:?} in Prosody's log"),
        || (deployment.count_log_lines(text) >= number).then_some(()),
    );
}
