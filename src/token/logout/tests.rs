use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use serde_json::json;

use super::super::algorithm::Algorithm;
use super::super::issuer::{Accepted, Issuers, Keys};
use super::super::key::Key;
use super::super::mapping::{Mapping, Rule, Source, Target as Mapped};
use super::*;

const NOW: i64 = 1_765_139_000;
const SECRET: &[u8] = b"the secret of the provider, 0123456789";
const ISSUER: &str = "https://sso.example.com/realms/meet";

/// As Keycloak 26 sends them to a client whose back-channel logout requires the session.
fn claims() -> Value {
    json!({
        "iat": NOW - 1,
        "exp": NOW + 119,
        "jti": "2b8a4b7c-7e4e-4a1f-9a3e-0f6f2f0f3a11",
        "iss": ISSUER,
        "aud": "jitsi",
        "sub": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "typ": "Logout",
        "sid": "c9d1c1f0-5a1e-4f0b-8d52-7f5b8a1f9b77",
        "events": { EVENT: {} },
    })
}

fn from_subject() -> Mapping {
    let pointer = |text: &str| Pointer::parse(text).unwrap();
    Mapping {
        rules: vec![
            Rule {
                target: Mapped::Subject,
                source: Source::Constant("meet.example.com".into()),
            },
            Rule {
                target: Mapped::UserId,
                source: Source::Pointers(vec![pointer("/sub")]),
            },
        ],
        replace: false,
    }
}

fn issuer() -> Issuer {
    Issuer {
        name: "sso".to_owned(),
        audiences: Accepted::only(["account", "jitsi"]),
        mapping: Some(from_subject()),
        ..Issuer::strict(
            ISSUER,
            Algorithm::Hs256,
            Keys::Fixed(vec![Key::from_secret(SECRET).unwrap()]),
        )
    }
}

fn sealed(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let key = EncodingKey::from_secret(secret);
    let algorithm = Algorithm::Hs256.jws().unwrap();
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn sign(claims: &Value) -> String {
    let header = json!({"alg": "HS256", "typ": "logout+jwt", "kid": "k"});
    sealed(&header, claims, SECRET)
}

/// The claims with one of them changed, or taken away by null.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    members.remove(name);
    if value != Value::Null {
        members.insert(name.to_owned(), value);
    }
    claims
}

struct Given {
    issuers: Issuers,
    client: Option<&'static str>,
    user: Pointer,
}

impl Given {
    fn by(issuer: Issuer) -> Self {
        Self {
            issuers: Issuers::from(issuer),
            client: None,
            user: Pointer::to_user_id(),
        }
    }

    fn read(&self, token: &str) -> Result<Logout, Refusal> {
        let policy = Policy {
            issuers: self.issuers.clone(),
            ..Policy::example()
        };
        let expected = Expected {
            policy: &policy,
            client: self.client,
            user: &self.user,
            now: NOW,
        };
        Logout::read(token, expected, &None)
    }
}

fn refused(claims: &Value) -> Option<Refusal> {
    Given::by(issuer()).read(&sign(claims)).err()
}

fn user(id: &str) -> Target {
    Target::User {
        id: Name::new(id).unwrap(),
        issued_before: Some(NOW),
    }
}

#[test]
fn a_providers_logout_token_takes_back_what_the_user_had_until_then() {
    let logout = Given::by(issuer()).read(&sign(&claims())).unwrap();
    assert_eq!(
        logout,
        Logout {
            issuer: ISSUER.to_owned(),
            target: user("3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
            until: NOW - 1 + YEAR,
        }
    );
}

#[test]
fn a_claim_that_is_wrong_refuses_it() {
    for (name, value, refusal) in [
        ("iss", json!(null), Refusal::Issuer),
        ("iss", json!("https://other.example/"), Refusal::Issuer),
        ("iss", json!([ISSUER]), Refusal::Flawed),
        ("aud", json!(null), Refusal::Audience),
        ("aud", json!("other"), Refusal::Audience),
        ("aud", json!("my_app"), Refusal::Audience),
        ("aud", json!([]), Refusal::Audience),
        ("aud", json!(["other"]), Refusal::Audience),
        ("aud", json!(["jitsi", 5]), Refusal::Flawed),
        ("aud", json!({"jitsi": true}), Refusal::Flawed),
        ("aud", json!(""), Refusal::Audience),
        ("iat", json!(null), Refusal::IssuedAt),
        ("iat", json!(NOW - 601), Refusal::Age(601)),
        ("iat", json!(0), Refusal::Age(NOW)),
        ("iat", json!(NOW + 61), Refusal::Age(-61)),
        ("iat", json!(-1e300), Refusal::Age(i64::MAX)),
        ("exp", json!(NOW), Refusal::Time),
        ("exp", json!(NOW - 1), Refusal::Time),
        ("nbf", json!(NOW + 1), Refusal::Time),
        ("events", json!(null), Refusal::Event),
        ("events", json!({}), Refusal::Event),
        ("events", json!([EVENT]), Refusal::Event),
        ("events", json!(EVENT), Refusal::Event),
        ("events", json!({ EVENT: null }), Refusal::Event),
        ("events", json!({ EVENT: true }), Refusal::Event),
        ("events", json!({ EVENT: [] }), Refusal::Event),
        (
            "events",
            json!({ "https://schemas.openid.net/event/backchannel-logout": {} }),
            Refusal::Event,
        ),
        (
            "events",
            json!({ "http://schemas.openid.net/event/frontchannel-logout": {} }),
            Refusal::Event,
        ),
        ("nonce", json!("n"), Refusal::Nonce),
        ("nonce", json!(""), Refusal::Nonce),
        ("jti", json!(null), Refusal::TokenId),
        ("jti", json!(""), Refusal::TokenId),
        (
            "sub",
            json!("a\nb"),
            Refusal::Name("the user", NameError::Control),
        ),
        (
            "sub",
            json!("x".repeat(1_025)),
            Refusal::Name("the user", NameError::Long(1_025)),
        ),
    ] {
        let claims = with(name, value.clone());
        assert_eq!(refused(&claims), Some(refusal), "{name}: {value}");
    }
}

#[test]
fn a_claim_of_a_wrong_type_refuses_it() {
    for (name, value) in [
        ("iat", json!("now")),
        ("iat", json!(false)),
        ("exp", json!("soon")),
        ("exp", json!(false)),
        ("nbf", json!([])),
        ("sub", json!(5)),
        ("sub", json!({"id": "a"})),
        ("jti", json!(7)),
    ] {
        assert_eq!(refused(&with(name, value)), Some(Refusal::Flawed), "{name}");
    }
}

#[test]
fn whoever_cannot_sign_for_the_issuer_signs_nobody_out() {
    let given = Given::by(issuer());
    let header = json!({"alg": "HS256", "typ": "logout+jwt"});
    let good = sign(&claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (head, payload) = message.split_once('.').unwrap();
    let other = sign(&with("sub", json!("somebody-else")));
    let (_, others_signature) = other.rsplit_once('.').unwrap();
    for (token, refusal) in [
        (
            sealed(&header, &claims(), b"another secret, 0123456789"),
            Refusal::Signature,
        ),
        (format!("{message}.{others_signature}"), Refusal::Signature),
        (format!("{message}.AAAA"), Refusal::Signature),
        (format!("{message}.$"), Refusal::Signature),
        (
            sealed(&json!({"alg": "none"}), &claims(), SECRET),
            Refusal::Algorithm,
        ),
        (
            sealed(&json!({"alg": "HS512"}), &claims(), SECRET),
            Refusal::Algorithm,
        ),
        (sealed(&json!({}), &claims(), SECRET), Refusal::Algorithm),
        (String::new(), Refusal::Unreadable),
        (message.to_owned(), Refusal::Unreadable),
        (format!("{message}."), Refusal::Unreadable),
        (format!("{good}.x"), Refusal::Unreadable),
        (format!("$.{payload}.{signature}"), Refusal::Unreadable),
        (format!("{head}.$.{signature}"), Refusal::Unreadable),
        (format!("{good}{}", "A".repeat(20_000)), Refusal::Long),
    ] {
        assert_eq!(given.read(&token), Err(refusal), "{token}");
    }
}

#[test]
fn a_header_that_is_of_something_else_or_breaks_the_standard_refuses_it() {
    for (header, refusal) in [
        (json!({"alg": "HS256", "typ": "at+jwt"}), Refusal::Type),
        (json!({"alg": "HS256", "typ": "dpop+jwt"}), Refusal::Type),
        (json!({"alg": "HS256", "typ": "Logout"}), Refusal::Type),
        (json!({"alg": "HS256", "typ": null}), Refusal::Type),
        (json!({"alg": "HS256", "typ": ["JWT"]}), Refusal::Type),
        (json!({"alg": "HS256", "crit": ["exp"]}), Refusal::Flawed),
        (json!({"alg": "HS256", "b64": false}), Refusal::Flawed),
        (json!({"alg": "HS256", "cty": "JWT"}), Refusal::Flawed),
    ] {
        let token = sealed(&header, &claims(), SECRET);
        assert_eq!(Given::by(issuer()).read(&token), Err(refusal), "{header}");
    }
    for header in [
        json!({"alg": "HS256"}),
        json!({"alg": "HS256", "typ": "JWT"}),
        json!({"alg": "HS256", "typ": "jwt"}),
        json!({"alg": "HS256", "typ": "logout+jwt"}),
        json!({"alg": "HS256", "typ": "application/logout+jwt"}),
    ] {
        let token = sealed(&header, &claims(), SECRET);
        assert!(Given::by(issuer()).read(&token).is_ok(), "{header}");
    }
}

#[test]
fn other_tokens_of_the_issuer_are_no_logout_tokens() {
    for token in [
        json!({"iss": ISSUER, "aud": "jitsi", "sub": "u", "iat": NOW, "exp": NOW + 300, "jti": "1"}),
        json!({"iss": ISSUER, "aud": "jitsi", "sub": "u", "iat": NOW, "exp": NOW + 300, "jti": "1",
            "nonce": "n", "events": { EVENT: {} }}),
        json!({"iss": ISSUER, "aud": "account", "sub": "u", "iat": NOW, "exp": NOW + 300, "jti": "1",
            "azp": "jitsi", "typ": "Bearer", "room": "*"}),
    ] {
        assert!(refused(&token).is_some(), "{token}");
    }
}

#[test]
fn what_is_right_in_other_ways_counts_as_well() {
    for (name, value) in [
        ("aud", json!(["other", "jitsi"])),
        ("aud", json!("account")),
        ("iat", json!(NOW - 600)),
        ("iat", json!(NOW + 60)),
        ("exp", json!(null)),
        ("sid", json!(null)),
        ("sid", json!(5)),
        ("typ", json!(null)),
        (
            "events",
            json!({ EVENT: {}, "revoke_offline_access": true }),
        ),
        ("events", json!({ EVENT: {"more": 1} })),
    ] {
        assert_eq!(refused(&with(name, value.clone())), None, "{name}: {value}");
    }
}

#[test]
fn the_app_id_of_the_host_is_an_audience_where_its_tokens_have_others() {
    for (client, audience, counts) in [
        (Some("meet"), json!("meet"), true),
        (Some("meet"), json!(["other", "meet"]), true),
        (Some("meet"), json!("meet2"), false),
        (Some("meet"), json!(null), false),
        (None, json!("meet"), false),
    ] {
        let given = Given {
            client,
            ..Given::by(issuer())
        };
        let read = given.read(&sign(&with("aud", audience.clone())));
        assert_eq!(read.is_ok(), counts, "{client:?} {audience}");
    }
}

#[test]
fn tokens_of_the_second_of_the_logout_are_taken_back_and_later_ones_are_good() {
    for (issued_at, before) in [
        (json!(NOW), NOW + 1),
        (json!(NOW - 5), NOW - 4),
        (json!(1_765_138_999.75), NOW),
    ] {
        let logout = Given::by(issuer()).read(&sign(&with("iat", issued_at)));
        assert_eq!(logout.unwrap().target.issued_before(), Some(before));
    }
}

#[test]
fn a_user_is_who_the_issuers_tokens_say_and_nobody_where_they_say_it_otherwise() {
    let pointer = |text: &str| Pointer::parse(text).unwrap();
    let from = |text: &str| Mapping {
        rules: vec![Rule {
            target: Mapped::UserId,
            source: Source::Pointers(vec![pointer(text)]),
        }],
        replace: true,
    };
    let by = |mapping: Option<Mapping>, user: &str, claims: &Value| {
        let given = Given {
            user: pointer(user),
            ..Given::by(Issuer {
                mapping,
                ..issuer()
            })
        };
        let target = given.read(&sign(claims)).map(|logout| logout.target);
        target.map_err(|refusal| matches!(refusal, Refusal::User(_)))
    };
    let subject = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    let usual = "/context/user/id";
    for (mapping, at, claims, expected) in [
        (Some(from_subject()), usual, claims(), Ok(user(subject))),
        (None, "/sub", claims(), Ok(user(subject))),
        (Some(from("/sub")), "/sub", claims(), Ok(user(subject))),
        (
            Some(from("/uid")),
            usual,
            with("uid", json!(42)),
            Ok(user("42")),
        ),
        (
            None,
            "/email",
            with("email", json!("a@b.example")),
            Ok(user("a@b.example")),
        ),
        // The sub of mapped tokens is the host's, whoever the user is.
        (Some(from_subject()), "/sub", claims(), Err(true)),
        (None, usual, claims(), Err(true)),
        (Some(from("/email")), usual, claims(), Err(true)),
        (Some(from("/events")), usual, claims(), Err(true)),
        (None, "/email", claims(), Err(true)),
        (None, "/events", claims(), Err(true)),
    ] {
        assert_eq!(by(mapping, at, &claims), expected, "{at} {claims}");
    }
}

#[test]
fn a_session_alone_is_taken_back_by_its_sid() {
    let sid = Name::new("c9d1c1f0-5a1e-4f0b-8d52-7f5b8a1f9b77").unwrap();
    for nobody in [json!(null), json!("")] {
        let logout = Given::by(issuer()).read(&sign(&with("sub", nobody)));
        assert_eq!(logout.unwrap().target, Target::Session(sid.clone()));
    }
    let mut nobody = with("sub", json!(null));
    for sid in [json!(null), json!(""), json!(5), json!(["a"])] {
        nobody
            .as_object_mut()
            .unwrap()
            .insert("sid".to_owned(), sid);
        assert_eq!(refused(&nobody), Some(Refusal::Nobody), "{nobody}");
    }
}

#[test]
fn it_counts_as_long_as_tokens_of_before_can_be_good() {
    for (longest, leeway, lasts) in [
        (None, 0.0, YEAR),
        (Some(60.0), 0.0, DAY),
        (Some(86_400.0), 30.0, DAY + 31),
        (Some(1e6), 0.0, 1_000_001),
    ] {
        let issuer = Issuer {
            lifetime: LifetimePolicy {
                leeway,
                longest,
                ..LifetimePolicy::default()
            },
            ..issuer()
        };
        let logout = Given::by(issuer).read(&sign(&claims())).unwrap();
        assert_eq!(logout.until, NOW - 1 + lasts, "{longest:?}");
    }
}

#[test]
fn each_issuer_signs_out_its_own_users_alone() {
    let other = Issuer {
        name: "other".to_owned(),
        keys: Keys::Fixed(vec![
            Key::from_secret(b"the secret of the other, 0123456789").unwrap(),
        ]),
        accepted: Accepted::only(["https://other.example/"]),
        ..issuer()
    };
    let given = Given {
        issuers: Issuers::new(issuer(), vec![other]),
        ..Given::by(issuer())
    };
    let header = json!({"alg": "HS256"});
    let of = |iss: &str, secret: &[u8]| {
        let claims = with("iss", json!(iss));
        given.read(&sealed(&header, &claims, secret))
    };
    let theirs = b"the secret of the other, 0123456789";
    assert!(of(ISSUER, SECRET).is_ok());
    assert!(of("https://other.example/", theirs).is_ok());
    assert_eq!(of(ISSUER, theirs), Err(Refusal::Signature));
    assert_eq!(
        of("https://other.example/", SECRET),
        Err(Refusal::Signature)
    );
    assert_eq!(of("https://third.example/", SECRET), Err(Refusal::Issuer));
}
