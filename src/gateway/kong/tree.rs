//! A text in YAML, or in JSON as a part of it, as a tree whose parts know their lines.
//!
//! What aliases stand for is shared and not copied, and how much they stand for altogether is bounded, as is how deep anything is.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use thiserror::Error;

/// A value with the line in which it begins.
#[derive(Debug)]
pub struct Node {
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub value: Value,
    /// How many values it consists of, with what aliases stand for.
    size: usize,
    /// How deep it is.
    depth: usize,
}

/// What a value is.
#[derive(Debug)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Truth(bool),
    /// A number, as it was written.
    Number(String),
    /// A text.
    Text(String),
    /// Values.
    List(Vec<Rc<Node>>),
    /// Values with names.
    Table(Vec<Entry>),
}

/// A value with its name.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The line of the name.
    pub line: usize,
    /// The value.
    pub node: Rc<Node>,
}

/// Why a text is no tree, or which part of it is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TreeError {
    /// YAML indents with blanks alone.
    #[error("a tab where lines are indented")]
    Tab,
    /// The parser's own words.
    #[error("what is no YAML: {0}")]
    Syntax(String),
    /// Nobody writes lists in lists in lists by hand.
    #[error("values that are nested more than 64 deep")]
    TooDeep,
    /// Few lines can stand for more than there is memory.
    #[error("aliases that stand for too much")]
    TooMuch,
    /// A name of a value that is a list or a table.
    #[error("a name that is no text")]
    Name,
    /// Two values of one name.
    #[error("{0} a second time; the first is in line {1}")]
    Double(String, usize),
    /// Values that stand for another file's, or for a type of a program.
    #[error("a tag, which has no meaning here")]
    Tag,
    /// Something behind the end of the first document.
    #[error("a second document")]
    SecondDocument,
    /// Nothing at all.
    #[error("nothing")]
    Empty,
}

/// A mistake in the text, with its line.
pub type Placed = (usize, TreeError);

/// Reads a text.
///
/// # Errors
/// Every mistake that does not hide what comes behind it.
pub fn read(text: &str) -> Result<Rc<Node>, Vec<Placed>> {
    let options = granit_parser::options! {
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
        disallow_directives: true,
    };
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let line = error.marker().line();
                builder
                    .mistakes
                    .push((line, syntax(text, line, &error.info())));
                break;
            }
        };
        if let Err(error) = builder.take(event, span) {
            builder.mistakes.push((span.start.line(), error));
            break;
        }
    }
    builder.finish()
}

/// Tabs are what people see least.
fn syntax(text: &str, line: usize, info: &str) -> TreeError {
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let indentation = line.split(|c: char| !c.is_whitespace()).next();
    if indentation.is_some_and(|blanks| blanks.contains('\t')) {
        TreeError::Tab
    } else if info.contains("nesting") || info.contains("recursion") {
        TreeError::TooDeep
    } else {
        TreeError::Syntax(info.to_owned())
    }
}

/// What has been read so far.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
    /// How much aliases stand for so far.
    aliased: usize,
    mistakes: Vec<Placed>,
}

/// A list or a table that has not ended yet.
struct Open {
    line: usize,
    anchor: usize,
    items: Items,
}

enum Items {
    List(Vec<Rc<Node>>),
    /// With a name whose value comes next.
    Table(Vec<Entry>, Option<(Option<String>, usize)>),
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), TreeError> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(text.into_owned(), style, tag.as_deref())?;
                self.add(Node::new(line, value), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(line, anchor, tag.as_deref(), Items::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(line, anchor, tag.as_deref(), Items::Table(Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor),
            Event::DocumentStart(..) if self.root.is_some() => Err(TreeError::SecondDocument),
            // The others say nothing of values.
            _ => Ok(()),
        }
    }

    fn open(
        &mut self,
        line: usize,
        anchor: usize,
        tag: Option<&Tag>,
        items: Items,
    ) -> Result<(), TreeError> {
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
            return Err(TreeError::Tag);
        }
        self.open.push(Open {
            line,
            anchor,
            items,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), TreeError> {
        let Some(Open {
            line,
            anchor,
            items,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let value = match items {
            Items::List(items) => Value::List(items),
            Items::Table(entries, _) => Value::Table(self.merged(entries)),
        };
        self.add(Node::new(line, value), anchor)
    }

    fn alias(&mut self, anchor: usize) -> Result<(), TreeError> {
        // One that stands within what it stands for has not ended yet.
        let node = self
            .anchors
            .get(&anchor)
            .cloned()
            .ok_or(TreeError::TooDeep)?;
        self.aliased = self.aliased.saturating_add(node.size);
        if self.aliased > MOST_ALIASED {
            return Err(TreeError::TooMuch);
        }
        self.put(node);
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), TreeError> {
        if node.depth > DEEPEST {
            return Err(TreeError::TooDeep);
        }
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.put(node);
        Ok(())
    }

    /// Puts a value where the next one belongs.
    fn put(&mut self, node: Rc<Node>) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.items {
            Items::List(items) => items.push(node),
            Items::Table(entries, name) => match name.take() {
                Some((Some(name), line)) => entries.push(Entry { name, line, node }),
                // Another one of the same name is there, or its name is none.
                Some((None, _)) => {}
                None => {
                    let line = node.line;
                    let found = named(&node);
                    if found.is_none() {
                        self.mistakes.push((line, TreeError::Name));
                    }
                    *name = Some((found, line));
                }
            },
        }
    }

    /// Entries without doubles, with those that `<<` brings in.
    fn merged(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut own = Vec::with_capacity(entries.len());
        let mut brought = Vec::new();
        for entry in entries {
            if entry.name == MERGE {
                brought.extend(brings(&entry.node));
                continue;
            }
            if let Some(first) = known.get(&entry.name) {
                let double = TreeError::Double(entry.name, *first);
                self.mistakes.push((entry.line, double));
                continue;
            }
            known.insert(entry.name.clone(), entry.line);
            own.push(entry);
        }
        for entry in brought {
            if known.insert(entry.name.clone(), entry.line).is_none() {
                own.push(entry);
            }
        }
        own
    }

    fn finish(mut self) -> Result<Rc<Node>, Vec<Placed>> {
        if self.root.is_none() && self.mistakes.is_empty() {
            self.mistakes.push((1, TreeError::Empty));
        }
        match self.root {
            Some(root) if self.mistakes.is_empty() => Ok(root),
            Some(_) | None => Err(self.mistakes),
        }
    }
}

impl Node {
    fn new(line: usize, value: Value) -> Self {
        let (size, depth) = match &value {
            Value::List(items) => measured(items.iter()),
            Value::Table(entries) => measured(entries.iter().map(|entry| &entry.node)),
            Value::Null | Value::Truth(_) | Value::Number(_) | Value::Text(_) => (1, 1),
        };
        Self {
            line,
            value,
            size,
            depth,
        }
    }
}

fn measured<'n>(nodes: impl Iterator<Item = &'n Rc<Node>>) -> (usize, usize) {
    let (size, depth) = nodes.fold((1_usize, 0_usize), |(size, depth), node| {
        (size.saturating_add(node.size), depth.max(node.depth))
    });
    (size, depth.saturating_add(1))
}

/// What a key of a table is called.
fn named(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Truth(truth) => Some(truth.to_string()),
        Value::Null | Value::List(_) | Value::Table(_) => None,
    }
}

/// The entries of a table, or of several, that stands behind `<<`.
fn brings(node: &Node) -> Vec<Entry> {
    match &node.value {
        Value::Table(entries) => entries.clone(),
        Value::List(items) => items
            .iter()
            .filter_map(|item| match &item.value {
                Value::Table(entries) => Some(entries.clone()),
                _ => None,
            })
            .flatten()
            .collect(),
        Value::Null | Value::Truth(_) | Value::Number(_) | Value::Text(_) => Vec::new(),
    }
}

/// What a plain text means (YAML 1.2.2 section 10.3.2); in quotes it is a text always.
fn scalar(text: String, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, TreeError> {
    if let Some(tag) = tag {
        return if tag.is_yaml_core_schema_tag("str") {
            Ok(Value::Text(text))
        } else {
            Err(TreeError::Tag)
        };
    }
    if style != ScalarStyle::Plain {
        return Ok(Value::Text(text));
    }
    Ok(match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Truth(true),
        "false" | "False" | "FALSE" => Value::Truth(false),
        plain if is_number(plain) => Value::Number(text),
        _ => Value::Text(text),
    })
}

fn is_number(text: &str) -> bool {
    let begins = text
        .trim_start_matches(['-', '+', '.'])
        .starts_with(|c: char| c.is_ascii_digit());
    begins && text.parse::<f64>().is_ok()
}

const MERGE: &str = "<<";
const DEEPEST: usize = 64;
/// How many values all aliases of a file may stand for.
const MOST_ALIASED: usize = 100_000;
