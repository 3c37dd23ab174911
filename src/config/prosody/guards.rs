//! Functions of Lua that take their time without running instructions, behind guards that bound it.

use std::rc::Rc;

use mlua::{Function, Lua, MultiValue, Value};

use super::evaluation::Evaluation;
use super::library::forbid;
use super::scope::halted;

/// Puts the guards before the functions.
pub fn install(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<()> {
    lua.load(GUARDS).set_name("=guards").call((
        pattern_guard(lua, evaluation)?,
        gc_guard(lua, evaluation)?,
        move_guard(lua, evaluation)?,
        attempt_guard(lua, evaluation)?,
    ))
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

/// An error that is caught takes longer than the instructions around it.
fn attempt_guard(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(move |_, _: MultiValue| {
        evaluation.spend(ATTEMPT);
        halted(&evaluation)
    })
}

/// Wraps functions of Lua so that a guard sees their arguments first.
const GUARDS: &str = "
local pattern, metatable, range, attempt = ...
local find, match, gmatch, gsub, setmetatable_ = string.find, string.match, string.gmatch, string.gsub, setmetatable
local move, pcall_, xpcall_ = table.move, pcall, xpcall
function string.find(s, p, ...) pattern(s, p) return find(s, p, ...) end
function string.match(s, p, ...) pattern(s, p) return match(s, p, ...) end
function string.gmatch(s, p, ...) pattern(s, p) return gmatch(s, p, ...) end
function string.gsub(s, p, ...) pattern(s, p) return gsub(s, p, ...) end
function setmetatable(t, rules) metatable(rules) return setmetatable_(t, rules) end
function table.move(from, first, last, ...) range(first, last) return move(from, first, last, ...) end
function pcall(...) attempt() return pcall_(...) end
function xpcall(...) attempt() return xpcall_(...) end
string.dump = nil
";
const MAX_STEPS: u64 = 100_000_000_000;
const MAX_MOVED: i64 = 1_000_000;
const ATTEMPT: u32 = 500;
