//! Each issuer against each other one, in both directions.

use prosody_tokend::token::algorithm::Algorithm;
use prosody_tokend::token::bounds::Bounds;
use prosody_tokend::token::issuer::{Accepted, Keys, LifetimePolicy};
use serde_json::json;

use super::world::{Held, MUC, NOW, ONE, OTHER, Party, Signer, World, globs, party};

const KINDS: [(Signer, Held); 9] = [
    (ONE, Held::Fixed),
    (OTHER, Held::Fixed),
    (Signer::Alice, Held::Fixed),
    (Signer::Alice, Held::ById),
    (Signer::Bob, Held::ById),
    (Signer::P256, Held::Fixed),
    (Signer::P256, Held::ById),
    (Signer::Ed25519, Held::Fixed),
    (Signer::Ed25519, Held::ById),
];

const ONES: &str = "https://one.example";
const OTHERS: &str = "https://other.example";

/// What becomes of a token with the `iss` of an issuer that somebody else has signed. Every token has the same `kid`.
fn of_stranger(signer: Signer, issuer: Signer, held: Held) -> &'static str {
    let (named, accepted) = (signer.algorithm(), issuer.algorithm());
    if signer == issuer {
        "allowed"
    } else if named == accepted {
        "signature-invalid"
    } else if held == Held::ById && named.prefix() != accepted.prefix() {
        "alg-not-rsa"
    } else {
        "alg-not-accepted"
    }
}

#[test]
fn no_issuer_signs_for_another_whatever_keys_they_have() {
    let signers = [
        ONE,
        OTHER,
        Signer::Alice,
        Signer::Bob,
        Signer::P256,
        Signer::Ed25519,
    ];
    let tokens = signers.map(|signer| {
        let as_issuer = |iss| signer.sign(&json!({ "iss": iss }));
        (signer, [as_issuer(ONES), as_issuer(OTHERS)])
    });
    let (mut allowed, mut denied) = (0, 0);
    for (one, of_one) in KINDS {
        for (other, of_other) in KINDS {
            let world = World::of([
                party("one", ONES, one, of_one),
                party("other", OTHERS, other, of_other),
            ]);
            for (signer, [as_one, as_other]) in &tokens {
                for (token, issuer, held) in [(as_one, one, of_one), (as_other, other, of_other)] {
                    let expected = of_stranger(*signer, issuer, held);
                    let what = format!("{signer:?} as {issuer:?} {held:?}, {one:?} and {other:?}");
                    assert_eq!(world.verdict(token), expected, "{what}");
                    if expected == "allowed" {
                        allowed += 1;
                    } else {
                        denied += 1;
                    }
                }
            }
        }
    }
    assert!(denied > 3 * allowed, "{denied} {allowed}");
}

/// Two issuers that verify with the same, each with rules of its own.
fn twins(signer: Signer, held: Held) -> World {
    let bounded = |name, rooms: &[&str]| Party {
        ..party(name, &format!("https://{name}.example"), signer, held).bounded(Bounds {
            rooms: Some(globs(rooms)),
            ..Bounds::NONE
        })
    };
    World::of([
        bounded("one", &["one-*"]).with(|issuer| issuer.audiences = Accepted::only(["one"])),
        bounded("other", &["other-*"]).with(|issuer| {
            issuer.audiences = Accepted::only(["other"]);
            issuer.lifetime = LifetimePolicy {
                longest: Some(60.0),
                ..LifetimePolicy::default()
            };
        }),
    ])
}

#[test]
fn issuers_of_one_key_are_judged_each_by_its_own_rules() {
    for (signer, held) in KINDS {
        let world = twins(signer, held);
        for (claims, code) in [
            (
                json!({"iss": "https://one.example", "aud": "one", "room": "one-1"}),
                "allowed",
            ),
            (
                json!({"iss": "https://other.example", "aud": "other", "room": "other-1", "exp": NOW + 60}),
                "allowed",
            ),
            (
                json!({"iss": "https://one.example", "aud": "other", "room": "one-1"}),
                "aud-not-accepted",
            ),
            (
                json!({"iss": "https://one.example", "aud": "one", "room": "other-1"}),
                "room-beyond-issuer",
            ),
            (
                json!({"iss": "https://other.example", "aud": "other", "room": "one-1", "exp": NOW + 60}),
                "room-beyond-issuer",
            ),
            (
                json!({"iss": "https://other.example", "aud": "one", "room": "other-1", "exp": NOW + 60}),
                "aud-not-accepted",
            ),
            (
                json!({"iss": "https://other.example", "aud": "other", "room": "other-1", "exp": NOW + 61}),
                "lifetime-too-long",
            ),
            (
                json!({"iss": "https://third.example", "aud": "one", "room": "one-1"}),
                "iss-not-accepted",
            ),
            (json!({"aud": "one", "room": "one-1"}), "iss-missing"),
        ] {
            let token = signer.sign(&claims);
            assert_eq!(world.verdict(&token), code, "{signer:?} {held:?} {claims}");
        }
    }
}

#[test]
fn a_room_is_bounded_by_the_issuer_of_the_session_also_where_another_one_has_the_same_key() {
    let world = twins(ONE, Held::Fixed);
    for (iss, aud, room, code) in [
        ("https://one.example", "one", "one-1", "allowed"),
        ("https://other.example", "other", "other-1", "allowed"),
        (
            "https://one.example",
            "one",
            "other-1",
            "room-beyond-issuer",
        ),
        (
            "https://other.example",
            "other",
            "one-1",
            "room-beyond-issuer",
        ),
        (
            "https://one.example",
            "one",
            "third-1",
            "room-beyond-issuer",
        ),
    ] {
        let token = ONE.sign(&json!({"iss": iss, "aud": aud, "exp": NOW + 60}));
        let room_jid = format!("{room}@{MUC}");
        assert_eq!(world.joins(&token, &room_jid), code, "{iss} in {room}");
    }
}

#[test]
fn one_set_of_keys_that_two_issuers_name_has_for_each_the_keys_of_its_algorithms() {
    let set = || {
        vec![
            ("rsa", Signer::Alice.key()),
            ("p256", Signer::P256.key()),
            ("ed25519", Signer::Ed25519.key()),
        ]
    };
    let of = |name: &str, algorithms: &[Algorithm]| {
        let iss = format!("https://{name}.example");
        let mut party = party(name, &iss, Signer::Alice, Held::ById)
            .with(|issuer| issuer.algorithms = algorithms.to_vec());
        party.keys = set();
        party
    };
    let world = World::of([
        of("one", &[Algorithm::Rs256]),
        of("other", &[Algorithm::Es256, Algorithm::EdDsa]),
    ]);
    for (iss, signer, kid, code) in [
        ("https://one.example", Signer::Alice, "rsa", "allowed"),
        ("https://other.example", Signer::P256, "p256", "allowed"),
        (
            "https://other.example",
            Signer::Ed25519,
            "ed25519",
            "allowed",
        ),
        ("https://one.example", Signer::P256, "p256", "alg-not-rsa"),
        (
            "https://one.example",
            Signer::Ed25519,
            "ed25519",
            "alg-not-rsa",
        ),
        ("https://other.example", Signer::Alice, "rsa", "alg-not-rsa"),
        (
            "https://one.example",
            Signer::Alice,
            "p256",
            "signature-invalid",
        ),
        (
            "https://one.example",
            Signer::Bob,
            "rsa",
            "signature-invalid",
        ),
        (
            "https://other.example",
            Signer::P256,
            "ed25519",
            "signature-invalid",
        ),
        (
            "https://other.example",
            Signer::Ed25519,
            "p256",
            "signature-invalid",
        ),
        (
            "https://other.example",
            Signer::P256,
            "rsa",
            "signature-invalid",
        ),
        (
            "https://one.example",
            Signer::Alice,
            "key-1",
            "key-not-found",
        ),
        ("https://other.example", Signer::P256, "", "key-not-found"),
    ] {
        let claims = json!({"iss": iss, "aud": "jitsi", "sub": "*", "room": "*"}).to_string();
        let token = signer.sign_as(signer.algorithm(), kid, &claims);
        assert_eq!(world.verdict(&token), code, "{signer:?} as {iss} by {kid}");
    }
}

#[test]
fn a_kid_that_another_issuer_has_is_none_of_this_one() {
    let with_kids = |name: &str, signer: Signer, kids: &[&'static str]| {
        let mut party = party(name, &format!("https://{name}.example"), signer, Held::ById);
        party.keys = kids.iter().map(|kid| (*kid, signer.key())).collect();
        party
    };
    let world = World::of([
        with_kids("one", Signer::Alice, &["both", "ones"]),
        with_kids("other", Signer::Bob, &["both", "others"]),
    ]);
    for (iss, signer, kid, code) in [
        ("https://one.example", Signer::Alice, "both", "allowed"),
        ("https://other.example", Signer::Bob, "both", "allowed"),
        (
            "https://one.example",
            Signer::Bob,
            "both",
            "signature-invalid",
        ),
        (
            "https://other.example",
            Signer::Alice,
            "both",
            "signature-invalid",
        ),
        (
            "https://one.example",
            Signer::Bob,
            "others",
            "key-not-found",
        ),
        (
            "https://other.example",
            Signer::Alice,
            "ones",
            "key-not-found",
        ),
        (
            "https://one.example",
            Signer::Alice,
            "others",
            "key-not-found",
        ),
    ] {
        let claims = json!({"iss": iss, "aud": "jitsi", "sub": "*", "room": "*"}).to_string();
        let token = signer.sign_as(Algorithm::Rs256, kid, &claims);
        assert_eq!(world.verdict(&token), code, "{signer:?} as {iss} by {kid}");
    }
}

#[test]
fn several_secrets_of_one_issuer_are_tried_for_no_other_one() {
    let rotating = party("one", "https://one.example", ONE, Held::Fixed)
        .with(|issuer| issuer.keys = Keys::Fixed(vec![OTHER.key(), ONE.key()]));
    let third = Signer::Secret("the secret of a third issuer, 5647382910");
    let world = World::of([
        rotating,
        party("third", "https://third.example", third, Held::Fixed),
    ]);
    for (iss, signer, code) in [
        ("https://one.example", ONE, "allowed"),
        ("https://one.example", OTHER, "allowed"),
        ("https://third.example", third, "allowed"),
        ("https://one.example", third, "signature-invalid"),
        ("https://third.example", ONE, "signature-invalid"),
        ("https://third.example", OTHER, "signature-invalid"),
    ] {
        let token = signer.sign(&json!({ "iss": iss }));
        assert_eq!(world.verdict(&token), code, "{signer:?} as {iss}");
    }
}
