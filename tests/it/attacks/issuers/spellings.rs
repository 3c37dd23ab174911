//! An `iss` is compared to the letter: what is spelt otherwise is nobody's, or that of the issuer who takes any.

use prosody_tokend::token::bounds::Bounds;
use prosody_tokend::token::issuer::Accepted;
use serde_json::{Value, json};

use super::world::{Held, NOW, ONE, OTHER, Party, Signer, World, globs, party};

const ISS: &str = "https://sso.example.com/realms/caf\u{e9}";
const ANYONES: Signer = Signer::Secret("the secret of whoever else there is, 135790");

/// A payload with this text in place of the value of `iss`.
fn payload(iss: &str) -> String {
    format!(
        r#"{{"iss":{iss},"aud":"jitsi","sub":"*","room":"any-1","exp":{}}}"#,
        NOW + 600
    )
}

fn named() -> Party {
    party("sso", ISS, ONE, Held::Fixed)
}

fn own() -> Party {
    party("default", "my_app", ONE, Held::Fixed)
}

/// Whoever has another `iss`, with rooms of its own.
fn anyone() -> Party {
    party("anyone", "", ANYONES, Held::Fixed)
        .with(|issuer| issuer.accepted = Accepted::Any)
        .bounded(Bounds {
            rooms: Some(globs(&["any-*"])),
            moderators: false,
            ..Bounds::NONE
        })
}

/// Texts that somebody may take for the issuer's.
fn strange() -> Vec<String> {
    let texts = [
        "https://sso.example.com/realms/caf\u{e9}/",
        "http://sso.example.com/realms/caf\u{e9}",
        "HTTPS://sso.example.com/realms/caf\u{e9}",
        "https://SSO.example.com/realms/caf\u{e9}",
        "https://sso.example.com/Realms/caf\u{e9}",
        "https://sso.example.com/realms/CAF\u{c9}",
        "https://sso.example.com:443/realms/caf\u{e9}",
        "https://sso.example.com./realms/caf\u{e9}",
        "https://sso.example.com//realms/caf\u{e9}",
        "https://sso.example.com/./realms/caf\u{e9}",
        "https://sso.example.com/realms/caf\u{e9}?",
        "https://sso.example.com/realms/caf\u{e9}#",
        "https://sso.example.com/realms/caf%C3%A9",
        "https://sso.example.com/realms/caf%c3%a9",
        "https://sso.example.com/%72ealms/caf\u{e9}",
        "https%3A%2F%2Fsso.example.com%2Frealms%2Fcaf\u{e9}",
        "https://sso.example.com/realms/cafe\u{301}",
        "https://sso.example.com/realms/cafe",
        "https://ss\u{43e}.example.com/realms/caf\u{e9}",
        "https://sso\u{ff0e}example.com/realms/caf\u{e9}",
        "https://sso.example.com/realms/caf\u{e9}\u{200b}",
        "https://sso.example.com/realms/caf\u{e9}\u{0}",
        "\u{feff}https://sso.example.com/realms/caf\u{e9}",
        " https://sso.example.com/realms/caf\u{e9}",
        "https://sso.example.com/realms/caf\u{e9} ",
        "https://sso.example.com/realms/caf\u{e9}\n",
        "\thttps://sso.example.com/realms/caf\u{e9}",
        "https://sso.example.com/realms/caf\u{e9},my_app",
        "my_app https://sso.example.com/realms/caf\u{e9}",
        "sso.example.com/realms/caf\u{e9}",
        "//sso.example.com/realms/caf\u{e9}",
        "https://a:b@sso.example.com/realms/caf\u{e9}",
        "https://sso.example.com@evil.example/realms/caf\u{e9}",
        "sso",
        "default",
        "MY_APP",
        "*",
        "",
    ];
    texts.map(|text| Value::from(text).to_string()).into()
}

/// What is no text at all.
const NO_TEXT: [&str; 9] = [
    r#"["https://sso.example.com/realms/café"]"#,
    r#"["my_app"]"#,
    r#"{"my_app":"my_app"}"#,
    "[]",
    "{}",
    "null",
    "true",
    "0",
    "1e3",
];

#[test]
fn the_very_text_is_the_issuers_however_json_writes_it() {
    let world = World::of([own(), named(), anyone()]);
    for iss in [
        Value::from(ISS).to_string(),
        r#""https://sso.example.com/realms/caf\u00e9""#.to_owned(),
        r#""https:\/\/sso.example.com\/realms\/café""#.to_owned(),
        r#""\u0068ttps://sso.example.com/realms/café""#.to_owned(),
    ] {
        let token = ONE.sign_text(&payload(&iss));
        assert_eq!(world.judge(&token), Some("sso"), "{iss}");
        assert_eq!(world.verdict(&token), "allowed", "{iss}");
    }
}

#[test]
fn an_iss_that_is_spelt_otherwise_is_nobodys_though_the_secret_is_right() {
    for world in [World::of([own(), named()]), World::of([named(), own()])] {
        for iss in strange() {
            let token = ONE.sign_text(&payload(&iss));
            assert_eq!(world.judge(&token), None, "{iss}");
            assert_eq!(world.verdict(&token), "iss-not-accepted", "{iss}");
        }
        for iss in NO_TEXT {
            let token = ONE.sign_text(&payload(iss));
            assert_eq!(world.verdict(&token), "iss-not-accepted", "{iss}");
        }
    }
}

#[test]
fn whoever_takes_any_iss_takes_it_with_a_key_and_bounds_of_its_own() {
    let world = World::of([own(), named(), anyone()]);
    for iss in strange() {
        let by_secret_of_named = ONE.sign_text(&payload(&iss));
        assert_eq!(world.judge(&by_secret_of_named), Some("anyone"), "{iss}");
        assert_eq!(
            world.verdict(&by_secret_of_named),
            "signature-invalid",
            "{iss}"
        );
        let own = payload(&iss);
        assert_eq!(world.verdict(&ANYONES.sign_text(&own)), "allowed", "{iss}");
        let beyond = own.replace("any-1", "other-1");
        assert_eq!(
            world.verdict(&ANYONES.sign_text(&beyond)),
            "room-beyond-issuer",
            "{iss}"
        );
        let moderator = own.replace("\"aud\"", r#""context":{"user":{"moderator":true}},"aud""#);
        assert_eq!(
            world.verdict(&ANYONES.sign_text(&moderator)),
            "moderator-beyond-issuer",
            "{iss}"
        );
    }
    for iss in NO_TEXT {
        let token = ANYONES.sign_text(&payload(iss));
        assert_eq!(world.verdict(&token), "claim-of-wrong-type", "{iss}");
        assert_eq!(
            world.verdict(&ONE.sign_text(&payload(iss))),
            "signature-invalid",
            "{iss}"
        );
    }
    for iss in [ISS, "my_app"] {
        let token = ANYONES.sign_text(&payload(&Value::from(iss).to_string()));
        assert_eq!(world.verdict(&token), "signature-invalid", "{iss}");
    }
}

#[test]
fn a_host_whose_own_options_accept_any_iss_leaves_the_named_ones_theirs() {
    let any = || own().with(|issuer| issuer.accepted = Accepted::only(["*"]));
    let world = World::of([any(), party("sso", ISS, OTHER, Held::Fixed)]);
    for (signer, iss, code) in [
        (ONE, "my_app", "allowed"),
        (ONE, "whoever", "allowed"),
        (OTHER, ISS, "allowed"),
        (ONE, ISS, "signature-invalid"),
        (OTHER, "my_app", "signature-invalid"),
        (OTHER, "whoever", "signature-invalid"),
        (
            OTHER,
            "https://sso.example.com/realms/caf\u{e9}/",
            "signature-invalid",
        ),
    ] {
        let token = signer.sign_text(&payload(&Value::from(iss).to_string()));
        assert_eq!(world.verdict(&token), code, "{signer:?} {iss}");
    }
}

#[test]
fn a_token_without_an_iss_is_nobodys_even_where_any_is_accepted() {
    let worlds = [World::of([own(), named()]), World::of([own(), anyone()])];
    for world in worlds {
        for signer in [ONE, ANYONES] {
            for claims in [
                json!({}),
                json!({"ISS": "my_app"}),
                json!({"iss ": "my_app"}),
                json!({"issuer": "my_app"}),
                json!({"context": {"iss": "my_app"}}),
                json!({"aud": "my_app"}),
            ] {
                assert_eq!(
                    world.verdict(&signer.sign(&claims)),
                    "iss-missing",
                    "{claims}"
                );
            }
        }
    }
}

#[test]
fn an_iss_that_is_there_twice_lets_nobody_in_whichever_counts() {
    let world = World::of([own(), party("sso", ISS, OTHER, Held::Fixed)]);
    let twice = |members: &str| format!(r#"{{{members},"aud":"jitsi","sub":"*","room":"*"}}"#);
    for (signer, members, code) in [
        (
            ONE,
            format!(r#""iss":"{ISS}","iss":"my_app""#),
            "duplicate-member",
        ),
        (
            ONE,
            format!(r#""iss":"my_app","iss":"{ISS}""#),
            "signature-invalid",
        ),
        (
            OTHER,
            format!(r#""iss":"{ISS}","iss":"my_app""#),
            "signature-invalid",
        ),
        (
            OTHER,
            format!(r#""iss":"my_app","iss":"{ISS}""#),
            "duplicate-member",
        ),
        (
            OTHER,
            format!(r#""iss":"my_app","\u0069ss":"{ISS}""#),
            "duplicate-member",
        ),
        (
            ONE,
            r#""iss":"my_app","iss":"my_app""#.to_owned(),
            "duplicate-member",
        ),
        (
            ONE,
            r#""iss":"my_app","iss":null"#.to_owned(),
            "iss-not-accepted",
        ),
        (
            ONE,
            r#""iss":null,"iss":"my_app""#.to_owned(),
            "duplicate-member",
        ),
        (
            ONE,
            r#""iss":"nobody","iss":"my_app""#.to_owned(),
            "duplicate-member",
        ),
        (
            ONE,
            r#""iss":"my_app","iss":"nobody""#.to_owned(),
            "iss-not-accepted",
        ),
    ] {
        let token = signer.sign_text(&twice(&members));
        assert_eq!(world.verdict(&token), code, "{signer:?} {members}");
    }
}
