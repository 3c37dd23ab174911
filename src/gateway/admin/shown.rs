//! Consumers and credentials as they are answered, with Kong's fields in Kong's order.

use serde::Serialize;

use super::refusal::json_text;
use crate::gateway::consumer::Consumer;
use crate::gateway::credential::{Credential, SecretText};

/// A list, and where it goes on.
#[derive(Debug, Default)]
pub struct Next {
    /// The path of the next page.
    pub path: Option<String>,
    /// What stands for its beginning.
    pub offset: Option<String>,
}

#[derive(Serialize)]
struct ShownConsumer<'c> {
    id: String,
    created_at: i64,
    updated_at: i64,
    username: Option<&'c str>,
    custom_id: Option<&'c str>,
    tags: Option<&'c [String]>,
}

#[derive(Serialize)]
struct ShownCredential<'c> {
    id: String,
    created_at: i64,
    consumer: Owner,
    key: &'c str,
    secret: Option<&'c str>,
    rsa_public_key: Option<&'c str>,
    algorithm: &'static str,
    tags: Option<&'c [String]>,
}

#[derive(Serialize)]
struct Owner {
    id: String,
}

#[derive(Serialize)]
struct List<T> {
    data: Vec<T>,
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<String>,
}

/// A consumer.
#[must_use]
pub fn consumer(consumer: &Consumer) -> String {
    json_text(&ShownConsumer::of(consumer))
}

/// A credential, with its secret: this is for whoever may see that.
#[must_use]
pub fn credential(credential: &Credential) -> String {
    json_text(&ShownCredential::of(credential))
}

/// Some consumers.
#[must_use]
pub fn consumers(list: &[Consumer], next: Next) -> String {
    listed(list.iter().map(ShownConsumer::of).collect(), next)
}

/// Some credentials.
#[must_use]
pub fn credentials(list: &[Credential], next: Next) -> String {
    listed(list.iter().map(ShownCredential::of).collect(), next)
}

fn listed<T: Serialize>(data: Vec<T>, next: Next) -> String {
    json_text(&List {
        data,
        next: next.path,
        offset: next.offset,
    })
}

impl<'c> ShownConsumer<'c> {
    fn of(consumer: &'c Consumer) -> Self {
        Self {
            id: consumer.id.to_string(),
            created_at: consumer.created_at,
            updated_at: consumer.updated_at,
            username: consumer.username.as_deref(),
            custom_id: consumer.custom_id.as_deref(),
            tags: consumer.tags.as_deref(),
        }
    }
}

impl<'c> ShownCredential<'c> {
    fn of(credential: &'c Credential) -> Self {
        Self {
            id: credential.id.to_string(),
            created_at: credential.created_at,
            consumer: Owner {
                id: credential.consumer.to_string(),
            },
            key: &credential.key,
            secret: credential.secret.as_ref().map(SecretText::text),
            rsa_public_key: credential.rsa_public_key.as_deref(),
            algorithm: credential.algorithm.name(),
            tags: credential.tags.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::token::algorithm::Algorithm;

    #[test]
    fn fields_have_kongs_order_and_what_is_not_there_is_null() {
        let bob = Consumer {
            id: Uuid::nil(),
            username: Some("bob".into()),
            custom_id: None,
            tags: None,
            created_at: 1,
            updated_at: 2,
        };
        assert_eq!(
            consumer(&bob),
            r#"{"id":"00000000-0000-0000-0000-000000000000","created_at":1,"updated_at":2,"username":"bob","custom_id":null,"tags":null}"#
        );
        let his = Credential {
            id: Uuid::nil(),
            consumer: Uuid::nil(),
            key: "k".into(),
            secret: Some("s".to_owned().into()),
            rsa_public_key: None,
            algorithm: Algorithm::Hs256,
            tags: Some(vec!["b".into(), "a".into()]),
            created_at: 3,
        };
        let shown = r#"{"id":"00000000-0000-0000-0000-000000000000","created_at":3,"consumer":{"id":"00000000-0000-0000-0000-000000000000"},"key":"k","secret":"s","rsa_public_key":null,"algorithm":"HS256","tags":["b","a"]}"#;
        assert_eq!(credential(&his), shown);
        let last = credentials(&[his], Next::default());
        assert_eq!(last, format!(r#"{{"data":[{shown}],"next":null}}"#));
        let next = Next {
            path: Some("/consumers?offset=x".into()),
            offset: Some("x".into()),
        };
        assert_eq!(
            consumers(&[], next),
            r#"{"data":[],"next":"/consumers?offset=x","offset":"x"}"#
        );
    }
}
