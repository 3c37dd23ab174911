//! What a configuration may use of Lua's library, and what it gets instead of the rest.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::rc::Rc;

use mlua::chunk::ChunkMode;
use mlua::{
    Function, Lua, LuaString, MultiValue, Table, UserData, UserDataMethods, Value, Variadic,
};

use super::evaluation::Evaluation;
use super::fault::Fault;
use super::reading::piece;
use super::scope::variable_value;
use super::{include, reading};

/// Replaces what reaches outside, and takes away what nothing needs.
pub fn install(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<()> {
    let globals = lua.globals();
    for name in ["require", "loadfile"] {
        globals.raw_set(name, forbidden(lua, evaluation, name)?)?;
    }
    globals.raw_set("load", load(lua)?)?;
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
    lua.load(GUARDS).set_name("=guards").call((
        pattern_guard(lua, evaluation)?,
        gc_guard(lua, evaluation)?,
        move_guard(lua, evaluation)?,
    ))
}

/// A function that ends the evaluation when it is called.
fn forbidden(lua: &Lua, evaluation: &Rc<Evaluation>, name: &str) -> mlua::Result<Function> {
    let (evaluation, name) = (Rc::clone(evaluation), name.to_owned());
    lua.create_function(move |lua, _: MultiValue| -> mlua::Result<()> {
        Err(forbid(lua, &evaluation, name.clone()))
    })
}

/// Ends the evaluation: the configuration asked for something that it does not get.
fn forbid(lua: &Lua, evaluation: &Evaluation, what: String) -> mlua::Error {
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
        let name = super::scope::text(&name).unwrap_or_default();
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
        TextFile::new(include::read(lua, &shared, &path)?).lines(lua)
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
fn absolute<'a>(
    lua: &Lua,
    evaluation: &Evaluation,
    function: &str,
    path: &'a LuaString,
) -> mlua::Result<std::path::PathBuf> {
    let bytes = path.as_bytes();
    let path = Path::new(OsStr::from_bytes(&bytes));
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    let what = format!("{function} with a relative path ({})", path.display());
    Err(forbid(lua, evaluation, what))
}

/// `load` of text alone: bytecode could break out of Lua.
fn load(lua: &Lua) -> mlua::Result<Function> {
    lua.create_function(
        |lua, (chunk, _, _, globals): (Value, Value, Value, Variadic<Value>)| {
            let text = source_text(chunk)?;
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
            }
        }
        _ => return Err(mlua::Error::runtime("load takes a string or a function")),
    }
    Ok(text)
}

/// Lua matches patterns without counting instructions, and some take for ever: those get a bound on length.
fn pattern_guard(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(move |lua, (subject, pattern): (Value, Value)| {
        let (Value::String(subject), Value::String(pattern)) = (subject, pattern) else {
            return Ok(());
        };
        let bytes = subject.as_bytes().len();
        let repetitions = pattern
            .as_bytes()
            .iter()
            .filter(|byte| b"*+-?".contains(byte))
            .count();
        if steps(bytes, repetitions) > MAX_STEPS {
            let what = format!("a pattern with {repetitions} repetitions in {bytes} bytes");
            return Err(forbid(lua, &evaluation, what));
        }
        Ok(())
    })
}

/// How many steps a pattern takes at worst.
fn steps(bytes: usize, repetitions: usize) -> u64 {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    let repetitions = u32::try_from(repetitions).unwrap_or(u32::MAX);
    bytes.saturating_pow(repetitions)
}

/// Finalizers run uncounted.
fn gc_guard(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(move |lua, rules: Value| {
        if let Value::Table(rules) = rules
            && !rules.raw_get::<Value>("__gc")?.is_nil()
        {
            return Err(forbid(
                lua,
                &evaluation,
                "setmetatable with __gc".to_owned(),
            ));
        }
        Ok(())
    })
}

/// `table.move` takes its time uncounted.
fn move_guard(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(move |lua, (first, last): (Value, Value)| {
        if let (Value::Integer(first), Value::Integer(last)) = (first, last)
            && last.saturating_sub(first) > MAX_MOVED
        {
            return Err(forbid(
                lua,
                &evaluation,
                "table.move of so many items".to_owned(),
            ));
        }
        Ok(())
    })
}

/// A file opened for reading.
struct TextFile {
    bytes: Vec<u8>,
    at: usize,
}

impl TextFile {
    const fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0 }
    }

    fn read(&mut self, format: &str) -> Result<Option<Vec<u8>>, String> {
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = piece(&mut rest, format)?.map(<[u8]>::to_vec);
        self.at = self.bytes.len().saturating_sub(rest.len());
        Ok(found)
    }

    fn lines(&self, lua: &Lua) -> mlua::Result<Function> {
        let rest = self.bytes.get(self.at..).unwrap_or_default().to_vec();
        let at = std::cell::Cell::new(0_usize);
        lua.create_function(move |lua, _: MultiValue| {
            let mut left = rest.get(at.get()..).unwrap_or_default();
            let line = reading::line(&mut left).map(|line| lua.create_string(line));
            at.set(rest.len().saturating_sub(left.len()));
            line.transpose()
        })
    }
}

impl UserData for TextFile {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("read", |lua, this, format: Option<LuaString>| {
            let format = format.map_or("l".to_owned(), |format| format.to_string_lossy());
            let found = this.read(&format).map_err(mlua::Error::runtime)?;
            found.map(|bytes| lua.create_string(bytes)).transpose()
        });
        methods.add_method("lines", |lua, this, _: MultiValue| this.lines(lua));
        methods.add_method("close", |_, _, ()| Ok(true));
    }
}

/// Wraps functions of Lua so that a guard sees their arguments first.
const GUARDS: &str = "
local pattern, metatable, range = ...
local find, match, gmatch, gsub, setmetatable_ = string.find, string.match, string.gmatch, string.gsub, setmetatable
local move = table.move
function string.find(s, p, ...) pattern(s, p) return find(s, p, ...) end
function string.match(s, p, ...) pattern(s, p) return match(s, p, ...) end
function string.gmatch(s, p, ...) pattern(s, p) return gmatch(s, p, ...) end
function string.gsub(s, p, ...) pattern(s, p) return gsub(s, p, ...) end
function setmetatable(t, rules) metatable(rules) return setmetatable_(t, rules) end
function table.move(from, first, last, ...) range(first, last) return move(from, first, last, ...) end
string.dump = nil
";
const MAX_STEPS: u64 = 100_000_000_000;
const MAX_MOVED: i64 = 1_000_000;
