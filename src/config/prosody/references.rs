//! 13.0: the name of an option that holds a table stands for it, and `name { "more" }` appends to it.

use std::cell::RefCell;
use std::rc::Rc;

use mlua::{
    Function, Lua, MetaMethod, MultiValue, Table, UserData, UserDataMethods, UserDataRef, Value,
};

use super::evaluation::{Evaluation, raise};
use super::fault::Fault;
use super::scope::text;

/// An option that was set before, by name.
pub struct Reference {
    evaluation: Rc<Evaluation>,
    host: String,
    option: String,
}

impl Reference {
    /// To a host's own option.
    pub fn new(evaluation: &Rc<Evaluation>, host: String, option: String) -> Self {
        Self {
            evaluation: Rc::clone(evaluation),
            host,
            option,
        }
    }

    /// The option's value as it is now.
    pub fn value(&self) -> Option<Value> {
        self.evaluation.own(&self.host, &self.option)
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
        self.evaluation
            .set(&self.host, &self.option, Value::Table(list), origin);
        Ok(())
    }

    fn raised(&self, lua: &Lua, fault: String) -> mlua::Error {
        raise(self.evaluation.origin(lua), Fault::Raised(fault))
    }
}

/// Lists grow at their end; other tables get the fields.
fn extend(list: &Table, more: &Table) -> mlua::Result<()> {
    let is_list = !more.get::<Value>(1)?.is_nil();
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

impl UserData for Reference {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_function("append", |lua, (this, more): (UserDataRef<Self>, Value)| {
            this.append(lua, &more)?;
            lua.create_userdata(Self::new(
                &this.evaluation,
                this.host.clone(),
                this.option.clone(),
            ))
        });
        methods.add_method("value", |_, this, ()| Ok(this.value()));
        methods.add_method("values", |lua, this, ()| values(lua, this.value()));
        methods.add_meta_method(MetaMethod::Call, |lua, this, more: Value| match more {
            Value::Table(_) => {
                this.append(lua, &more)?;
                lua.create_userdata(Self::new(
                    &this.evaluation,
                    this.host.clone(),
                    this.option.clone(),
                ))
            }
            _ => Err(this.raised(
                lua,
                format!("is there a \"=\" missing after {}?", this.option),
            )),
        });
        methods.add_meta_method(MetaMethod::NewIndex, |lua, this, _: MultiValue| {
            let name = &this.option;
            let text = format!("assigning to a part of {name} has no effect; use {name}:append");
            this.evaluation.warn(text, this.evaluation.origin(lua));
            Ok(())
        });
        methods.add_meta_method(
            MetaMethod::Index,
            |lua, this, name: Value| -> mlua::Result<()> {
                let name = text(&name).unwrap_or_default();
                Err(this.raised(
                    lua,
                    format!("an option has no operation {name:?}; it has append, value and values"),
                ))
            },
        );
    }
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
    lua.create_function(move |_, _: mlua::MultiValue| Ok(found.borrow_mut().next()))
}
