//! Claims that the command line brings along, laid over those that are made.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::arguments::MintArguments;
use super::error::MintError;

/// The claims that the command line brings along; none where it brings none.
pub fn of(arguments: &MintArguments) -> Result<Map<String, Value>, MintError> {
    let path = arguments.claims.as_deref();
    path.map_or_else(|| Ok(Map::new()), read)
}

/// Reads the claims in a file, or from standard input.
fn read(path: &Path) -> Result<Map<String, Value>, MintError> {
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

/// More than any token has.
const MOST_BYTES: u64 = 1_048_576;

#[cfg(test)]
mod tests {
    use super::*;

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
