//! The members of a JSON object, each on a line of its own with the names that lead to it.

use serde_json::Value;

use crate::console::text::bounded;
use crate::token::explain::moment;

/// The members of an object, and of those within it.
pub struct Members {
    /// One for each, as far as there is room.
    pub rows: Vec<Row>,
    /// How many there are besides.
    pub left_out: usize,
}

/// A member.
pub struct Row {
    /// The names that lead to it.
    pub path: String,
    /// What it has, as JSON.
    pub value: String,
    /// The time that this is, where it is one.
    pub time: Option<String>,
}

/// All of them, at this time in Unix seconds.
pub fn of(value: &Value, now: i64) -> Members {
    let mut members = Members {
        rows: Vec::new(),
        left_out: 0,
    };
    members.add_below("", value, now, 0);
    members
}

impl Members {
    /// Adds what stands in an object or a list.
    fn add_below(&mut self, path: &str, value: &Value, now: i64, depth: usize) {
        match value {
            Value::Object(all) => {
                for (name, value) in all {
                    self.add(joined(path, name), name, value, now, depth);
                }
            }
            Value::Array(items) => {
                for (place, value) in items.iter().enumerate() {
                    self.add(format!("{path}[{place}]"), "", value, now, depth);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn add(&mut self, path: String, name: &str, value: &Value, now: i64, depth: usize) {
        if self.rows.len() >= MOST_ROWS {
            self.left_out = self.left_out.saturating_add(1);
        } else if has_members(value) && depth < MOST_DEPTH {
            self.add_below(&path, value, now, depth.saturating_add(1));
        } else {
            self.rows.push(Row {
                path,
                value: bounded(&written(value), MOST_SHOWN),
                time: moment::of_member(name, value, now),
            });
        }
    }
}

/// Whether there is something within that has a line of its own. A list of texts stands on one.
fn has_members(value: &Value) -> bool {
    match value {
        Value::Object(all) => !all.is_empty(),
        Value::Array(items) => items.iter().any(|item| item.is_object() || item.is_array()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A value as JSON; a list has room between its items.
fn written(value: &Value) -> String {
    match value {
        Value::Array(items) if !has_members(value) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Array(_)
        | Value::Object(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_) => value.to_string(),
    }
}

/// The names to a member. One that could be taken for several stands in quotes.
fn joined(path: &str, name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-:/@".contains(c);
    let name = if !name.is_empty() && name.chars().all(is_plain) {
        bounded(name, MOST_NAME)
    } else {
        bounded(&Value::from(name).to_string(), MOST_NAME)
    };
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

/// What a page has room for, and what somebody can read.
const MOST_ROWS: usize = 300;
const MOST_DEPTH: usize = 8;
const MOST_SHOWN: usize = 400;
const MOST_NAME: usize = 80;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(value: &Value) -> Vec<String> {
        let members = of(value, 1_769_860_800);
        let line = |row: &Row| {
            let time = row.time.as_ref().map(|time| format!(" ({time})"));
            format!("{} = {}{}", row.path, row.value, time.unwrap_or_default())
        };
        members.rows.iter().map(line).collect()
    }

    #[test]
    fn every_member_has_a_line_with_the_names_that_lead_to_it() {
        let claims = json!({
            "aud": ["a", "b"],
            "context": {"features": {"recording": "true"}, "user": {"name": "Ann", "seen_at": 1_769_857_200}},
            "exp": 1_769_868_000,
            "groups": [{"id": 1}, []],
            "a.b": null,
            "": {},
        });
        assert_eq!(
            lines(&claims),
            [
                "\"\" = {}",
                "\"a.b\" = null",
                "aud = [\"a\", \"b\"]",
                "context.features.recording = \"true\"",
                "context.user.name = \"Ann\"",
                "context.user.seen_at = 1769857200 (2026-01-31 11:00:00 UTC, 1 hour ago)",
                "exp = 1769868000 (2026-01-31 14:00:00 UTC, in 2 hours)",
                "groups[0].id = 1",
                "groups[1] = []",
            ]
        );
    }

    #[test]
    fn what_is_long_or_deep_or_many_is_cut_and_says_so() {
        let mut deep = json!("end");
        for _ in 0..90 {
            deep = json!({ "a": deep });
        }
        let lines =
            lines(&json!({"deep": deep, "long": "x".repeat(5_000), "list": vec![1; 5_000]}));
        assert_eq!(lines.len(), 3);
        assert!(
            lines[0].starts_with("deep.a.a.a.a.a.a.a.a = {\"a\":"),
            "{}",
            lines[0]
        );
        assert!(
            lines[1].ends_with("… (15000 characters in all)"),
            "{}",
            lines[1]
        );
        assert!(
            lines[2].ends_with("… (5002 characters in all)"),
            "{}",
            lines[2]
        );
        let many: Vec<Value> = (0..5_000).map(|number| json!({ "n": number })).collect();
        let members = of(&json!({ "many": many }), 0);
        assert_eq!((members.rows.len(), members.left_out), (300, 4_700));
    }

    #[test]
    fn nothing_that_looks_like_a_token_is_shown() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl";
        let lines = lines(&json!({"at": token, token: 1, "all": [token]}));
        assert!(!lines.iter().any(|line| line.contains("eyJ")), "{lines:?}");
        assert!(
            lines
                .iter()
                .all(|line| line.contains("something like a token")),
            "{lines:?}"
        );
    }
}
