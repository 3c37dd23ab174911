//! Why something that was asked of the Admin API was not done, as Kong tells it.

use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use super::violations::Violations;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// What is set is not what it may be.
    #[error("{}", .0.message())]
    Violations(Violations),
    /// Another one has this already.
    #[error("UNIQUE violation detected on '{}'", table(.field, .value))]
    Taken {
        /// The field's name.
        field: &'static str,
        /// What it has.
        value: String,
    },
    /// One with this ID is there already.
    #[error("primary key violation on key '{}'", table("id", &.0.to_string()))]
    TakenId(Uuid),
    /// There is no consumer with this ID.
    #[error("the foreign key '{}' does not reference an existing 'consumers' entity.", table("id", &.0.to_string()))]
    NoConsumer(Uuid),
    /// There is no consumer with this username.
    #[error("foreign key unresolved (consumer.username: {})", unresolved(.0))]
    Unresolved(String),
    /// As many are not listed at once.
    #[error("{0}")]
    Size(&'static str),
    /// No list goes on there.
    #[error("'{offset}' is not a valid offset: {why}")]
    Offset {
        /// What was said to be one.
        offset: String,
        /// What it is not.
        why: &'static str,
    },
    /// Nothing can be found by such tags.
    #[error("invalid option (tags: {BAD_FILTER})")]
    Tags,
    /// The body is not JSON.
    #[error("Cannot parse JSON body")]
    NotJson,
    /// The body is of a type that is not read.
    #[error("Unsupported media type")]
    MediaType,
    /// There is no such thing.
    #[error("Not found")]
    NotFound,
    /// Nobody does this with it.
    #[error("Method not allowed")]
    Method {
        /// What is done with it.
        allowed: &'static str,
    },
}

/// The body of a refusal, in Kong's order.
#[derive(Serialize)]
struct Body {
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Value>,
}

impl Refusal {
    /// The body that tells of it.
    #[must_use]
    pub fn body(&self) -> String {
        let (name, code) = self.kind().unzip();
        let body = Body {
            message: self.to_string(),
            name,
            code,
            fields: self.fields(),
            options: (*self == Self::Tags).then(|| json!({ "tags": BAD_FILTER })),
        };
        json_text(&body)
    }

    /// What Kong calls it, in words and in figures; none where it has but a message.
    const fn kind(&self) -> Option<(&'static str, u8)> {
        match self {
            Self::Violations(_) => Some(("schema violation", 2)),
            Self::TakenId(_) => Some(("primary key violation", 3)),
            Self::NoConsumer(_) => Some(("foreign key violation", 4)),
            Self::Taken { .. } => Some(("unique constraint violation", 5)),
            Self::Offset { .. } => Some(("invalid offset", 7)),
            Self::Size(_) => Some(("invalid size", 9)),
            Self::Tags => Some(("invalid options", 11)),
            Self::Unresolved(_) => Some(("foreign keys unresolved", 13)),
            Self::NotJson | Self::MediaType | Self::NotFound | Self::Method { .. } => None,
        }
    }

    /// Which fields it is about. Of a map the members are in the order of their names, and `@entity` is before all of them.
    fn fields(&self) -> Option<Value> {
        match self {
            Self::Violations(violations) => Some(json!(violations)),
            Self::Taken { field, value } => Some(json!({ *field: value })),
            Self::TakenId(id) => Some(json!({ "id": id.to_string() })),
            Self::NoConsumer(id) => Some(json!({ "consumer": { "id": id.to_string() } })),
            Self::Unresolved(name) => Some(json!({ "consumer": { "username": unresolved(name) } })),
            Self::Size(_)
            | Self::Offset { .. }
            | Self::Tags
            | Self::NotJson
            | Self::MediaType
            | Self::NotFound
            | Self::Method { .. } => None,
        }
    }
}

/// A value as one line of JSON, as Kong's answers end without a line break.
pub(super) fn json_text(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value);
    debug_assert!(text.is_ok(), "strings, numbers and lists of them are JSON");
    text.unwrap_or_default()
}

/// A table with one field, as Lua writes it.
fn table(field: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{{{field}=\"{value}\"}}")
}

fn unresolved(username: &str) -> String {
    format!(
        "the foreign key cannot be resolved with '{}' for an existing 'consumers' entity",
        table("username", username)
    )
}

const BAD_FILTER: &str = "invalid filter syntax";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_kongs_words_and_order() {
        let mut violations = Violations::default();
        violations.field("consumer", "required field missing");
        let id = Uuid::nil();
        let taken = |value: &str| Refusal::Taken {
            field: "key",
            value: value.to_owned(),
        };
        for (refusal, body) in [
            (
                Refusal::Violations(violations),
                r#"{"message":"schema violation (consumer: required field missing)","name":"schema violation","code":2,"fields":{"consumer":"required field missing"}}"#,
            ),
            (
                taken("K"),
                r#"{"message":"UNIQUE violation detected on '{key=\"K\"}'","name":"unique constraint violation","code":5,"fields":{"key":"K"}}"#,
            ),
            (
                taken("\"\\"),
                r#"{"message":"UNIQUE violation detected on '{key=\"\\\"\\\\\"}'","name":"unique constraint violation","code":5,"fields":{"key":"\"\\"}}"#,
            ),
            (
                Refusal::TakenId(id),
                r#"{"message":"primary key violation on key '{id=\"00000000-0000-0000-0000-000000000000\"}'","name":"primary key violation","code":3,"fields":{"id":"00000000-0000-0000-0000-000000000000"}}"#,
            ),
            (
                Refusal::NoConsumer(id),
                r#"{"message":"the foreign key '{id=\"00000000-0000-0000-0000-000000000000\"}' does not reference an existing 'consumers' entity.","name":"foreign key violation","code":4,"fields":{"consumer":{"id":"00000000-0000-0000-0000-000000000000"}}}"#,
            ),
            (
                Refusal::Unresolved("bob".into()),
                r#"{"message":"foreign key unresolved (consumer.username: the foreign key cannot be resolved with '{username=\"bob\"}' for an existing 'consumers' entity)","name":"foreign keys unresolved","code":13,"fields":{"consumer":{"username":"the foreign key cannot be resolved with '{username=\"bob\"}' for an existing 'consumers' entity"}}}"#,
            ),
            (
                Refusal::Size("size must be a number"),
                r#"{"message":"size must be a number","name":"invalid size","code":9}"#,
            ),
            (
                Refusal::Offset {
                    offset: "x".into(),
                    why: "bad base64 encoding",
                },
                r#"{"message":"'x' is not a valid offset: bad base64 encoding","name":"invalid offset","code":7}"#,
            ),
            (
                Refusal::Tags,
                r#"{"message":"invalid option (tags: invalid filter syntax)","name":"invalid options","code":11,"options":{"tags":"invalid filter syntax"}}"#,
            ),
            (Refusal::NotJson, r#"{"message":"Cannot parse JSON body"}"#),
            (
                Refusal::MediaType,
                r#"{"message":"Unsupported media type"}"#,
            ),
            (Refusal::NotFound, r#"{"message":"Not found"}"#),
            (
                Refusal::Method { allowed: "GET" },
                r#"{"message":"Method not allowed"}"#,
            ),
        ] {
            assert_eq!(refusal.body(), body);
        }
    }
}
