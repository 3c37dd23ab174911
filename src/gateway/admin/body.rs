//! What a request has set: a body of JSON or a form to fields by their names.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::{form, multipart};

/// Fields by their names.
pub type Fields = Map<String, Value>;

/// Reads a body of this type. One that is not there sets nothing.
///
/// # Errors
/// [`Refusal::NotJson`], [`Refusal::MediaType`].
pub fn read(content_type: Option<&str>, body: &[u8]) -> Result<Fields, Refusal> {
    let Some(content_type) = content_type else {
        let nothing = body.is_empty().then(Fields::new);
        return nothing.ok_or(Refusal::MediaType);
    };
    let media_type = content_type.split(';').next().unwrap_or_default();
    match media_type.trim().to_ascii_lowercase().as_str() {
        "application/json" => json(body),
        "application/x-www-form-urlencoded" => Ok(form::urlencoded(body)),
        "multipart/form-data" => {
            let pairs = multipart::pairs(content_type, body);
            pairs.map(form::fields).ok_or(Refusal::MediaType)
        }
        _ => Err(Refusal::MediaType),
    }
}

/// An object. Lua does not tell an empty one from an empty list, so that clients send either.
fn json(body: &[u8]) -> Result<Fields, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Array(items)) if items.is_empty() => Ok(Fields::new()),
        Ok(_) | Err(_) => Err(Refusal::NotJson),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const JSON: Option<&str> = Some("application/json");

    #[test]
    fn an_object_is_taken_and_an_empty_list_for_an_empty_one() {
        let typed = "Application/JSON; charset=utf-8";
        for (content_type, body, fields) in [
            (JSON, "{\"a\":1}", json!({ "a": 1 })),
            (JSON, "{}", json!({})),
            (JSON, " [] ", json!({})),
            (Some(typed), "{\"a\":null}", json!({ "a": null })),
            (None, "", json!({})),
            (
                Some("application/x-www-form-urlencoded"),
                "a=1",
                json!({ "a": "1" }),
            ),
        ] {
            let read = read(content_type, body.as_bytes()).map(Value::Object);
            assert_eq!(read, Ok(fields), "{body}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_and_so_is_another_type() {
        for body in [
            "",
            " ",
            "{",
            "[1]",
            "1",
            "\"a\"",
            "null",
            "true",
            "{\"a\":1}x",
            "\u{feff}{}",
            "a=b",
        ] {
            assert_eq!(read(JSON, body.as_bytes()), Err(Refusal::NotJson), "{body}");
        }
        for content_type in [
            None,
            Some(""),
            Some("text/plain"),
            Some("application/jsonx"),
            Some("text/plain; application/json"),
            Some("application/xml"),
            Some("multipart/form-data"),
            Some("multipart/mixed; boundary=a"),
        ] {
            let refused = read(content_type, b"{}");
            assert_eq!(refused, Err(Refusal::MediaType), "{content_type:?}");
        }
    }
}
