//! The table of presets is made from the code.

use std::fs;

use prosody_tokend::config::mapping;
use serde_json::Value;
use support::root;

use super::{HOST, PAGE, load, page};

const BEGIN: &str = "<!-- The table is made from src/config/presets.rs: UPDATE=1 cargo nextest run --locked --test it issuers_page -->\n";
const END: &str = "<!-- The end of the table. -->\n";

/// The columns, and the target of each.
const COLUMNS: [(&str, &str); 5] = [
    ("id", "context.user.id"),
    ("name", "context.user.name"),
    ("email", "context.user.email"),
    ("avatar", "context.user.avatar"),
    ("moderator", "moderator"),
];

/// What a preset comes to, target by target.
fn preset(name: &str, of_host: &str) -> serde_json::Map<String, Value> {
    let config = load(&format!(
        "[hosts.\"{HOST}\"]\n{of_host}\n[[hosts.\"{HOST}\".issuers]]\nname = \"a\"\nissuer = \"https://a.example\"\n\
         discover = true\naudiences = [\"a\"]\nclaims = \"{name}\"\n"
    ));
    let issuer = config.hosts[HOST].policy.issuers.first();
    mapping::written(issuer.mapping.as_ref().unwrap())
}

fn table() -> String {
    let titles: Vec<&str> = COLUMNS.iter().map(|(title, _)| *title).collect();
    let rule = "| --- ".repeat(COLUMNS.len() + 1);
    let rows: String = mapping::presets().map(row).collect();
    format!("\n| preset | {} |\n{rule}|\n{rows}\n", titles.join(" | "))
}

fn row(name: &'static str) -> String {
    let rules = preset(name, "");
    let cells = COLUMNS.map(|(_, target)| rules.get(target).map_or(String::new(), cell));
    format!("| `\"{name}\"` | {} |\n", cells.join(" | "))
}

fn cell(source: &Value) -> String {
    let text = |value: &Value| format!("`{}`", value.as_str().unwrap());
    match source {
        Value::String(_) => text(source),
        Value::Array(pointers) => {
            let pointers: Vec<String> = pointers.iter().map(text).collect();
            pointers.join(", ")
        }
        condition => format!(
            "{} has {}",
            text(&condition["pointer"]),
            text(&condition["contains"])
        ),
    }
}

#[test]
fn the_page_has_each_preset_as_the_code_has_it() {
    let found = page();
    let (before, rest) = found.split_once(BEGIN).expect("no begin of the table");
    let (_, after) = rest.split_once(END).expect("no end of the table");
    let expected = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root().join(PAGE), &expected).unwrap();
        return;
    }
    assert!(
        found == expected,
        "{PAGE} is out of date: UPDATE=1 cargo nextest run --locked --test it issuers_page"
    );
}

#[test]
fn each_preset_opens_every_room_of_the_host() {
    let constant = |text: &str| serde_json::json!({ "constant": text });
    for name in mapping::presets() {
        for (of_host, subject) in [
            ("muc_mapper_domain_base = \"meet.example.com\"", "*"),
            ("", HOST),
        ] {
            let rules = preset(name, of_host);
            assert_eq!(rules["room"], constant("*"), "{name}");
            assert_eq!(rules["sub"], constant(subject), "{name}");
            let columns = COLUMNS.map(|(_, target)| target);
            let is_told = |target: &&String| {
                ["room", "sub"].contains(&target.as_str()) || columns.contains(&target.as_str())
            };
            assert!(rules.keys().all(|target| is_told(&target)), "{rules:?}");
        }
    }
}
