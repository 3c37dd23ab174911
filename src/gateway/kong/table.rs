//! Typed reading of one table of the file, with every mistake noted.

use super::mistake::Mistakes;
use super::tree::{Entry, Node, Value};

/// A table, and where it is.
#[derive(Clone)]
pub struct Table<'t> {
    entries: &'t [Entry],
    /// The line in which it begins.
    pub line: usize,
    /// Its path within the file.
    pub path: String,
    mistakes: &'t Mistakes,
}

impl<'t> Table<'t> {
    /// The table that a value is; anything else is a mistake.
    pub fn of(node: &'t Node, path: String, mistakes: &'t Mistakes) -> Option<Self> {
        let Value::Table(entries) = &node.value else {
            let place = if path.is_empty() { WHOLE } else { &path };
            mistakes.note(
                node.line,
                place,
                kind(&node.value),
                "a table, of names and values",
            );
            return None;
        };
        Some(Self {
            entries,
            line: node.line,
            path,
            mistakes,
        })
    }

    /// Every entry.
    pub const fn entries(&self) -> &'t [Entry] {
        self.entries
    }

    /// The entry of this name. One of nothing is as good as none.
    pub fn entry(&self, name: &str) -> Option<&'t Entry> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        (!matches!(entry.node.value, Value::Null)).then_some(entry)
    }

    /// Whether there is something of this name.
    pub fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// The line of an entry, or else of the table.
    pub fn line_of(&self, name: &str) -> usize {
        self.entry(name).map_or(self.line, |entry| entry.line)
    }

    /// A text that is not empty.
    pub fn text(&self, name: &str) -> Option<&'t str> {
        let entry = self.entry(name)?;
        self.checked(entry, &self.below(name), &entry.node)
    }

    /// A text, or a number as it was written.
    pub fn written(&self, name: &str) -> Option<&'t str> {
        match &self.entry(name)?.node.value {
            Value::Number(number) => Some(number),
            _ => self.text(name),
        }
    }

    /// A truth value.
    pub fn truth(&self, name: &str) -> Option<bool> {
        let entry = self.entry(name)?;
        if let Value::Truth(truth) = entry.node.value {
            return Some(truth);
        }
        self.note(name, kind(&entry.node.value), "true or false");
        None
    }

    /// A whole number from 0 on.
    pub fn whole(&self, name: &str, most: i64) -> Option<i64> {
        let entry = self.entry(name)?;
        let number = match &entry.node.value {
            Value::Number(text) => text
                .parse()
                .ok()
                .filter(|number| (0..=most).contains(number)),
            _ => None,
        };
        if number.is_none() {
            let found = match &entry.node.value {
                Value::Number(text) => text,
                other => kind(other),
            };
            self.note(name, found, &format!("a whole number from 0 to {most}"));
        }
        number
    }

    /// A list of texts, none of them empty.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        let entry = self.entry(name)?;
        let items = self.items(name)?;
        let texts = items
            .iter()
            .map(|(path, node)| self.checked(entry, path, node));
        let texts: Vec<Option<String>> = texts.map(|text| text.map(str::to_owned)).collect();
        texts.into_iter().collect()
    }

    /// The values of a list, each with its path.
    pub fn items(&self, name: &str) -> Option<Vec<(String, &'t Node)>> {
        let entry = self.entry(name)?;
        let Value::List(items) = &entry.node.value else {
            self.note(name, kind(&entry.node.value), "a list");
            return None;
        };
        let path = self.below(name);
        let items = items.iter().enumerate();
        Some(
            items
                .map(|(place, node)| (format!("{path}[{place}]"), &**node))
                .collect(),
        )
    }

    /// The tables of a list.
    pub fn tables(&self, name: &str) -> Vec<Self> {
        let items = self.items(name).unwrap_or_default().into_iter();
        items
            .filter_map(|(path, node)| Self::of(node, path, self.mistakes))
            .collect()
    }

    /// A table within it.
    pub fn table(&self, name: &str) -> Option<Self> {
        let entry = self.entry(name)?;
        Self::of(&entry.node, self.below(name), self.mistakes)
    }

    /// Notes a mistake in what has this name, or in its absence.
    pub fn note(&self, name: &str, found: &str, expected: &str) {
        self.mistakes
            .note(self.line_of(name), &self.below(name), found, expected);
    }

    /// Refuses names that nobody has asked for.
    pub fn refuse_others(&self, known: &[&str]) {
        for entry in self.entries {
            if !known.contains(&entry.name.as_str()) {
                let nearest = known
                    .iter()
                    .find(|name| strsim::osa_distance(name, &entry.name) <= 2);
                let expected = nearest.map_or_else(
                    || format!("one of {}", known.join(", ")),
                    |name| format!("a known name; the nearest is {name}"),
                );
                let found = "an unknown name";
                self.mistakes
                    .note(entry.line, &self.below(&entry.name), found, &expected);
            }
        }
    }

    /// The path of what has this name.
    pub fn below(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// The text of a value. Some texts stand for others, which nobody has put there.
    fn checked(&self, entry: &Entry, path: &str, node: &'t Node) -> Option<&'t str> {
        let (found, expected) = match &node.value {
            Value::Text(text) if text.contains("${{") => (DECK, DECK_RENDERS),
            Value::Text(text) if text.starts_with("{vault://") => (VAULT, VAULT_EXPECTED),
            Value::Text(text) if !text.is_empty() => return Some(text),
            Value::Text(_) => ("an empty text", "a text that is not empty"),
            other => (
                kind(other),
                "a text; in quotes where it looks like something else",
            ),
        };
        let line = node.line.max(entry.line);
        self.mistakes.note(line, path, found, expected);
        None
    }
}

/// What a value is, without it: it may be a secret.
pub const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Truth(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// The path of what is no part of anything.
pub const WHOLE: &str = "the file";
const DECK: &str = "a place that decK fills in from a variable (${{ env \"DECK_...\" }})";
const DECK_RENDERS: &str =
    "the value itself: `deck file render --populate-env-vars` writes a file that has it";
const VAULT: &str = "a reference into a vault of Kong's";
const VAULT_EXPECTED: &str = "the value itself: no vault is asked here";
