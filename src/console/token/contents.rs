//! What stands in a part of a token.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::text::{bounded, plain};
use crate::token::explain::contents::Part;
use crate::token::explain::format;

use super::members::{self, Members};

/// A part with a table of its members, or why there is none.
pub fn part(name: &str, part: &Part, is_vouched_for: bool, now: i64) -> Markup {
    html! {
        h2 { (name) }
        @match part {
            Part::Unreadable(why) => p.doubtful { "Cannot be read: " (bounded(why, MOST_SHOWN)) },
            Part::Read { value, flaws } => {
                @if !is_vouched_for { p.hint { "Nobody has vouched for it." } }
                @for flaw in flaws { p.doubtful { (plain(flaw)) } }
                (read(name, value, now))
            }
        }
    }
}

fn read(name: &str, value: &Value, now: i64) -> Markup {
    match value {
        Value::Object(all) if all.is_empty() => html! { p { "An object without members." } },
        Value::Object(_) => table(name, &members::of(value, now)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            html! {
                p.doubtful { "Found " (format::kind(value)) ", and no object: it has no members." }
                p { code { (bounded(&value.to_string(), MOST_SHOWN)) } }
            }
        }
    }
}

fn table(name: &str, members: &Members) -> Markup {
    html! {
        table.members {
            caption { "Members of the " (name.to_lowercase()) }
            thead { tr { th scope="col" { "Name" } th scope="col" { "Value" } } }
            tbody {
                @for row in &members.rows {
                    tr {
                        th scope="row" { code { (row.path) } }
                        td {
                            code { (row.value) }
                            @if let Some(time) = &row.time { " " span.faint { (plain(time)) } }
                        }
                    }
                }
            }
        }
        @if members.left_out > 0 { p.doubtful { (members.left_out) " more are not shown." } }
    }
}

/// More tells nobody more.
const MOST_SHOWN: usize = 400;
