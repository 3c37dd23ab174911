//! What a part of a token holds in place of a JSON object.

use serde_json::Value;
use serde_json::error::Category;

use super::super::compact;
use super::{paste, unseen};

/// What a part is, why that is probably so, and what to change.
pub struct Content {
    pub found: String,
    pub cause: &'static str,
    pub remedy: &'static str,
}

/// Names what a part holds that should be a JSON object in base64url.
pub fn of_part(part: &str) -> Content {
    let Some(bytes) = compact::decode(part, &mut Vec::new()) else {
        return not_base64(part);
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return binary(part, &bytes);
    };
    of_text(text.trim())
}

/// The same for a part that can be read, and is no object. None if it is one.
pub fn of_readable(part: &str) -> Option<Content> {
    let bytes = compact::decode(part, &mut Vec::new())?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    (!value.is_object()).then(|| of_value(&value))
}

fn not_base64(part: &str) -> Content {
    let is_standard = part.contains(['+', '/']);
    let odd = part
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || "-_=+/".contains(*c)));
    let (found, cause, remedy) = match odd {
        Some(c @ ('{' | '"' | ':')) => (
            format!("a part with {c:?} in it"),
            "the token is put together of JSON that nobody encoded",
            "let the issuer encode each part in base64url, by a JWT library",
        ),
        Some(c) if !c.is_ascii() || unseen::is_hidden(c) => (
            format!("a part with {} in it", unseen::described(c)),
            "something on the way put in a sign that is none of a token's, and may only look like one",
            "copy the token from where it was made, not from a document that changes letters",
        ),
        Some(c) => (
            format!("a part with {c:?} in it"),
            "the token was cut, changed, or put together by hand",
            "pass the token whole and alone, as the issuer made it",
        ),
        None if is_standard => (
            "standard base64, with + or / in it".to_owned(),
            "the issuer encodes in base64 as mails have it, where base64url must be",
            "let the issuer encode in base64url: - and _ in place of + and /, and no = at the end",
        ),
        None => (
            "something that is no base64url".to_owned(),
            "the token was cut or changed",
            "pass the token whole and alone, as the issuer made it",
        ),
    };
    Content {
        found,
        cause,
        remedy,
    }
}

fn binary(part: &str, bytes: &[u8]) -> Content {
    let (found, cause, remedy) = if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x78]) {
        (
            "compressed bytes",
            "the issuer compresses its claims, which no JWT allows",
            LIBRARY,
        )
    } else if paste::begins_object(part) {
        (
            "JSON that turns into bytes",
            "the token was cut or changed: characters are missing, or others than the issuer wrote",
            WHOLE,
        )
    } else {
        (
            "bytes that are no text",
            "this part is encrypted, or of something that is no JWT",
            LIBRARY,
        )
    };
    Content {
        found: found.to_owned(),
        cause,
        remedy,
    }
}

fn of_text(text: &str) -> Content {
    let [found, cause, remedy] = match serde_json::from_str::<Value>(text) {
        Ok(value) => return of_value(&value),
        Err(error) if error.classify() == Category::Eof && text.starts_with(['{', '[']) => CUT,
        Err(_) => {
            let mut forms = FORMS.iter();
            let form = forms.find(|(is_it, _)| is_it(text));
            form.map_or(OTHER_TEXT, |(_, words)| *words)
        }
    };
    Content {
        found: found.to_owned(),
        cause,
        remedy,
    }
}

/// What was found, what probably happened, and what to do.
type Words = [&'static str; 3];

/// What a text is recognized by, and what is said then.
type Form = (fn(&str) -> bool, Words);

const CUT: Words = [
    "JSON that breaks off",
    "the token was cut, or its parts mixed up",
    WHOLE,
];

const OTHER_TEXT: Words = [
    "text that is no JSON",
    "this part was changed, or is of something that is no JWT",
    AS_JSON,
];

/// What a text may be that is no JSON. The first form that fits counts.
const FORMS: [Form; 10] = [
    (str::is_empty, ["nothing", "this part is empty", LIBRARY]),
    (
        |text| text.starts_with("eyJ"),
        [
            "base64url of base64url",
            "the issuer encodes this part twice",
            "let the issuer encode each part once, by a JWT library",
        ],
    ),
    (
        |text| text.starts_with('<'),
        ["XML", "the part is XML, where JSON must be", AS_JSON],
    ),
    (
        |text| text.starts_with('{') && inside(text).starts_with('\''),
        [
            "JSON with single quotes, as Python writes a dict",
            "the issuer writes its claims as Python shows them, which is no JSON",
            AS_JSON,
        ],
    ),
    (
        |text| text.starts_with('{') && inside(text).starts_with(|c: char| c.is_ascii_alphabetic()),
        [
            "names without quotes, as JavaScript has them",
            "the issuer writes its claims by hand, and names in JSON need quotes",
            AS_JSON,
        ],
    ),
    (
        |text| text.starts_with(['{', '[']),
        [
            "JSON with a mistake in it",
            "the issuer writes its claims by hand: a comma, a quote or a bracket is wrong",
            AS_JSON,
        ],
    ),
    (
        |text| text.starts_with("a:") && text.contains('{'),
        [
            "PHP's serialize()",
            "the part is PHP's own format, where JSON must be",
            AS_JSON,
        ],
    ),
    (
        is_yaml,
        ["YAML", "the part is YAML, where JSON must be", AS_JSON],
    ),
    (
        is_form,
        [
            "a form (a=b&c=d)",
            "the part is a form, where JSON must be",
            AS_JSON,
        ],
    ),
    (
        paste::begins_object,
        [
            "base64 in base64",
            "the issuer encodes this part twice",
            LIBRARY,
        ],
    ),
];

/// What stands behind the first brackets.
fn inside(text: &str) -> &str {
    text.trim_start_matches(['{', '[']).trim_start()
}

fn of_value(value: &Value) -> Content {
    let (found, cause) = match value {
        Value::Null => (
            "null",
            "the issuer encoded an empty variable in place of its claims",
        ),
        Value::Bool(_) => (
            "a truth value",
            "the issuer encoded a truth value in place of its claims",
        ),
        Value::Number(_) => (
            "a number",
            "the issuer encoded a number in place of its claims",
        ),
        Value::Array(_) => ("a list", "the issuer put its claims into a list"),
        Value::String(text) if text.trim_start().starts_with('{') => (
            "JSON in a JSON string",
            "the issuer turns its claims into JSON twice",
        ),
        Value::String(_) => (
            "a string",
            "the issuer encoded a text in place of its claims",
        ),
        Value::Object(_) => ("a JSON object", "it breaks a rule of JSON"),
    };
    let found = match value {
        Value::Number(number) => format!("the number {number}"),
        _ => found.to_owned(),
    };
    Content {
        found,
        cause,
        remedy: "let the issuer hand its claims to the JWT library as an object, not as text",
    }
}

/// Lines of `name: value`.
fn is_yaml(text: &str) -> bool {
    let is_pair = |line: &str| {
        let name = line.split(':').next().unwrap_or_default().trim();
        line.contains(':') && !name.is_empty() && !name.contains(['{', '"', '&', '='])
    };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_nested = |line: &str| line.starts_with('-') || line == "---";
    lines.all(|line| is_pair(line) || is_nested(line))
}

fn is_form(text: &str) -> bool {
    text.split('&').all(|pair| pair.contains('=')) && !text.contains(' ')
}

const WHOLE: &str = "pass the token whole and alone, as the issuer made it";
const LIBRARY: &str = "let the issuer make its tokens with a JWT library";
const AS_JSON: &str = "let the issuer write its claims as a JSON object, by a JWT library";

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn what_stands_in_place_of_an_object_is_named() {
        for (text, found) in [
            ("null", "null"),
            ("17", "the number 17"),
            ("true", "a truth value"),
            ("[]", "a list"),
            ("\"standup\"", "a string"),
            ("\"{\\\"iss\\\":\\\"a\\\"}\"", "JSON in a JSON string"),
            ("iss: a\nroom: b\n", "YAML"),
            ("---\niss: a\naud:\n  - b\n", "YAML"),
            ("iss=a&room=b", "a form"),
            ("<claims/>", "XML"),
            ("{'iss': 'a'}", "single quotes"),
            ("{iss: 'a'}", "names without quotes"),
            ("{\"iss\": \"a\",}", "a mistake"),
            ("{\"iss\": \"a\"", "breaks off"),
            ("a:1:{s:3:\"iss\";s:1:\"a\";}", "PHP"),
            ("eyJpc3MiOiJhIn0", "base64url of base64url"),
            ("", "nothing"),
            ("hello", "text that is no JSON"),
        ] {
            let content = of_part(&BASE64_URL_SAFE_NO_PAD.encode(text));
            assert!(content.found.contains(found), "{text}: {}", content.found);
            assert!(!content.cause.is_empty() && !content.remedy.is_empty());
        }
        for (part, found) in [
            ("{\"iss\"", "'{'"),
            ("ab+/cd", "standard base64"),
            ("H4sIAAAA", "compressed"),
            ("_____w", "no text"),
        ] {
            let content = of_part(part);
            assert!(content.found.contains(found), "{part}: {}", content.found);
        }
        assert!(of_readable(&BASE64_URL_SAFE_NO_PAD.encode("{}")).is_none());
        assert!(of_readable(&BASE64_URL_SAFE_NO_PAD.encode("[]")).is_some());
    }
}
