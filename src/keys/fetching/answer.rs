//! Names an answer that holds no keys, for people.

use serde_json::{Map, Value};

use crate::token::shown;

/// What was answered in place of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// What it is, such as "an HTML page".
    pub said: String,
    /// The address at which it says that the keys are.
    pub referral: Option<String>,
    /// What to do about it, where that is more than to correct the address.
    pub remedy: Option<String>,
}

impl Unfit {
    /// What it is, and what to do about it.
    #[must_use]
    pub fn whole(&self) -> String {
        match &self.remedy {
            Some(remedy) => format!("{}; {remedy}", self.said),
            None => self.said.clone(),
        }
    }
}

impl From<String> for Unfit {
    fn from(said: String) -> Self {
        Self {
            said,
            referral: None,
            remedy: None,
        }
    }
}

/// Names what stands where keys should be, by what it begins with.
#[must_use]
pub fn describe(body: &[u8]) -> Unfit {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        return value
            .as_object()
            .map_or_else(|| "JSON that is no object".to_owned().into(), of_object);
    }
    let text = String::from_utf8_lossy(body.get(..HEAD).unwrap_or(body));
    let text = text.trim_start().to_ascii_lowercase();
    let what = if text.is_empty() {
        "an empty body"
    } else if text.starts_with("<!doctype html") || text.starts_with("<html") {
        "an HTML page, such as a login or an error"
    } else if text.starts_with('<') {
        "XML"
    } else if text.starts_with("-----begin") {
        "a PEM file"
    } else if text.starts_with(['{', '[']) {
        "JSON that breaks off or goes wrong"
    } else {
        "something that is no JSON"
    };
    what.to_owned().into()
}

fn of_object(members: &Map<String, Value>) -> Unfit {
    if let Some(referral) = members.get("jwks_uri").and_then(Value::as_str) {
        return Unfit {
            said: format!(
                "an OpenID discovery document, whose jwks_uri is {}",
                shown::bounded(referral, MAX_ADDRESS)
            ),
            referral: Some(referral.to_owned()).filter(|address| is_fit(address)),
            remedy: None,
        };
    }
    let what = if members.contains_key("kty") {
        "a single JWK, where a JWK Set has it in an array called keys"
    } else if members.get("keys").is_some_and(Value::is_array) {
        "a JWK Set"
    } else if members.contains_key("public_key") {
        "a realm's description with one public_key"
    } else if members.contains_key("error") || members.contains_key("message") {
        "an error in JSON"
    } else {
        "JSON without keys"
    };
    what.to_owned().into()
}

/// Whether an address can be handed on as it is.
pub fn is_fit(address: &str) -> bool {
    address.len() <= MAX_ADDRESS
        && address
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// Whether there is anything in PEM, be it a key or not.
#[must_use]
pub fn is_pem(body: &[u8]) -> bool {
    body.windows(PEM.len()).any(|part| part == PEM)
}

const PEM: &[u8] = b"-----BEGIN ";

/// How much of a body is looked at.
const HEAD: usize = 256;

/// Longer addresses are not repeated.
pub const MAX_ADDRESS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_answered_in_place_of_keys_is_named() {
        for (body, what) in [
            ("", "an empty body"),
            ("  \n", "an empty body"),
            ("<html>login</html>", "an HTML page"),
            ("\n<!DOCTYPE html><title>502</title>", "an HTML page"),
            ("<?xml version=\"1.0\"?><Error/>", "XML"),
            ("-----BEGIN PUBLIC KEY-----", "a PEM file"),
            ("{\"keys\": [", "breaks off"),
            ("not found", "no JSON"),
            ("[]", "no object"),
            ("\"keys\"", "no object"),
            ("{}", "JSON without keys"),
            ("{\"error\": \"try later\"}", "an error in JSON"),
            ("{\"kty\": \"RSA\", \"kid\": \"a\"}", "a single JWK"),
            ("{\"keys\": []}", "a JWK Set"),
            (
                "{\"realm\": \"a\", \"public_key\": \"MII\"}",
                "a realm's description",
            ),
        ] {
            let unfit = describe(body.as_bytes());
            assert!(unfit.said.contains(what), "{body}: {unfit:?}");
            assert_eq!(unfit.referral, None, "{body}");
        }
    }

    #[test]
    fn a_discovery_document_says_where_the_keys_are() {
        let body =
            r#"{"issuer": "https://sso.example.com", "jwks_uri": "https://sso.example.com/certs"}"#;
        let unfit = describe(body.as_bytes());
        assert!(unfit.said.contains("discovery"), "{unfit:?}");
        assert_eq!(
            unfit.referral.as_deref(),
            Some("https://sso.example.com/certs")
        );
        for odd in [
            "https://x/\\\"a",
            "https://x/\\u001b[31m",
            &format!("https://x/{}", "a".repeat(300)),
        ] {
            let body = format!("{{\"jwks_uri\": \"{odd}\"}}");
            let unfit = describe(body.as_bytes());
            assert_eq!(unfit.referral, None, "{body}");
            assert!(
                !unfit.said.contains('\u{1b}') && unfit.said.len() < 300,
                "{unfit:?}"
            );
        }
    }
}
