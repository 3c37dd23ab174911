//! Option values as pure data, without Lua.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::origin::Origin;
use crate::origin::wire;

/// The options of one section under Prosody's names.
pub type Options = BTreeMap<String, Setting>;

/// An option's value, and where it was set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    pub value: Value,
    /// The file and line, or the variable, that set it.
    pub origin: Origin,
}

/// An option's value. Strings may be secrets, so it shows their lengths alone.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A string; Lua's strings are bytes.
    String(#[serde(with = "wire::bytes")] Vec<u8>),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    #[serde(with = "bits")]
    Float(f64),
    /// A truth value.
    Boolean(bool),
    /// A list, a table of named values, or both in one.
    Table(Table),
    /// What a file or credential would hold that Prosody can read and this process cannot: the reason.
    Unreadable(String),
    /// A function or something else that is no data: its Lua type.
    Opaque(Cow<'static, str>),
}

/// A Lua table.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The values under 1, 2, 3 and so on, up to the first gap.
    pub items: Vec<Value>,
    /// The values under names.
    pub fields: BTreeMap<String, Value>,
}

impl Value {
    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::String(_) => "a string",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Boolean(_) => "a truth value",
            Self::Table(_) => "a table",
            Self::Unreadable(_) => "an unreadable file",
            Self::Opaque(kind) => kind,
        }
    }
}

/// JSON has no infinity, and configurations do.
mod bits {
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it with a reference"
    )]
    pub fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(number.to_bits())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        u64::deserialize(deserializer).map(f64::from_bits)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.as_bytes().to_vec())
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl FromIterator<Self> for Value {
    fn from_iter<T: IntoIterator<Item = Self>>(items: T) -> Self {
        Self::Table(Table {
            items: items.into_iter().collect(),
            fields: BTreeMap::new(),
        })
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(bytes) => write!(formatter, "String({} bytes)", bytes.len()),
            Self::Integer(number) => write!(formatter, "Integer({number})"),
            Self::Float(number) => write!(formatter, "Float({number})"),
            Self::Boolean(boolean) => write!(formatter, "Boolean({boolean})"),
            Self::Table(table) => table.fmt(formatter),
            Self::Unreadable(reason) => write!(formatter, "Unreadable({reason})"),
            Self::Opaque(kind) => write!(formatter, "Opaque({kind})"),
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Table")
            .field("items", &self.items)
            .field("fields", &self.fields)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_shows_no_text() {
        let table = Table {
            items: vec!["hunter2".into(), Value::Integer(1)],
            fields: BTreeMap::from([("password".to_owned(), "hunter2".into())]),
        };
        let shown = format!("{:?}", Value::Table(table));
        assert!(shown.contains("String(7 bytes)") && shown.contains("password"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
