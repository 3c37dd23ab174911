//! The globals of a configuration file: reading one asks Prosody's rules, assigning one sets an option.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use mlua::{Lua, Table, Value};

use super::evaluation::{Evaluation, GLOBAL, halted, text, variable_value};
use super::hosts::Current;
use super::references::Reference;
use super::{hosts, include, reading};
use crate::prosody::release::Release;

/// The globals of the file at `path`.
pub fn new(lua: &Lua, evaluation: &Rc<Evaluation>, path: &Path) -> mlua::Result<Table> {
    let current: Current = Rc::new(RefCell::new(GLOBAL.to_owned()));
    let scope = lua.create_table()?;
    let virtual_host = hosts::virtual_host(lua, evaluation, &current)?;
    for name in ["VirtualHost", "Host", "host"] {
        scope.raw_set(name, &virtual_host)?;
    }
    let component = hosts::component(lua, evaluation, &current)?;
    for name in ["Component", "component"] {
        scope.raw_set(name, &component)?;
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    include::install(lua, evaluation, &scope, folder)?;
    if evaluation.release == Release::V13 {
        reading::install(lua, evaluation, &scope, folder)?;
    }
    let rules = lua.create_table()?;
    rules.raw_set("__index", reader(lua, evaluation, &current)?)?;
    rules.raw_set("__newindex", writer(lua, evaluation, current)?)?;
    scope.set_metatable(Some(rules))?;
    Ok(scope)
}

fn reader(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    current: &Current,
) -> mlua::Result<mlua::Function> {
    let (evaluation, current) = (Rc::clone(evaluation), Rc::clone(current));
    lua.create_function(move |lua, (_, name): (Value, Value)| {
        let Some(name) = text(&name) else {
            return Ok(Value::Nil);
        };
        if let Some(variable) = name.strip_prefix("ENV_") {
            return variable_value(lua, &evaluation, variable);
        }
        let of_lua: Value = lua.globals().raw_get(name.as_str())?;
        match evaluation.release {
            Release::V0_12 => Ok(of_lua),
            Release::V13 if name == "Lua" => Ok(Value::Table(lua.globals())),
            Release::V13 => {
                let host = current.borrow().clone();
                option_or(lua, &evaluation, host, name, of_lua)
            }
        }
    })
}

/// 13.0's way of reading: the option of this section if it is set, else Lua's global, with a warning.
fn option_or(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    host: String,
    name: String,
    of_lua: Value,
) -> mlua::Result<Value> {
    match evaluation.own(&host, &name) {
        Some(Value::Table(_)) => {
            let reference = Reference::new(evaluation, host, name);
            reference.table(lua).map(Value::Table)
        }
        Some(value) => Ok(value),
        None => {
            if !of_lua.is_nil() {
                let text = format!("direct use of Lua's {name} is deprecated; write Lua.{name}");
                evaluation.warn(text, evaluation.origin(lua));
            }
            Ok(of_lua)
        }
    }
}

fn writer(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    current: Current,
) -> mlua::Result<mlua::Function> {
    let evaluation = Rc::clone(evaluation);
    let seen = RefCell::new(BTreeSet::new());
    let seen_count = Cell::new(0_usize);
    lua.create_function(move |lua, (_, name, value): (Value, Value, Value)| {
        let Some(name) = text(&name) else {
            return Ok(());
        };
        let host = current.borrow().clone();
        let origin = evaluation.assignment(evaluation.origin(lua), &name);
        if seen_count.get() < MAX_SEEN && !seen.borrow_mut().insert((host.clone(), name.clone())) {
            evaluation.warn(
                format!("{name} is set twice; the last one counts"),
                origin.clone(),
            );
        }
        seen_count.set(seen_count.get().saturating_add(1));
        evaluation.set(&host, &name, value, origin);
        halted(&evaluation)
    })
}

const MAX_SEEN: usize = 20_000;
