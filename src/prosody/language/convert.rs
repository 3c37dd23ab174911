//! From Lua's values to plain data, when the evaluation is over.

use std::cell::Cell;
use std::collections::BTreeMap;

use mlua::Value as LuaValue;

use super::evaluation::{AssignedOption, Evaluation, GLOBAL, HostOptions};
use super::reading::Unreadable;
use super::references::Reference;
use crate::prosody::fault::{Fault, Refusal};
use crate::prosody::model::{HostKind, ProsodyConfig, ProsodyHost};
use crate::prosody::value::{Options, Setting, Table, Value};

/// Everything that the evaluation set and read.
pub fn config(evaluation: &Evaluation) -> Result<ProsodyConfig, Refusal> {
    let mut sections = evaluation.sections();
    let budget = Cell::new(MAX_SIZE);
    let global = options(sections.remove(GLOBAL).unwrap_or_default(), &budget)?;
    let hosts = sections
        .into_iter()
        .map(|(name, section)| Ok((name, host(section, &budget)?)))
        .collect::<Result<BTreeMap<String, ProsodyHost>, Refusal>>()?;
    Ok(ProsodyConfig {
        global,
        hosts,
        files: evaluation.files(),
        unset: evaluation.unset(),
        warnings: evaluation.warnings(),
        variables: None,
    })
}

fn host(section: HostOptions, budget: &Cell<usize>) -> Result<ProsodyHost, Refusal> {
    let options = options(section, budget)?;
    let module = options
        .get("component_module")
        .map(|setting| &setting.value);
    let kind = match module.and_then(Value::as_str) {
        Some(module) => HostKind::Component(module.to_owned()),
        None => HostKind::VirtualHost,
    };
    Ok(ProsodyHost { kind, options })
}

fn options(section: HostOptions, budget: &Cell<usize>) -> Result<Options, Refusal> {
    let settings = section.into_iter().map(|(name, entry)| {
        let AssignedOption { value, origin } = entry;
        match plain(value, 0, budget) {
            Some(value) => Ok((name, Setting { value, origin })),
            None => Err(Refusal {
                fault: Fault::EndlessValue(name),
                origin,
            }),
        }
    });
    settings.collect()
}

/// A value without Lua; none where it is too deep or too large.
fn plain(value: LuaValue, depth: usize, budget: &Cell<usize>) -> Option<Value> {
    budget.set(budget.get().checked_sub(size(&value))?);
    Some(match value {
        LuaValue::String(text) => Value::String(text.as_bytes().to_vec()),
        LuaValue::Integer(number) => Value::Integer(number),
        LuaValue::Number(number) => Value::Float(number),
        LuaValue::Boolean(boolean) => Value::Boolean(boolean),
        LuaValue::Table(_) if depth >= MAX_DEPTH => return None,
        LuaValue::Table(table) => match Reference::of(&table) {
            Some(reference) => plain(reference.value()?, depth.saturating_add(1), budget)?,
            None => Value::Table(plain_table(&table, depth.saturating_add(1), budget)?),
        },
        LuaValue::UserData(data) => {
            let unreadable = data.borrow::<Unreadable>();
            let reason = unreadable.map(|unreadable| Value::Unreadable(unreadable.0.clone()));
            reason.unwrap_or(Value::Opaque("an open file".into()))
        }
        LuaValue::Function(_) => Value::Opaque("a function".into()),
        _ => Value::Opaque("no data".into()),
    })
}

/// What a value takes of the budget: one, and a little more for each byte.
fn size(value: &LuaValue) -> usize {
    let bytes = match value {
        LuaValue::String(text) => text.as_bytes().len(),
        _ => 0,
    };
    bytes.saturating_div(16).saturating_add(1)
}

fn plain_table(table: &mlua::Table, depth: usize, budget: &Cell<usize>) -> Option<Table> {
    let mut plain_table = Table::default();
    for index in 1.. {
        let item: LuaValue = table.raw_get(index).ok()?;
        if item.is_nil() {
            break;
        }
        plain_table.items.push(plain(item, depth, budget)?);
    }
    for pair in table.pairs::<LuaValue, LuaValue>() {
        if let (LuaValue::String(name), value) = pair.ok()? {
            let name = name.to_string_lossy();
            plain_table
                .fields
                .insert(name, plain(value, depth, budget)?);
        }
    }
    Some(plain_table)
}

/// Deeper than any option, and no deeper than the answer in JSON may go.
const MAX_DEPTH: usize = 30;
/// How many values all options may have together, long strings counting more.
const MAX_SIZE: usize = 500_000;
