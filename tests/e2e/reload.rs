//! Modules that are loaded anew while a conference goes on.

use crate::fixture::{Checked, MEET, REQUEST, claims, refusal, room_jid, start};
use support::client::{Client, Join};
use support::deployment::Setup;
use support::login::{Login, TRANSPORTS};
use support::token::mint;
use support::until;

const ROOM: &str = "standup";
const MEMBERS: usize = 40;

fn login(room: &str, number: usize) -> Login {
    let token = mint(&claims(&MEET, room), MEET.app_secret);
    Login::to(MEET.name)
        .over(TRANSPORTS[number % TRANSPORTS.len()])
        .token(token)
}

fn connect<'a>(deployment: &'a Checked, room: &str, number: usize) -> Vec<Client<'a>> {
    (0..number)
        .map(|number| deployment.connect(&login(room, number)))
        .collect()
}

fn join<'a>(clients: &'a [Client], nick: &str) -> Vec<Join<'a>> {
    clients
        .iter()
        .enumerate()
        .map(|(number, client)| {
            client.start_join(&room_jid(&MEET, ROOM), &format!("{nick}-{number}"))
        })
        .collect()
}

fn reload_all(deployment: &Checked) {
    let muc = format!("conference.{}", MEET.name);
    for (module, host) in [
        ("jitsi_session", "*"),
        ("auth_token", MEET.name),
        ("token_verification", &muc),
    ] {
        deployment.prosody.change_module("reload", module, host);
    }
}

#[test]
fn a_conference_and_those_at_its_door_outlive_a_reload() {
    let deployment = start(&Setup {
        prosody_options: "tokend_timeout = 20",
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, ROOM);
    let members = connect(&deployment, ROOM, MEMBERS);
    for member in &members {
        member.login().unwrap();
    }
    for join in join(&members, "member") {
        join.outcome().unwrap();
    }
    let at_the_door = connect(&deployment, ROOM, 4);
    let strangers = connect(&deployment, "planning", 4);
    for client in at_the_door.iter().chain(&strangers) {
        client.login().unwrap();
    }

    let requests = deployment.count_log_lines(REQUEST);
    deployment.daemon.freeze();
    let joins = join(&at_the_door, "newcomer");
    let intrusions = join(&strangers, "stranger");
    let logins = connect(&deployment, ROOM, 4);
    let pending = joins.len() + intrusions.len() + logins.len();
    until("all questions to be asked", || {
        (deployment.count_log_lines(REQUEST) >= requests + pending).then_some(())
    });
    reload_all(&deployment);
    deployment.daemon.thaw();

    for join in &joins {
        join.outcome().unwrap();
    }
    for join in &intrusions {
        assert_eq!(join.outcome(), Err(refusal("Room and token mismatched")));
    }
    for login in &logins {
        login.login().unwrap();
    }
    for join in join(&logins, "latecomer") {
        join.outcome().unwrap();
    }
    members[0].say(&room, "still here?");
    for member in members.iter().chain(&logins) {
        member.hear(&room, "still here?");
    }
    assert_eq!(
        members[0].occupants(&room).len(),
        MEMBERS + joins.len() + logins.len()
    );
}

#[test]
fn a_stream_from_before_a_reload_is_resumed_after_it() {
    let deployment = start(&Setup::of(&[MEET]));
    let room = room_jid(&MEET, ROOM);
    let member = deployment.login(&login(ROOM, 0).resumable()).unwrap();
    member.join(&room, "member").unwrap();
    reload_all(&deployment);
    assert_eq!(
        deployment.resume(&member, &login(ROOM, 0).resumable()),
        Ok(true)
    );
    member.say(&room, "back again");
}
