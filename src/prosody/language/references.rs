//! 13.0: the name of an option that holds a table stands for it, and `name { "more" }` appends to it.

use std::cell::RefCell;
use std::rc::Rc;

use mlua::{Function, Lua, MultiValue, Table, UserData, UserDataRef, Value};

use super::evaluation::text;
use super::evaluation::{Evaluation, raise};
use crate::prosody::fault::Fault;

/// An option that was set before, by name.
#[derive(Clone)]
pub struct Reference {
    evaluation: Rc<Evaluation>,
    host: String,
    option: String,
}

impl UserData for Reference {}

impl Reference {
    /// To a host's own option.
    pub fn new(evaluation: &Rc<Evaluation>, host: String, option: String) -> Self {
        Self {
            evaluation: Rc::clone(evaluation),
            host,
            option,
        }
    }

    /// What stands for the option in Lua: an empty table, as in Prosody, so that what Prosody ignores is ignored.
    pub fn table(self, lua: &Lua) -> mlua::Result<Table> {
        let rules = lua.create_table()?;
        rules.raw_set("__call", self.caller(lua)?)?;
        rules.raw_set("__index", self.reader(lua)?)?;
        rules.raw_set("__newindex", self.writer(lua)?)?;
        rules.raw_set(REFERENCE, lua.create_userdata(self)?)?;
        let table = lua.create_table()?;
        table.set_metatable(Some(rules))?;
        Ok(table)
    }

    /// The option that a table stands for, if it stands for one.
    pub fn of(table: &Table) -> Option<UserDataRef<Self>> {
        table.metatable()?.raw_get(REFERENCE).ok()
    }

    /// The option's value as it is now.
    pub fn value(&self) -> Option<Value> {
        self.evaluation.own(&self.host, &self.option)
    }

    fn caller(&self, lua: &Lua) -> mlua::Result<Function> {
        let this = self.clone();
        lua.create_function(move |lua, (table, more): (Table, Value)| {
            if !more.is_table() {
                let fault = format!("is there a \"=\" missing after {}?", this.option);
                return Err(this.raised(lua, fault));
            }
            this.append(lua, &more)?;
            Ok(table)
        })
    }

    fn reader(&self, lua: &Lua) -> mlua::Result<Function> {
        let this = self.clone();
        lua.create_function(move |lua, (_, name): (Value, Value)| {
            let name = text(&name).unwrap_or_default();
            let shared = this.clone();
            match name.as_str() {
                "append" => lua.create_function(move |lua, (table, more): (Table, Value)| {
                    shared.append(lua, &more)?;
                    Ok(table)
                }),
                "value" => lua.create_function(move |_, _: MultiValue| Ok(shared.value())),
                "values" => {
                    lua.create_function(move |lua, _: MultiValue| values(lua, shared.value()))
                }
                _ => {
                    let operations = "it has append, value and values";
                    let fault = format!("an option has no operation {name:?}; {operations}");
                    Err(this.raised(lua, fault))
                }
            }
        })
    }

    fn writer(&self, lua: &Lua) -> mlua::Result<Function> {
        let this = self.clone();
        lua.create_function(move |lua, _: MultiValue| {
            let name = &this.option;
            let text = format!("assigning to a part of {name} has no effect; use {name}:append");
            this.evaluation.warn(text, this.evaluation.origin(lua));
            Ok(())
        })
    }

    fn append(&self, lua: &Lua, more: &Value) -> mlua::Result<()> {
        let Value::Table(more) = more else {
            let fault = format!("what is appended to {} must be a list", self.option);
            return Err(self.raised(lua, fault));
        };
        let list = match self.value() {
            Some(Value::Table(list)) => list,
            None => lua.create_table()?,
            Some(_) => return Err(self.raised(lua, format!("{} is no list", self.option))),
        };
        extend(&list, more)?;
        let origin = self.evaluation.origin(lua);
        let list = Value::Table(list);
        self.evaluation.set(&self.host, &self.option, list, origin);
        Ok(())
    }

    fn raised(&self, lua: &Lua, fault: String) -> mlua::Error {
        raise(self.evaluation.origin(lua), Fault::Raised(fault))
    }
}

/// Lists grow at their end; other tables get the fields.
fn extend(list: &Table, more: &Table) -> mlua::Result<()> {
    let is_list = !more.raw_get::<Value>(1)?.is_nil();
    if is_list {
        for item in more.sequence_values::<Value>() {
            list.raw_push(item?)?;
        }
        return Ok(());
    }
    for pair in more.pairs::<Value, Value>() {
        let (name, value) = pair?;
        list.raw_set(name, value)?;
    }
    Ok(())
}

/// An iterator over the values of a table.
fn values(lua: &Lua, value: Option<Value>) -> mlua::Result<Function> {
    let mut found = Vec::new();
    if let Some(Value::Table(table)) = value {
        for pair in table.pairs::<Value, Value>() {
            found.push(pair?.1);
        }
    }
    let found = RefCell::new(found.into_iter());
    lua.create_function(move |_, _: MultiValue| Ok(found.borrow_mut().next()))
}

const REFERENCE: &str = "reference";
