//! Files whose content becomes a value: `FileContents`, `FileLine`, `FileLines`, `Credential`.

use std::io::ErrorKind;
use std::path::Path;
use std::rc::Rc;

use mlua::{Function, Lua, LuaString, Table, UserData, Value};

use super::evaluation::{Evaluation, raise, read_file};
use super::path as paths;
use crate::prosody::fault::Fault;

/// What stands for a value that Prosody can read and this process cannot.
///
/// A turn server's secret that only Prosody may read must not keep the rest from being evaluated: whoever needs the
/// value is told the reason.
pub struct Unreadable(pub String);

impl UserData for Unreadable {}

/// Puts the functions into the globals of a file in `folder`.
pub fn install(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    scope: &Table,
    folder: &Path,
) -> mlua::Result<()> {
    scope.raw_set("FileContents", reader(lua, evaluation, folder, "a")?)?;
    scope.raw_set("FileLine", reader(lua, evaluation, folder, "l")?)?;
    scope.raw_set("FileLines", lines_reader(lua, evaluation, folder)?)?;
    scope.raw_set("Credential", credential(lua, evaluation)?)
}

fn reader(
    lua: &Lua,
    evaluation: &Rc<Evaluation>,
    folder: &Path,
    default: &'static str,
) -> mlua::Result<Function> {
    let (evaluation, folder) = (Rc::clone(evaluation), folder.to_owned());
    lua.create_function(move |lua, (path, format): (LuaString, Option<LuaString>)| {
        let path = paths::resolve(&folder, &path.as_bytes());
        let format = format.map_or(default.to_owned(), |format| format.to_string_lossy());
        let Some(bytes) = permitted(lua, &evaluation, &path)? else {
            return unreadable(
                lua,
                format!("{} may not be read by this process", path.display()),
            );
        };
        let mut rest = bytes.as_slice();
        match piece(&mut rest, &format) {
            Ok(Some(content)) => lua.create_string(content).map(Value::String),
            Ok(None) => Err(raised(
                lua,
                &evaluation,
                format!("{} is empty", path.display()),
            )),
            Err(reason) => Err(raised(lua, &evaluation, reason)),
        }
    })
}

fn lines_reader(lua: &Lua, evaluation: &Rc<Evaluation>, folder: &Path) -> mlua::Result<Function> {
    let (evaluation, folder) = (Rc::clone(evaluation), folder.to_owned());
    lua.create_function(move |lua, path: LuaString| {
        let path = paths::resolve(&folder, &path.as_bytes());
        let Some(bytes) = permitted(lua, &evaluation, &path)? else {
            return unreadable(
                lua,
                format!("{} may not be read by this process", path.display()),
            );
        };
        let lines = lua.create_table()?;
        let mut rest = bytes.as_slice();
        while let Some(line) = line(&mut rest) {
            lines.raw_push(lua.create_string(line)?)?;
        }
        Ok(Value::Table(lines))
    })
}

/// `Credential "name"`: Prosody's credentials are its own; this process has those that its own unit loads.
fn credential(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(move |lua, name: LuaString| {
        let shown = name.to_string_lossy();
        let Some(folder) = &evaluation.credentials else {
            return unreadable(lua, format!("this process has no $CREDENTIALS_DIRECTORY for the credential {shown:?}; {LOAD}"));
        };
        match evaluation.read(&paths::resolve(folder, &name.as_bytes())) {
            Ok(bytes) => lua.create_string(bytes).map(Value::String),
            Err(error) => unreadable(lua, format!("the credential {shown:?} of this process: {error}; {LOAD}")),
        }
    })
}

/// A file's bytes; none where it is there and may not be read.
fn permitted(lua: &Lua, evaluation: &Evaluation, path: &Path) -> mlua::Result<Option<Vec<u8>>> {
    match evaluation.read(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
        Ok(bytes) => Ok(Some(bytes)),
        Err(_) => read_file(lua, evaluation, path).map(Some),
    }
}

fn unreadable(lua: &Lua, reason: String) -> mlua::Result<Value> {
    lua.create_userdata(Unreadable(reason)).map(Value::UserData)
}

fn raised(lua: &Lua, evaluation: &Evaluation, reason: String) -> mlua::Error {
    raise(evaluation.origin(lua), Fault::Raised(reason))
}

/// What Lua's `file:read(format)` takes off the front: `a`, `l`, `L`, also with `*`. None at the end.
pub fn piece<'a>(rest: &mut &'a [u8], format: &str) -> Result<Option<&'a [u8]>, String> {
    match format.strip_prefix('*').unwrap_or(format).chars().next() {
        Some('a') => Ok(Some(std::mem::take(rest))),
        Some('l') => Ok(line(rest)),
        Some('L') => Ok(whole_line(rest)),
        _ => Err(format!(
            "reading a file as {format:?} is not possible here; \"a\", \"l\" and \"L\" are"
        )),
    }
}

/// The next line, without its end.
pub fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    whole_line(rest).map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

fn whole_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    if rest.is_empty() {
        return None;
    }
    let newline = rest.iter().position(|byte| *byte == b'\n');
    let end = newline.map_or(rest.len(), |newline| newline.saturating_add(1));
    let (line, later) = rest.split_at_checked(end)?;
    *rest = later;
    Some(line)
}

const LOAD: &str = "add LoadCredential= to its unit";
