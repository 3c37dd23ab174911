//! Creating rooms.

use std::collections::BTreeSet;

use serde_json::json;

use crate::fixture::{MEET, REQUEST, claims, refusal, room_jid, start};
use support::client::{ApplicationError, Client, Join, StanzaError};
use support::deployment::{Deployment, Setup};
use support::login::{Login, TRANSPORTS};
use support::token::{mint, with};

const CROWD: usize = 50;
/// The status code of the presence that tells the creator of a new room.
const CREATED: u16 = 201;

#[test]
fn fifty_at_once_create_one_room_when_they_announce_it_as_they_connect() {
    let deployment = start(&Setup::of(&[MEET]));
    meet_in_a_new_room(&deployment, |login| login.room("launch"));
}

#[test]
fn fifty_at_once_create_one_room_when_they_announce_nothing() {
    let deployment = start(&Setup::of(&[MEET]));
    meet_in_a_new_room(&deployment, |login| login);
}

fn meet_in_a_new_room(deployment: &Deployment, announce: impl Fn(Login) -> Login) {
    let nicks: Vec<String> = (0..CROWD)
        .map(|number| format!("member-{number}"))
        .collect();
    let transports = TRANSPORTS.iter().cycle();
    let crowd: Vec<Client> = nicks
        .iter()
        .zip(transports)
        .map(|(nick, &transport)| {
            let user = json!({"context": {"user": {"id": nick}}});
            let token = mint(&with(claims(&MEET, "launch"), &user), MEET.app_secret);
            deployment.connect(&announce(Login::to(MEET.name).over(transport).token(token)))
        })
        .collect();
    for client in &crowd {
        client.login().unwrap();
    }

    let room = room_jid(&MEET, "launch");
    let joins: Vec<Join> = crowd
        .iter()
        .zip(&nicks)
        .map(|(client, nick)| client.start_join(&room, nick))
        .collect();
    let creators = joins
        .iter()
        .filter(|join| join.outcome().unwrap().contains(&CREATED))
        .count();
    assert_eq!(creators, 1);
    let everybody: Vec<&str> = nicks.iter().map(String::as_str).collect();
    for client in &crowd {
        client.see_occupants(&room, &everybody);
    }
}

#[test]
fn a_participant_waits_for_the_room_where_only_administrators_create_rooms() {
    let deployment = start(&Setup {
        muc_options: "restrict_room_creation = true",
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, "board");
    let token = mint(&claims(&MEET, "board"), MEET.app_secret);
    let missing = StanzaError {
        application: Some(ApplicationError {
            name: "room-does-not-exist".to_owned(),
            namespace: "http://jitsi.org/jitmeet".to_owned(),
        }),
        ..refusal("Room does not exist")
    };
    let participants: Vec<Client> = TRANSPORTS
        .iter()
        .flat_map(|&transport| {
            let login = Login::to(MEET.name).over(transport).token(&token);
            [login.clone(), login.room("board")]
        })
        .map(|login| deployment.login(&login).unwrap())
        .collect();
    for participant in &participants {
        assert_eq!(participant.join(&room, "early"), Err(missing.clone()));
    }

    let administrator = deployment.login_administrator();
    assert!(
        administrator
            .join(&room, "focus")
            .unwrap()
            .contains(&CREATED)
    );
    for (number, participant) in participants.iter().enumerate() {
        participant
            .join(&room, &format!("participant-{number}"))
            .unwrap();
    }
    let seen: BTreeSet<String> = participants[0].occupants(&room);
    assert!(seen.contains("focus"), "{seen:?}");
}

#[test]
fn a_participant_who_announces_the_room_costs_one_request() {
    let deployment = start(&Setup::of(&[MEET]));
    let room = room_jid(&MEET, "standup");
    for transport in TRANSPORTS {
        let token = mint(&claims(&MEET, "standup"), MEET.app_secret);
        let login = Login::to(MEET.name).over(transport).token(token);
        for (login, expected) in [(login.clone().room("standup"), 1), (login, 2)] {
            let before = deployment.count_log_lines(REQUEST);
            let participant = deployment.login(&login).unwrap();
            participant.join(&room, "participant").unwrap();
            participant.disconnect();
            assert_eq!(deployment.count_log_lines(REQUEST) - before, expected);
        }
    }
}
