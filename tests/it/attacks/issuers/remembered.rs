//! A signature that was verified for one issuer counts for that one alone.

use std::sync::Arc;

use prosody_tokend::token::recall::{Lookups, VerifiedSignatures};
use serde_json::json;

use super::world::{Held, Party, Signer, World, party};

/// A host where the issuer of this name has this `iss` and key, beside one that has neither.
fn world(name: &str, signer: Signer, held: Held) -> World {
    let beside = party("beside", "https://beside.example", Signer::Bob, Held::ById);
    World::of([party(name, "https://one.example", signer, held), beside])
}

/// Whether the signature had to be verified; where not, it was remembered.
fn is_verified(world: &World, memory: &VerifiedSignatures, lookups: &Lookups, token: &str) -> bool {
    let before = lookups.misses();
    world
        .recalled(token, memory.of("meet.example.com"))
        .unwrap();
    lookups.misses() > before
}

#[test]
fn a_signature_is_remembered_for_an_issuer_and_for_no_other_one_with_the_same_key() {
    for held in [Held::Fixed, Held::ById] {
        let lookups = Arc::new(Lookups::default());
        let memory = VerifiedSignatures::new(1_048_576).counting(&lookups);
        let token = Signer::Alice.sign(&json!({"iss": "https://one.example"}));
        let (one, other) = (
            world("one", Signer::Alice, held),
            world("other", Signer::Alice, held),
        );
        assert!(is_verified(&one, &memory, &lookups, &token));
        assert!(!is_verified(&one, &memory, &lookups, &token));
        assert!(is_verified(&other, &memory, &lookups, &token));
        assert!(!is_verified(&other, &memory, &lookups, &token));
        let of_another_host = memory.of("other.example.com");
        let misses = lookups.misses();
        one.recalled(&token, of_another_host).unwrap();
        assert_eq!(lookups.misses(), misses + 1);
    }
}

#[test]
fn what_is_remembered_lets_in_nobody_whose_key_is_gone_or_who_is_judged_otherwise_now() {
    let memory = VerifiedSignatures::new(1_048_576);
    let recall = || memory.of("meet.example.com");
    let token = Signer::Alice.sign(&json!({"iss": "https://one.example"}));
    let first = world("one", Signer::Alice, Held::ById);
    for _ in 0..2 {
        assert!(first.recalled(&token, recall()).is_ok());
    }
    let moved = |name: &str, iss: &str, signer| {
        let beside = party("beside", "https://beside.example", Signer::Bob, Held::ById);
        World::of([party(name, iss, signer, Held::ById), beside])
    };
    let without_key = World::of([
        Party {
            keys: Vec::new(),
            ..party("one", "https://one.example", Signer::Alice, Held::ById)
        },
        party(
            "beside",
            "https://beside.example",
            Signer::Alice,
            Held::ById,
        ),
    ]);
    for (world, code) in [
        (
            moved("one", "https://one.example", Signer::Bob),
            "signature-invalid",
        ),
        (
            moved("one", "https://moved.example", Signer::Alice),
            "iss-not-accepted",
        ),
        (
            moved("one", "https://one.example", Signer::P256),
            "alg-not-rsa",
        ),
        (without_key, "key-not-found"),
    ] {
        assert_eq!(world.recalled(&token, recall()).err(), Some(code));
    }
}
