//! Tokens, good and bad, as they are pasted.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use support::token::{encode, mint, mint_with, seal, with};

use crate::fixture::SECRET;

/// 2026-01-31 12:00:00 UTC, at which all of these are looked at.
pub const AT: i64 = 1_769_860_800;

/// What a good token says.
pub fn claims() -> Value {
    json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "standup",
        "iat": AT - 60, "nbf": AT - 60, "exp": AT + 7_200,
        "context": {
            "user": {"id": "17", "name": "Ada Lovelace", "email": "ada@example.com", "moderator": true},
            "features": {"recording": true, "livestreaming": false},
        },
    })
}

pub fn good() -> String {
    mint(&claims(), SECRET)
}

/// A good token but for these claims.
pub fn but(changes: &Value) -> String {
    mint(&with(claims(), changes), SECRET)
}

/// Tokens with which nobody is let in, by what is wrong with them.
pub fn wrong() -> Vec<(&'static str, String)> {
    let good = good();
    let unsigned = good.rsplit_once('.').unwrap().0;
    let seal = |header: &str, payload: &str| {
        seal(
            Algorithm::HS256,
            header.as_bytes(),
            payload.as_bytes(),
            SECRET,
        )
    };
    vec![
        ("expired", but(&json!({"exp": AT - 3_600}))),
        ("not valid yet", but(&json!({"nbf": AT + 3_600}))),
        (
            "of another secret",
            mint(&claims(), "another secret of at least 32 bytes"),
        ),
        (
            "of another algorithm",
            mint_with(Algorithm::HS512, &claims(), SECRET),
        ),
        ("for another audience", but(&json!({"aud": "jitsi"}))),
        ("of another issuer", but(&json!({"iss": "another_app"}))),
        ("without an issuer", but(&json!({"iss": null}))),
        ("for another room", but(&json!({"room": "retro"}))),
        ("without a room", but(&json!({"room": null}))),
        (
            "for another domain",
            but(&json!({"sub": "other.example.com"})),
        ),
        ("without a signature", format!("{unsigned}.")),
        (
            "unsigned",
            format!("{}.{}.", encode(br#"{"alg":"none"}"#), encode(b"{}")),
        ),
        ("cut off", good[..good.len() - 9].to_owned()),
        ("of two parts", unsigned.to_owned()),
        ("no JSON", seal(r#"{"alg":"HS256"}"#, "not JSON")),
        ("opaque", "9a6ea2f0c1f14f2f8a2f".to_owned()),
        (
            "encrypted",
            "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA"
                .to_owned(),
        ),
    ]
}

/// What would be a script, if a page took it for one.
const HOSTILE: [&str; 6] = [
    "<img src=x onerror=\"window.__hit=1\">",
    "\"><script>window.__hit=1</script>",
    "'><svg onload=window.__hit=1>",
    "javascript:window.__hit=1",
    "</textarea></title></table><script>window.__hit=1</script>",
    "<!--\u{202e}--><a href=\"javascript:window.__hit=1\" autofocus onfocus=window.__hit=1>",
];

/// Tokens in which everything that has a text has such a one.
pub fn hostile() -> Vec<(String, String)> {
    HOSTILE
        .iter()
        .map(|text| ((*text).to_owned(), hostile_with(text)))
        .collect()
}

fn hostile_with(text: &str) -> String {
    let header = json!({"alg": "HS256", "typ": text, "kid": text, "x5u": text, "jku": text, "cty": text, text: text});
    let claims = json!({
        "iss": text, "aud": [text, "my_app"], "sub": text, "room": text, "jti": text, "nonce": text, text: text,
        "iat": AT - 60, "nbf": text, "exp": AT + 7_200,
        "context": {
            "user": {"id": text, "name": text, "email": text, "avatar": text, "affiliation": text, text: text},
            "features": {text: true, "recording": text},
            "room": {"regex": text}, "group": text,
        },
    });
    seal(
        Algorithm::HS256,
        header.to_string().as_bytes(),
        claims.to_string().as_bytes(),
        SECRET,
    )
}

/// A good token but for a name that is markup.
pub fn named_markup() -> String {
    but(&json!({"context": {"user": {"name": HOSTILE[0], "id": HOSTILE[1], "moderator": true}}}))
}
