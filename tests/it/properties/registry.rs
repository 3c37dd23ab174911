//! What becomes a consumer or a credential, whatever is sent to the Admin API.

use proptest::prelude::*;
use prosody_tokend::gateway::admin::body::{self, Fields};
use prosody_tokend::gateway::admin::fresh::Fresh;
use prosody_tokend::gateway::admin::listing::Asked;
use prosody_tokend::gateway::admin::path::Place;
use prosody_tokend::gateway::admin::{consumers, credentials, shown};
use serde_json::{Value, json};
use uuid::Uuid;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_kept_fits_a_header_and_is_shown_as_it_was_set(fields in all_fields()) {
        let fresh = Fresh::of([7; 16], &[1; 32], &[2; 32], 1_000).unwrap();
        if let Ok(consumer) = consumers::made(&fields, &fresh) {
            prop_assert!(consumer.username.is_some() || consumer.custom_id.is_some());
            prop_assert!(consumer.username.iter().chain(&consumer.custom_id).all(|name| fits(name)));
            let told: Value = serde_json::from_str(&shown::consumer(&consumer)).unwrap();
            prop_assert_eq!(&told["username"], fields.get("username").unwrap_or(&Value::Null));
        }
        let mut fields = fields;
        credentials::set_owner(&mut fields, Uuid::nil());
        if let Ok(credential) = credentials::made(&fields, &fresh) {
            prop_assert!(fits(&credential.key));
            prop_assert!(credential.secret.as_ref().is_some_and(|secret| !secret.text().is_empty()));
            let told: Value = serde_json::from_str(&shown::credential(&credential)).unwrap();
            prop_assert_eq!(told["key"].as_str(), Some(credential.key.as_str()));
            prop_assert_eq!(&told["rsa_public_key"], fields.get("rsa_public_key").unwrap_or(&Value::Null));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..300), kind in kinds(), path in "/?[a-z/%0-9]{0,40}", query in "\\PC{0,60}",
    ) {
        let fresh = Fresh::of([7; 16], &[1; 32], &[2; 32], 1_000).unwrap();
        if let Ok(fields) = body::read(kind, &bytes) {
            let refused = [consumers::made(&fields, &fresh).err(), credentials::made(&fields, &fresh).err()];
            for refusal in refused.into_iter().flatten() {
                let told: Value = serde_json::from_str(&refusal.body()).unwrap();
                prop_assert!(told["message"].is_string());
            }
        }
        let _ = (Place::of(&path), Asked::read(&query));
    }
}

fn fits(text: &str) -> bool {
    let is_bare = text.trim() == text && !text.is_empty();
    is_bare && text.len() <= 1_024 && !text.chars().any(char::is_control)
}

fn kinds() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![
        None,
        Some("application/json"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=a"),
    ])
}

/// Names that are known, mostly, with values that may be some.
fn all_fields() -> impl Strategy<Value = Fields> {
    let names = [
        "username",
        "custom_id",
        "key",
        "secret",
        "algorithm",
        "tags",
        "rsa_public_key",
        "id",
        "created_at",
        "other",
    ];
    let field = (prop::sample::select(names.to_vec()), values());
    prop::collection::vec(field, 0..4).prop_map(|fields| {
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    })
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => "[ -~]{0,12}".prop_map(Value::from),
        2 => "\\PC{0,12}".prop_map(Value::from),
        2 => any::<String>().prop_map(Value::from),
        1 => prop::sample::select(vec!["HS256", "HS512", "RS256", "ES256", "none"]).prop_map(Value::from),
        1 => Just(json!(null)),
        1 => Just(json!(["a", "b"])),
        1 => any::<i64>().prop_map(Value::from),
    ]
}
