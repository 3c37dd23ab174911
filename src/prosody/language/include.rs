//! Files that are evaluated: the main one, `Include`, `RunScript`.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, LuaString, Table, Value};

use super::evaluation::{Evaluation, raise};
use super::evaluation::{read_file, unreadable};
use super::{path as paths, scope};
use crate::prosody::fault::Fault;

/// Evaluates the text of the configuration file at `path`.
pub fn evaluate(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    path: &Path,
    text: &[u8],
) -> mlua::Result<()> {
    let scope = scope::new(lua, evaluation, path)?;
    let chunk = compile(lua, evaluation, path, text, scope)?;
    evaluation.nested(lua, || chunk.call(()))
}

/// Puts `Include`, `include` and `RunScript` into the globals of a file in `folder`.
pub fn install(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    scope: &Table,
    folder: &Path,
) -> mlua::Result<()> {
    let include = include(lua, evaluation, folder)?;
    scope.raw_set("Include", &include)?;
    scope.raw_set("include", include)?;
    scope.raw_set("RunScript", run_script(lua, evaluation, folder)?)
}

fn include(lua: &Lua, evaluation: &Rc<Evaluation>, folder: &Path) -> mlua::Result<Function> {
    let (evaluation, folder) = (Rc::clone(evaluation), folder.to_owned());
    lua.create_function(move |lua, path: LuaString| {
        let path = path.as_bytes();
        if !paths::has_wildcard(&path) {
            return include_file(lua, &evaluation, &paths::resolve(&folder, &path));
        }
        for file in expand(lua, &evaluation, &folder, &path)? {
            include_file(lua, &evaluation, &file)?;
        }
        Ok(())
    })
}

fn include_file(lua: &Lua, evaluation: &Rc<Evaluation>, path: &Path) -> mlua::Result<()> {
    let text = read_file(lua, evaluation, path)?;
    evaluate(lua, evaluation, path, &text)
}

/// The files that a wildcard stands for, sorted by name, so that the same files always make the same configuration.
fn expand(
    lua: &Lua,
    evaluation: &Evaluation,
    folder: &Path,
    wildcard: &[u8],
) -> mlua::Result<Vec<PathBuf>> {
    let Some((below, wildcard)) = paths::split(wildcard) else {
        let fault = Fault::Raised("a path to include ends with a slash".to_owned());
        return Err(raise(evaluation.origin(lua), fault));
    };
    let folder = paths::resolve(folder, below);
    let names = evaluation
        .names(&folder)
        .map_err(|error| unreadable(lua, evaluation, &folder, &error))?;
    let matching = names.iter().filter(|name| paths::matches(wildcard, name));
    Ok(matching.map(|name| paths::resolve(&folder, name)).collect())
}

fn run_script(lua: &Lua, evaluation: &Rc<Evaluation>, folder: &Path) -> mlua::Result<Function> {
    let (evaluation, folder) = (Rc::clone(evaluation), folder.to_owned());
    lua.create_function(move |lua, path: LuaString| {
        let path = paths::resolve(&folder, &path.as_bytes());
        run(lua, &evaluation, &path)
    })
}

/// Runs a script that knows Lua's globals alone; what it returns.
pub fn run(lua: &Lua, evaluation: &Evaluation, path: &Path) -> mlua::Result<Value> {
    let text = read_file(lua, evaluation, path)?;
    let chunk = compile(lua, evaluation, path, &text, lua.globals())?;
    evaluation.nested(lua, || chunk.call(()))
}

/// A file's text as a function of Lua; never bytecode.
pub fn compile(
    lua: &Lua,
    evaluation: &Evaluation,
    path: &Path,
    text: &[u8],
    globals: Table,
) -> mlua::Result<Function> {
    let name = evaluation.add_source(path, text);
    lua.load(text)
        .set_name(name)
        .set_mode(ChunkMode::Text)
        .set_environment(globals)
        .into_function()
}
