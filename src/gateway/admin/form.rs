//! Forms, in which fields are nested by names such as `consumer.id` and lists by names such as `tags[]`.

use serde_json::{Map, Value};

/// Reads a form whose names and values are encoded as in a query.
pub(super) fn urlencoded(body: &[u8]) -> Map<String, Value> {
    // Whatever it is, it can be read so.
    fields(serde_urlencoded::from_bytes(body).unwrap_or_default())
}

/// The fields that these names and values mean. Of a name that comes twice both values count, as a list.
pub(super) fn fields(mut pairs: Vec<(String, String)>) -> Map<String, Value> {
    // The order is kept where there is no number.
    pairs.sort_by_key(|(name, _)| list_item(name).and_then(|(_, place)| place));
    let mut fields = Map::new();
    for (name, value) in pairs {
        match name.split_once('.') {
            Some((field, member)) if !field.is_empty() && !member.is_empty() => {
                let there = fields.entry(field).or_insert_with(|| Map::new().into());
                if let Value::Object(members) = there {
                    set(members, member, &value);
                }
            }
            Some(_) | None => set(&mut fields, &name, &value),
        }
    }
    for (name, value) in &mut fields {
        infer(name, value);
    }
    fields
}

fn set(fields: &mut Map<String, Value>, name: &str, value: &str) {
    // What is empty is not there.
    let value = if value.is_empty() {
        Value::Null
    } else {
        value.into()
    };
    let (name, is_list) = list_item(name).map_or((name, false), |(name, _)| (name, true));
    match fields.get_mut(name) {
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None => {
            let value = if is_list { vec![value].into() } else { value };
            fields.insert(name.to_owned(), value);
        }
    }
}

/// The field and the place that a name such as `tags[2]` or `tags[]` is about.
fn list_item(name: &str) -> Option<(&str, Option<usize>)> {
    let (field, place) = name.strip_suffix(']')?.rsplit_once('[')?;
    let is_place = place.bytes().all(|byte| byte.is_ascii_digit());
    (is_place && !field.is_empty()).then(|| (field, place.parse().ok()))
}

/// A form has texts alone: some fields have other types.
fn infer(name: &str, value: &mut Value) {
    match (name, &*value) {
        ("tags", Value::String(_)) => *value = Value::Array(vec![value.take()]),
        ("created_at" | "updated_at", Value::String(text)) => {
            if let Ok(number) = text.parse::<i64>() {
                *value = number.into();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_say_where_a_value_belongs_and_fields_of_which_type_it_is() {
        for (form, fields) in [
            ("", json!({})),
            (
                "key=a&secret=b+c%2Bd",
                json!({ "key": "a", "secret": "b c+d" }),
            ),
            ("key=", json!({ "key": null })),
            ("key", json!({ "key": null })),
            (
                "consumer.id=1&consumer.username=b",
                json!({ "consumer": { "id": "1", "username": "b" } }),
            ),
            ("tags=a", json!({ "tags": ["a"] })),
            ("tags=a,b", json!({ "tags": ["a,b"] })),
            ("tags=", json!({ "tags": null })),
            ("tags[]=b&tags[]=a", json!({ "tags": ["b", "a"] })),
            ("tags%5B2%5D=b&tags[1]=a", json!({ "tags": ["a", "b"] })),
            ("tags=a&tags=b&tags=c", json!({ "tags": ["a", "b", "c"] })),
            ("key=a&key=b", json!({ "key": ["a", "b"] })),
            ("created_at=12", json!({ "created_at": 12 })),
            ("created_at=soon", json!({ "created_at": "soon" })),
            (
                "rsa_public_key=a%0D%0Ab",
                json!({ "rsa_public_key": "a\r\nb" }),
            ),
            (".=1&a.=2&.b=3", json!({ ".": "1", "a.": "2", ".b": "3" })),
            ("a.b.c=1", json!({ "a": { "b.c": "1" } })),
            ("consumer=x&consumer.id=1", json!({ "consumer": "x" })),
            ("a[b]=1&[]=2", json!({ "a[b]": "1", "[]": "2" })),
        ] {
            let read = Value::Object(urlencoded(form.as_bytes()));
            assert_eq!(read, fields, "{form}");
        }
    }

    #[test]
    fn a_name_of_very_many_parts_is_no_deeper_than_one() {
        let name = "a.".repeat(100_000);
        assert_eq!(urlencoded(format!("{name}=1").as_bytes()).len(), 1);
    }
}
