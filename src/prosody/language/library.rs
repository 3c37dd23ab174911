//! What a configuration may use of Lua's library, and what it gets instead of the rest.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, LuaString, MultiValue, Table, Value, Variadic};

use super::evaluation::{Evaluation, read_file, text, variable_value};
use super::include;
use super::text_file::TextFile;
use crate::prosody::fault::Fault;
use crate::prosody::release::{Release, installed_version};

/// Replaces what reaches outside, and takes away what nothing needs.
pub fn install(lua: &Lua, evaluation: &Rc<Evaluation>, folder: &Path) -> mlua::Result<()> {
    let globals = lua.globals();
    for name in ["require", "loadfile"] {
        globals.raw_set(name, forbidden(lua, evaluation, name)?)?;
    }
    globals.raw_set("load", load(lua, evaluation)?)?;
    globals.raw_set("dofile", dofile(lua, evaluation)?)?;
    globals.raw_set("print", lua.create_function(|_, _: MultiValue| Ok(()))?)?;
    globals.raw_set("warn", lua.create_function(|_, _: MultiValue| Ok(()))?)?;
    globals.raw_set(
        "collectgarbage",
        lua.create_function(|_, _: MultiValue| Ok(0))?,
    )?;
    globals.raw_set("os", os(lua, evaluation)?)?;
    globals.raw_set("io", io(lua, evaluation)?)?;
    globals.raw_set("package", package(lua, evaluation)?)?;
    globals.raw_set(
        "debug",
        closed(lua, evaluation, "debug", lua.create_table()?)?,
    )?;
    globals.raw_set("prosody", prosody(lua, evaluation, folder)?)?;
    globals.raw_set(
        "CFG_CONFIGDIR",
        lua.create_string(folder.as_os_str().as_bytes())?,
    )?;
    for (name, folder) in FOLDERS {
        globals.raw_set(name, folder)?;
    }
    // What it makes is bytecode, which nothing here takes.
    globals
        .raw_get::<Table>("string")?
        .raw_set("dump", Value::Nil)
}

/// What Prosody says of itself. Nothing is connected while a configuration is read.
fn prosody(lua: &Lua, evaluation: &Rc<Evaluation>, folder: &Path) -> mlua::Result<Table> {
    let prosody = lua.create_table()?;
    prosody.raw_set("version", version(evaluation.release))?;
    prosody.raw_set("platform", "posix")?;
    prosody.raw_set("installed", true)?;
    for name in ["hosts", "full_sessions", "bare_sessions", "arg", "opts"] {
        prosody.raw_set(name, lua.create_table()?)?;
    }
    let paths = lua.create_table()?;
    paths.raw_set("config", lua.create_string(folder.as_os_str().as_bytes())?)?;
    for (name, (_, folder)) in ["source", "plugins", "data"].into_iter().zip(FOLDERS) {
        paths.raw_set(name, folder)?;
    }
    prosody.raw_set("paths", paths)?;
    closed(lua, evaluation, "prosody", prosody)
}

/// That of the installed Prosody, if its rules are the ones that hold.
fn version(release: Release) -> String {
    let installed = installed_version().map(|version| version.trim().to_owned());
    let installed = installed.filter(|version| Release::from_version(version) == release);
    installed.unwrap_or_else(|| match release {
        Release::V0_12 => "0.12.3".to_owned(),
        Release::V13 => "13.0.1".to_owned(),
    })
}

/// Where Debian's packages have Prosody: its source, its plugins, its data.
const FOLDERS: [(&str, &str); 3] = [
    ("CFG_SOURCEDIR", "/usr/lib/prosody"),
    ("CFG_PLUGINDIR", "/usr/lib/prosody/modules/"),
    ("CFG_DATADIR", "/var/lib/prosody"),
];

/// A function that ends the evaluation when it is called.
fn forbidden(lua: &Lua, evaluation: &Rc<Evaluation>, name: &str) -> mlua::Result<Function> {
    let (evaluation, name) = (Rc::clone(evaluation), name.to_owned());
    lua.create_function(move |lua, _: MultiValue| -> mlua::Result<()> {
        Err(forbid(lua, &evaluation, name.clone()))
    })
}

/// Ends the evaluation: the configuration asked for something that it does not get.
pub fn forbid(lua: &Lua, evaluation: &Evaluation, what: String) -> mlua::Error {
    let origin = evaluation.origin(lua);
    evaluation.halt(Fault::Forbidden(what), origin);
    evaluation
        .halted()
        .map_or(mlua::Error::StackError, mlua::Error::external)
}

/// Makes every other name in a table end the evaluation when it is read.
fn closed(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    library: &'static str,
    table: Table,
) -> mlua::Result<Table> {
    let evaluation = Rc::clone(evaluation);
    let rules = lua.create_table()?;
    let index = lua.create_function(move |lua, (_, name): (Value, Value)| -> mlua::Result<()> {
        let name = text(&name).unwrap_or_default();
        Err(forbid(lua, &evaluation, format!("{library}.{name}")))
    })?;
    rules.raw_set("__index", index)?;
    rules.raw_set("__metatable", false)?;
    table.set_metatable(Some(rules))?;
    Ok(table)
}

fn os(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Table> {
    let full: Table = lua.globals().raw_get("os")?;
    let os = lua.create_table()?;
    for name in ["clock", "date", "difftime", "time"] {
        os.raw_set(name, full.raw_get::<Value>(name)?)?;
    }
    let shared = Rc::clone(evaluation);
    let getenv = lua.create_function(move |lua, name: LuaString| {
        variable_value(lua, &shared, &name.to_string_lossy())
    })?;
    os.raw_set("getenv", getenv)?;
    closed(lua, evaluation, "os", os)
}

fn package(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Table> {
    let package = lua.create_table()?;
    package.raw_set("config", "/\n;\n?\n!\n-\n")?;
    for name in ["path", "cpath"] {
        package.raw_set(name, "")?;
    }
    for name in ["loaded", "preload"] {
        package.raw_set(name, lua.create_table()?)?;
    }
    closed(lua, evaluation, "package", package)
}

/// `io.open` for reading, and `io.lines`; both read the whole file at once.
fn io(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Table> {
    let io = lua.create_table()?;
    io.raw_set("open", open(lua, evaluation)?)?;
    let shared = Rc::clone(evaluation);
    let lines = lua.create_function(move |lua, path: LuaString| {
        let path = absolute(lua, &shared, "io.lines", &path)?;
        TextFile::new(read_file(lua, &shared, &path)?).lines(lua)
    })?;
    io.raw_set("lines", lines)?;
    closed(lua, evaluation, "io", io)
}

fn open(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(move |lua, (path, mode): (LuaString, Option<LuaString>)| {
        let mode = mode.map_or("r".to_owned(), |mode| mode.to_string_lossy());
        if !matches!(mode.as_str(), "r" | "rb") {
            return Err(forbid(
                lua,
                &evaluation,
                format!("io.open to write ({mode:?})"),
            ));
        }
        let file = absolute(lua, &evaluation, "io.open", &path)?;
        match evaluation.read(&file) {
            Ok(bytes) => {
                let file = lua.create_userdata(TextFile::new(bytes))?;
                Ok((Value::UserData(file), None, None))
            }
            Err(error) => {
                let reason = format!("{}: {error}", file.display());
                Ok((Value::Nil, Some(reason), error.raw_os_error()))
            }
        }
    })
}

fn dofile(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(move |lua, path: LuaString| {
        let path = absolute(lua, &evaluation, "dofile", &path)?;
        include::run(lua, &evaluation, &path)
    })
}

/// Which folder Prosody runs in is not known, so relative paths mean nothing here.
fn absolute(
    lua: &Lua,
    evaluation: &Evaluation,
    function: &str,
    path: &LuaString,
) -> mlua::Result<PathBuf> {
    let bytes = path.as_bytes();
    let path = Path::new(OsStr::from_bytes(&bytes));
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    let what = format!("{function} with a relative path ({})", path.display());
    Err(forbid(lua, evaluation, what))
}

/// `load` of text alone: bytecode could break out of Lua.
fn load(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(
        move |lua, (chunk, _, _, globals): (Value, Value, Value, Variadic<Value>)| {
            let text = evaluation.nested(lua, || source_text(chunk))?;
            let globals = match globals.first() {
                Some(Value::Table(globals)) => globals.clone(),
                _ => lua.globals(),
            };
            let chunk = lua
                .load(text)
                .set_name("=load")
                .set_mode(ChunkMode::Text)
                .set_environment(globals);
            match chunk.into_function() {
                Ok(function) => Ok((Some(function), None)),
                Err(error) => Ok((None, Some(error.to_string()))),
            }
        },
    )
}

fn source_text(chunk: Value) -> mlua::Result<Vec<u8>> {
    let mut text = Vec::new();
    match chunk {
        Value::String(chunk) => text.extend_from_slice(&chunk.as_bytes()),
        Value::Function(pieces) => {
            while let Some(piece) = pieces.call::<Option<LuaString>>(())? {
                if piece.as_bytes().is_empty() {
                    break;
                }
                text.extend_from_slice(&piece.as_bytes());
                if text.len() > MAX_TEXT_BYTES {
                    return Err(mlua::Error::runtime("load gets too much text"));
                }
            }
        }
        Value::Integer(number) => text.extend(number.to_string().into_bytes()),
        _ => return Err(mlua::Error::runtime("load takes a string or a function")),
    }
    Ok(text)
}

const MAX_TEXT_BYTES: usize = 4 * 1_048_576;
