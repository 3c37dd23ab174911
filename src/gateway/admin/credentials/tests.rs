use super::*;

const ID: &str = "0d5e2a9e-3f1c-4a3e-9a57-3b7a5d1c2e4f";
const OWNER: &str = "5e2a9e0d-1c3f-4a3e-9a57-3b7a5d1c2e4f";
const RSA: &str = include_str!("../../../../tests/data/rsa-public.pem");
const P256: &str = include_str!("../../../../tests/data/p256-public.pem");
const P384: &str = include_str!("../../../../tests/data/p384-public.pem");
const ED25519: &str = include_str!("../../../../tests/data/ed25519-public.pem");
const WEAK: &str = include_str!("../../../../tests/data/rsa-1024-public.pem");
const ROCA: &str = include_str!("../../../../tests/data/rsa-roca-public.pem");
const PRIVATE: &str = include_str!("../../../../tests/data/rsa-private.pem");
const FAILED: &str = "failed conditional validation given value of field 'algorithm'";

fn fresh() -> Fresh {
    Fresh::of([7; 16], &[1; 32], &[2; 32], 1_000).unwrap()
}

/// What is set, for a consumer that there is.
fn fields(value: &Value) -> Fields {
    let mut fields = value.as_object().unwrap().clone();
    set_owner(&mut fields, Uuid::parse_str(OWNER).unwrap());
    fields
}

fn make(value: &Value) -> Result<Credential, Refusal> {
    made(&fields(value), &fresh())
}

#[test]
fn nothing_set_makes_a_credential_for_hs256_with_a_key_and_a_secret_by_chance() {
    let credential = make(&json!({ "key": null, "secret": null })).unwrap();
    assert_eq!(credential.id, fresh().id);
    assert_eq!(credential.consumer.to_string(), OWNER);
    assert_eq!(credential.key, fresh().key);
    assert_eq!(credential.secret.unwrap().text(), fresh().secret.0);
    assert_eq!(credential.algorithm, Algorithm::Hs256);
    assert_eq!((credential.rsa_public_key, credential.tags), (None, None));
    assert_eq!(credential.created_at, 1_000);
}

#[test]
fn what_is_set_is_kept_as_it_is() {
    let crlf = RSA.replace('\n', "\r\n");
    for (algorithm, pem) in [
        ("RS256", RSA),
        ("RS384", RSA),
        ("RS512", &crlf),
        ("PS256", RSA),
        ("PS512", RSA),
        ("ES256", P256),
        ("ES384", P384),
        ("EdDSA", ED25519),
    ] {
        let set = json!({
            "key": "https://idp/x", "algorithm": algorithm, "rsa_public_key": pem, "tags": ["b", "a"], "id": ID, "created_at": 5,
        });
        let credential = make(&set).unwrap();
        assert_eq!(credential.rsa_public_key.as_deref(), Some(pem));
        assert_eq!(credential.algorithm.name(), algorithm);
        assert_eq!(credential.key, "https://idp/x");
        assert_eq!(credential.tags.unwrap(), ["b", "a"]);
        assert_eq!(
            (credential.id.to_string().as_str(), credential.created_at),
            (ID, 5)
        );
    }
    let short = make(&json!({ "key": "bob2", "secret": "tooshort" })).unwrap();
    assert_eq!(short.secret.unwrap().text(), "tooshort");
    assert!(make(&json!({ "algorithm": "ES256" })).is_ok());
    assert!(make(&json!({ "algorithm": "HS512", "rsa_public_key": "anything" })).is_ok());
}

#[test]
fn a_public_key_that_is_missing_or_none_is_told_in_kongs_words() {
    for (set, text) in [
        (json!({ "algorithm": "RS256" }), MISSING),
        (
            json!({ "algorithm": "PS512", "rsa_public_key": null }),
            MISSING,
        ),
        (json!({ "algorithm": "EdDSA" }), MISSING),
        (
            json!({ "algorithm": "RS256", "rsa_public_key": "test" }),
            "invalid key",
        ),
        (
            json!({ "algorithm": "ES256", "rsa_public_key": "test" }),
            "invalid key",
        ),
        (
            json!({ "algorithm": "RS512", "rsa_public_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" }),
            "invalid key",
        ),
    ] {
        let refused = make(&set).unwrap_err();
        let told: Value = serde_json::from_str(&refused.body()).unwrap();
        assert_eq!(
            told["fields"],
            json!({ "rsa_public_key": text, "@entity": [FAILED] }),
            "{set}"
        );
        let message = format!("2 schema violations ({FAILED}; rsa_public_key: {text})");
        assert_eq!(told["message"], message.as_str());
        assert_eq!(
            (&told["name"], &told["code"]),
            (&json!("schema violation"), &json!(2))
        );
    }
}

#[test]
fn a_key_that_kong_would_take_and_that_verifies_nothing_here_is_refused_with_what_is_wrong() {
    let ed448 = pem::encode(&pem::Pem::new(
        "PUBLIC KEY",
        [
            &[0x30, 0x43, 0x30, 0x05][..],
            // id-Ed448 (RFC 8410 section 3).
            &[0x06, 0x03, 0x2b, 0x65, 0x71],
            &[0x03, 0x3a, 0x00],
            &[9; 57],
        ]
        .concat(),
    ));
    for (algorithm, pem, text) in [
        (
            "RS256",
            WEAK,
            "a key of 1024 bits, which is shorter than 2048 bits",
        ),
        ("PS256", WEAK, "a key of 1024 bits"),
        ("RS256", ROCA, "CVE-2017-15361"),
        (
            "RS256",
            PRIVATE,
            "a private key; only the public key belongs here",
        ),
        (
            "HS256",
            PRIVATE,
            "a private key; only the public key belongs here",
        ),
        (
            "RS256",
            P256,
            "a key of type P-256, which is none for RS256",
        ),
        ("ES256", RSA, "a key of type RSA, which is none for ES256"),
        (
            "ES256",
            P384,
            "a key of type P-384, which is none for ES256",
        ),
        (
            "EdDSA",
            P256,
            "a key of type P-256, which is none for EdDSA",
        ),
        ("EdDSA", ed448.as_str(), "a key of Ed448"),
    ] {
        let refused = make(&json!({ "algorithm": algorithm, "rsa_public_key": pem })).unwrap_err();
        assert!(refused.to_string().contains(text), "{algorithm}: {refused}");
    }
}

#[test]
fn what_cannot_be_is_refused_and_no_secret_is_repeated() {
    for (set, text) in [
        (
            json!({ "secret": "" }),
            "schema violation (secret: length must be at least 1)",
        ),
        (json!({ "secret": 12_345 }), "(secret: expected a string)"),
        (
            json!({ "secret": ["hunter2"] }),
            "(secret: expected a string)",
        ),
        (
            json!({ "secret": RSA }),
            "(secret: the secret is a PEM file",
        ),
        (json!({ "key": "" }), "(key: length must be at least 1)"),
        (
            json!({ "key": "a\r\nb" }),
            "(key: expected no control characters",
        ),
        (json!({ "key": " a" }), "(key: expected no blank"),
        (json!({ "key": 1 }), "(key: expected a string)"),
        (
            json!({ "algorithm": "none" }),
            "(algorithm: expected one of: HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384, ",
        ),
        (
            json!({ "algorithm": "hs256" }),
            "PS256, PS384, PS512, EdDSA)",
        ),
        (json!({ "algorithm": 1 }), "(algorithm: expected a string)"),
        (json!({ "tags": "a" }), "(tags: expected a set)"),
        (json!({ "username": "a" }), "(username: unknown field)"),
        (
            json!({ "hunter2": "a", "secret": "hunter3" }),
            "unknown field",
        ),
        (json!({ "id": "x" }), "(id: expected a valid UUID)"),
    ] {
        let refused = make(&set).unwrap_err();
        assert!(refused.to_string().contains(text), "{set}: {refused}");
        assert!(!refused.body().contains("hunter3"), "{refused}");
    }
}

#[test]
fn whose_it_is_has_to_be_said() {
    for (consumer, text) in [
        (
            json!({}),
            "schema violation (consumer: required field missing)",
        ),
        (
            json!({ "consumer": null }),
            "schema violation (consumer: required field missing)",
        ),
        (
            json!({ "consumer": "bob" }),
            "(consumer: expected a record)",
        ),
        (
            json!({ "consumer": {} }),
            "(consumer.id: missing primary key)",
        ),
        (
            json!({ "consumer": { "id": "bob" } }),
            "(consumer.id: expected a valid UUID)",
        ),
        (
            json!({ "consumer": { "id": 1 } }),
            "(consumer.id: expected a valid UUID)",
        ),
        (
            json!({ "consumer": { "id": ID, "name": "a" } }),
            "(consumer.name: unknown field)",
        ),
    ] {
        let refused = made(consumer.as_object().unwrap(), &fresh()).unwrap_err();
        assert!(refused.to_string().contains(text), "{consumer}: {refused}");
    }
    let named = json!({ "consumer": { "username": "bob" } });
    assert_eq!(owner_username(named.as_object().unwrap()), Some("bob"));
    for unnamed in [
        json!({}),
        json!({ "consumer": "bob" }),
        json!({ "consumer": { "id": ID } }),
        json!({ "consumer": { "id": ID, "username": "bob" } }),
        json!({ "consumer": { "username": 1 } }),
    ] {
        assert_eq!(
            owner_username(unnamed.as_object().unwrap()),
            None,
            "{unnamed}"
        );
    }
}

#[test]
fn put_replaces_all_but_the_id_and_when_it_was_made() {
    let before =
        make(&json!({ "key": "abcd", "secret": "s", "tags": ["a"], "algorithm": "HS512" }))
            .unwrap();
    let later = Fresh::of([8; 16], &[3; 32], &[4; 32], 2_000).unwrap();
    let name = EntityName::Text("abcd".into());
    let put_again = put(
        &fields(&json!({ "key": "other" })),
        &name,
        Some(&before),
        &later,
    )
    .unwrap();
    assert_eq!((put_again.id, put_again.key.as_str()), (before.id, "abcd"));
    assert_eq!(put_again.secret.unwrap().text(), later.secret.0);
    assert_eq!(
        (put_again.algorithm, put_again.tags),
        (Algorithm::Hs256, None)
    );
    assert_eq!(put_again.created_at, 1_000);
    let id = EntityName::Id(before.id);
    let by_id = put(&fields(&json!({ "id": ID })), &id, Some(&before), &later).unwrap();
    assert_eq!((by_id.id, by_id.key), (before.id, later.key.clone()));
    let new = put(&fields(&json!({})), &name, None, &later).unwrap();
    assert_eq!(
        (new.id, new.key.as_str(), new.created_at),
        (later.id, "abcd", 2_000)
    );
    let nobodys = put(&Fields::new(), &name, Some(&before), &later).unwrap_err();
    let text = "schema violation (consumer: required field missing)";
    assert_eq!(nobodys.to_string(), text);
    for bad in ["a\nb", " a", "\u{0}"] {
        let name = EntityName::Text(bad.into());
        assert!(
            put(&fields(&json!({})), &name, None, &later).is_err(),
            "{bad:?}"
        );
    }
}

#[test]
fn a_change_leaves_what_it_does_not_name_and_is_checked_as_a_whole() {
    let before = make(&json!({ "key": "k", "secret": "s", "tags": ["a"] })).unwrap();
    let change = |value: Value, before: &Credential| changed(value.as_object().unwrap(), before);
    let secret = change(json!({ "secret": "new" }), &before).unwrap();
    assert_eq!(secret.secret.as_ref().unwrap().text(), "new");
    assert_eq!(
        (secret.key.as_str(), secret.consumer),
        ("k", before.consumer)
    );
    let moved = change(
        json!({ "key": "k2", "consumer": { "id": ID }, "tags": null }),
        &before,
    )
    .unwrap();
    assert_eq!(
        (moved.key.as_str(), moved.consumer.to_string().as_str()),
        ("k2", ID)
    );
    assert_eq!((moved.tags, moved.secret), (None, before.secret.clone()));
    let public = change(
        json!({ "algorithm": "RS256", "rsa_public_key": RSA }),
        &before,
    )
    .unwrap();
    assert_eq!(public.secret, before.secret);
    let back = change(json!({ "algorithm": null }), &public).unwrap();
    assert_eq!(back.algorithm, Algorithm::Hs256);
    for refused in [
        json!({ "algorithm": "RS256" }),
        json!({ "algorithm": "ES256", "rsa_public_key": RSA }),
        json!({ "secret": null }),
        json!({ "secret": "" }),
        json!({ "key": null }),
        json!({ "consumer": null }),
        json!({ "id": ID }),
        json!({ "other": 1 }),
    ] {
        assert!(change(refused.clone(), &before).is_err(), "{refused}");
    }
    let lost = Credential {
        secret: None,
        ..before
    };
    let kept = change(json!({ "tags": ["b"] }), &lost).unwrap();
    assert_eq!(kept.secret, None);
    let new = change(json!({ "secret": "new" }), &lost).unwrap();
    assert_eq!(new.secret.unwrap().text(), "new");
}
