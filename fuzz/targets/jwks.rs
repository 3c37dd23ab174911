//! Any bytes as what a keys URL answers: read without a panic, and each key that is taken is one for verifying, public, and
//! lets in nobody who has not signed. As an issuer's metadata they lead to an address of its own origin, or nowhere.

#![no_main]

use libfuzzer_sys::fuzz_target;
use prosody_tokend::keys::fetching::{discovery, document};
use prosody_tokend::keys::source::Discovery;
use prosody_tokend::token::algorithm::{Algorithm, Family};
use prosody_tokend::token::key::Key;
use prosody_tokend_fuzz::{has_no_say, is_public};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    leads_nowhere_else(bytes);
    if let Ok(keys) = document::parse(bytes, &[]) {
        let text: Value = serde_json::from_slice(bytes).expect("what is read is JSON");
        for (kid, key) in &keys {
            let Ok(key) = key else { continue };
            is_public(key);
            has_no_say(key);
            assert!(names(&text, kid), "a key of a kid that is not there");
        }
        for algorithm in Algorithm::ALL {
            let some = document::parse(bytes, &[algorithm]).expect("it was read before");
            let usable = some.values().flatten();
            assert!(usable.into_iter().all(|key| key.is_for(algorithm)));
            assert!(algorithm.family() != Family::Hmac || some.values().all(Result::is_err));
        }
    }
    if let Ok(Value::Object(jwk)) = serde_json::from_slice(bytes)
        && let Ok(key) = Key::from_jwk(&jwk)
    {
        is_public(&key);
        has_no_say(&key);
        let private = ["d", "p", "q", "dp", "dq", "qi", "oth"];
        assert!(private.iter().all(|name| !jwk.contains_key(*name)));
        assert!(jwk.get("use").is_none_or(|purpose| purpose == "sig"));
        let verifies = |uses: &Value| {
            uses.as_array()
                .is_some_and(|uses| uses.contains(&"verify".into()))
        };
        assert!(jwk.get("key_ops").is_none_or(verifies));
    }
});

fn leads_nowhere_else(metadata: &[u8]) {
    let issuer = Discovery {
        issuer: "https://sso.example.com/realms/meet".to_owned(),
        jwks_origins: Vec::new(),
    };
    match discovery::jwks_uri(metadata, &issuer) {
        Ok(address) => assert!(address.starts_with("https://sso.example.com/")),
        Err(error) => assert!(!error.into_unfit().whole().chars().any(char::is_control)),
    }
}

/// Whether the document has something under this `kid`, as a member or in a set.
fn names(document: &Value, kid: &str) -> bool {
    let in_set = |keys: &Value| {
        let keys = keys.as_array();
        keys.is_some_and(|keys| keys.iter().any(|key| key["kid"] == *kid))
    };
    in_set(&document["keys"]) || document.get(kid).is_some()
}
