//! Claims that the command line brings along, laid over those that are made.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::error::MintError;

/// Reads the claims in a file, or from standard input.
pub fn read(path: &Path) -> Result<Map<String, Value>, MintError> {
    let is_input = path == Path::new("-");
    let named = if is_input {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let text = if is_input {
        contents(io::stdin().lock())
    } else {
        File::open(path).and_then(contents)
    };
    let text = text.map_err(|source| MintError::File {
        path: named.clone(),
        source,
    })?;
    object(named, &text)
}

/// What is read to the end, pipes included.
fn contents(input: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let most = MOST_BYTES.saturating_add(1);
    let read = input.take(most).read_to_end(&mut text)?;
    if u64::try_from(read).is_ok_and(|read| read <= MOST_BYTES) {
        return Ok(text);
    }
    let found = format!("more than {MOST_BYTES} bytes, which is too much");
    Err(io::Error::new(io::ErrorKind::FileTooLarge, found))
}

fn object(path: String, text: &[u8]) -> Result<Map<String, Value>, MintError> {
    let found = match serde_json::from_slice(text) {
        Ok(Value::Object(claims)) => return Ok(claims),
        Ok(Value::Null) => "null",
        Ok(Value::Bool(_)) => "a truth value",
        Ok(Value::Number(_)) => "a number",
        Ok(Value::String(_)) => "a string",
        Ok(Value::Array(_)) => "a list",
        Err(source) => return Err(MintError::NoJson { path, source }),
    };
    Err(MintError::NoObject { path, found })
}

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

/// More than any token has.
const MOST_BYTES: u64 = 1_048_576;

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

    #[test]
    fn what_is_no_object_is_refused_with_what_it_is() {
        for (text, says) in [
            ("", "is no JSON"),
            ("{", "is no JSON"),
            ("{} x", "is no JSON"),
            ("{'a': 1}", "is no JSON"),
            ("a.b.c", "is no JSON"),
            ("null", "holds null"),
            ("true", "holds a truth value"),
            ("7", "holds a number"),
            ("\"{}\"", "holds a string"),
            ("[{\"room\": \"a\"}]", "holds a list"),
        ] {
            let refused = object("claims.json".to_owned(), text.as_bytes());
            let said = refused.unwrap_err().to_string();
            assert!(said.starts_with(&format!("claims.json {says}")), "{said}");
        }
    }
}
