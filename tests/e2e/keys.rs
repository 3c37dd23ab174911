//! Issuers with key pairs: tokens that go by `kid`, and keys that change.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::fixture::{MEET, claims, denial, room_jid, start};
use prosody_tokend::keys::source;
use support::deployment::{Host, Setup};
use support::issuer::{Issuer, alice, bob, jwks};
use support::key_server::{KeyServer, Page};
use support::login::{Login, TRANSPORTS};
use support::time::in_seconds;
use support::token::with;
use support::{http, until};

const APP_ID: &str = "vpaas-magic-cookie-1fc542a3e4414a44b2611668195e2bfe";
const KEY_ID: &str = "vpaas-magic-cookie-1fc542a3e4414a44b2611668195e2bfe/4f4910";

/// A host that verifies tokens as `JaaS` issues them.
fn jaas_host(name: &'static str, source: &str) -> Host {
    Host {
        name,
        app_id: APP_ID,
        app_secret: "a-secret-that-nobody-uses-beside-public-keys",
        policy: format!(
            "{source}\nasap_accepted_issuers = [\"chat\"]\nasap_accepted_audiences = [\"jitsi\"]\n"
        )
        .leak(),
    }
}

fn jaas_claims() -> Value {
    json!({
        "iss": "chat", "aud": "jitsi", "sub": APP_ID, "room": "*",
        "nbf": in_seconds(-10), "exp": in_seconds(7200),
        "context": {
            "user": {"id": "u1", "name": "Ann", "moderator": "true"},
            "features": {"recording": true},
        },
    })
}

fn jaas_login(host: &Host) -> Login {
    Login::to(host.name).room("standup").tenant(APP_ID)
}

fn jaas_room(host: &Host) -> String {
    room_jid(host, &format!("[{APP_ID}]standup"))
}

fn publish(server: &KeyServer, issuer: &Issuer) {
    let file = format!("/asap/{}", source::key_file_name(KEY_ID));
    server.put(&file, Page::of(issuer.public_pem()));
    server.put("/jwks", Page::of(jwks(&[issuer.jwk(KEY_ID)])));
    let map = json!({KEY_ID: issuer.certificate()});
    server.put("/map", Page::of(map.to_string()));
}

fn in_folder(folder: &Path, issuer: &Issuer) -> String {
    let name = KEY_ID.replace('/', "%2F");
    fs::write(folder.join(format!("{name}.pem")), issuer.pkcs1_pem()).unwrap();
    format!("key_folder = \"{}\"", folder.display())
}

#[test]
fn jaas_keys() {
    let server = KeyServer::http();
    publish(&server, alice());
    let folder = tempfile::tempdir().unwrap();
    let hosts = [
        jaas_host(
            "server.example",
            &format!("asap_key_server = \"{}\"", server.url("/asap")),
        ),
        jaas_host(
            "jwks.example",
            &format!("cache_keys_url = \"{}\"", server.url("/jwks")),
        ),
        jaas_host(
            "map.example",
            &format!("cache_keys_url = \"{}\"", server.url("/map")),
        ),
        jaas_host("folder.example", &in_folder(folder.path(), alice())),
    ];
    let deployment = start(&Setup::of(&hosts));
    let token = alice().sign(Some(KEY_ID), &jaas_claims());
    let forged = bob().sign(Some(KEY_ID), &jaas_claims());
    for host in &hosts {
        for transport in TRANSPORTS {
            let login = jaas_login(host).over(transport);
            let member = deployment.login(&login.clone().token(&token)).unwrap();
            member
                .join(&jaas_room(host), &format!("{transport:?}"))
                .unwrap();
            let refused = deployment.login(&login.token(&forged)).err();
            assert_eq!(refused, Some(denial("not-allowed", "Invalid signature")));
        }
    }
}

#[test]
fn jaas_no_kid() {
    let server = KeyServer::http();
    publish(&server, alice());
    let host = jaas_host(
        "jwks.example",
        &format!("cache_keys_url = \"{}\"", server.url("/jwks")),
    );
    let deployment = start(&Setup::of(&[host]));
    for (kid, text) in [
        (None, "'kid' claim is missing"),
        (Some("x"), "could not obtain public key"),
    ] {
        let token = alice().sign(kid, &jaas_claims());
        for transport in TRANSPORTS {
            let login = jaas_login(&host).over(transport).token(&token);
            let refused = deployment.login(&login).err();
            assert_eq!(refused, Some(denial("not-allowed", text)));
        }
        deployment.wait_for_log_line(&["warn", text]);
        let found = kid.map_or_else(|| "nothing".to_owned(), |kid| format!("{kid:?}"));
        let explained = format!("kid: found {found}, needed");
        let remedy = "let the issuer sign with the key";
        deployment.wait_for_log_line(&[&explained, KEY_ID, remedy]);
    }
}

#[test]
fn a_key_that_another_module_fetched_verifies_the_token_of_its_session() {
    let key = format!("tests_public_key = [[{}]]", alice().public_pem());
    let setup = Setup {
        prosody_options: &key,
        ..Setup::of(&[MEET])
    };
    let deployment = start(&setup);
    for transport in TRANSPORTS {
        let login = |issuer: &Issuer| {
            let token = issuer.sign(None, &claims(&MEET, "standup"));
            Login::to(MEET.name).over(transport).token(token)
        };
        let member = deployment.login(&login(alice())).unwrap();
        let nick = format!("{transport:?}");
        member.join(&room_jid(&MEET, "standup"), &nick).unwrap();
        let refused = deployment.login(&login(bob())).err();
        assert_eq!(refused, Some(denial("not-allowed", "Invalid signature")));
    }
}

#[test]
fn jaas_env() {
    let folder = tempfile::tempdir().unwrap();
    let host = jaas_host("folder.example", &in_folder(folder.path(), alice()));
    let deployment = start(&Setup::of(&[host]));
    let pem = alice().private_pem();
    let escaped = pem.trim().replace('\n', "\\n");
    let environments = [
        [
            ("JAAS_APP_ID", APP_ID),
            ("JAAS_KID", KEY_ID),
            ("JAAS_PRIVATE_KEY", &escaped),
        ],
        [
            ("JITSI_APP_ID", APP_ID),
            ("JITSI_KEY_ID", KEY_ID),
            ("JITSI_APP_SECRET", &pem),
        ],
    ];
    for (number, environment) in environments.into_iter().enumerate() {
        let output = Command::new(env!("CARGO_BIN_EXE_prosody-tokend"))
            .args(["mint", "--jaas", "--user", "Ann", "--moderator"])
            .envs(environment)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let token = String::from_utf8(output.stdout).unwrap();
        for transport in TRANSPORTS {
            let login = jaas_login(&host).over(transport).token(token.trim_end());
            let member = deployment.login(&login).unwrap();
            member
                .join(&jaas_room(&host), &format!("{transport:?}-{number}"))
                .unwrap();
        }
    }
}

/// OIDC access tokens: no room, several audiences, a `sub` that is no domain.
fn keycloak_host(server: &KeyServer) -> Host {
    Host {
        name: "meet.example.com",
        app_id: "https://sso.example.com/realms/meet",
        app_secret: "a-secret-that-nobody-uses-beside-public-keys",
        policy: format!(
            "cache_keys_url = \"{}\"\nasap_accepted_audiences = [\"account\"]\naccept_audience_array = true\n\
             asap_require_room_claim = false\nenable_domain_verification = false\n",
            server.url("/certs")
        )
        .leak(),
    }
}

fn keycloak_claims(host: &Host) -> Value {
    let access =
        json!({"room": null, "sub": "f:1:ann", "aud": ["meet", "account"], "typ": "Bearer"});
    with(claims(host, ""), &access)
}

#[test]
fn keycloak_jwks() {
    let server = KeyServer::http();
    let mut encryption = bob().jwk("encryption");
    encryption["use"] = "enc".into();
    encryption["alg"] = "RSA-OAEP".into();
    let others = [
        encryption,
        json!({"kty": "EC", "kid": "ec", "use": "sig", "alg": "ES512", "crv": "P-521", "x": "AA", "y": "AA"}),
        json!({"kty": "OKP", "kid": "ed", "use": "sig", "crv": "Ed448", "x": "AA"}),
        json!({"kty": "oct", "kid": "oct", "k": "AA"}),
    ];
    let certs = |keys: &[Value]| Page::of(jwks(&[&others, keys].concat()));
    server.put("/certs", certs(&[alice().jwk("old")]));
    let host = keycloak_host(&server);
    let deployment = start(&Setup::of(&[host]));
    let login = Login::to(host.name).room("standup");
    let claims = keycloak_claims(&host);
    let old = login.clone().token(alice().sign(Some("old"), &claims));
    let new = login.clone().token(bob().sign(Some("new"), &claims));
    let nicks = std::cell::Cell::new(0);
    let join = |login: &Login| {
        nicks.set(nicks.get() + 1);
        let nick = format!("member{}", nicks.get());
        let member = deployment
            .login(login)
            .expect("no join fails in a rotation");
        member.join(&room_jid(&host, "standup"), &nick).unwrap();
    };
    let missing = Some(denial("not-allowed", "could not obtain public key"));
    join(&old);
    for other in ["encryption", "ec", "ed", "oct"] {
        let token = bob().sign(Some(other), &claims);
        assert_eq!(
            deployment.login(&login.clone().token(token)).err(),
            missing,
            "{other}"
        );
    }
    // The new key is published, and a while later the issuer begins to sign with it.
    server.put("/certs", certs(&[alice().jwk("old"), bob().jwk("new")]));
    rest(deployment.daemon.port());
    join(&old);
    join(&new);
    join(&old);
    // The old one is withdrawn; whatever makes the document be fetched again shows that.
    server.put("/certs", certs(&[bob().jwk("new")]));
    rest(deployment.daemon.port());
    let unknown = alice().sign(Some("unknown"), &claims);
    assert_eq!(
        deployment.login(&login.clone().token(unknown)).err(),
        missing
    );
    join(&new);
    assert_eq!(deployment.login(&old).err(), missing);
}

/// Waits until the daemon may ask for an unknown kid again.
fn rest(port: u16) {
    until("ten seconds since the last fetch", || {
        let (_, body) = http::request(port, "GET", "/v1/keys", "").unwrap();
        let state: Value = serde_json::from_str(&body).unwrap();
        let key = &state["hosts"][0]["sources"][0]["keys"][0];
        (key["age_seconds"].as_u64()? >= 10).then_some(())
    });
}
