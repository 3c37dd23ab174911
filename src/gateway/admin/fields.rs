//! Fields that were set, read one by one. What is wrong with them is noted, so that all of it is told at once.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::body::Fields;
use super::path;
use super::refusal::Refusal;
use super::violations::Violations;

/// What was said of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given<T> {
    /// Nothing.
    Nothing,
    /// That it is to be empty.
    Null,
    /// What it is to be.
    Value(T),
}

impl<T> Given<T> {
    /// What the field is, where it was this before.
    pub(super) fn over(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Nothing => before,
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

/// Reads fields, and notes what is wrong with them.
pub(super) struct Reader<'f> {
    fields: &'f Fields,
    pub(super) violations: Violations,
}

impl<'f> Reader<'f> {
    /// Reads these fields, which may have these names.
    pub(super) fn new(fields: &'f Fields, known: &[&str]) -> Self {
        let mut violations = Violations::default();
        for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
            violations.field(name, "unknown field");
        }
        Self { fields, violations }
    }

    /// What was noted, where something is wrong.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.violations.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Violations(self.violations))
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, name: &str) -> Given<String> {
        self.read(name, |value| match value {
            Value::String(text) if text.is_empty() => Err("length must be at least 1".to_owned()),
            Value::String(text) => Ok(text.clone()),
            _ => Err("expected a string".to_owned()),
        })
    }

    /// A text that goes into headers, as it is.
    pub(super) fn header_text(&mut self, name: &str) -> Given<String> {
        let given = self.text(name);
        if let Given::Value(text) = &given
            && let Err(fault) = fits_header(text)
        {
            self.violations.field(name, fault);
        }
        given
    }

    /// An ID.
    pub(super) fn id(&mut self) -> Given<Uuid> {
        self.read("id", |value| {
            let id = value.as_str().and_then(path::uuid);
            id.ok_or_else(|| NO_UUID.to_owned())
        })
    }

    /// A time, in Unix seconds.
    pub(super) fn time(&mut self, name: &str) -> Given<i64> {
        self.read(name, |value| {
            let time = value.as_i64().filter(|time| (0..=LAST_TIME).contains(time));
            time.ok_or_else(|| "expected an integer".to_owned())
        })
    }

    /// Words to find something by. One that comes again counts once.
    pub(super) fn tags(&mut self) -> Given<Vec<String>> {
        let items = match self.fields.get("tags") {
            None => return Given::Nothing,
            Some(Value::Null) => return Given::Null,
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.violations.field("tags", "expected a set");
                return Given::Nothing;
            }
        };
        let mut tags: Vec<String> = Vec::new();
        let mut faults = BTreeMap::new();
        for (place, item) in items.iter().enumerate() {
            match tag(item) {
                Ok(tag) if tags.iter().any(|there| there == tag) => {}
                Ok(tag) => tags.push(tag.to_owned()),
                Err(fault) => {
                    faults.insert(place, fault);
                }
            }
        }
        if tags.len() > MOST_TAGS {
            let text = format!("length must be at most {MOST_TAGS}");
            self.violations.field("tags", text);
        }
        if !faults.is_empty() {
            self.violations.items("tags", faults);
        }
        Given::Value(tags)
    }

    /// What was given, for fields of a type of their own.
    pub(super) fn raw(&self, name: &str) -> Option<&'f Value> {
        self.fields.get(name)
    }

    fn read<T>(&mut self, name: &str, read: impl Fn(&Value) -> Result<T, String>) -> Given<T> {
        match self.fields.get(name) {
            None => Given::Nothing,
            Some(Value::Null) => Given::Null,
            Some(value) => match read(value) {
                Ok(value) => Given::Value(value),
                Err(fault) => {
                    self.violations.field(name, fault);
                    Given::Nothing
                }
            },
        }
    }
}

/// What stands in headers must be the same there as here: nothing in it ends a line, and nobody takes blanks off its ends.
fn fits_header(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err("expected no control characters, since it goes into a header".to_owned());
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        let fault = "expected no blank at the beginning or end, since it goes into a header, where such are lost";
        return Err(fault.to_owned());
    }
    if text.len() > MOST_BYTES {
        return Err(format!(
            "length must be at most {MOST_BYTES}, since it goes into a header"
        ));
    }
    Ok(())
}

/// A tag, in which the signs are missing that lists of tags are taken apart at.
pub(super) fn tag(item: &Value) -> Result<&str, String> {
    let Some(text) = item.as_str() else {
        return Err("expected a string".to_owned());
    };
    if text.is_empty() {
        return Err("length must be at least 1".to_owned());
    }
    if text.chars().any(|c| c.is_control() || ",/".contains(c)) {
        return Err(format!(
            "invalid tag '{text}': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"
        ));
    }
    Ok(text)
}

pub(super) const NO_UUID: &str = "expected a valid UUID";
pub(super) const MISSING: &str = "required field missing";
/// The year 9999's.
const LAST_TIME: i64 = 253_402_300_799;
/// Proxies take headers of 8 KiB, all of them together.
const MOST_BYTES: usize = 1_024;
const MOST_TAGS: usize = 100;
