//! Installations as they are found, each over both transports.

use serde_json::{Value, json};

use crate::fixture::{MEET, claims, denial, refusal, room_jid, start};
use support::deployment::{Host, Setup};
use support::login::{Login, TRANSPORTS};
use support::time::in_seconds;
use support::token::{mint, with};

const ODOO: Host = Host {
    name: "jitsi.odoo.example",
    app_id: "odoo-meetings",
    app_secret: "1f6b0c3e5a9d47c2b8e14f7a60d2c95b",
    policy: "",
};
const MEETING: &str = "meet-36d237b1a3";

/// A token as Odoo issues it to a moderator.
fn odoo_claims() -> Value {
    json!({
        "iss": ODOO.app_id,
        "aud": ODOO.app_id,
        "sub": ODOO.name,
        "room": MEETING,
        "nbf": in_seconds(-10),
        "exp": in_seconds(7200),
        "context": {"user": {
            "name": "Mitchell Admin",
            "email": "admin@odoo.example",
            "moderator": "true",
        }},
    })
}

#[test]
fn odoo_self_hosted() {
    let deployment = start(&Setup::of(&[ODOO]));
    let token = mint(&odoo_claims(), ODOO.app_secret);
    for transport in TRANSPORTS {
        let login = Login::to(ODOO.name)
            .over(transport)
            .room(MEETING)
            .token(&token);
        let moderator = deployment.login(&login).unwrap();
        let nick = format!("moderator-{transport:?}");
        moderator.join(&room_jid(&ODOO, MEETING), &nick).unwrap();
        deployment.wait_for_log_line(&[
            &format!("/{nick} joined"),
            r#""moderator":"true""#,
            r#""name":"Mitchell Admin""#,
        ]);
    }
}

#[test]
fn odoo_wrong_domain() {
    let deployment = start(&Setup::of(&[ODOO]));
    let token = mint(
        &with(odoo_claims(), &json!({"sub": "meet.jit.si"})),
        ODOO.app_secret,
    );
    for transport in TRANSPORTS {
        let login = Login::to(ODOO.name)
            .over(transport)
            .room(MEETING)
            .token(&token);
        let moderator = deployment.login(&login).unwrap();
        assert_eq!(
            moderator.join(&room_jid(&ODOO, MEETING), "moderator"),
            Err(refusal("Room and token mismatched"))
        );
    }
    deployment.wait_for_log_line(&[
        "warn",
        &room_jid(&ODOO, MEETING),
        "sub",
        "\"meet.jit.si\"",
        "\"jitsi.odoo.example\"",
        "let the issuer set sub",
        "enable_domain_verification",
    ]);
}

#[test]
fn public() {
    let open = Host {
        policy: "allow_empty_token = true",
        ..MEET
    };
    let deployment = start(&Setup::of(&[open]));
    let room = room_jid(&open, "townhall");
    for transport in TRANSPORTS {
        let login = Login::to(open.name).over(transport);
        let guest = deployment.login(&login).unwrap();
        guest.join(&room, &format!("guest-{transport:?}")).unwrap();
        let announced = deployment.login(&login.clone().room("townhall")).unwrap();
        announced
            .join(&room, &format!("announced-{transport:?}"))
            .unwrap();
        let forged = mint(
            &claims(&open, "townhall"),
            "not-the-secret-of-this-host-at-all",
        );
        assert_eq!(
            deployment.login(&login.token(forged)).err(),
            Some(denial("not-allowed", "Invalid signature"))
        );
    }
}

#[test]
fn multi_tenant() {
    let deployment = start(&Setup::of(&[MEET]));
    let token = mint(
        &with(claims(&MEET, "standup"), &json!({"sub": "tenant1"})),
        MEET.app_secret,
    );
    for transport in TRANSPORTS {
        let login = Login::to(MEET.name)
            .over(transport)
            .room("standup")
            .tenant("tenant1");
        let member = deployment.login(&login.token(&token)).unwrap();
        let nick = format!("member-{transport:?}");
        member
            .join(&room_jid(&MEET, "[tenant1]standup"), &nick)
            .unwrap();
        for other in ["[tenant2]standup", "standup", "[tenant1]planning"] {
            assert_eq!(
                member.join(&room_jid(&MEET, other), &nick),
                Err(refusal("Room and token mismatched")),
                "{other}"
            );
        }
    }
}

const DOCKER: Host = Host {
    name: "meet.jitsi",
    app_id: "my_app",
    app_secret: "the-secret-of-the-variables-0123456789",
    policy: "",
};

#[test]
fn docker_jitsi() {
    let deployment = start(&Setup {
        environment: &[
            ("PROSODY_TOKEND_DOCKER", "true"),
            ("ENABLE_AUTH", "1"),
            ("AUTH_TYPE", "jwt"),
            ("JWT_APP_ID", DOCKER.app_id),
            ("JWT_APP_SECRET", DOCKER.app_secret),
            ("JWT_ACCEPTED_ISSUERS", "my_web_client,my_app_client"),
        ],
        muc_prefix: "muc",
        muc_options: "restrict_room_creation = false",
        ..Setup::of(&[DOCKER])
    });
    let claims = json!({
        "iss": "my_app_client",
        "aud": "anything",
        "sub": "not-compared.example",
        "room": "standup",
        "exp": in_seconds(7200),
    });
    let token = mint(&claims, DOCKER.app_secret);
    for transport in TRANSPORTS {
        let login = Login::to(DOCKER.name).over(transport).room("standup");
        let member = deployment.login(&login.clone().token(&token)).unwrap();
        let nick = format!("member-{transport:?}");
        member.join("standup@muc.meet.jitsi", &nick).unwrap();
        let elsewhere = member.join("planning@muc.meet.jitsi", &nick).unwrap_err();
        let expected = "Room does not match the room from token";
        assert_eq!(elsewhere.text.as_deref(), Some(expected));
        let other = mint(
            &with(claims.clone(), &json!({"iss": "my_app"})),
            DOCKER.app_secret,
        );
        assert_eq!(
            deployment.login(&login.clone().token(other)).err(),
            Some(denial("not-allowed", "invalid 'iss' claim"))
        );
        assert_eq!(
            deployment.login(&login).err(),
            Some(denial("not-allowed", "token required"))
        );
    }
}
