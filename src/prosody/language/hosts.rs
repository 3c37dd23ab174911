//! `VirtualHost` and `Component`.

use std::cell::RefCell;
use std::rc::Rc;

use mlua::{Function, Lua, Table, Value};

use crate::origin::Origin;
use crate::token::preparation;

use super::evaluation::{Evaluation, GLOBAL, raise};
use super::evaluation::{halted, text};
use crate::prosody::fault::Fault;

/// The section that options are set in: each file begins in the global one.
pub type Current = Rc<RefCell<String>>;

/// `VirtualHost "name"` and `VirtualHost "name" { options }`.
pub fn virtual_host(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    current: &Current,
) -> mlua::Result<Function> {
    let (evaluation, current) = (Rc::clone(evaluation), Rc::clone(current));
    lua.create_function(move |lua, name: Value| {
        let origin = evaluation.origin(lua);
        let name = host_name(&name, "VirtualHost", &origin)?;
        if evaluation.own(&name, MODULE).is_some() {
            return Err(clash(&name, "a Component", "a VirtualHost", origin));
        }
        current.replace(name.clone());
        evaluation.set(&name, "defined", Value::Boolean(true), origin.clone());
        options(lua, &evaluation, &current, name, no_host_options)
    })
}

/// `Component "name"`, `Component "name" "module"`, and both with `{ options }`.
pub fn component(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    current: &Current,
) -> mlua::Result<Function> {
    let (evaluation, current) = (Rc::clone(evaluation), Rc::clone(current));
    lua.create_function(move |lua, name: Value| {
        let origin = evaluation.origin(lua);
        let name = host_name(&name, "Component", &origin)?;
        if evaluation.own(&name, "defined").is_some() && evaluation.own(&name, MODULE).is_none() {
            return Err(clash(&name, "a VirtualHost", "a Component", origin));
        }
        let external = Value::String(lua.create_string("component")?);
        evaluation.set(&name, MODULE, external, origin.clone());
        evaluation.set(&name, "load_global_modules", Value::Boolean(false), origin);
        current.replace(name.clone());
        component_module(lua, &evaluation, &current, name)
    })
}

fn component_module(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    current: &Current,
    name: String,
) -> mlua::Result<Function> {
    let options = options(lua, evaluation, current, name.clone(), no_component_options)?;
    let evaluation = Rc::clone(evaluation);
    lua.create_function(move |lua, argument: Value| {
        if !argument.is_string() {
            return options.call::<Option<Function>>(argument);
        }
        evaluation.set(&name, MODULE, argument, evaluation.origin(lua));
        Ok(Some(options.clone()))
    })
}

/// Takes the options that follow a host's name. `complaint` says what is wrong with anything else there.
fn options(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    current: &Current,
    name: String,
    complaint: fn(&str, &Value) -> String,
) -> mlua::Result<Function> {
    let (evaluation, current) = (Rc::clone(evaluation), Rc::clone(current));
    lua.create_function(move |lua, options: Value| {
        current.replace(GLOBAL.to_owned());
        let origin = evaluation.origin(lua);
        match options {
            Value::Table(options) => set_all(&evaluation, &name, &options, &origin),
            other => Err(raise(origin, Fault::Raised(complaint(&name, &other)))),
        }
    })
}

fn set_all(
    evaluation: &Evaluation,
    host: &str,
    options: &Table,
    origin: &Origin,
) -> mlua::Result<()> {
    for pair in options.pairs::<Value, Value>() {
        let (option, value) = pair?;
        if let Some(option) = text(&option) {
            let origin = evaluation.field(origin.clone(), &option);
            evaluation.set(host, &option, value, origin);
        }
    }
    halted(evaluation)
}

/// A host's name in the form in which Prosody keeps it.
///
/// That is what nameprep makes of it.
fn host_name(name: &Value, what: &str, origin: &Origin) -> mlua::Result<String> {
    let name = match name {
        Value::Nil | Value::Boolean(false) => None,
        name => text(name),
    };
    let fault = match name {
        None => format!("a {what} must have a name"),
        Some(name) if name.len() > MAX_NAME_BYTES || name.contains('\u{fffd}') => {
            format!("the name of a {what} is too long or no UTF-8")
        }
        Some(name) => return Ok(preparation::host(&name)),
    };
    Err(raise(origin.clone(), Fault::Raised(fault)))
}

fn clash(name: &str, first: &str, second: &str, origin: Origin) -> mlua::Error {
    let fault = format!(
        "{name:?} is {first} already and cannot be {second}; use a sub-domain, such as conference.{name}"
    );
    raise(origin, Fault::Raised(fault))
}

fn no_host_options(name: &str, found: &Value) -> String {
    match found {
        Value::String(module) => {
            let module = module.to_string_lossy();
            format!("VirtualHost {name:?} takes no module ({module:?}); a Component does")
        }
        _ => no_options("VirtualHost", name, found),
    }
}

fn no_component_options(name: &str, found: &Value) -> String {
    no_options("Component", name, found)
}

fn no_options(what: &str, name: &str, found: &Value) -> String {
    format!(
        "{what} {name:?} is followed by a {}, not by options",
        found.type_name()
    )
}

const MODULE: &str = "component_module";
const MAX_NAME_BYTES: usize = 1_023;
