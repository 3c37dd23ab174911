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
    /// What leads on from there; empty where the claim itself is meant.
    rest: String,
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
        let end = path.find('/').unwrap_or(path.len());
        let (claim, rest) = path.split_at_checked(end).unwrap_or((path, ""));
        Ok(Self {
            text: text.to_owned(),
            claim: claim.replace("~1", "/").replace("~0", "~"),
            rest: rest.to_owned(),
        })
    }

    /// What it points to.
    #[must_use]
    pub fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        claims.get(&self.claim)?.pointer(&self.rest)
    }

    /// The place that it points to, made of objects where there is none. None where something else is in the way.
    pub fn place<'a>(&self, claims: &'a mut Map<String, Value>) -> Option<&'a mut Value> {
        let mut place = json::member_or_null(claims, &self.claim)?;
        for part in self.rest.split('/').skip(1) {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            let name = part.replace("~1", "/").replace("~0", "~");
            place = json::member_or_null(place.as_object_mut()?, &name)?;
        }
        Some(place)
    }
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
