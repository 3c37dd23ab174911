//! A Lua that reaches nothing outside, within bounds of instructions and memory.

use std::path::Path;
use std::rc::Rc;

use mlua::debug::DebugEvent;
use mlua::{HookTriggers, Lua, LuaOptions, StdLib, VmState};

use crate::prosody::fault::MAX_MEMORY_BYTES;
use crate::prosody::language::evaluation::{Evaluation, source_index};
use crate::prosody::language::library;

/// A new state with the bounds and the library in place, for a main file in `folder`.
pub fn new(evaluation: &Rc<Evaluation>, folder: &Path) -> mlua::Result<Lua> {
    // `io`, `package` and `debug` are never loaded: they open files, load native code, and could remove the hook that
    // counts. `library` replaces `os`.
    let libraries = StdLib::COROUTINE
        | StdLib::TABLE
        | StdLib::STRING
        | StdLib::UTF8
        | StdLib::MATH
        | StdLib::OS;
    let lua = Lua::new_with(libraries, LuaOptions::default())?;
    library::install(&lua, evaluation, folder)?;
    lua.set_memory_limit(MAX_MEMORY_BYTES)?;
    limit_instructions(&lua, evaluation)?;
    Ok(lua)
}

/// Counts instructions and lines, and remembers the line that runs.
fn limit_instructions(lua: &Lua, evaluation: &Rc<Evaluation>) -> mlua::Result<()> {
    let evaluation = Rc::clone(evaluation);
    let triggers = HookTriggers::EVERY_LINE.every_nth_instruction(STEP);
    lua.set_global_hook(triggers, move |lua, frame| {
        let source = frame.source().source;
        if let (Some(source), Some(line)) = (source, frame.current_line())
            && let Some(source) = source_index(&source)
        {
            evaluation.reach(source, line);
        }
        evaluation.spend(match frame.event() {
            DebugEvent::Count => STEP,
            _ => LINE,
        });
        match evaluation.halted() {
            Some(refusal) => stop(lua, refusal),
            None => Ok(VmState::Continue),
        }
    })
}

/// Raises the refusal at this instruction and every later one, so that no `pcall` goes on with it.
fn stop(lua: &Lua, refusal: crate::prosody::fault::Refusal) -> mlua::Result<VmState> {
    let later = refusal.clone();
    let always = HookTriggers::new().every_nth_instruction(1);
    lua.set_global_hook(always, move |_, _| {
        Err(mlua::Error::external(later.clone()))
    })?;
    Err(mlua::Error::external(refusal))
}

const STEP: u32 = 1_000;
/// The instructions that noting the running line counts as.
const LINE: u32 = 5;
