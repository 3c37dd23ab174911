//! What stands in an `Authorization` header besides a token, above all where guests may enter.

use crate::fixture::{Checked, MEET, claims, denial, start};
use support::client::Denial;
use support::deployment::{Host, Setup};
use support::login::{Login, TRANSPORTS};
use support::token::mint;

const ROOM: &str = "standup";

fn deploy() -> Checked {
    start(&Setup::of(&[Host {
        policy: "allow_empty_token = true",
        ..MEET
    }]))
}

fn good() -> String {
    mint(&claims(&MEET, ROOM), MEET.app_secret)
}

/// What becomes of logins with this header over each transport: the room that the session may enter, or the denial.
fn outcomes(deployment: &Checked, authorization: &str) -> Vec<Result<Option<String>, Denial>> {
    let logins = TRANSPORTS.iter().flat_map(|&transport| {
        let mut login = Login::to(MEET.name).over(transport).header(authorization);
        let words = authorization.split_ascii_whitespace().last();
        login.secrets.extend(words.map(str::to_owned));
        [login.clone(), login.room(ROOM)]
    });
    let outcome = |login: Login| {
        let client = deployment.connect(&login);
        let jid = client.login()?;
        let session = deployment.prosody.session(&jid);
        Ok(session["jitsi_meet_room"].as_str().map(str::to_owned))
    };
    logins.map(outcome).collect()
}

#[test]
fn the_scheme_counts_in_any_spelling_and_with_any_blanks() {
    let deployment = deploy();
    for scheme in [
        "Bearer ",
        "bearer ",
        "BEARER ",
        "bEaReR ",
        "Bearer   ",
        "Bearer \t",
    ] {
        for outcome in outcomes(&deployment, &format!("{scheme}{}", good())) {
            assert_eq!(outcome, Ok(Some(ROOM.to_owned())), "{scheme:?}");
        }
    }
}

#[test]
fn what_is_no_token_makes_nobody_a_guest() {
    let deployment = deploy();
    for authorization in [
        "Basic dXNlcjpwYXNzd29yZA==".to_owned(),
        "Bearer".to_owned(),
        "bearer ".to_owned(),
        "Digest username=\"ann\"".to_owned(),
        format!("Token {}", good()),
        format!("JWT {}", good()),
        format!("Bearer:{}", good()),
        format!("Bearer {}, Bearer {}", good(), good()),
        "Bearer some words".to_owned(),
        good(),
    ] {
        for outcome in outcomes(&deployment, &authorization) {
            let Denial { condition, text } = outcome.expect_err(&authorization);
            assert_eq!(condition, "not-allowed", "{authorization}");
            assert!(text.starts_with("Invalid "), "{authorization}: {text}");
        }
    }
    assert_eq!(deployment.count_log_lines("dXNlcjpwYXNzd29yZA"), 0);
}

#[test]
fn the_log_names_the_scheme_that_was_found_and_what_to_send() {
    let deployment = deploy();
    let login = Login::to(MEET.name).header("Basic dXNlcjpwYXNzd29yZA==");
    assert_eq!(
        deployment.login(&login).err(),
        Some(denial("not-allowed", "Invalid token"))
    );
    deployment.wait_for_log_line(&["warn", "Denied the login", "scheme \"Basic\"", "Bearer"]);
    let login = Login::to(MEET.name).header("0123456789abcdef0123");
    deployment.login(&login).err().unwrap();
    deployment.wait_for_log_line(&["warn", "Denied the login", "without a scheme"]);
    assert_eq!(deployment.count_log_lines("0123456789abcdef0123"), 0);
}

#[test]
fn a_token_in_the_url_counts_whatever_the_header_says() {
    let deployment = deploy();
    let login = Login::to(MEET.name).room(ROOM).token(good());
    let client = deployment.connect(&login.header("Basic dXNlcjpwYXNzd29yZA=="));
    let jid = client.login().unwrap();
    assert_eq!(deployment.prosody.session(&jid)["jitsi_meet_room"], ROOM);
}
