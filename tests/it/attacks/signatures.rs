//! Attacks on signatures and on the choice of keys and algorithms.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::Algorithm::HS256;
use serde_json::json;

use super::forge::{Attack, HEADER, RSA, Rsa, claims, header_with, hmac, row, rsa_header, signed};
use crate::daemon::fixture::SECRET;
use support::token::{encode, seal};

pub fn unsigned() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for alg in [
        r#""none""#,
        r#""None""#,
        r#""NONE""#,
        r#""nOnE""#,
        r#""none ""#,
        r#"" none""#,
        r#""none\u0000""#,
        r#""\u006eone""#,
        r#""""#,
        r#""null""#,
        "null",
        "0",
        "false",
        "[]",
        "{}",
        r#"["none"]"#,
        r#"["HS256"]"#,
        r#""hs256""#,
        r#""HS256 ""#,
        r#""HS512""#,
        r#""ES256""#,
    ] {
        let header = format!(r#"{{"alg":{alg},"typ":"JWT"}}"#);
        let input = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(claims().as_bytes())
        );
        attacks.push(row(
            format!("alg {alg}, no third part"),
            input.clone(),
            "not-three-parts",
        ));
        attacks.push(row(
            format!("alg {alg}, empty signature"),
            format!("{input}."),
            "not-three-parts",
        ));
        attacks.push(row(
            format!("alg {alg}, any signature"),
            format!("{input}.AAAA"),
            "alg-not-accepted",
        ));
        attacks.push(row(
            format!("alg {alg}, a good signature"),
            signed(&header, &claims()),
            "alg-not-accepted",
        ));
    }
    attacks.push(row(
        "no alg",
        signed(r#"{"typ":"JWT"}"#, &claims()),
        "alg-not-accepted",
    ));
    let token = signed(HEADER, &claims());
    let (input, _) = token.rsplit_once('.').unwrap();
    for (name, signature) in [
        ("a short signature", "AAAA"),
        ("zeros", &*"A".repeat(43)),
        ("another's", &*encode(&[7; 32])),
    ] {
        attacks.push(row(
            name,
            format!("{input}.{signature}"),
            "signature-invalid",
        ));
    }
    attacks
}

pub fn confused_keys() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for (name, secret) in RSA.as_secrets() {
        for (alg, code) in [
            ("HS256", "alg-not-rsa"),
            ("none", "alg-not-rsa"),
            ("RS256", "signature-invalid"),
            ("RS", "alg-not-accepted"),
        ] {
            let header = format!(r#"{{"alg":"{alg}","typ":"JWT","kid":"key-1"}}"#);
            attacks.push(row(
                format!("{name} as secret, alg {alg}"),
                hmac(&secret, &header, &claims()),
                code,
            ));
        }
    }
    attacks.push(row(
        "RSA without kid",
        RSA.signed(r#"{"alg":"RS256","typ":"JWT"}"#),
        "kid-missing",
    ));
    attacks.push(row(
        "RSA that says RS512",
        RSA.signed(r#"{"alg":"RS512","typ":"JWT","kid":"key-1"}"#),
        "alg-not-accepted",
    ));
    attacks.push(row(
        "RSA that says PS256",
        RSA.signed(r#"{"alg":"PS256","typ":"JWT","kid":"key-1"}"#),
        "alg-not-rsa",
    ));
    attacks.push(row(
        "another RSA key",
        Rsa::generate().signed(&rsa_header("key-1")),
        "signature-invalid",
    ));
    attacks
}

pub fn weak_secrets() -> Vec<Attack> {
    let secrets = [
        "",
        "\0",
        "secret",
        "null",
        "undefined",
        "my_app",
        "meet.example.com",
        "changeme",
        &SECRET[1..],
    ];
    let signed = |secret: &str| seal(HS256, HEADER.as_bytes(), claims().as_bytes(), secret);
    secrets
        .map(|secret| {
            row(
                format!("secret {secret:?}"),
                signed(secret),
                "signature-invalid",
            )
        })
        .into()
}

/// Tokens signed with the attacker's own key, which they bring along or point to.
pub fn brought_keys(address: &str) -> Vec<Attack> {
    let own = b"the-attackers-own-secret-0123456789abcdef";
    let jwk = json!({"kty": "oct", "k": encode(own), "alg": "HS256", "use": "sig"});
    [
        json!({"jwk": jwk}),
        json!({"jwk": {"kty": "RSA", "n": encode(own), "e": "AQAB"}}),
        json!({"jku": address}),
        json!({"x5u": address}),
        json!({"jku": address, "kid": "key-1"}),
        json!({"x5u": address, "x5c": [BASE64_STANDARD.encode(own)], "x5t": encode(own)}),
        json!({"kid": address}),
    ]
    .map(|members| {
        let text = members.to_string();
        let header = header_with(&text[1..text.len() - 1]);
        row(text, hmac(own, &header, &claims()), "signature-invalid")
    })
    .into()
}

pub const KEY_IDS: [&str; 9] = [
    "../../../etc/passwd",
    "/dev/null",
    "a\0.pem",
    "",
    "https://evil.example/key",
    "key-1'; DROP TABLE keys; --",
    "..%2f..%2fkey",
    "\u{202e}mep.yek",
    "key-1\r\nHost: evil.example",
];

pub fn key_ids() -> Vec<Attack> {
    let mut attacks: Vec<Attack> = KEY_IDS
        .iter()
        .map(|kid| {
            row(
                format!("kid {kid:?}"),
                RSA.signed(&rsa_header(kid)),
                "key-not-found",
            )
        })
        .collect();
    attacks.push(row(
        "a long kid",
        RSA.signed(&rsa_header(&"k".repeat(100_000))),
        "key-not-found",
    ));
    for kid in [
        "1",
        "null",
        "true",
        "[]",
        r#"["key-1"]"#,
        "{}",
        r#"{"$ne":""}"#,
    ] {
        let header = format!(r#"{{"alg":"RS256","typ":"JWT","kid":{kid}}}"#);
        attacks.push(row(
            format!("kid {kid}"),
            RSA.signed(&header),
            "kid-not-text",
        ));
    }
    attacks
}
