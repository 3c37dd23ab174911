//! Files of variables, as docker compose reads them: `NAME=value`, and values in quotes over several lines.

mod expansion;

use std::path::Path;

use self::expansion::Expansion;
use crate::origin::Origin;
use crate::origin::problem::{ConfigProblem, ProblemKind};
use crate::prosody::model::Warning;

/// An environment variable, and where it was set.
#[derive(Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// Its value, which may be a secret.
    pub value: String,
    /// The environment, or a line of a file.
    pub origin: Origin,
    /// What stands in the file, where that is another text.
    pub literal: Option<String>,
}

impl Variable {
    /// A variable of the environment.
    #[must_use]
    pub fn of_environment(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            origin: Origin::Variable(name.to_owned()),
            literal: None,
        }
    }
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}=… [{}]", self.name, self.origin)
    }
}

/// What a file of variables says.
#[derive(Debug, Default)]
pub struct File {
    /// The variables in their order; later ones win.
    pub variables: Vec<Variable>,
    /// What docker compose would refuse, with the variable that it is about.
    pub mistakes: Vec<(String, ConfigProblem)>,
    /// What is probably meant otherwise, with the variable that it is about.
    pub warnings: Vec<(String, Warning)>,
}

/// Reads the text of the file at `path`. A mistake costs the line that it is in.
#[must_use]
pub fn parse(path: &Path, text: &str) -> File {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n");
    let (mut file, mut rest) = (File::default(), text.as_str());
    let mut line: usize = 1;
    while !rest.is_empty() {
        let statement = rest.trim_start();
        line = line.saturating_add(lines(rest, statement));
        let origin = Origin::File(path.to_owned(), Some(line));
        rest = file.take(statement, &origin);
        line = line.saturating_add(lines(statement, rest));
    }
    file
}

/// How many lines end in `text` before its end `rest`.
fn lines(text: &str, rest: &str) -> usize {
    let length = text.len().saturating_sub(rest.len());
    let passed = text.bytes().take(length);
    passed.filter(|byte| *byte == b'\n').count()
}

impl File {
    /// Takes what the text begins with, and returns what comes after.
    fn take<'a>(&mut self, text: &'a str, origin: &Origin) -> &'a str {
        if text.is_empty() || text.starts_with('#') {
            return without_line(text);
        }
        match self.assignment(text, origin) {
            Ok(rest) => rest,
            Err(Wrong { found, expected }) => {
                let problem = ConfigProblem {
                    kind: ProblemKind::Syntax,
                    key: "the file of variables".to_owned(),
                    host: None,
                    found,
                    expected,
                    origin: origin.clone(),
                };
                self.mistakes.push((first_name(text), problem));
                without_line(text)
            }
        }
    }

    fn assignment<'a>(&mut self, text: &'a str, origin: &Origin) -> Result<&'a str, Wrong> {
        let text = without_export(text);
        let end = text.find(|c: char| !is_of_name(c) && (!c.is_whitespace() || c == '\n'));
        let (name, rest) = text.split_at(end.unwrap_or(text.len()));
        let name = name.trim_end();
        let mut behind = rest.chars();
        let separator = behind.next();
        let is_assignment = matches!(separator, Some('=' | ':'));
        if name.is_empty()
            || name.contains(char::is_whitespace)
            || !(is_assignment || matches!(separator, None | Some('\n')))
        {
            return Err(Wrong::new("a line that sets no variable", "NAME=value"));
        }
        if !is_assignment {
            // Its value is that of the environment in which compose is started.
            return Ok(rest);
        }
        if separator == Some(':') {
            self.warn(
                name,
                origin,
                format!("{name}: value is YAML: write {name}=value"),
            );
        }
        let value = behind.as_str().trim_start_matches(is_blank);
        let literal = value;
        let (value, rest) = self.value(name, value, origin)?;
        let literal = literal.strip_suffix(rest).unwrap_or_default().trim_end();
        self.variables.push(Variable {
            name: name.to_owned(),
            literal: (literal != value).then(|| literal.to_owned()),
            value,
            origin: origin.clone(),
        });
        Ok(rest)
    }

    /// The value that the text begins with, and what comes after.
    fn value<'a>(
        &mut self,
        name: &str,
        text: &'a str,
        origin: &Origin,
    ) -> Result<(String, &'a str), Wrong> {
        if let Some(text) = text.strip_prefix('\'') {
            return quoted(text, '\'');
        }
        let (value, rest) = match text.strip_prefix('"') {
            Some(text) => quoted(text, '"').map(|(value, rest)| (unescaped(&value), rest))?,
            None => self.unquoted(name, text, origin),
        };
        let mut expansion = Expansion::with(&self.variables);
        let expanded = expansion.expand(&value)?;
        if expansion.misses_some {
            self.warn(
                name,
                origin,
                format!(
                    "{name} has a $ before a name that this file does not set above: compose puts there what is set \
                     where it is started, and the daemon nothing; write $$ for a $ of the value's own, or the value in \
                     single quotes"
                ),
            );
        }
        Ok((expanded, rest))
    }

    fn unquoted<'a>(&mut self, name: &str, text: &'a str, origin: &Origin) -> (String, &'a str) {
        let rest = without_line(text);
        let (line, _) = text.split_at(text.len().saturating_sub(rest.len()));
        let value = line.split(" #").next().unwrap_or_default().trim_end();
        if value.contains("\t#") {
            self.warn(name, origin, format!(
                "{name} goes on to the end of the line: with a tab before it # begins no comment; write a blank"
            ));
        }
        (value.to_owned(), rest)
    }

    fn warn(&mut self, name: &str, origin: &Origin, text: String) {
        let origin = origin.clone();
        self.warnings
            .push((name.to_owned(), Warning { text, origin }));
    }
}

/// A mistake: what was found, and what would be right.
struct Wrong {
    found: String,
    expected: String,
}

impl Wrong {
    fn new(found: &str, expected: &str) -> Self {
        Self {
            found: found.to_owned(),
            expected: expected.to_owned(),
        }
    }
}

/// The text up to the quote that closes it, which a backslash before it does not, and what comes after.
fn quoted(text: &str, quote: char) -> Result<(String, &str), Wrong> {
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok((value, chars.as_str())),
            '\\' => match chars.next() {
                Some(escaped) if escaped == quote => value.push(quote),
                escaped => value.extend([c].into_iter().chain(escaped)),
            },
            c => value.push(c),
        }
    }
    Err(Wrong::new(
        "a quote that is not closed",
        "a quote at the end of the value, too",
    ))
}

/// A double-quoted value without its backslashes. A `$` behind one becomes two, which stand for one.
fn unescaped(text: &str) -> String {
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some('$') => value.push_str("$$"),
            Some(escaped @ ('"' | '\\')) => value.push(escaped),
            other => value.extend(['\\'].into_iter().chain(other)),
        }
    }
    value
}

fn without_line(text: &str) -> &str {
    text.find('\n').map_or("", |end| text.split_at(end).1)
}

fn without_export(text: &str) -> &str {
    match text.strip_prefix("export") {
        Some(rest) if rest.starts_with(is_blank) => rest.trim_start_matches(is_blank),
        Some(_) | None => text,
    }
}

/// The name that a line begins with, whatever comes after it.
fn first_name(text: &str) -> String {
    let text = without_export(text);
    let end = text.find(|c: char| !is_of_name(c));
    text.split_at(end.unwrap_or(text.len())).0.to_owned()
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || "_.-[]".contains(c)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() && c != '\n'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> File {
        parse(Path::new("/.env"), text)
    }

    /// The value of the last variable.
    fn value(text: &str) -> String {
        let mut file = read(text);
        assert!(file.mistakes.is_empty(), "{text}: {:?}", file.mistakes);
        file.variables
            .pop()
            .map_or(String::new(), |last| last.value)
    }

    #[test]
    fn a_value_is_read_as_compose_reads_it() {
        for (text, expected) in [
            ("A=b", "b"),
            ("A=", ""),
            ("A", ""),
            ("# A=b", ""),
            ("\u{feff}A=b\r\n", "b"),
            ("export A = b", "b"),
            ("export\tA=b", "b"),
            (" \t A\t=\tb", "b"),
            ("exported=b", "b"),
            ("1ST=b", "b"),
            ("A.b-c[0]=d", "d"),
            ("A: b", "b"),
            ("A=b # comment", "b"),
            ("A=b#c", "b#c"),
            ("A=b\t# c", "b\t# c"),
            ("A= # c", "# c"),
            ("A='b # c' # comment", "b # c"),
            ("A='b$c\\n${D'", "b$c\\n${D"),
            ("A='it\\'s'", "it's"),
            ("A='b\nc'", "b\nc"),
            ("A=\"b\nc\"", "b\nc"),
            ("A=\"b # c\"", "b # c"),
            ("A=\"b\\nc\\\"\\$d\\q\\\\\"", "b\nc\"$d\\q\\"),
            ("A=b=c", "b=c"),
            ("A=b c", "b c"),
            ("A=b'c'", "b'c'"),
            ("A=b\r", "b"),
            ("A=b\nA=c", "c"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn variables_are_put_into_values_as_compose_puts_them() {
        for (text, expected) in [
            ("$B", "x"),
            ("${B}", "x"),
            ("$B-$B.", "x-x."),
            ("${B:-y}", "x"),
            ("${E:-y}", "y"),
            ("${E-y}", ""),
            ("${N-y}", "y"),
            ("${N:-y}z", "yz"),
            ("${N:-${B}}z", "xz"),
            ("${N:-{}}z", "{}z"),
            ("${B:+y}", "y"),
            ("${E:+y}", ""),
            ("${E+y}", "y"),
            ("${B:?must}", "x"),
            ("${E?must}", ""),
            ("$N", ""),
            ("$$B", "$B"),
            ("$$$$", "$$"),
            ("a$", "a$"),
            ("a$1b", "a$1b"),
            ("a$/$", "a$/$"),
            ("\"${B}\"", "x"),
            ("\"\\${B}\"", "${B}"),
            ("'${B}'", "${B}"),
        ] {
            assert_eq!(value(&format!("B=x\nE=\nA={text}")), expected, "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_is_named_with_its_line_and_costs_no_other() {
        for (text, name, expected) in [
            (
                "A B=c",
                "A",
                "found a line that sets no variable, expected NAME=value [/.env:2]",
            ),
            (
                "JWT_APP_SECRET hunter2",
                "JWT_APP_SECRET",
                "a line that sets no variable",
            ),
            ("=c", "", "a line that sets no variable"),
            ("\"A\"=c", "", "a line that sets no variable"),
            ("A='b", "A", "a quote that is not closed"),
            ("A=\"b", "A", "a quote that is not closed"),
            ("A=\"b\\", "A", "a quote that is not closed"),
            ("A=${B", "A", "a ${ that is not closed"),
            ("A=${}", "A", "names no variable"),
            ("A=${1}", "A", "names no variable"),
            ("A=${B!c}", "A", "means nothing"),
            (
                "A=${B:?hunter2}",
                "A",
                "found a ${…} that must be set and is not, expected a line NAME=value above for it [/.env:2]",
            ),
            ("export A=${B?}", "A", "that must be set and is not"),
        ] {
            let file = read(&format!("# a comment\n{text}\n\nZ=z\n"));
            let (about, problem) = file.mistakes.first().expect(text);
            assert_eq!(about, name, "{text}");
            assert!(problem.to_string().contains(expected), "{text}: {problem}");
            assert!(
                !problem.to_string().contains("hunter2"),
                "{text}: {problem}"
            );
            let last = file
                .variables
                .last()
                .map(|last| (last.value.as_str(), last.origin.clone()));
            let line = Origin::File("/.env".into(), Some(4));
            assert_eq!(last, Some(("z", line)), "{text}");
        }
    }

    #[test]
    fn a_line_is_counted_through_values_of_several_lines() {
        let file = read("A='1\n2'\r\n\nB=\"1\n\n3\"\nC=4");
        let origins = file
            .variables
            .iter()
            .map(|variable| variable.origin.to_string());
        assert_eq!(
            origins.collect::<Vec<_>>(),
            ["/.env:1", "/.env:4", "/.env:7"]
        );
    }

    #[test]
    fn what_is_probably_meant_otherwise_is_told() {
        for (text, expected) in [
            ("A: b", "A: value is YAML: write A=value"),
            ("A=b\t# c", "with a tab before it # begins no comment"),
            (
                "A=b$cde",
                "A has a $ before a name that this file does not set above",
            ),
            ("A=\"${B}\"\nB=c", "A has a $ before a name"),
        ] {
            let file = read(text);
            let (about, warning) = file.warnings.first().expect(text);
            assert_eq!(about, "A", "{text}");
            assert!(warning.text.contains(expected), "{text}: {}", warning.text);
        }
        for text in ["A=b # c", "A='b$c'", "A=b$$c", "A=${B:-c}", "B=c\nA=$B"] {
            assert!(read(text).warnings.is_empty(), "{text}");
        }
    }

    #[test]
    fn values_that_double_each_other_end() {
        let doubling = (0..40).map(|n| format!("A{}=$A{n}$A{n}\n", n + 1));
        let text = format!("A0=hunter2\n{}", doubling.collect::<String>());
        let file = read(&text);
        assert!(!file.mistakes.is_empty());
        assert!(
            file.variables
                .iter()
                .all(|variable| variable.value.len() <= 2 * 64 * 1024)
        );
        let nested = format!("A={}", "${B:-".repeat(5_000)) + &"}".repeat(5_000);
        assert!(!read(&nested).mistakes.is_empty());
    }

    #[test]
    fn no_value_is_shown() {
        for text in [
            "A=b$hunter2",
            "A=\"${hunter2}\"",
            "A=${hunter2:?hunter2}",
            "A=hunter2\t#",
            "hunter2",
        ] {
            let file = read(text);
            let warnings = file
                .warnings
                .iter()
                .map(|(_, warning)| warning.text.clone());
            let problems = file.mistakes.iter().map(|(_, problem)| problem.to_string());
            let told: String = warnings.chain(problems).collect();
            assert!(!told.contains("hunter2"), "{told}");
        }
        let shown = format!(
            "{:?}",
            read("A=hunter2\nB=\"hunter2\nhunter2 C\nD=${hunter2")
        );
        assert!(!shown.contains("hunter2 "), "{shown}");
        assert!(!shown.contains("=hunter2"), "{shown}");
    }
}
