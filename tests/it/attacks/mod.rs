//! Attacks on token verifiers, each with the reason for which it fails here.

mod contents;
mod forge;
mod issuers;
mod signatures;

use std::io::ErrorKind;
use std::net::TcpListener;

use prosody_tokend::keys::source;
use prosody_tokend::token::algorithm::Algorithm;
use prosody_tokend::token::decision::{self, Found, Moment, Presented};
use prosody_tokend::token::explain::Examined;
use prosody_tokend::token::explain::checks;
use prosody_tokend::token::issuer::{Accepted, Issuer, Keys, SourceId};
use prosody_tokend::token::key::{Key, KeyError};
use prosody_tokend::token::policy::Policy;
use serde_json::{Value, json};

use self::contents::{
    duplicates, encodings, header_extensions, nesting, numbers, spellings, types, wrong_shapes,
};
use self::forge::{Attack, HEADER, RSA, claims, rsa_header, signed};
use self::signatures::{KEY_IDS, brought_keys, confused_keys, key_ids, unsigned, weak_secrets};
use crate::daemon::fixture::{HOST, SECRET, start};
use support::time::in_seconds;

#[test]
fn the_token_that_the_attacks_start_from_is_let_in() {
    assert_eq!(by_secret(&signed(HEADER, &claims())), "allowed");
    assert_eq!(by_public_key(&RSA.signed(&rsa_header("key-1"))), "allowed");
}

#[test]
fn a_token_without_a_signature_is_denied() {
    all_denied(by_secret, unsigned());
}

#[test]
fn a_public_key_is_no_secret() {
    all_denied(by_public_key, confused_keys());
    for (_, secret) in RSA.as_secrets() {
        if secret.starts_with(b"-----BEGIN ") {
            assert_eq!(
                Key::from_secret(&secret).unwrap_err(),
                KeyError::PemAsSecret
            );
        }
    }
}

#[test]
fn a_guessable_secret_opens_nothing() {
    all_denied(by_secret, weak_secrets());
}

#[test]
fn a_header_that_changes_the_meaning_of_a_token_is_denied() {
    all_denied(by_secret, header_extensions());
}

#[test]
fn a_key_that_comes_with_the_token_is_not_used() {
    all_denied(by_secret, brought_keys("https://evil.example/jwks.json"));
}

#[test]
fn what_is_not_three_parts_is_denied() {
    all_denied(by_secret, wrong_shapes());
}

#[test]
fn deep_nesting_is_denied() {
    all_denied(by_secret, nesting());
}

#[test]
fn two_members_of_one_name_are_denied_whichever_wins() {
    all_denied(by_secret, duplicates());
}

#[test]
fn numbers_that_json_does_not_have_extend_no_lifetime() {
    all_denied(by_secret, numbers());
}

#[test]
fn a_token_has_one_spelling() {
    all_denied(by_secret, spellings());
}

#[test]
fn text_that_readers_take_in_different_ways_is_denied() {
    all_denied(by_secret, encodings());
}

#[test]
fn a_type_that_is_nearly_right_is_denied() {
    all_denied(by_secret, types());
}

#[test]
fn a_kid_reaches_no_file_and_no_other_address() {
    all_denied(without_keys, key_ids());
    for kid in KEY_IDS {
        let address = source::key_url("https://keys.example.com/asap", kid);
        let name = address.strip_prefix("https://keys.example.com/asap/");
        let name = name.and_then(|name| name.strip_suffix(".pem"));
        let hex = name.is_some_and(|name| {
            name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        assert!(hex, "{address}");
    }
}

#[test]
fn the_daemon_denies_them_all_and_stays_well() {
    let running = start("limits = { token_bytes = 1048576, body_bytes = 8388608 }");
    let tables = [
        unsigned(),
        weak_secrets(),
        header_extensions(),
        wrong_shapes(),
        nesting(),
        duplicates(),
        numbers(),
        spellings(),
        encodings(),
        types(),
        key_ids(),
    ];
    for (name, token, _) in tables.into_iter().flatten() {
        for path in ["/v1/verify", "/v1/explain"] {
            let answer = running.post(path, &json!({"token": token, "room": "meeting"}));
            assert_eq!(
                (answer.status(), &answer.json()["allowed"]),
                (200, &json!(false)),
                "{name}"
            );
        }
    }
    let good = json!({"token": signed(HEADER, &claims()), "room": "meeting"});
    assert_eq!(running.post("/v1/verify", &good).json()["allowed"], true);
}

#[test]
fn no_address_in_a_token_is_ever_visited() {
    let running = start("");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/keys", listener.local_addr().unwrap());
    for (name, token, _) in brought_keys(&address) {
        for path in ["/v1/verify", "/v1/explain"] {
            let answer = running
                .post(path, &json!({"token": token, "room": "meeting"}))
                .json();
            assert_eq!(answer["allowed"], false, "{name}");
        }
    }
    // The kernel queues connections even if nobody accepts them: whoever came is still here.
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_token_is_of_no_use_at_another_host() {
    let other = HOST
        .replace("meet.example.com", "other.example.com")
        .replace("my_app", "other_app");
    let stranger = HOST
        .replace("meet.example.com", "stranger.example.com")
        .replace(SECRET, "another-secret-of-the-attack-tests-0123456789");
    let running = start(&format!("{other}{stranger}"));
    let token = signed(HEADER, &claims());
    for (host, reason) in [
        ("meet.example.com", Value::Null),
        ("other.example.com", json!("invalid 'iss' claim")),
        ("stranger.example.com", json!("Invalid signature")),
    ] {
        let verdict = running
            .post(
                "/v1/verify",
                &json!({"host": host, "token": token, "room": "meeting"}),
            )
            .json();
        assert_eq!(verdict["auth"]["reason"], reason, "{host}");
        assert_eq!(verdict["allowed"], reason.is_null(), "{host}");
    }
    let session = running
        .post(
            "/v1/verify",
            &json!({"host": "meet.example.com", "token": token}),
        )
        .json()["session"]
        .clone();
    for (host, room) in [
        ("other.example.com", "meeting@conference.other.example.com"),
        ("other.example.com", "meeting@conference.meet.example.com"),
        ("meet.example.com", "meeting@conference.other.example.com"),
        (
            "stranger.example.com",
            "meeting@conference.stranger.example.com",
        ),
    ] {
        let asked =
            json!({"host": host, "room": room, "room_state": {"exists": true}, "session": session});
        assert_eq!(
            running.post("/v1/room", &asked).json()["allowed"],
            false,
            "{room} at {host}"
        );
    }
}

#[track_caller]
fn all_denied(decide: impl Fn(&str) -> &'static str, attacks: Vec<Attack>) {
    for (name, token, code) in attacks {
        assert_eq!(decide(&token), code, "{name}");
    }
}

fn by_secret(token: &str) -> &'static str {
    let key = Key::from_secret(SECRET.as_bytes()).unwrap();
    verdict(
        &policy(Algorithm::Hs256, Keys::Fixed(vec![key])),
        token,
        &None,
    )
}

fn by_public_key(token: &str) -> &'static str {
    let found = Some(Key::from_pem(RSA.pem("\n").as_bytes()));
    verdict(
        &policy(Algorithm::Rs256, Keys::ById(SourceId::FIRST)),
        token,
        &found,
    )
}

fn without_keys(token: &str) -> &'static str {
    verdict(
        &policy(Algorithm::Rs256, Keys::ById(SourceId::FIRST)),
        token,
        &None,
    )
}

/// The code of the decision, on which the explanation agrees.
fn verdict(policy: &Policy, token: &str, found: &Found) -> &'static str {
    let presented = Presented {
        token: Some(token),
        other_scheme: None,
        context_required: false,
    };
    let now = in_seconds(0);
    let code = match decision::decide(policy, presented, found, &Moment::at(now)) {
        Ok(_) => "allowed",
        Err(reason) => reason.code(),
    };
    let checks = checks::token(&Examined::alone(
        "meet.example.com",
        policy,
        token,
        found,
        now,
    ));
    let mut failed = checks
        .iter()
        .filter_map(|check| check.outcome.as_ref().err());
    assert_eq!(
        failed.next().map_or("allowed", |failed| failed.code),
        code,
        "{token:.200}"
    );
    code
}

fn policy(algorithm: Algorithm, keys: Keys) -> Policy {
    let issuer = Issuer {
        audiences: Accepted::Any,
        ..Issuer::strict("my_app", algorithm, keys)
    };
    Policy {
        max_token_bytes: 4_194_304,
        ..Policy::strict(issuer)
    }
}
