//! Consumers: what was set to what is kept.

use super::body::Fields;
use super::fields::{Given, Reader};
use super::fresh::Fresh;
use super::path::EntityName;
use super::refusal::Refusal;
use crate::gateway::consumer::Consumer;

/// One that is new.
///
/// # Errors
/// [`Refusal::Violations`].
pub fn made(fields: &Fields, fresh: &Fresh) -> Result<Consumer, Refusal> {
    let nobody = Consumer {
        id: fresh.id,
        username: None,
        custom_id: None,
        tags: None,
        created_at: fresh.now,
        updated_at: fresh.now,
    };
    read(fields, &nobody, false)
}

/// One in the place of another, or of none: of that nothing is left but its ID and when it was made.
///
/// # Errors
/// [`Refusal::Violations`].
pub fn put(
    fields: &Fields,
    name: &EntityName,
    before: Option<&Consumer>,
    fresh: &Fresh,
) -> Result<Consumer, Refusal> {
    let mut fields = fields.clone();
    let id = match name {
        EntityName::Id(id) => Some(*id),
        EntityName::Text(username) => {
            fields.insert("username".to_owned(), username.as_str().into());
            before.map(|before| before.id)
        }
    };
    if let Some(id) = id {
        fields.insert("id".to_owned(), id.to_string().into());
    }
    let mut made = made(&fields, fresh)?;
    made.updated_at = fresh.now;
    if let (Some(before), None) = (before, fields.get("created_at")) {
        made.created_at = before.created_at;
    }
    Ok(made)
}

/// One that is there, with some of its fields changed.
///
/// # Errors
/// [`Refusal::Violations`].
pub fn changed(fields: &Fields, before: &Consumer, now: i64) -> Result<Consumer, Refusal> {
    let changed = read(fields, before, true)?;
    Ok(Consumer {
        updated_at: now,
        ..changed
    })
}

fn read(fields: &Fields, before: &Consumer, has_id: bool) -> Result<Consumer, Refusal> {
    let mut reader = Reader::new(fields, KNOWN);
    let id = reader.id();
    if has_id && !matches!(&id, Given::Nothing) && id != Given::Value(before.id) {
        reader.violations.field("id", IMMUTABLE);
    }
    let before = before.clone();
    let consumer = Consumer {
        id: id.over(Some(before.id)).unwrap_or(before.id),
        username: reader.header_text("username").over(before.username),
        custom_id: reader.header_text("custom_id").over(before.custom_id),
        tags: reader.tags().over(before.tags),
        created_at: time(&mut reader, "created_at", before.created_at),
        updated_at: time(&mut reader, "updated_at", before.updated_at),
    };
    if consumer.username.is_none() && consumer.custom_id.is_none() && !names_fail(fields) {
        reader.violations.entity(NO_NAME);
    }
    reader.finish()?;
    Ok(consumer)
}

/// A time that may be given, as by a copy of what is elsewhere.
pub(super) fn time(reader: &mut Reader<'_>, name: &str, before: i64) -> i64 {
    reader.time(name).over(Some(before)).unwrap_or(before)
}

/// Whether a name was given that is none: that is what is to be told of then.
fn names_fail(fields: &Fields) -> bool {
    let names = ["username", "custom_id"].iter();
    let mut given = names.filter_map(|name| fields.get(*name));
    given.any(|given| !given.is_null())
}

const KNOWN: &[&str] = &[
    "id",
    "created_at",
    "updated_at",
    "username",
    "custom_id",
    "tags",
];
const NO_NAME: &str = "at least one of these fields must be non-empty: 'custom_id', 'username'";
pub(super) const IMMUTABLE: &str = "immutable field cannot be updated";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    const ID: &str = "0d5e2a9e-3f1c-4a3e-9a57-3b7a5d1c2e4f";

    fn fresh() -> Fresh {
        Fresh::of([7; 16], &[1; 32], &[2; 32], 1_000).unwrap()
    }

    fn fields(value: &Value) -> Fields {
        value.as_object().unwrap().clone()
    }

    fn bob() -> Consumer {
        made(
            &fields(&json!({ "username": "bob", "tags": ["a"] })),
            &fresh(),
        )
        .unwrap()
    }

    #[test]
    fn a_consumer_is_made_of_what_was_set_and_the_rest_is_made_up() {
        let bob = bob();
        assert_eq!(bob.id, fresh().id);
        assert_eq!((bob.created_at, bob.updated_at), (1_000, 1_000));
        assert_eq!(bob.username.as_deref(), Some("bob"));
        assert_eq!(
            (bob.custom_id, bob.tags),
            (None, Some(vec!["a".to_owned()]))
        );
        let given =
            json!({ "custom_id": "c", "id": ID, "created_at": 5, "tags": [], "username": null });
        let given = made(&fields(&given), &fresh()).unwrap();
        assert_eq!(given.id.to_string(), ID);
        assert_eq!((given.created_at, given.tags), (5, Some(Vec::new())));
        assert_eq!(
            (given.username, given.custom_id.as_deref()),
            (None, Some("c"))
        );
        let twice = fields(&json!({ "username": "x", "tags": ["b", "a", "b"] }));
        let tags = made(&twice, &fresh()).unwrap().tags.unwrap();
        assert_eq!(tags, ["b", "a"]);
    }

    #[test]
    fn what_cannot_be_is_refused_field_by_field() {
        let long = "a".repeat(1_025);
        for (set, message) in [
            (
                json!({}),
                "(at least one of these fields must be non-empty: 'custom_id', 'username')",
            ),
            (
                json!({ "username": null }),
                "non-empty: 'custom_id', 'username')",
            ),
            (
                json!({ "username": "" }),
                "schema violation (username: length must be at least 1)",
            ),
            (
                json!({ "username": "", "custom_id": "a" }),
                "(username: length must be at least 1)",
            ),
            (json!({ "username": 1 }), "(username: expected a string)"),
            (
                json!({ "username": ["a"] }),
                "(username: expected a string)",
            ),
            (
                json!({ "username": "a", "name": "b" }),
                "(name: unknown field)",
            ),
            (
                json!({ "username": "a\nX-Consumer-ID: 1" }),
                "control characters",
            ),
            (json!({ "username": "a\0" }), "control characters"),
            (json!({ "custom_id": "\u{85}" }), "control characters"),
            (json!({ "username": " a" }), "blank"),
            (json!({ "custom_id": "a " }), "blank"),
            (
                json!({ "username": long }),
                "(username: length must be at most 1024",
            ),
            (
                json!({ "username": "a", "id": "1" }),
                "(id: expected a valid UUID)",
            ),
            (
                json!({ "username": "a", "id": 1 }),
                "(id: expected a valid UUID)",
            ),
            (
                json!({ "username": "a", "created_at": "1" }),
                "(created_at: expected an integer)",
            ),
            (
                json!({ "username": "a", "created_at": -1 }),
                "(created_at: expected an integer)",
            ),
            (
                json!({ "username": "a", "created_at": 1.5 }),
                "(created_at: expected an integer)",
            ),
            (
                json!({ "username": "a", "tags": "a" }),
                "(tags: expected a set)",
            ),
            (
                json!({ "username": "a", "tags": [1] }),
                "(tags.1: expected a string)",
            ),
            (
                json!({ "username": "a", "tags": ["a", ""] }),
                "(tags.2: length must be at least 1)",
            ),
            (
                json!({ "username": "a", "tags": ["a,b"] }),
                "(tags.1: invalid tag 'a,b'",
            ),
            (
                json!({ "username": "a", "tags": ["a/b"] }),
                "(tags.1: invalid tag 'a/b'",
            ),
            (
                json!({ "username": 1, "x": 1 }),
                "2 schema violations (username: expected a string; x: unknown field)",
            ),
        ] {
            let refused = made(&fields(&set), &fresh()).unwrap_err();
            assert!(refused.to_string().contains(message), "{set}: {refused}");
        }
    }

    #[test]
    fn put_replaces_all_but_the_id_and_when_it_was_made() {
        let later = Fresh {
            now: 2_000,
            ..Fresh::of([8; 16], &[1; 32], &[2; 32], 0).unwrap()
        };
        let bob = bob();
        let name = EntityName::Text("bob".into());
        let set = fields(&json!({ "custom_id": "c", "username": "another", "id": ID }));
        let put_again = put(&set, &name, Some(&bob), &later).unwrap();
        assert_eq!((put_again.id, put_again.tags), (bob.id, None));
        assert_eq!(put_again.username.as_deref(), Some("bob"));
        assert_eq!((put_again.created_at, put_again.updated_at), (1_000, 2_000));
        let new = put(&set, &name, None, &later).unwrap();
        assert_eq!((new.id.to_string().as_str(), new.created_at), (ID, 2_000));
        let id = EntityName::Id(Uuid::parse_str(ID).unwrap());
        let by_id = put(
            &fields(&json!({ "custom_id": "c" })),
            &id,
            Some(&bob),
            &later,
        )
        .unwrap();
        assert_eq!((by_id.id.to_string().as_str(), by_id.username), (ID, None));
        assert!(put(&Fields::new(), &id, Some(&bob), &later).is_err());
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let bob = bob();
        let change = fields(&json!({ "custom_id": "c", "updated_at": 3 }));
        let changed_bob = changed(&change, &bob, 2_000).unwrap();
        assert_eq!(changed_bob.username.as_deref(), Some("bob"));
        assert_eq!(changed_bob.custom_id.as_deref(), Some("c"));
        assert_eq!(changed_bob.tags, bob.tags);
        assert_eq!(
            (changed_bob.created_at, changed_bob.updated_at),
            (1_000, 2_000)
        );
        let none = changed(&fields(&json!({ "tags": null })), &bob, 0).unwrap();
        assert_eq!(none.tags, None);
        let same = fields(&json!({ "id": bob.id.to_string() }));
        assert!(changed(&same, &bob, 0).is_ok());
        for refused in [
            json!({ "username": null }),
            json!({ "username": "" }),
            json!({ "id": ID }),
            json!({ "id": null }),
            json!({ "other": 1 }),
        ] {
            assert!(changed(&fields(&refused), &bob, 0).is_err(), "{refused}");
        }
    }
}
