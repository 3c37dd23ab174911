//! A secret beside public keys, and several algorithms: what is a key for one issuer is none for the other.

use prosody_tokend::token::algorithm::Algorithm;
use serde_json::json;

use super::super::forge::{RSA, hmac};
use super::world::{Held, KID, NOW, ONE, Signer, World, party};
use support::issuer::bob;
use support::token::encode;

const SECRET_ISS: &str = "https://secret.example";
const PUBLIC_ISS: &str = "https://public.example";

fn payload(iss: &str) -> String {
    json!({"iss": iss, "aud": "jitsi", "sub": "*", "room": "*", "exp": NOW + 600}).to_string()
}

fn header(alg: &str) -> String {
    json!({"alg": alg, "typ": "JWT", "kid": KID}).to_string()
}

/// An issuer with a secret beside one with public keys; either may be the host's own.
fn worlds(held: Held) -> [World; 2] {
    let secret = || party("secret", SECRET_ISS, ONE, Held::Fixed);
    let public = || party("public", PUBLIC_ISS, Signer::Bob, held);
    [
        World::of([secret(), public()]),
        World::of([public(), secret()]),
    ]
}

#[test]
fn a_public_key_of_one_issuer_is_no_secret_of_the_other() {
    let mut secrets = RSA.as_secrets();
    let jwk = bob().jwk(KID);
    secrets.extend([
        ("its PEM", bob().public_pem().into_bytes()),
        ("its PEM as PKCS#1", bob().pkcs1_pem().into_bytes()),
        ("its JWK", jwk.to_string().into_bytes()),
        (
            "its modulus",
            jwk["n"].as_str().unwrap().as_bytes().to_vec(),
        ),
        ("its exponent", b"AQAB".to_vec()),
        ("its kid", KID.as_bytes().to_vec()),
        ("nothing", Vec::new()),
    ]);
    for held in [Held::Fixed, Held::ById] {
        for world in worlds(held) {
            for (name, secret) in &secrets {
                for alg in ["HS256", "HS384", "HS512", "none", "RS256"] {
                    for iss in [SECRET_ISS, PUBLIC_ISS] {
                        let token = hmac(secret, &header(alg), &payload(iss));
                        let code = match (iss, alg, held) {
                            (SECRET_ISS, "HS256", _) | (PUBLIC_ISS, "RS256", _) => {
                                "signature-invalid"
                            }
                            (PUBLIC_ISS, _, Held::ById) => "alg-not-rsa",
                            _ => "alg-not-accepted",
                        };
                        assert_eq!(world.verdict(&token), code, "{name} {alg} {iss} {held:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_a_header_says_moves_no_token_to_other_keys() {
    for (signer, iss, alg, code) in [
        (ONE, SECRET_ISS, "HS256", "allowed"),
        (Signer::Bob, PUBLIC_ISS, "RS256", "allowed"),
        (Signer::Bob, SECRET_ISS, "RS256", "alg-not-accepted"),
        (Signer::Bob, SECRET_ISS, "HS256", "signature-invalid"),
        (ONE, PUBLIC_ISS, "HS256", "alg-not-rsa"),
        (ONE, PUBLIC_ISS, "RS256", "signature-invalid"),
        (ONE, SECRET_ISS, "RS256", "alg-not-accepted"),
        (ONE, SECRET_ISS, "none", "alg-not-accepted"),
        (ONE, SECRET_ISS, "HS512", "alg-not-accepted"),
        (Signer::Bob, PUBLIC_ISS, "none", "alg-not-rsa"),
        (Signer::Bob, PUBLIC_ISS, "RS512", "alg-not-accepted"),
        (Signer::Bob, PUBLIC_ISS, "PS256", "alg-not-rsa"),
    ] {
        for world in worlds(Held::ById) {
            let token = signer.sign_under(&header(alg), signer.algorithm(), &payload(iss));
            assert_eq!(world.verdict(&token), code, "{signer:?} {iss} {alg}");
        }
    }
}

#[test]
fn an_issuer_named_in_the_header_is_nobodys() {
    for world in worlds(Held::ById) {
        for (members, iss, code) in [
            (json!({"iss": SECRET_ISS}), SECRET_ISS, "allowed"),
            (json!({"iss": PUBLIC_ISS}), SECRET_ISS, "allowed"),
            (json!({"iss": SECRET_ISS}), PUBLIC_ISS, "alg-not-rsa"),
            (
                json!({"iss": SECRET_ISS}),
                "https://third.example",
                "iss-not-accepted",
            ),
            (
                json!({"jku": "https://evil.example/"}),
                PUBLIC_ISS,
                "alg-not-rsa",
            ),
            (
                json!({"jwk": {"kty": "oct", "k": encode(b"x")}}),
                "https://evil.example",
                "iss-not-accepted",
            ),
        ] {
            let mut header = members.clone();
            header["alg"] = "HS256".into();
            header["typ"] = "JWT".into();
            header["kid"] = KID.into();
            let token = ONE.sign_under(&header.to_string(), Algorithm::Hs256, &payload(iss));
            assert_eq!(world.verdict(&token), code, "{members} {iss}");
        }
    }
}

#[test]
fn of_several_algorithms_each_needs_a_key_that_is_for_it() {
    let (rsa, p256, ed25519) = (Signer::Alice, Signer::P256, Signer::Ed25519);
    for (signer, accepted, signed_with, alg, code) in [
        (ONE, "HS256 HS512", "HS256", "HS256", "allowed"),
        (ONE, "HS256 HS512", "HS512", "HS512", "allowed"),
        (ONE, "HS256 HS512", "HS384", "HS384", "alg-not-accepted"),
        (ONE, "HS256 HS512", "HS384", "HS512", "signature-invalid"),
        (ONE, "HS256 HS512", "HS512", "HS256", "signature-invalid"),
        (ONE, "HS256 HS512", "HS256", "hs256", "alg-not-accepted"),
        (rsa, "RS256 ES256", "RS256", "RS256", "allowed"),
        (rsa, "RS256 ES256", "RS256", "ES256", "signature-invalid"),
        (rsa, "RS256 ES256", "RS512", "RS512", "alg-not-accepted"),
        (rsa, "RS256 ES256", "PS256", "PS256", "alg-not-rsa"),
        (rsa, "RS256 PS256", "PS256", "PS256", "allowed"),
        (rsa, "RS256 PS256", "PS256", "RS256", "signature-invalid"),
        (rsa, "RS256 PS256", "RS256", "PS256", "signature-invalid"),
        (rsa, "RS384 RS256", "RS384", "RS384", "allowed"),
        (rsa, "RS384 RS256", "RS384", "RS256", "signature-invalid"),
        (rsa, "PS256", "RS256", "RS256", "alg-not-rsa"),
        (p256, "ES256 ES384", "ES256", "ES256", "allowed"),
        (p256, "ES256 ES384", "ES256", "ES384", "signature-invalid"),
        (p256, "ES384", "ES256", "ES384", "signature-invalid"),
        (p256, "ES384", "ES256", "ES256", "alg-not-accepted"),
        (ed25519, "EdDSA RS256", "EdDSA", "EdDSA", "allowed"),
        (
            ed25519,
            "EdDSA RS256",
            "EdDSA",
            "RS256",
            "signature-invalid",
        ),
        (ed25519, "EdDSA RS256", "EdDSA", "Ed25519", "alg-not-rsa"),
        (ed25519, "EdDSA", "EdDSA", "EDDSA", "alg-not-rsa"),
        (rsa, "", "RS256", "RS256", "algorithm-not-supported"),
        (rsa, "", "RS256", "none", "alg-not-rsa"),
    ] {
        let held = if signer == ONE {
            Held::Fixed
        } else {
            Held::ById
        };
        let named = |name: &str| Algorithm::from_name(name).unwrap();
        let accepting = party("one", PUBLIC_ISS, signer, held)
            .with(|issuer| issuer.algorithms = accepted.split_whitespace().map(named).collect());
        let beside = party("other", SECRET_ISS, ONE, Held::Fixed);
        let world = World::of([accepting, beside]);
        let token = signer.sign_under(&header(alg), named(signed_with), &payload(PUBLIC_ISS));
        assert_eq!(
            world.verdict(&token),
            code,
            "{accepted}: {signed_with} as {alg}"
        );
    }
}
