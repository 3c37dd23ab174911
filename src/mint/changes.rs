//! Claims that are laid over others.

use serde_json::{Map, Value};

/// Lays changes over claims, as a merge patch (RFC 7396).
pub fn lay_over(claims: &mut Map<String, Value>, changes: Map<String, Value>) {
    for (name, change) in changes {
        match change {
            Value::Null => drop(claims.remove(&name)),
            Value::Object(changes) => {
                let mut within = match claims.remove(&name) {
                    Some(Value::Object(members)) => members,
                    Some(_) | None => Map::new(),
                };
                lay_over(&mut within, changes);
                claims.insert(name, within.into());
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                claims.insert(name, change);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn laid_over(claims: Value, changes: Value) -> Value {
        let (Value::Object(mut claims), Value::Object(changes)) = (claims, changes) else {
            panic!("no objects");
        };
        lay_over(&mut claims, changes);
        claims.into()
    }

    #[test]
    fn changes_are_laid_over_as_rfc_7396_says() {
        for (claims, changes, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"a": "foo"}),
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "c"}}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (json!({"a": {"b": 1}}), json!({}), json!({"a": {"b": 1}})),
        ] {
            let shown = format!("{claims} {changes}");
            assert_eq!(laid_over(claims, changes), expected, "{shown}");
        }
    }
}
