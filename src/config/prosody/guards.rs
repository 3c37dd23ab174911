//! Functions of Lua that take their time without running instructions, behind guards that bound it.

use std::rc::Rc;

use mlua::{Function, Lua, MultiValue, Table, Value};

use super::evaluation::Evaluation;
use super::library::forbid;
use super::scope::halted;

/// Puts the guards before the functions.
pub fn install(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<()> {
    lua.load(GUARDS).set_name("=guards").call((
        pattern_guard(lua, evaluation)?,
        gc_guard(lua, evaluation)?,
        range_guard(lua, evaluation)?,
        attempt_guard(lua, evaluation)?,
        length_guard(lua, evaluation)?,
        repetition_guard(lua, evaluation)?,
    ))
}

/// Lua matches patterns without counting instructions, and some take for ever: those get a bound on length.
fn pattern_guard(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(
        move |lua, (subject, pattern, anchors): (Value, Value, bool)| {
            let (Value::String(subject), Value::String(pattern)) = (subject, pattern) else {
                return Ok(());
            };
            let is_anchored = anchors && pattern.as_bytes().starts_with(b"^");
            let bytes = subject.as_bytes().len();
            let repetitions = pattern
                .as_bytes()
                .iter()
                .filter(|byte| b"*+-?".contains(byte))
                .count();
            if steps(bytes, repetitions, is_anchored) > MAX_STEPS {
                let what = format!("a pattern with {repetitions} repetitions in {bytes} bytes");
                return Err(forbid(lua, &evaluation, what));
            }
            Ok(())
        },
    )
}

/// How many steps a pattern takes at worst: the ways to choose where it and each of its repetitions begin.
fn steps(bytes: usize, repetitions: usize, is_anchored: bool) -> u64 {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    let choices = repetitions.saturating_add(usize::from(!is_anchored && repetitions > 0));
    let mut steps = 1_u64;
    for choice in 1..=u64::try_from(choices).unwrap_or(u64::MAX) {
        steps = steps.saturating_mul(bytes) / choice;
        if steps == 0 || steps > MAX_STEPS {
            break;
        }
    }
    steps
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

/// `table.move`, `table.concat` and `table.unpack` go through a range uncounted.
fn range_guard(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(
        move |lua, (function, first, last): (String, Value, Value)| {
            let (first, last) = (lua.coerce_integer(first)?, lua.coerce_integer(last)?);
            let Some(last) = last else { return Ok(()) };
            let items = last.saturating_sub(first.unwrap_or(1));
            if items > MAX_ITEMS {
                return Err(forbid(
                    lua,
                    &evaluation,
                    format!("{function} of so many items"),
                ));
            }
            evaluation.spend(cost(items));
            halted(&evaluation)
        },
    )
}

/// Functions of `table` go through a whole table uncounted, and believe what `__len` says of its length.
fn length_guard(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(move |lua, (function, table): (String, Value)| {
        let Value::Table(table) = table else {
            return Ok(());
        };
        let rules = table.metatable();
        let claims_length = |rules: Table| rules.raw_get::<Value>("__len");
        if let Some(length) = rules.map(claims_length).transpose()?
            && !length.is_nil()
        {
            return Err(forbid(lua, &evaluation, format!("{function} with __len")));
        }
        evaluation.spend(cost(i64::try_from(table.raw_len()).unwrap_or(i64::MAX)));
        halted(&evaluation)
    })
}

/// So many items take as long as this number of instructions.
fn cost(items: i64) -> u32 {
    u32::try_from(items.max(0) / ITEMS_AN_INSTRUCTION).unwrap_or(u32::MAX)
}

/// `string.rep` counts to the end even where there is nothing to repeat.
fn repetition_guard(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<Function> {
    let evaluation = Rc::clone(evaluation);
    lua.create_function(
        move |lua, (text, times, separator): (Value, Value, Value)| {
            let is_nothing = |value: &Value| match value {
                Value::Nil => true,
                Value::String(text) => text.as_bytes().is_empty(),
                _ => false,
            };
            let is_many = lua
                .coerce_integer(times)?
                .is_some_and(|times| times > MAX_ITEMS);
            if is_many && is_nothing(&text) && is_nothing(&separator) {
                let what = "string.rep of nothing so many times".to_owned();
                return Err(forbid(lua, &evaluation, what));
            }
            Ok(())
        },
    )
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
local pattern, metatable, range, attempt, length, repetition = ...
local find, match, gmatch, gsub, rep = string.find, string.match, string.gmatch, string.gsub, string.rep
local insert, remove, sort, concat = table.insert, table.remove, table.sort, table.concat
local move, unpack, pcall_, xpcall_, setmetatable_ = table.move, table.unpack, pcall, xpcall, setmetatable
function string.find(s, p, ...) pattern(s, p, true) return find(s, p, ...) end
function string.match(s, p, ...) pattern(s, p, true) return match(s, p, ...) end
function string.gmatch(s, p, ...) pattern(s, p, false) return gmatch(s, p, ...) end
function string.gsub(s, p, ...) pattern(s, p, true) return gsub(s, p, ...) end
function string.rep(s, n, sep, ...) repetition(s, n, sep) return rep(s, n, sep, ...) end
function setmetatable(t, rules) metatable(rules) return setmetatable_(t, rules) end
function table.insert(t, ...) length('table.insert', t) return insert(t, ...) end
function table.remove(t, ...) length('table.remove', t) return remove(t, ...) end
function table.sort(t, ...) length('table.sort', t) return sort(t, ...) end
function table.concat(t, sep, i, j, ...)
	length('table.concat', t) range('table.concat', i, j) return concat(t, sep, i, j, ...)
end
function table.unpack(t, i, j, ...)
	length('table.unpack', t) range('table.unpack', i, j) return unpack(t, i, j, ...)
end
function table.move(from, first, last, ...) range('table.move', first, last) return move(from, first, last, ...) end
function pcall(...) attempt() return pcall_(...) end
function xpcall(...) attempt() return xpcall_(...) end
string.dump = nil
";
const MAX_STEPS: u64 = 500_000_000;
const MAX_ITEMS: i64 = 1_000_000;
const ITEMS_AN_INSTRUCTION: i64 = 8;
const ATTEMPT: u32 = 500;
