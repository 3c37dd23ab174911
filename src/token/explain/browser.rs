//! What Jitsi's web client makes of a token that is let in: it checks some claims itself, and names them as a reason where a login fails.

use serde_json::{Map, Value};

use super::super::claims::Claims;
use super::explanation::Note;
use super::{format, unit};

/// What the web client says of a token, claim by claim. It reads the token itself, whatever the server makes of it.
pub fn notes(claims: &Claims) -> Vec<Note> {
    let inside = |name: &str| claims.claim("context")?.get(name);
    let features = inside("features").and_then(Value::as_object);
    let said = [
        ("exp", expiration(claims)),
        ("nbf", not_before(claims)),
        ("context", context(claims)),
        ("context", features.and_then(unknown_features)),
        ("context", features.and_then(unclear_features)),
        ("context", inside("user").and_then(avatar)),
    ];
    let said = said.into_iter();
    said.filter_map(|(about, text)| Some(Note { about, text: text? }))
        .collect()
}

fn expiration(claims: &Claims) -> Option<String> {
    let Some(value) = claims.claim("exp") else {
        return Some(
            "without exp the token is good for ever; the web client takes exp for invalid, and says so where a login fails"
                .to_owned(),
        );
    };
    let seconds = value.as_f64()?;
    if !is_date(seconds) {
        return Some(no_date("exp"));
    }
    (seconds >= NEXT_CENTURY).then(|| {
        format!(
            "the web client reads exp in seconds: to it the token is good until the year {}, so it never says that it has expired",
            unit::year(seconds)
        )
    })
}

fn not_before(claims: &Claims) -> Option<String> {
    let Some(value) = claims.claim("nbf") else {
        return Some(
            "without nbf older web clients take it for invalid, and say so where a login fails"
                .to_owned(),
        );
    };
    let seconds = value.as_f64()?;
    (!is_date(seconds)).then(|| no_date("nbf"))
}

/// Whether JavaScript has a date of whole milliseconds for a number of seconds.
fn is_date(seconds: f64) -> bool {
    let milliseconds = seconds * 1e3;
    milliseconds.abs() <= LAST_DATE && milliseconds.fract() == 0.0
}

fn no_date(name: &str) -> String {
    format!(
        "the web client takes {name} for invalid, since it is no date to JavaScript, and says so where a login fails"
    )
}

fn context(claims: &Claims) -> Option<String> {
    claims.claim("context").is_none().then(|| {
        "without context the web client knows no name, and says so where a login fails".to_owned()
    })
}

fn unknown_features(features: &Map<String, Value>) -> Option<String> {
    let unknown: Vec<String> = features
        .keys()
        .filter(|name| !FEATURES.contains(&name.as_str()))
        .map(|name| format::quote(name))
        .collect();
    (!unknown.is_empty()).then(|| {
        format!(
            "the web client knows no feature {}, and says so where a login fails",
            format::alternatives(unknown.into_iter())
        )
    })
}

fn unclear_features(features: &Map<String, Value>) -> Option<String> {
    let is_truth = |value: &Value| value.is_boolean() || value == "true" || value == "false";
    let known = |name: &String| FEATURES.contains(&name.as_str());
    let mut features = features.iter().filter(|(name, _)| known(name));
    let (name, value) = features.find(|(_, value)| !is_truth(value))?;
    Some(format!(
        "the web client wants true or false for the feature {}, not {}",
        format::quote(name),
        format::value(Some(value))
    ))
}

/// It takes `avatarUrl`, or else `avatar`, if that is a text.
fn avatar(user: &Value) -> Option<String> {
    let is_text = |name: &&str| user.get(*name).is_some_and(Value::is_string);
    let is_there = |name: &&str| user.get(*name).is_some_and(|value| !value.is_null());
    let names = ["avatarUrl", "avatar"];
    let mut found = names.iter().find(|name| is_text(name));
    found = found.or_else(|| names.iter().find(|name| is_there(name)));
    let (name, value) = (*found?, user.get(*found?));
    (!value.and_then(Value::as_str).is_some_and(is_picture)).then(|| {
        format!(
            "context.user.{name} is no URL: found {}, needed https://…; the web client shows no picture",
            format::value(value)
        )
    })
}

/// Whether a browser finds a picture there. An empty text is what some write for none.
fn is_picture(text: &str) -> bool {
    let text = text.trim();
    let lower = text
        .get(..SCHEME_LENGTH)
        .unwrap_or(text)
        .to_ascii_lowercase();
    let is_address = |scheme: &str| {
        let rest = lower.strip_prefix(scheme);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
    };
    text.is_empty()
        || (!text.contains(char::is_whitespace)
            && (is_address("https://") || is_address("http://") || lower.starts_with("data:image")))
}

/// The features that the web client knows.
const FEATURES: [&str; 20] = [
    "branding",
    "calendar",
    "create-polls",
    "file-upload",
    "flip",
    "inbound-call",
    "list-visitors",
    "live-translation",
    "livestreaming",
    "lobby",
    "moderation",
    "outbound-call",
    "recording",
    "room",
    "screen-sharing",
    "send-groupchat",
    "send-private-message",
    "sip-inbound-call",
    "sip-outbound-call",
    "transcription",
];
/// The year 2100, in Unix seconds: no token is meant to last so long.
const NEXT_CENTURY: f64 = 4_102_444_800.0;
/// The last date that JavaScript has, in milliseconds.
const LAST_DATE: f64 = 8.64e15;
/// As much of an address as shows its scheme and the beginning of its host.
const SCHEME_LENGTH: usize = 10;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    fn said(payload: &Value) -> Vec<String> {
        let encoded = BASE64_URL_SAFE_NO_PAD.encode(payload.to_string());
        let claims = Claims::decode(&encoded).unwrap();
        let notes = notes(&claims).into_iter();
        notes.map(|note| note.text).collect()
    }

    /// Claims that the web client has nothing to say about, with these changes.
    fn with(changes: &Value) -> Value {
        let mut claims = json!({"exp": 1_795_000_000, "nbf": 1_794_990_000, "context": {}});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    fn user(user: &Value) -> Value {
        with(&json!({"context": {"user": user}}))
    }

    fn features(features: &Value) -> Value {
        with(&json!({"context": {"features": features}}))
    }

    #[test]
    fn what_the_web_client_complains_of_is_said_once() {
        for (payload, says) in [
            (
                json!({"nbf": 1, "context": {}}),
                "without exp the token is good for ever",
            ),
            (json!({"exp": 1, "context": {}}), "without nbf"),
            (json!({"exp": 1, "nbf": 1}), "without context"),
            (
                with(&json!({"exp": 1_795_632_276_000_u64})),
                "good until the year 58871",
            ),
            (
                with(&json!({"exp": 1_795_632_276_000_000_u64})),
                "takes exp for invalid",
            ),
            (
                with(&json!({"exp": 1_795_000_000.123_4})),
                "takes exp for invalid",
            ),
            (with(&json!({"nbf": 1e300})), "takes nbf for invalid"),
            (
                features(&json!({"recording": true, "local-recording": true})),
                "no feature \"local-recording\",",
            ),
            (
                features(&json!({"record": true, "stream": "true"})),
                "no feature \"record\" or \"stream\"",
            ),
            (
                features(&json!({"recording": 1})),
                "true or false for the feature \"recording\", not 1",
            ),
            (
                user(&json!({"avatar": "ann.png"})),
                "context.user.avatar is no URL: found \"ann.png\"",
            ),
            (
                user(&json!({"avatar": "/ann.png"})),
                "context.user.avatar is no URL",
            ),
            (
                user(&json!({"avatar": "https://"})),
                "context.user.avatar is no URL",
            ),
            (
                user(&json!({"avatar": "https://a b"})),
                "context.user.avatar is no URL",
            ),
            (
                user(&json!({"avatar": "file:///ann.png"})),
                "context.user.avatar is no URL",
            ),
            (
                user(&json!({"avatar": 5})),
                "context.user.avatar is no URL: found 5",
            ),
            (
                user(&json!({"avatarUrl": "none", "avatar": "https://example.com/a.png"})),
                "context.user.avatarUrl is no URL",
            ),
        ] {
            let said = said(&payload);
            assert_eq!(said.len(), 1, "{payload}: {said:?}");
            assert!(said[0].contains(says), "{payload}: {said:?}");
        }
    }

    #[test]
    fn a_token_as_the_web_client_wants_it_has_no_note() {
        for payload in [
            with(&json!({})),
            with(&json!({"exp": 1_795_000_000.5})),
            features(&json!({"recording": "true", "lobby": false})),
            features(&json!({})),
            features(&json!([])),
            user(&json!({"avatar": ""})),
            user(&json!({"avatar": null})),
            user(&json!({"avatar": "https://example.com/a.png"})),
            user(&json!({"avatar": " HTTP://[::1]/a.png "})),
            user(&json!({"avatar": "data:image/png;base64,iVBORw0KGgo="})),
            user(&json!({"avatarUrl": 5, "avatar": "https://example.com/a.png"})),
            user(&json!("Ann")),
        ] {
            assert_eq!(said(&payload), [""; 0], "{payload}");
        }
    }
}
