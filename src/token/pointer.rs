//! JSON Pointers (RFC 6901) into a token's claims.

use std::fmt;

use serde_json::{Map, Value};
use thiserror::Error;

use super::json;

/// A pointer to one claim, or to a member within one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    text: String,
    /// The name of the claim, with its escapes undone.
    claim: String,
    /// What leads on from there, part by part; nothing where the claim itself is meant.
    rest: Vec<String>,
}

/// Why a text is no pointer to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PointerError {
    /// RFC 6901 section 3: each part has a slash before it.
    #[error("it does not begin with a slash")]
    NoSlash,
    /// RFC 6901 section 3: `~` stands before 0 or 1 alone.
    #[error("it has a ~ that is neither ~0 (for ~) nor ~1 (for /)")]
    Escape,
}

impl Pointer {
    /// Reads a pointer.
    ///
    /// # Errors
    /// [`PointerError`].
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        let path = text.strip_prefix('/').ok_or(PointerError::NoSlash)?;
        let mut behind_tildes = text.split('~').skip(1);
        if !behind_tildes.all(|behind| behind.starts_with(['0', '1'])) {
            return Err(PointerError::Escape);
        }
        let mut parts = path.split('/').map(unescaped);
        Ok(Self {
            text: text.to_owned(),
            claim: parts.next().unwrap_or_default(),
            rest: parts.collect(),
        })
    }

    /// The one to where Jitsi's tokens say whose they are: `context.user.id`.
    #[must_use]
    pub fn to_user_id() -> Self {
        Self {
            text: "/context/user/id".to_owned(),
            claim: "context".to_owned(),
            rest: vec!["user".to_owned(), "id".to_owned()],
        }
    }

    /// The one to the claim of this name, whatever stands in the name.
    #[must_use]
    pub fn to_claim(name: &str) -> Self {
        Self {
            text: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            claim: name.to_owned(),
            rest: Vec::new(),
        }
    }

    /// What it points to.
    #[must_use]
    pub fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        let mut rest = self.rest.iter();
        rest.try_fold(claims.get(&self.claim)?, |value, part| match value {
            Value::Object(members) => members.get(part),
            Value::Array(items) => items.get(index(part)?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        })
    }

    /// The place that it points to, made of objects where there is none. None where something else is in the way.
    pub fn place<'a>(&self, claims: &'a mut Map<String, Value>) -> Option<&'a mut Value> {
        let rest = self.rest.iter().cloned();
        json::place(claims, [self.claim.clone()].into_iter().chain(rest))
    }
}

/// The place in an array (RFC 6901 section 4): digits without a zero before them.
fn index(part: &str) -> Option<usize> {
    let is_plain = part.bytes().all(|byte| byte.is_ascii_digit());
    let is_shortest = part == "0" || !part.starts_with('0');
    part.parse().ok().filter(|_| is_plain && is_shortest)
}

/// RFC 6901 section 4.
fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

impl fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims() -> Map<String, Value> {
        let claims = json!({
            "name": "Ann",
            "realm_access": {"roles": ["a", "b"]},
            "https://example.com/roles": ["c"],
            "m~n": 1,
            "": "empty",
            "null": null,
        });
        claims.as_object().cloned().unwrap()
    }

    #[test]
    fn a_pointer_finds_what_rfc_6901_says() {
        let claims = claims();
        for (pointer, found) in [
            ("/name", Some(json!("Ann"))),
            ("/realm_access/roles", Some(json!(["a", "b"]))),
            ("/realm_access/roles/1", Some(json!("b"))),
            ("/https:~1~1example.com~1roles", Some(json!(["c"]))),
            ("/m~0n", Some(json!(1))),
            ("/", Some(json!("empty"))),
            ("/null", Some(json!(null))),
            ("/Name", None),
            ("/name/first", None),
            ("/realm_access/roles/2", None),
            ("/realm_access/roles/01", None),
            ("/realm_access.roles", None),
        ] {
            let parsed = Pointer::parse(pointer).unwrap();
            assert_eq!(parsed.find(&claims).cloned(), found, "{pointer}");
            assert_eq!(parsed.to_string(), pointer);
        }
    }

    #[test]
    fn the_pointer_to_a_claim_is_that_to_its_escaped_name() {
        for (name, text) in [
            ("sub", "/sub"),
            ("", "/"),
            ("https://a.example/b", "/https:~1~1a.example~1b"),
            ("~1", "/~01"),
        ] {
            let pointer = Pointer::to_claim(name);
            assert_eq!(pointer, Pointer::parse(text).unwrap(), "{name}");
        }
    }

    #[test]
    fn what_is_put_at_a_pointer_is_found_by_it() {
        for text in [
            "/name",
            "/new",
            "/null/deep/er",
            "/realm_access/name",
            "/https:~1~1a.example~1b/m~0n/1",
            "/",
        ] {
            let (pointer, mut claims) = (Pointer::parse(text).unwrap(), claims());
            *pointer.place(&mut claims).unwrap() = json!("put");
            assert_eq!(pointer.find(&claims), Some(&json!("put")), "{text}");
        }
    }

    #[test]
    fn there_is_no_place_within_what_is_no_object() {
        for text in ["/name/first", "/realm_access/roles/0", "/m~0n/a/b"] {
            let mut changed = claims();
            let pointer = Pointer::parse(text).unwrap();
            assert!(pointer.place(&mut changed).is_none(), "{text}");
            assert_eq!(changed, claims(), "{text}");
        }
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        for (text, error) in [
            ("", PointerError::NoSlash),
            ("name", PointerError::NoSlash),
            ("$.name", PointerError::NoSlash),
            ("#/name", PointerError::NoSlash),
            ("/a~", PointerError::Escape),
            ("/a~2b", PointerError::Escape),
            ("/~~0", PointerError::Escape),
        ] {
            assert_eq!(Pointer::parse(text), Err(error), "{text}");
        }
    }
}
