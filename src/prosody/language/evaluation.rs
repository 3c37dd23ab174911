//! What is known while a configuration is being evaluated.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use mlua::{Lua, Value};

use crate::options;
use crate::origin::Origin;

use super::{files, lines};
use crate::prosody::coercion;
use crate::prosody::fault::{
    Fault, MAX_DEPTH, MAX_FILES, MAX_INSTRUCTIONS, MAX_OPTIONS, MAX_READ_BYTES, Refusal,
};
use crate::prosody::model::Warning;
use crate::prosody::release::Release;

/// The name under which Prosody keeps global options; no host can have it.
pub const GLOBAL: &str = "*";

/// What is known while a configuration is being evaluated. The functions that it calls share it.
pub struct Evaluation {
    /// The release of Prosody whose rules apply.
    pub release: Release,
    /// The environment's variables.
    pub environment: Vec<(String, String)>,
    /// `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<PathBuf>,
    sources: RefCell<Vec<Source>>,
    sections: RefCell<BTreeMap<String, HostOptions>>,
    options: Cell<usize>,
    files: RefCell<Vec<PathBuf>>,
    unset: RefCell<Vec<(String, Origin)>>,
    warnings: RefCell<Vec<Warning>>,
    place: Cell<(usize, usize)>,
    depth: Cell<usize>,
    instructions: Cell<u32>,
    bytes: Cell<usize>,
    halted: RefCell<Option<Refusal>>,
}

/// The options of a host, still in Lua.
pub type HostOptions = BTreeMap<String, AssignedOption>;

/// An option, still in Lua: lists may grow until the end.
#[derive(Clone)]
pub struct AssignedOption {
    pub value: Value,
    pub origin: Origin,
}

struct Source {
    path: PathBuf,
    lines: Vec<String>,
}

impl Evaluation {
    /// An evaluation that has read nothing yet.
    pub fn new(
        release: Release,
        environment: Vec<(String, String)>,
        credentials: Option<PathBuf>,
    ) -> Self {
        Self {
            release,
            environment,
            credentials,
            sources: RefCell::default(),
            sections: RefCell::default(),
            options: Cell::default(),
            files: RefCell::default(),
            unset: RefCell::default(),
            warnings: RefCell::default(),
            place: Cell::default(),
            depth: Cell::default(),
            instructions: Cell::default(),
            bytes: Cell::default(),
            halted: RefCell::default(),
        }
    }

    /// Reads a file, and remembers that it was read.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, io::Error> {
        self.note_file(path);
        if let Some(target) = files::link_target(path) {
            self.note_file(&target);
        }
        self.spend(FILE);
        let bytes = files::read(path)?;
        self.bytes.set(self.bytes.get().saturating_add(bytes.len()));
        if self.bytes.get() > MAX_READ_BYTES {
            self.halt(Fault::TooMuchRead, self.place());
        }
        Ok(bytes)
    }

    /// The names in a folder, sorted; the folder is remembered.
    pub fn names(&self, folder: &Path) -> Result<Vec<Vec<u8>>, io::Error> {
        self.note_file(folder);
        self.spend(FOLDER);
        files::names(folder)
    }

    fn note_file(&self, path: &Path) {
        let mut files = self.files.borrow_mut();
        if !files.iter().any(|known| known == path) {
            files.push(path.to_owned());
        }
        if files.len() > MAX_FILES {
            self.halt(Fault::TooManyFiles, self.place());
        }
    }

    /// Makes a file's text known; the name of its chunk in Lua.
    pub fn add_source(&self, path: &Path, text: &[u8]) -> String {
        let mut sources = self.sources.borrow_mut();
        sources.push(Source {
            path: path.to_owned(),
            lines: String::from_utf8_lossy(text)
                .lines()
                .map(str::to_owned)
                .collect(),
        });
        chunk_name(sources.len().saturating_sub(1))
    }

    /// Runs what may come back here, such as a file that includes others, as deep as the stack allows.
    pub fn nested<T>(&self, lua: &Lua, run: impl FnOnce() -> mlua::Result<T>) -> mlua::Result<T> {
        if self.depth.get() >= MAX_DEPTH {
            return Err(raise(self.origin(lua), Fault::TooDeep));
        }
        self.depth.set(self.depth.get().saturating_add(1));
        let outcome = run();
        self.depth.set(self.depth.get().saturating_sub(1));
        outcome
    }

    /// Sets an option; nil takes it away.
    pub fn set(&self, host: &str, option: &str, value: Value, origin: Origin) {
        let mut sections = self.sections.borrow_mut();
        let section = sections.entry(host.to_owned()).or_default();
        if value.is_nil() {
            section.remove(option);
            return;
        }
        self.options.set(self.options.get().saturating_add(1));
        if self.options.get() > MAX_OPTIONS {
            self.halt(Fault::TooManyOptions, origin);
            return;
        }
        let entry = AssignedOption { value, origin };
        let before = section.insert(option.to_owned(), entry.clone());
        drop(sections);
        self.warn_of_two_files(option, before, &entry);
    }

    /// An option about tokens that one file sets and another one sets anew.
    fn warn_of_two_files(
        &self,
        option: &str,
        before: Option<AssignedOption>,
        entry: &AssignedOption,
    ) {
        let file = |origin: &Origin| match origin {
            Origin::File(path, _) => Some(path.clone()),
            _ => None,
        };
        let is_about_tokens = options::named(option).is_some() || option == "authentication";
        if let Some(before) = before.filter(|before| is_about_tokens && before.value != entry.value)
            && file(&before.origin) != file(&entry.origin)
        {
            let text = format!(
                "{option} is set in another file, too, at {}; this one is read later, and counts",
                before.origin
            );
            self.warn(text, entry.origin.clone());
        }
    }

    /// A host's own option, not inherited.
    pub fn own(&self, host: &str, option: &str) -> Option<Value> {
        let sections = self.sections.borrow();
        let entry = sections.get(host)?.get(option)?;
        Some(entry.value.clone())
    }

    /// Everything that was set.
    pub fn sections(&self) -> BTreeMap<String, HostOptions> {
        self.sections.borrow().clone()
    }

    /// Every file and folder that was read.
    pub fn files(&self) -> Vec<PathBuf> {
        self.files.borrow().clone()
    }

    /// Notes a variable that is not there.
    pub fn miss(&self, name: &str, origin: Origin) {
        let mut unset = self.unset.borrow_mut();
        if unset.len() < MAX_WARNINGS && !unset.iter().any(|(known, _)| known == name) {
            unset.push((name.to_owned(), origin));
        }
    }

    /// The variables that were asked for and are not there.
    pub fn unset(&self) -> Vec<(String, Origin)> {
        self.unset.borrow().clone()
    }

    pub fn warnings(&self) -> Vec<Warning> {
        self.warnings.borrow().clone()
    }

    /// Notes a warning, once for each place.
    pub fn warn(&self, text: String, origin: Origin) {
        let warning = Warning { text, origin };
        let mut warnings = self.warnings.borrow_mut();
        if warnings.len() < MAX_WARNINGS && !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// Counts instructions, or what takes as long, and ends the evaluation when they are too many.
    pub fn spend(&self, instructions: u32) {
        let spent = self.instructions.get().saturating_add(instructions);
        self.instructions.set(spent);
        if spent > MAX_INSTRUCTIONS {
            self.halt(Fault::Endless, self.place());
        }
    }

    /// Ends the evaluation, whatever the configuration makes of the error that is to be raised next.
    pub fn halt(&self, fault: Fault, origin: Origin) {
        let mut halted = self.halted.borrow_mut();
        halted.get_or_insert(Refusal { fault, origin });
    }

    /// Why the evaluation must end, if it must.
    pub fn halted(&self) -> Option<Refusal> {
        self.halted.borrow().clone()
    }

    /// The file and line that run: those of the innermost function that a configuration file defines.
    pub fn origin(&self, lua: &Lua) -> Origin {
        let place = (1..MAX_FRAMES).map_while(|level| {
            lua.inspect_stack(level, |frame| {
                let source = frame.source().source?;
                Some((source_index(&source)?, frame.current_line()?))
            })
        });
        match place.flatten().next() {
            Some((source, line)) => self.origin_at(source, line),
            None => self.place(),
        }
    }

    /// The file and line of a place in a chunk.
    pub fn origin_at(&self, source: usize, line: usize) -> Origin {
        let sources = self.sources.borrow();
        let path = sources.get(source).or_else(|| sources.first());
        path.map_or(Origin::Default, |source| {
            Origin::File(source.path.clone(), (line > 0).then_some(line))
        })
    }

    /// Takes note of the line that runs.
    pub fn reach(&self, source: usize, line: usize) {
        self.place.set((source, line));
    }

    /// The last line that ran.
    pub fn place(&self) -> Origin {
        let (source, line) = self.place.get();
        self.origin_at(source, line)
    }

    /// Where an assignment that ends at `origin` begins.
    pub fn assignment(&self, origin: Origin, option: &str) -> Origin {
        self.refine(origin, |text, line| lines::assignment(text, option, line))
    }

    /// Where a field of the table that begins at `origin` is.
    pub fn field(&self, origin: Origin, option: &str) -> Origin {
        self.refine(origin, |text, line| lines::field(text, option, line))
    }

    fn refine(&self, origin: Origin, line_in: impl Fn(&[String], usize) -> usize) -> Origin {
        let Origin::File(path, Some(line)) = origin else {
            return origin;
        };
        let sources = self.sources.borrow();
        let source = sources.iter().rfind(|source| source.path == path);
        let line = source.map_or(line, |source| line_in(&source.lines, line));
        Origin::File(path, Some(line))
    }
}

/// An error for Lua that says why, and where. A configuration may catch it.
pub fn raise(origin: Origin, fault: Fault) -> mlua::Error {
    mlua::Error::external(Refusal { fault, origin })
}

/// The name of a file's chunk: by number, since Lua cuts long names off.
/// The error to raise if the evaluation must end.
pub fn halted(evaluation: &Evaluation) -> mlua::Result<()> {
    match evaluation.halted() {
        Some(refusal) => Err(mlua::Error::external(refusal)),
        None => Ok(()),
    }
}

/// A string or number as text.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string_lossy()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Number(number) => Some(coercion::float(*number)),
        _ => None,
    }
}

/// A file that must be readable.
pub fn read_file(lua: &Lua, evaluation: &Evaluation, path: &Path) -> mlua::Result<Vec<u8>> {
    let bytes = evaluation
        .read(path)
        .map_err(|error| unreadable(lua, evaluation, path, &error))?;
    halted(evaluation)?;
    Ok(bytes)
}

/// The error to raise for a file or folder that cannot be read.
pub fn unreadable(
    lua: &Lua,
    evaluation: &Evaluation,
    path: &Path,
    error: &std::io::Error,
) -> mlua::Error {
    raise(evaluation.origin(lua), Fault::unreadable(path, error))
}

/// An environment variable. One that is not there is noted: Prosody's environment is another one.
pub fn variable_value(lua: &Lua, evaluation: &Evaluation, name: &str) -> mlua::Result<Value> {
    let variable = evaluation
        .environment
        .iter()
        .find(|(known, _)| known == name);
    let Some((_, value)) = variable else {
        evaluation.miss(name, evaluation.origin(lua));
        return Ok(Value::Nil);
    };
    lua.create_string(value).map(Value::String)
}

fn chunk_name(source: usize) -> String {
    format!("={CHUNK}{source}>")
}

/// The number of the file whose chunk has this name, with or without `=`.
pub fn source_index(name: &str) -> Option<usize> {
    let name = name.strip_prefix('=').unwrap_or(name);
    name.strip_prefix(CHUNK)?.strip_suffix('>')?.parse().ok()
}

/// How names of chunks begin.
pub const CHUNK: &str = "<config ";
/// The instructions that reading a file or a folder counts as.
const FILE: u32 = 1_000;
const FOLDER: u32 = 20_000;
const MAX_WARNINGS: usize = 1_000;
const MAX_FRAMES: usize = 250;
