//! Variables within values, as docker compose puts them in: `$NAME`, `${NAME}`, `${NAME:-x}`, `$$`.

use super::{Variable, Wrong};

/// Puts the variables set so far into values.
pub(super) struct Expansion<'a> {
    variables: &'a [Variable],
    /// Whether a variable is missing, and nothing says what holds then. A secret with a `$` in it looks like this, so the
    /// name is not kept.
    pub misses_some: bool,
}

impl<'a> Expansion<'a> {
    pub fn with(variables: &'a [Variable]) -> Self {
        Self {
            variables,
            misses_some: false,
        }
    }

    /// The value with every variable put in. A `$` that no name follows stays.
    pub fn expand(&mut self, text: &str) -> Result<String, Wrong> {
        self.expand_within(text, 0)
    }

    fn expand_within(&mut self, text: &str, depth: usize) -> Result<String, Wrong> {
        if depth > MAX_DEPTH {
            return Err(Wrong::new(
                "${…} in ${…} in ${…}, too deep",
                "a plain value",
            ));
        }
        let (mut value, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('$') {
            value.push_str(before);
            rest = self.substitute(after, &mut value, depth)?;
            if value.len() > MAX_BYTES {
                return Err(Wrong::new(
                    "variables that make a huge value",
                    "at most 64 KiB",
                ));
            }
        }
        value.push_str(rest);
        Ok(value)
    }

    /// Adds what a `$` stands for, and returns the text behind that.
    fn substitute<'t>(
        &mut self,
        after: &'t str,
        value: &mut String,
        depth: usize,
    ) -> Result<&'t str, Wrong> {
        if let Some(rest) = after.strip_prefix('$') {
            value.push('$');
            return Ok(rest);
        }
        if let Some(inner) = after.strip_prefix('{') {
            let (inner, rest) = closed(inner)?;
            value.push_str(&self.braced(inner, depth)?);
            return Ok(rest);
        }
        let (name, rest) = leading_name(after);
        if name.is_empty() {
            value.push('$');
        } else {
            value.push_str(self.get_or_empty(name));
        }
        Ok(rest)
    }

    fn braced(&mut self, inner: &str, depth: usize) -> Result<String, Wrong> {
        let (name, operation) = leading_name(inner);
        if name.is_empty() {
            return Err(Wrong::new("a ${…} that names no variable", "${NAME}"));
        }
        if operation.is_empty() {
            return Ok(self.get_or_empty(name).to_owned());
        }
        // A colon takes what is empty for not set.
        let (set, operation) = match operation.strip_prefix(':') {
            Some(operation) => (self.get(name).filter(|value| !value.is_empty()), operation),
            None => (self.get(name), operation),
        };
        if let Some(default) = operation.strip_prefix('-') {
            set.map_or_else(
                || self.expand_within(default, depth.saturating_add(1)),
                |value| Ok(value.to_owned()),
            )
        } else if let Some(other) = operation.strip_prefix('+') {
            set.map_or_else(
                || Ok(String::new()),
                |_| self.expand_within(other, depth.saturating_add(1)),
            )
        } else if operation.starts_with('?') {
            let unset = || {
                Wrong::new(
                    "a ${…} that must be set and is not",
                    "a line NAME=value above for it",
                )
            };
            set.map(str::to_owned).ok_or_else(unset)
        } else {
            Err(Wrong::new(
                "a ${…} that means nothing",
                "${NAME}, ${NAME:-value} or ${NAME:?message}",
            ))
        }
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        let last = self
            .variables
            .iter()
            .rfind(|variable| variable.name == name);
        last.map(|variable| variable.value.as_str())
    }

    fn get_or_empty(&mut self, name: &str) -> &'a str {
        self.get(name).unwrap_or_else(|| {
            self.misses_some = true;
            ""
        })
    }
}

/// What stands before the brace that closes this one, and what behind.
fn closed(text: &str) -> Result<(&str, &str), Wrong> {
    let mut open: usize = 1;
    for (at, character) in text.char_indices() {
        match character {
            '{' => open = open.saturating_add(1),
            '}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            let (inner, rest) = text.split_at(at);
            return Ok((inner, rest.strip_prefix('}').unwrap_or(rest)));
        }
    }
    Err(Wrong::new(
        "a ${ that is not closed",
        "${NAME}, or $$ for a $ of its own",
    ))
}

fn leading_name(text: &str) -> (&str, &str) {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !text.starts_with(is_first) {
        return ("", text);
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    text.split_at(end.unwrap_or(text.len()))
}

const MAX_DEPTH: usize = 20;
/// Values that double each other would fill any memory.
const MAX_BYTES: usize = 64 * 1024;
