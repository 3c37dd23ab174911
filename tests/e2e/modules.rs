//! Modules that load `token/util`, as Jitsi's do.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use crate::fixture::{Checked, MEET, REQUEST, claims, room_jid, start};
use support::deployment::{Host, Setup};
use support::key::{generate_rsa_key, generate_rsa_key_pair};
use support::login::Login;
use support::prosody::is_prosody_13;
use support::time::in_seconds;
use support::token::{mint, with};
use support::until;

const API_KEY: &str = "the-key-of-those-who-may-ask";
const ROOM: &str = "standup";

fn deploy(host: Host) -> Checked {
    start(&Setup {
        host_options: r#"modules_enabled = { "use_tokens" }
    app_id = "shown to modules""#,
        ..Setup::of(&[host])
    })
}

fn good() -> String {
    mint(&claims(&MEET, ROOM), MEET.app_secret)
}

fn path(action: &str, more: &str) -> String {
    format!("use_tokens/{action}?host={}{more}", MEET.name)
}

#[test]
fn a_handler_of_http_requests_decides_on_tokens_and_rooms() {
    let deployment = deploy(MEET);
    let decide = |token: &str, room: &str| {
        let room = format!("&room={}", room_jid(&MEET, room));
        deployment.prosody.get(&path("decide", &room), token)
    };
    let answer = decide(&good(), ROOM);
    assert_eq!(
        answer,
        json!({"ok": true, "claimed_room": ROOM, "room": {"ok": true}})
    );
    assert_eq!(decide(&good(), "planning")["room"], json!({"ok": false}));

    let forged = mint(&claims(&MEET, ROOM), "not-the-secret-of-this-host-at-all");
    let unsigned = claims(&MEET, ROOM);
    let early = mint(
        &with(unsigned, &json!({"nbf": in_seconds(600)})),
        MEET.app_secret,
    );
    for (token, reason) in [
        (forged.as_str(), "Invalid signature"),
        (early.as_str(), "Not acceptable by nbf"),
        ("a", "Invalid token"),
    ] {
        let mut answer = decide(token, ROOM);
        let room = answer["room"].take();
        assert_eq!(
            answer,
            json!({"ok": false, "condition": "not-allowed", "reason": reason, "room": null})
        );
        assert_eq!(room["ok"], false);
    }
    let none = deployment.prosody.get(&path("decide", ""), "");
    assert_eq!(none["reason"], "token required");
}

#[test]
fn libraries_that_jitsis_modules_load_are_left_alone_where_they_are_installed() {
    let deployment = start(&Setup {
        host_options: r#"modules_enabled = { "use_tokens" }"#,
        libraries: Some(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/libraries"
        )),
        ..Setup::of(&[MEET])
    });
    let room = room_jid(&MEET, ROOM);
    let member = deployment
        .login(&Login::to(MEET.name).token(good()))
        .unwrap();
    member.join(&room, "member").unwrap();
    let decided = deployment
        .prosody
        .get(&path("decide", &format!("&room={room}")), &good());
    assert_eq!(decided["room"], json!({"ok": true}));
    let loaded = deployment
        .prosody
        .get(&path("load", "&library=inspect"), "");
    let reason = loaded["reason"].as_str().unwrap();
    assert!(
        reason.contains("a library was loaded that Prosody does not bring along"),
        "{reason}"
    );
}

#[test]
fn a_guest_is_one_for_modules_too() {
    let deployment = deploy(Host {
        policy: "allow_empty_token = true",
        ..MEET
    });
    let room = format!("&room={}", room_jid(&MEET, ROOM));
    let answer = deployment.prosody.get(&path("decide", &room), "");
    assert_eq!(answer, json!({"ok": true, "room": {"ok": true}}));
}

#[test]
fn a_hook_on_a_clients_iq_decides_on_rooms() {
    let deployment = deploy(MEET);
    let login = || Login::to(MEET.name).token(good());
    let member = deployment.login(&login().room(ROOM)).unwrap();
    member.join(&room_jid(&MEET, ROOM), "member").unwrap();
    let other = deployment.connect(&login());
    let address = other.login().unwrap();

    for (client, room, allowed) in [
        (&member, ROOM, true),
        (&member, "planning", false),
        (&other, "planning", false),
        (&other, ROOM, true),
        (&member, ROOM, true),
    ] {
        let outcome = client.dial(&address, &room_jid(&MEET, room));
        let condition = outcome.err().map(|error| error.condition);
        let expected = (!allowed).then(|| "forbidden".to_owned());
        assert_eq!(condition, expected, "{room}");
    }
}

#[test]
fn a_timer_gets_a_denial_and_the_log_says_once_why() {
    let deployment = deploy(MEET);
    for _ in 0..3 {
        let answer = deployment
            .prosody
            .get(&path("decide-in-timer", ""), &good());
        assert_eq!(answer["ok"], false);
        assert_eq!(answer["condition"], "temporary-auth-failure");
    }
    assert_eq!(
        deployment.count_log_lines("cannot wait for prosody-tokend"),
        1
    );
}

#[test]
fn a_token_for_others_is_there_at_once_and_renewed_without_being_asked() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("asap.key");
    fs::write(&key, generate_rsa_key()).unwrap();
    let policy = format!(
        "asap_key_path = \"{}\"\nasap_ttl = 30\nasap_ttl_threshold = 28",
        key.display()
    );
    let deployment = start(&Setup {
        daemon_options: &format!("api_key = \"{API_KEY}\""),
        prosody_options: &format!("tokend_api_key = \"{API_KEY}\""),
        host_options: r#"modules_enabled = { "use_tokens" }"#,
        ..Setup::of(&[Host {
            policy: policy.leak(),
            ..MEET
        }])
    });
    let bearer = |audience: &str| {
        let described = deployment.prosody.get(&path("describe", audience), "");
        described["bearer"].as_str().unwrap().to_owned()
    };
    let first = until("a token", || {
        Some(bearer("")).filter(|bearer| !bearer.is_empty())
    });
    let payload = |bearer: &str| {
        let token = bearer.strip_prefix("Bearer ").unwrap();
        let claims = token.split('.').nth(1).unwrap();
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap();
        serde_json::from_slice::<Value>(&claims).unwrap()
    };
    assert_eq!(payload(&first)["aud"], "jitsi");
    assert_eq!(payload(&bearer("&audience=others"))["aud"], "others");

    let asked = deployment.count_log_lines(REQUEST);
    until("the token to be renewed by itself", || {
        (deployment.count_log_lines(REQUEST) > asked).then_some(())
    });
    until("the new token", || (bearer("") != first).then_some(()));
}

#[test]
fn modules_see_what_prosody_is_told_of_the_tokens() {
    let deployment = deploy(MEET);
    let described: Value = deployment.prosody.get(&path("describe", ""), "");
    assert_eq!(
        described,
        json!({"appId": "shown to modules", "allowEmptyToken": false, "bearer": ""})
    );
}

fn deploy_signers() -> Checked {
    start(&Setup {
        host_options: r#"modules_enabled = { "use_tokens" }"#,
        libraries: Some(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/libraries"
        )),
        ..Setup::of(&[MEET])
    })
}

fn ask_signer(
    deployment: &Checked,
    action: &str,
    algorithm: &str,
    key: &Path,
    token: &str,
) -> Value {
    let key = key.display();
    let more = format!("&algorithm={algorithm}&key_path={key}&audience=files");
    deployment.prosody.get(&path(action, &more), token)
}

/// Signs with what Prosody brings along, as `mod_short_lived_token` and others do with Jitsi's library.
#[test]
fn a_module_signs_tokens_of_its_own_without_a_lua_library() {
    let folder = tempfile::tempdir().unwrap();
    let (pem, public) = generate_rsa_key_pair();
    let secret = "a-secret-of-the-module-and-of-nobody-else";
    let rsa = folder.path().join("rsa.key");
    fs::write(&rsa, pem).unwrap();
    let hmac = folder.path().join("hmac.key");
    fs::write(&hmac, secret).unwrap();
    let deployment = deploy_signers();
    let ask = |algorithm: &str, key: &Path| ask_signer(&deployment, "sign", algorithm, key, "");
    let hmac_key = DecodingKey::from_secret(secret.as_bytes());
    for (algorithm, key, verifying) in [
        (Algorithm::HS256, &hmac, &hmac_key),
        (Algorithm::HS512, &hmac, &hmac_key),
        (Algorithm::RS256, &rsa, &public),
        (Algorithm::RS384, &rsa, &public),
        (Algorithm::RS512, &rsa, &public),
    ] {
        let name = format!("{algorithm:?}");
        let answer = ask(&name, key);
        if name.starts_with("RS") && !is_prosody_13() {
            let reason = format!("{name} needs Prosody 13 or newer");
            assert_eq!(answer, json!({ "reason": reason }));
            continue;
        }
        let token = answer["token"].as_str().unwrap();
        assert_eq!(decode_header(token).unwrap().kid.as_deref(), Some("my kid"));
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&["files"]);
        validation.set_issuer(&["prosody"]);
        let claims = decode::<Value>(token, verifying, &validation)
            .unwrap()
            .claims;
        assert_eq!(claims["context"]["user"]["name"], "Zoë");
    }
    for (algorithm, key, reason) in [
        ("HS1024", &hmac, "Algorithm not supported"),
        ("none", &hmac, "Algorithm not supported"),
        (
            "RS256",
            &hmac,
            if is_prosody_13() {
                "Not a private PEM key"
            } else {
                "RS256 needs Prosody 13 or newer"
            },
        ),
    ] {
        assert_eq!(ask(algorithm, key), json!({ "reason": reason }));
    }
}

#[test]
fn a_module_verifies_tokens_of_its_own_without_a_lua_library() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "a-secret-of-the-module-and-of-nobody-else";
    let (hmac, rsa) = (
        folder.path().join("hmac.key"),
        folder.path().join("rsa.key"),
    );
    fs::write(&hmac, secret).unwrap();
    fs::write(&rsa, generate_rsa_key()).unwrap();
    let deployment = deploy_signers();
    let verify = |algorithm: &str, key: &Path, token: &str| {
        ask_signer(&deployment, "verify", algorithm, key, token)
    };
    let claims = json!({"iss": "prosody", "aud": "files", "exp": in_seconds(60), "nbf": in_seconds(-60),
        "context": {"user": {"name": "Zoë"}}});
    let minted = |changes: Value| mint(&with(claims.clone(), &changes), secret);
    let good = minted(json!({}));
    assert_eq!(verify("HS256", &hmac, &good), json!({"name": "Zoë"}));
    let (input, signature) = good.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let flipped = format!("{input}.{flipped}{}", &signature[1..]);
    for (token, algorithm, key, reason) in [
        (good.clone(), "HS512", &hmac, "Invalid or incorrect alg"),
        (good.clone(), "HS256", &rsa, "Invalid signature"),
        (good.clone(), "none", &hmac, "Algorithm not supported"),
        (flipped, "HS256", &hmac, "Invalid signature"),
        (format!("{input}."), "HS256", &hmac, "Invalid token"),
        (input.to_owned(), "HS256", &hmac, "Invalid token"),
        (
            format!("{good}.{signature}"),
            "HS256",
            &hmac,
            "Invalid token",
        ),
        (format!("A{good}"), "HS256", &hmac, "Invalid header"),
        (
            minted(json!({"iss": "x"})),
            "HS256",
            &hmac,
            "invalid 'iss' claim",
        ),
        (
            minted(json!({"iss": null})),
            "HS256",
            &hmac,
            "'iss' claim is missing",
        ),
        (
            minted(json!({"aud": ["files"]})),
            "HS256",
            &hmac,
            "invalid 'aud' claim",
        ),
        (
            minted(json!({"aud": null})),
            "HS256",
            &hmac,
            "'aud' claim is missing",
        ),
        (
            minted(json!({"exp": "x"})),
            "HS256",
            &hmac,
            "exp must be number",
        ),
        (
            minted(json!({"nbf": in_seconds(600)})),
            "HS256",
            &hmac,
            "Not acceptable by nbf",
        ),
    ] {
        let answer = verify(algorithm, key, &token);
        assert_eq!(answer, json!({ "reason": reason }), "{token}");
    }
    if is_prosody_13() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        let (private, public) = (data.join("rsa-private.pem"), data.join("rsa-public.pem"));
        let signed = ask_signer(&deployment, "sign", "RS256", &private, "");
        let signed = signed["token"].as_str().unwrap();
        assert_eq!(verify("RS256", &public, signed), json!({"name": "Zoë"}));
        for (algorithm, key) in [("RS256", &hmac), ("RS384", &public), ("HS256", &public)] {
            let answer = verify(algorithm, key, signed);
            assert_eq!(answer["name"], Value::Null, "{algorithm}");
        }
    }
    let expired = verify("HS256", &hmac, &minted(json!({"exp": in_seconds(-600)})));
    let reason = expired["reason"].as_str().unwrap();
    assert!(reason.starts_with("Not acceptable by exp (60"), "{reason}");
}
