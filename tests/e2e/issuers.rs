//! Several issuers of one host, in a real Prosody: each signs for itself and opens what it may, and what modules read comes from
//! where its tokens have it.

use serde_json::{Value, json};

use crate::fixture::{Checked, MEET, claims, denial, room_jid, start};
use support::deployment::{Host, Setup};
use support::login::{Login, TRANSPORTS};
use support::time::in_seconds;
use support::token::{mint, with};

const PARTNER: &str = "the-secret-of-the-partner-0123456789";
const SSO: &str = "the-secret-of-the-sign-on-0123456789";
const FURTHER: Host = Host {
    policy: r#"

[[hosts."meet.example.com".issuers]]
name = "partner"
issuer = "https://partner.example/"
audiences = ["meet"]
app_secret = "the-secret-of-the-partner-0123456789"
rooms = ["team-*"]
moderators = false

[[hosts."meet.example.com".issuers]]
name = "sign-on"
issuer = "https://sso.example/realms/meet"
audiences = ["account"]
app_secret = "the-secret-of-the-sign-on-0123456789"
claims = "keycloak"
"#,
    ..MEET
};
const ROLES: &str =
    r#"modules_enabled = { "token_verification", "report_occupant", "token_roles" }"#;

fn deployment() -> Checked {
    start(&Setup {
        muc_options: ROLES,
        ..Setup::of(&[FURTHER])
    })
}

fn of_partner(more: &Value) -> Value {
    let usual = json!({"iss": "https://partner.example/", "aud": "meet", "sub": "meet.example.com", "room": "team-a",
        "exp": in_seconds(7200)});
    with(usual, more)
}

/// What a sign-on sends: nothing of it is made for Jitsi.
fn of_sign_on(more: &Value) -> Value {
    let usual = json!({"iss": "https://sso.example/realms/meet", "aud": ["account", "meet"], "sub": "b143-0614", "typ": "Bearer",
        "name": "Ann Example", "email": "ann@example.com", "realm_access": {"roles": ["user"]}, "exp": in_seconds(7200)});
    with(usual, more)
}

#[test]
fn each_issuer_signs_for_itself_and_for_no_other() {
    let deployment = deployment();
    let invalid = || Some(denial("not-allowed", "Invalid signature"));
    for (claims, secret, denied) in [
        (claims(&MEET, "standup"), MEET.app_secret, None),
        (of_partner(&json!({})), PARTNER, None),
        (of_sign_on(&json!({})), SSO, None),
        (of_partner(&json!({})), MEET.app_secret, invalid()),
        (of_partner(&json!({})), SSO, invalid()),
        (of_sign_on(&json!({})), PARTNER, invalid()),
        (of_sign_on(&json!({})), MEET.app_secret, invalid()),
        (claims(&MEET, "standup"), PARTNER, invalid()),
        (
            of_partner(&json!({"iss": "https://partner.example"})),
            PARTNER,
            Some(denial("not-allowed", "invalid 'iss' claim")),
        ),
        (
            of_partner(&json!({"iss": null})),
            PARTNER,
            Some(denial("not-allowed", "'iss' claim is missing")),
        ),
        (
            of_partner(&json!({"room": "board"})),
            PARTNER,
            Some(denial(
                "not-allowed",
                "room is not one of the token's issuer",
            )),
        ),
        (
            of_partner(&json!({"context": {"user": {"moderator": "true"}}})),
            PARTNER,
            Some(denial(
                "not-allowed",
                "the token's issuer may not make moderators",
            )),
        ),
    ] {
        let token = mint(&claims, secret);
        for transport in TRANSPORTS {
            let login = Login::to(MEET.name).over(transport).token(&token);
            assert_eq!(deployment.connect(&login).login().err(), denied, "{claims}");
        }
    }
}

#[test]
fn the_rooms_of_an_issuer_bound_its_tokens_for_all_rooms_too() {
    let deployment = deployment();
    let all_rooms = [
        of_partner(&json!({"room": "*"})),
        of_partner(&json!({"room": "*", "sub": "*"})),
        of_partner(&json!({"room": "%w+%-?%w*", "context": {"room": {"regex": true}}})),
    ];
    for (nick, claims) in ["one", "two", "three"].into_iter().zip(all_rooms) {
        let client = deployment.connect(&Login::to(MEET.name).token(mint(&claims, PARTNER)));
        client.login().unwrap();
        client.join(&room_jid(&MEET, "team-b"), nick).unwrap();
        let denied = client.join(&room_jid(&MEET, "board"), nick).unwrap_err();
        let text = denied.text.unwrap_or_default();
        assert_eq!(text, "room is not one of the token's issuer", "{claims}");
    }
}

#[test]
fn a_sign_ons_token_is_taken_as_it_is_and_its_role_makes_the_moderator() {
    let deployment = deployment();
    let room = room_jid(&MEET, "standup");
    let focus = deployment.login_administrator();
    focus.join(&room, "focus").unwrap();
    for (roles, standing) in [
        (json!(["user", "jitsi-moderator"]), "owner moderator"),
        (json!(["user"]), "member participant"),
    ] {
        let claims = of_sign_on(&json!({"realm_access": {"roles": roles}}));
        let client = deployment.connect(&Login::to(MEET.name).token(mint(&claims, SSO)));
        let jid = client.login().unwrap();
        client.join(&room, standing).unwrap();
        assert_eq!(deployment.prosody.standing(&room, &jid), standing);
        let session = deployment.prosody.session(&jid);
        assert_eq!(session["jitsi_meet_context_user"]["name"], "Ann Example");
        assert_eq!(session["jitsi_meet_context_user"]["id"], "b143-0614");
        assert_eq!(
            session["jitsi_meet_auth_issuer"],
            "https://sso.example/realms/meet"
        );
    }
}
