//! Options, their values and where they are from, in words. Whatever does not show is escaped.

use serde_json::{Map, Value};

use crate::config::effective::Effective;
use crate::token::shown;

/// The lines of an option, each with a name and a value: of a section one for each key.
#[must_use]
pub fn lines(row: &Effective) -> Vec<(String, String, &Effective)> {
    match &row.value {
        Value::Object(members) => {
            let members = members.iter();
            let name = |name: &String| format!("{}.{name}", row.option);
            members
                .map(|(key, value)| (name(key), text_of(value), row))
                .collect()
        }
        value => vec![(row.option.to_owned(), text_of(value), row)],
    }
}

/// Where the value of an option is from.
#[must_use]
pub fn source(row: &Effective) -> String {
    let source = match row.by {
        Some(by) => format!("{by}, {}", row.origin),
        None => row.origin.to_string(),
    };
    shown::escaped(&source).into_owned()
}

/// A value.
#[must_use]
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => shown::escaped(text).into_owned(),
        Value::Array(items) if items.is_empty() => "none at all".to_owned(),
        Value::Array(items) if *items == ["*"] => "any".to_owned(),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(", "),
        Value::Object(members) => source_text(members),
        other => {
            let text = other.to_string();
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }
    }
}

/// Where a claim is taken from.
fn source_text(members: &Map<String, Value>) -> String {
    let text = |name: &str| members.get(name).map(text_of);
    match (
        text("constant"),
        text("pointer"),
        text("contains"),
        text("matches"),
    ) {
        (Some(constant), ..) => format!("always {constant}"),
        (None, Some(pointer), Some(wanted), _) => format!("{pointer} has {wanted}"),
        (None, Some(pointer), None, Some(pattern)) => format!("{pointer} is like {pattern}"),
        (None, pointer, ..) => pointer.unwrap_or_default(),
    }
}
