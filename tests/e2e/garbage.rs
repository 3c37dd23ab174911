//! What is no token at all, in place of one.

use jsonwebtoken::Algorithm::HS256;

use crate::fixture::{MEET, claims, denial, start};
use crate::refusals::{ROOM, good, outcomes};
use support::deployment::Setup;
use support::token::{encode, seal};

/// What it is, the bytes, and the text of the refusal.
type Case = (&'static str, Vec<u8>, &'static str);

const USUAL_HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

#[test]
fn garbage_in_place_of_a_token_is_refused_and_harms_nothing() {
    let deployment = start(&Setup::of(&[MEET]));
    let cases = [misshapen(), undecodable(), headers(), payloads(), bytes()];
    for (name, token, text) in cases.into_iter().flatten() {
        for outcome in outcomes(&deployment, &token) {
            assert_eq!(outcome, Some(denial("not-allowed", text)), "{name}");
        }
    }
    assert_eq!(outcomes(&deployment, good().as_bytes()), vec![None; 4]);
}

fn misshapen() -> Vec<Case> {
    let good = good();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let tokens = [
        ("nothing", String::new()),
        ("a word", "correct-horse-battery-staple".to_owned()),
        ("a very long word", "garbage-".repeat(1000)),
        (
            "a path",
            "../../../../etc/prosody/prosody.cfg.lua".to_owned(),
        ),
        ("markup", "<token a='&lt;'>]]>&amp;\"</token>".to_owned()),
        ("dots alone", "..".to_owned()),
        ("two parts", message.to_owned()),
        ("four parts", format!("{good}.{signature}")),
        ("an empty signature", format!("{message}.")),
        ("an empty payload", format!("{header}..{signature}")),
        ("backslashes for dots", good.replace('.', "\\")),
    ];
    tokens
        .map(|(name, token)| (name, token.into_bytes(), "Invalid token"))
        .into()
}

fn undecodable() -> Vec<Case> {
    let good = good();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let of_another = encode(claims(&MEET, "planning").to_string().as_bytes());
    let tokens = [
        (
            "a header that is no base64url",
            format!("!{good}"),
            "Invalid header",
        ),
        (
            "a payload that is no base64url",
            format!("{header}.{payload}$.{signature}"),
            "Invalid body",
        ),
        (
            "a signature that is no base64url",
            format!("{good}*"),
            "Invalid signature",
        ),
        (
            "a line break at the end",
            format!("{good}\r\n"),
            "Invalid signature",
        ),
        (
            "half a signature",
            format!("{message}.{}", &signature[..20]),
            "Invalid signature",
        ),
        (
            "the signature of another token",
            format!("{header}.{of_another}.{signature}"),
            "Invalid signature",
        ),
    ];
    tokens
        .map(|(name, token, text)| (name, token.into_bytes(), text))
        .into()
}

fn headers() -> Vec<Case> {
    let payload = claims(&MEET, ROOM).to_string();
    let headers = [
        (
            "a header that is no JSON",
            r#"{"alg":"HS256""#,
            "Invalid header",
        ),
        ("a header that is a number", "256", "Invalid header"),
        (
            "a header that is a list",
            r#"["HS256","JWT"]"#,
            "Invalid typ",
        ),
        ("no typ", r#"{"alg":"HS256"}"#, "Invalid typ"),
        (
            "typ in small letters",
            r#"{"alg":"HS256","typ":"jwt"}"#,
            "Invalid typ",
        ),
        (
            "typ that is a number",
            r#"{"alg":"HS256","typ":1}"#,
            "Invalid typ",
        ),
        ("no alg", r#"{"typ":"JWT"}"#, "Invalid or incorrect alg"),
        (
            "alg none",
            r#"{"alg":"none","typ":"JWT"}"#,
            "Invalid or incorrect alg",
        ),
        (
            "alg of another family",
            r#"{"alg":"RS256","typ":"JWT"}"#,
            "Invalid or incorrect alg",
        ),
        (
            "alg in small letters",
            r#"{"alg":"hs256","typ":"JWT"}"#,
            "Invalid or incorrect alg",
        ),
        (
            "alg that is a list",
            r#"{"alg":["HS256"],"typ":"JWT"}"#,
            "Invalid or incorrect alg",
        ),
    ];
    headers
        .map(|(name, header, text)| (name, sign(header, &payload), text))
        .into()
}

fn payloads() -> Vec<Case> {
    let deep = "[".repeat(2000);
    let payloads = [
        ("a payload that is no JSON", "room=standup", "Invalid body"),
        ("a payload that is null", "null", "Invalid body"),
        ("a payload of open brackets", &deep, "Invalid body"),
        (
            "a payload that is a list",
            "[1,2,3]",
            "'iss' claim is missing",
        ),
        (
            "a payload that is a text",
            r#""standup""#,
            "'iss' claim is missing",
        ),
    ];
    payloads
        .map(|(name, payload, text)| (name, sign(USUAL_HEADER, payload), text))
        .into()
}

fn bytes() -> Vec<Case> {
    vec![
        (
            "NUL bytes",
            b"\0\0\0\0.\0\0\0\0.\0\0\0\0".to_vec(),
            "Invalid header",
        ),
        (
            "bytes that are no UTF-8",
            b"\xff\xfe\xfd\xc3\x28\xf5\x80garbage".to_vec(),
            "Invalid token",
        ),
        (
            "control characters",
            b"\x01\x02\x1b[31m\x7f\x08garbage".to_vec(),
            "Invalid token",
        ),
    ]
}

fn sign(header: &str, payload: &str) -> Vec<u8> {
    seal(
        HS256,
        header.as_bytes(),
        payload.as_bytes(),
        MEET.app_secret,
    )
    .into_bytes()
}
