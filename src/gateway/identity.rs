//! Who asks, as those behind the proxy are told: headers, each of them set or empty.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::credentials::Known;
use super::settings::ClaimHeader;

/// The names of the headers that say who asks, in lower case. A client may say nothing by them.
pub const NAMES: [&str; 5] = [
    "x-consumer-id",
    "x-consumer-custom-id",
    "x-consumer-username",
    "x-credential-identifier",
    "x-anonymous-consumer",
];

/// Who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The consumer, where there is one.
    pub consumer: Option<Arc<Known>>,
    /// What the credential is called.
    pub credential: Option<String>,
    /// Whether it is everybody.
    pub is_anonymous: bool,
    /// What of the claims goes along, in the order of the gateway's headers; none where there is nothing.
    pub claims: Vec<Option<String>>,
}

impl Identity {
    /// The values of the headers of [`NAMES`], in their order.
    #[must_use]
    pub fn values(&self) -> [Cow<'_, str>; 5] {
        let consumer = self.consumer.as_deref();
        let username = consumer.and_then(|consumer| consumer.username.as_deref());
        let custom_id = consumer.and_then(|consumer| consumer.custom_id.as_deref());
        let anonymous = if self.is_anonymous { "true" } else { "" };
        [
            consumer.map_or(Cow::Borrowed(""), |consumer| {
                Cow::Owned(consumer.id.to_string())
            }),
            Cow::Borrowed(custom_id.unwrap_or_default()),
            Cow::Borrowed(username.unwrap_or_default()),
            Cow::Borrowed(self.credential.as_deref().unwrap_or_default()),
            Cow::Borrowed(anonymous),
        ]
    }
}

/// What of verified claims goes along.
#[must_use]
pub fn of_claims(headers: &[ClaimHeader], claims: &Map<String, Value>) -> Vec<Option<String>> {
    let values = headers.iter().map(|header| header.place.find(claims));
    values.map(|value| plain(value?)).collect()
}

/// A claim as one line of text; none where it is none, or could be taken for something else there.
fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Array(items) => listed(items)?,
        Value::Null | Value::Object(_) => return None,
    };
    let is_plain = !text.chars().any(char::is_control) && text.trim() == text;
    (is_plain && text.len() <= MOST_BYTES).then_some(text)
}

/// Texts with commas between them, if none has one in it.
fn listed(items: &[Value]) -> Option<String> {
    let texts = items
        .iter()
        .map(Value::as_str)
        .collect::<Option<Vec<&str>>>()?;
    let is_whole = texts.iter().all(|text| !text.contains(','));
    is_whole.then(|| texts.join(","))
}

/// No claim is longer in a header.
const MOST_BYTES: usize = 1_024;
