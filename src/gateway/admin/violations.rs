//! What is wrong with the fields of a consumer or a credential, as Kong tells it.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// All that is wrong with what was set.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Violations {
    /// What is wrong with several fields at once.
    entity: Vec<String>,
    /// What is wrong with one, by its name.
    fields: BTreeMap<String, Fault>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    /// The field itself.
    Field(String),
    /// Members of it, by their names.
    Members(BTreeMap<String, String>),
    /// Items of it, by their places from 0 on.
    Items(BTreeMap<usize, String>),
}

impl Violations {
    /// Notes what is wrong with a field. What was noted of it first stays.
    pub fn field(&mut self, name: &str, text: impl Into<String>) {
        let fault = self.fields.entry(name.to_owned());
        fault.or_insert_with(|| Fault::Field(text.into()));
    }

    /// Notes what is wrong with a member of a field.
    pub fn member(&mut self, field: &str, member: &str, text: impl Into<String>) {
        let members = BTreeMap::from_iter([(member.to_owned(), text.into())]);
        let fault = self.fields.entry(field.to_owned());
        fault.or_insert(Fault::Members(members));
    }

    /// Notes what is wrong with items of a field.
    pub fn items(&mut self, field: &str, items: BTreeMap<usize, String>) {
        let fault = self.fields.entry(field.to_owned());
        fault.or_insert(Fault::Items(items));
    }

    /// Notes what is wrong with several fields at once.
    pub fn entity(&mut self, text: impl Into<String>) {
        self.entity.push(text.into());
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entity.is_empty() && self.fields.is_empty()
    }

    /// All of it in one line.
    #[must_use]
    pub fn message(&self) -> String {
        let mut texts = self.entity.clone();
        for (name, fault) in &self.fields {
            fault.tell(name, &mut texts);
        }
        let all = texts.join("; ");
        if texts.len() == 1 {
            format!("schema violation ({all})")
        } else {
            format!("{} schema violations ({all})", texts.len())
        }
    }
}

impl Fault {
    fn tell(&self, name: &str, texts: &mut Vec<String>) {
        match self {
            Self::Field(text) => texts.push(format!("{name}: {text}")),
            Self::Members(members) => {
                let members = members.iter();
                texts.extend(members.map(|(member, text)| format!("{name}.{member}: {text}")));
            }
            Self::Items(items) => {
                let items = items.iter();
                // Kong counts from one.
                texts
                    .extend(items.map(|(place, text)| {
                        format!("{name}.{}: {text}", place.saturating_add(1))
                    }));
            }
        }
    }
}

impl Serialize for Violations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.entity.is_empty() {
            map.serialize_entry(ENTITY, &self.entity)?;
        }
        for (name, fault) in &self.fields {
            map.serialize_entry(name, fault)?;
        }
        map.end()
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Field(text) => text.serialize(serializer),
            Self::Members(members) => members.serialize(serializer),
            Self::Items(items) => {
                let last = items.keys().next_back().copied().unwrap_or_default();
                serializer.collect_seq((0..=last).map(|place| items.get(&place)))
            }
        }
    }
}

const ENTITY: &str = "@entity";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_violation_is_told_without_a_number_and_several_with_those_of_all_fields_first() {
        let mut violations = Violations::default();
        violations.field("secret", "expected a string");
        assert_eq!(
            violations.message(),
            "schema violation (secret: expected a string)"
        );
        violations.member("consumer", "id", "expected a valid UUID");
        violations.items("tags", BTreeMap::from_iter([(1, "bad".to_owned())]));
        violations.entity("all of it");
        violations.field("secret", "something else");
        assert_eq!(
            violations.message(),
            "4 schema violations (all of it; consumer.id: expected a valid UUID; secret: expected a string; tags.2: bad)"
        );
        let fields = json!({
            "@entity": ["all of it"],
            "consumer": { "id": "expected a valid UUID" },
            "secret": "expected a string",
            "tags": [null, "bad"],
        });
        assert_eq!(json!(violations), fields);
    }
}
