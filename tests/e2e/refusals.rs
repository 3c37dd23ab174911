//! Tokens that do not let their bearer in, and what the bearer is told.

use jsonwebtoken::Algorithm::{HS384, HS512};
use serde_json::{Value, json};

use crate::fixture::{MEET, claims, denial, refusal, room_jid, start};
use support::client::{Client, Denial};
use support::deployment::{Deployment, Setup};
use support::login::{Login, TRANSPORTS};
use support::time::in_seconds;
use support::token::{mint, mint_with, with};

pub const ROOM: &str = "standup";

/// What comes of logins with the token over each transport, with the room announced and not.
pub fn outcomes(deployment: &Deployment, token: &[u8]) -> Vec<Option<Denial>> {
    let logins = TRANSPORTS.iter().flat_map(|&transport| {
        let login = Login::to(MEET.name).over(transport).token(token);
        [login.clone(), login.room(ROOM)]
    });
    let clients: Vec<Client> = logins.map(|login| deployment.connect(&login)).collect();
    clients.iter().map(|client| client.login().err()).collect()
}

pub fn good() -> String {
    mint(&claims(&MEET, ROOM), MEET.app_secret)
}

#[test]
fn a_claim_that_the_policy_forbids_is_named_in_the_refusal() {
    let deployment = start(&Setup::of(&[MEET]));
    let cases = [
        (
            json!({"nbf": in_seconds(600)}),
            "not-allowed",
            "Not acceptable by nbf",
        ),
        (json!({"nbf": "now"}), "not-allowed", "nbf must be number"),
        (
            json!({"exp": "tomorrow"}),
            "not-allowed",
            "exp must be number",
        ),
        (
            json!({"iss": "another_app"}),
            "not-allowed",
            "invalid 'iss' claim",
        ),
        (
            json!({"iss": null}),
            "not-allowed",
            "'iss' claim is missing",
        ),
        (
            json!({"iss": {"name": MEET.app_id}}),
            "not-allowed",
            "invalid 'iss' claim",
        ),
        (
            json!({"aud": "another_app"}),
            "not-allowed",
            "invalid 'aud' claim",
        ),
        (
            json!({"aud": null}),
            "not-allowed",
            "'aud' claim is missing",
        ),
        (
            json!({"aud": [MEET.app_id]}),
            "not-allowed",
            "invalid 'aud' claim",
        ),
        (
            json!({"room": null}),
            "not-authorized",
            "room claim is missing",
        ),
        (
            json!({"sub": null}),
            "not-authorized",
            "sub claim is missing",
        ),
    ];
    for (changes, condition, text) in cases {
        let token = mint(&with(claims(&MEET, ROOM), &changes), MEET.app_secret);
        for outcome in outcomes(&deployment, token.as_bytes()) {
            assert_eq!(outcome, Some(denial(condition, text)), "{changes}");
        }
    }
}

#[test]
fn an_expired_token_is_refused_with_the_time_since() {
    let deployment = start(&Setup::of(&[MEET]));
    let expired = |changes: Value| {
        let expired = with(claims(&MEET, ROOM), &json!({"exp": in_seconds(-3600)}));
        let token = mint(&with(expired, &changes), MEET.app_secret);
        outcomes(&deployment, token.as_bytes())
    };
    let without_issue = expired(json!({}));
    let with_issue = expired(json!({"iat": in_seconds(-3900)}));
    for (outcomes, end) in [(without_issue, ")"), (with_issue, ", valid for:300 sec)")] {
        for outcome in outcomes {
            let Denial { condition, text } = outcome.unwrap();
            assert_eq!(condition, "not-allowed");
            let seconds = text
                .strip_prefix("Not acceptable by exp (")
                .and_then(|rest| rest.strip_suffix(end))
                .and_then(|rest| rest.strip_suffix(" sec since expired"))
                .unwrap_or_else(|| panic!("{text}"));
            let seconds: u32 = seconds.parse().unwrap();
            assert!((3600..3660).contains(&seconds), "{text}");
        }
    }
}

#[test]
fn a_signature_that_is_not_the_hosts_is_refused() {
    let deployment = start(&Setup::of(&[MEET]));
    let claims = claims(&MEET, ROOM);
    let secret = MEET.app_secret;
    let cases = [
        (
            mint(&claims, "another-secret-of-the-end-to-end-tests"),
            "Invalid signature",
        ),
        (mint(&claims, &secret.to_uppercase()), "Invalid signature"),
        (
            mint_with(HS384, &claims, secret),
            "Invalid or incorrect alg",
        ),
        (
            mint_with(HS512, &claims, secret),
            "Invalid or incorrect alg",
        ),
    ];
    for (token, text) in cases {
        for outcome in outcomes(&deployment, token.as_bytes()) {
            assert_eq!(outcome, Some(denial("not-allowed", text)));
        }
    }
}

#[test]
fn a_client_without_a_token_is_refused() {
    let deployment = start(&Setup::of(&[MEET]));
    for transport in TRANSPORTS {
        let login = Login::to(MEET.name).over(transport);
        for login in [login.clone(), login.room(ROOM)] {
            assert_eq!(
                deployment.login(&login).err(),
                Some(denial("not-allowed", "token required"))
            );
        }
    }
}

#[test]
fn a_token_in_the_authorization_header_counts_like_one_in_the_url() {
    let deployment = start(&Setup::of(&[MEET]));
    for transport in TRANSPORTS {
        let login = Login::to(MEET.name).over(transport).room(ROOM);
        let member = deployment
            .login(&login.clone().authorization(&good()))
            .unwrap();
        member
            .join(&room_jid(&MEET, ROOM), &format!("{transport:?}"))
            .unwrap();
        let forged = mint(
            &claims(&MEET, ROOM),
            "another-secret-of-the-end-to-end-tests",
        );
        assert_eq!(
            deployment.login(&login.authorization(&forged)).err(),
            Some(denial("not-allowed", "Invalid signature"))
        );
    }
}

#[test]
fn a_token_for_one_room_opens_no_other() {
    let deployment = start(&Setup::of(&[MEET]));
    for transport in TRANSPORTS {
        let login = Login::to(MEET.name).over(transport).token(good());
        for login in [
            login.clone(),
            login.clone().room(ROOM),
            login.room("planning"),
        ] {
            let member = deployment.login(&login).unwrap();
            for other in ["planning", "standup2", "stand"] {
                assert_eq!(
                    member.join(&room_jid(&MEET, other), "member"),
                    Err(refusal("Room and token mismatched")),
                    "{other}"
                );
            }
            member.join(&room_jid(&MEET, ROOM), "member").unwrap();
            member.disconnect();
        }
    }
}
