//! The consumers of the file, and what refers to them.

use std::collections::HashMap;

use uuid::Uuid;

use super::super::consumer::Consumer;
use super::ids::{self, Of};
use super::table::Table;
use super::tree::Value;

/// Consumers by what they are referred to by, with what each of those names is taken for.
#[derive(Default)]
pub struct Consumers {
    /// In the order of the file.
    pub all: Vec<Consumer>,
    ids: HashMap<Uuid, usize>,
    usernames: HashMap<String, (Uuid, usize)>,
    custom_ids: HashMap<String, usize>,
}

impl Consumers {
    /// Takes a consumer in, and says which one it is. None where it is none; what is wrong is noted.
    pub fn take(&mut self, table: &Table<'_>) -> Option<Uuid> {
        let username = table.text("username").map(str::to_owned);
        let custom_id = table.text("custom_id").map(str::to_owned);
        if !table.has("username") && !table.has("custom_id") {
            table.note(
                "username",
                "a consumer without username and custom_id",
                "one of them",
            );
        }
        let name = username.as_ref().or(custom_id.as_ref())?;
        let id = ids::id(table, Of::Consumer, name)?;
        self.refuse_doubles(table, id, username.as_deref(), custom_id.as_deref());
        let created_at = table.whole("created_at", i64::MAX).unwrap_or_default();
        self.all.push(Consumer {
            id,
            username,
            custom_id,
            tags: table.texts("tags"),
            created_at,
            updated_at: table.whole("updated_at", i64::MAX).unwrap_or(created_at),
        });
        Some(id)
    }

    fn refuse_doubles(
        &mut self,
        table: &Table<'_>,
        id: Uuid,
        username: Option<&str>,
        custom_id: Option<&str>,
    ) {
        if let Some(username) = username {
            let line = table.line_of("username");
            let before = self.usernames.insert(username.to_owned(), (id, line));
            refuse_double(table, "username", before.map(|(_, line)| line));
        }
        if let Some(custom_id) = custom_id {
            let line = table.line_of("custom_id");
            let before = self.custom_ids.insert(custom_id.to_owned(), line);
            refuse_double(table, "custom_id", before);
        }
        let before = self.ids.insert(id, table.line_of("id"));
        // Without an ID of its own it is the name that is there twice.
        refuse_double(table, "id", before.filter(|_| table.has("id")));
    }

    /// The consumer that an entry refers to: by name or ID, or by a table with one of these.
    pub fn referred(&self, table: &Table<'_>, option: &str) -> Option<Uuid> {
        let entry = table.entry(option)?;
        let inner = matches!(entry.node.value, Value::Table(_)).then(|| table.table(option));
        let name = match inner.flatten() {
            Some(inner) if inner.has("id") => inner.text("id")?,
            Some(inner) if inner.has("username") => inner.text("username")?,
            Some(_) => {
                table.note(option, "a table without id and username", EXPECTED);
                return None;
            }
            None => table.text(option)?,
        };
        let found = self.named(name);
        if found.is_none() {
            table.note(option, &format!("{name:?}, and no such consumer"), EXPECTED);
        }
        found
    }

    /// The consumer of this username or ID.
    pub fn named(&self, name: &str) -> Option<Uuid> {
        let by_name = self.usernames.get(name).map(|(id, _)| *id);
        let by_id = || {
            Uuid::parse_str(name)
                .ok()
                .filter(|id| self.ids.contains_key(id))
        };
        by_name.or_else(by_id)
    }
}

/// Notes that what has to be there once is there a second time.
pub fn refuse_double(table: &Table<'_>, name: &str, before: Option<usize>) {
    if let Some(line) = before {
        let found = format!("the same {name} as in line {line}");
        table.note(name, &found, "each of them once");
    }
}

const EXPECTED: &str = "the username or ID of a consumer in this file";
