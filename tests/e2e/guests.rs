//! Tokens that nobody has verified, and modules that take whoever has a token for authenticated.

use serde_json::Value;

use crate::fixture::{Checked, MEET, claims, room_jid, start};
use support::deployment::{Host, Setup};
use support::login::{Login, TRANSPORTS};
use support::token::mint;

const ROOM: &str = "standup";
const GUEST_HOST: &str = "guest.meet.example.com";
const ANONYMOUS_HOST: &str = "anonymous.meet.example.com";
const PASSWORD_HOST: &str = "auth.meet.example.com";
const HOSTS: &str = r#"
VirtualHost "guest.meet.example.com"
    authentication = "guest"

VirtualHost "anonymous.meet.example.com"
    authentication = "anonymous"
"#;

fn deploy(policy: &'static str) -> Checked {
    start(&Setup {
        muc_options: "modules_enabled = { \"token_verification\", \"report_occupant\", \"trust_token\" }",
        more_hosts: HOSTS,
        ..Setup::of(&[Host { policy, ..MEET }])
    })
}

fn good() -> String {
    mint(&claims(&MEET, ROOM), MEET.app_secret)
}

fn forged() -> String {
    mint(&claims(&MEET, ROOM), "not-the-secret-of-this-host-at-all")
}

/// Joins, and says what a module takes the occupant for.
fn taken_for(deployment: &Checked, login: &Login, nick: &str) -> (String, Value) {
    let client = deployment.connect(login);
    let jid = client.login().unwrap();
    client.join(&room_jid(&MEET, ROOM), nick).unwrap();
    let line = deployment.wait_for_log_line(&[&format!("/{nick} is taken for")]);
    let (_, taken_for) = line.split_once("is taken for ").unwrap();
    (taken_for.to_owned(), deployment.prosody.session(&jid))
}

#[test]
fn a_token_that_nobody_verified_makes_nobody_a_host() {
    let deployment = deploy("allow_empty_token = true\nasap_require_room_claim = false");
    let tokens = [
        String::new(),
        "any text at all".to_owned(),
        forged(),
        good(),
    ];
    for transport in TRANSPORTS {
        for (host, user) in [
            (GUEST_HOST, None),
            (ANONYMOUS_HOST, None),
            (PASSWORD_HOST, Some(("focus", "the-password-of-focus"))),
        ] {
            for (number, token) in tokens.iter().enumerate() {
                let login = Login::to(host).over(transport).token(token);
                let login = match user {
                    Some((name, password)) => login.user(name, password),
                    None => login,
                };
                let nick = format!("{transport:?}-{host}-{number}");
                let (taken_for, session) = taken_for(&deployment, &login, &nick);
                assert_eq!(taken_for, "a guest", "{nick}");
                assert_eq!(session["auth_token"], Value::Null, "{nick}");
            }
        }
    }
}

#[test]
fn a_token_in_a_header_makes_nobody_a_host_either() {
    let deployment = deploy("allow_empty_token = true");
    for authorization in ["Bearer any-text-at-all", "Basic dXNlcjpwYXNz", "anything"] {
        let login = Login::to(GUEST_HOST).header(authorization);
        let nick = authorization.to_lowercase().replace(' ', "-");
        let (taken_for, session) = taken_for(&deployment, &login, &nick);
        assert_eq!(taken_for, "a guest");
        assert_eq!(session["auth_token"], Value::Null);
    }
}

#[test]
fn a_verified_token_does_and_none_does_not() {
    let deployment = deploy("allow_empty_token = true");
    for transport in TRANSPORTS {
        let login = Login::to(MEET.name).over(transport);
        let nick = format!("member-{transport:?}");
        let token = good();
        let (member, session) = taken_for(&deployment, &login.clone().token(&token), &nick);
        assert_eq!(member, "a host");
        assert_eq!(session["auth_token"], token);
        let nick = format!("guest-{transport:?}");
        let (guest, session) = taken_for(&deployment, &login, &nick);
        assert_eq!(guest, "a guest");
        assert_eq!(session["auth_token"], Value::Null);
    }
}

#[test]
fn a_guest_who_comes_back_with_a_good_token_is_authenticated_from_then_on() {
    let deployment = deploy("allow_empty_token = true");
    let guest = deployment.connect(&Login::to(GUEST_HOST).token(forged()).resumable());
    let jid = guest.login().unwrap();
    guest.join(&room_jid(&MEET, ROOM), "bob").unwrap();
    assert_eq!(deployment.prosody.session(&jid)["auth_token"], Value::Null);
    let token = good();
    let login = Login::to(GUEST_HOST).token(&token).resumable();
    assert_eq!(deployment.resume(&guest, &login), Ok(true));
    assert_eq!(deployment.prosody.session(&jid)["auth_token"], token);
}
