//! Files of variables, as docker compose reads them: `NAME=value` lines.

use std::path::Path;

use super::problem::{Origin, Problem};

/// An environment variable, and where it was set.
#[derive(Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, which may be a secret.
    pub value: String,
    /// The environment, or a line of a file.
    pub origin: Origin,
}

impl Variable {
    /// A variable of the environment.
    #[must_use]
    pub fn of_environment(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            origin: Origin::Variable(name.to_owned()),
        }
    }
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}=… [{}]", self.name, self.origin)
    }
}

/// Reads the text of the file at `path`: comments, `export`, single and double quotes. Later lines win.
///
/// # Errors
/// Every line that means nothing, and every value that compose would put other variables into.
pub fn parse(path: &Path, text: &str) -> Result<Vec<Variable>, Vec<Problem>> {
    let (mut variables, mut problems) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let origin = Origin::File(path.to_owned(), Some(index.saturating_add(1)));
        match assignment(line) {
            Ok(Some((name, value))) => variables.push(Variable {
                name: name.to_owned(),
                value,
                origin,
            }),
            Ok(None) => {}
            Err((found, expected)) => problems.push(Problem {
                key: "the file of variables".to_owned(),
                found: found.to_owned(),
                expected: expected.to_owned(),
                origin,
            }),
        }
    }
    if problems.is_empty() {
        Ok(variables)
    } else {
        Err(problems)
    }
}

/// What was found, and what would be right.
type Mistake = (&'static str, &'static str);

fn assignment(line: &str) -> Result<Option<(&str, String)>, Mistake> {
    let line = line.trim_start();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line).trim();
    let Some((name, value)) = line.split_once('=') else {
        return if is_name(line) {
            Ok(None)
        } else {
            Err(NO_ASSIGNMENT)
        };
    };
    let name = name.trim_end();
    if !is_name(name) {
        return Err(NO_ASSIGNMENT);
    }
    Ok(Some((name, unquoted(value.trim())?)))
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

fn unquoted(value: &str) -> Result<String, Mistake> {
    if let Some(rest) = value.strip_prefix('\'') {
        let (literal, after) = rest.split_once('\'').ok_or(OPEN_QUOTE)?;
        return only_comment(after).map(|()| literal.to_owned());
    }
    if let Some(rest) = value.strip_prefix('"') {
        return double_quoted(rest);
    }
    let comment = value.find(" #").or_else(|| value.find("\t#"));
    let value = comment.map_or(value, |at| value.split_at(at).0.trim_end());
    literal(value, '$')
}

fn double_quoted(rest: &str) -> Result<String, Mistake> {
    let mut value = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                only_comment(chars.as_str())?;
                return literal(&value, '\u{0}');
            }
            '$' => return Err(SUBSTITUTION),
            '\\' => match chars.next().ok_or(OPEN_QUOTE)? {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                escaped @ ('"' | '\\' | '$') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            c => value.push(c),
        }
    }
    Err(OPEN_QUOTE)
}

fn literal(value: &str, substitutes: char) -> Result<String, Mistake> {
    if value.contains(substitutes) {
        return Err(SUBSTITUTION);
    }
    Ok(value.to_owned())
}

fn only_comment(after: &str) -> Result<(), Mistake> {
    let after = after.trim_start();
    if after.is_empty() || after.starts_with('#') {
        return Ok(());
    }
    Err(("text after a closing quote", "one value"))
}

const NO_ASSIGNMENT: Mistake = ("a line that sets no variable", "NAME=value");
const OPEN_QUOTE: Mistake = ("a quote that is not closed", "one value in a line");
const SUBSTITUTION: Mistake = (
    "a $, which stands for another variable",
    "the value itself, in single quotes if it has a $",
);

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str) -> Result<String, String> {
        let mut variables = parse(Path::new("/.env"), line)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<String>())?;
        Ok(variables
            .pop()
            .map(|variable| variable.value)
            .unwrap_or_default())
    }

    #[test]
    fn a_value_is_read_as_compose_reads_it() {
        for (line, expected) in [
            ("A=b", "b"),
            ("A=", ""),
            ("A", ""),
            ("# A=b", ""),
            ("export A = b", "b"),
            ("A=b # comment", "b"),
            ("A=b#c", "b#c"),
            ("A='b # c' # comment", "b # c"),
            ("A='b$c\\n'", "b$c\\n"),
            ("A=\"b # c\"", "b # c"),
            ("A=\"b\\nc\\\"\\$d\\q\"", "b\nc\"$d\\q"),
            ("A=b=c", "b=c"),
            ("A=b c", "b c"),
            ("A=b\r", "b"),
            ("A=b\nA=c", "c"),
        ] {
            assert_eq!(value(line).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_means_nothing_or_something_else_is_refused() {
        for (line, expected) in [
            (
                "A B=c",
                "found a line that sets no variable, expected NAME=value [/.env:1]",
            ),
            ("1=c", "a line that sets no variable"),
            ("A: b", "a line that sets no variable"),
            (
                "\nA=$B",
                "expected the value itself, in single quotes if it has a $ [/.env:2]",
            ),
            ("A=\"${B}\"", "a $"),
            ("A='b", "a quote that is not closed"),
            ("A=\"b", "a quote that is not closed"),
            ("A=\"b\\", "a quote that is not closed"),
            ("A='b' c", "text after a closing quote"),
        ] {
            let problem = value(line).expect_err(line);
            assert!(problem.contains(expected), "{line}: {problem}");
        }
    }

    #[test]
    fn no_value_is_shown() {
        let shown = format!("{:?}", parse(Path::new("/.env"), "A=hunter2"));
        assert!(!shown.contains("hunter2"), "{shown}");
        for line in ["A=$hunter2", "A=\"hunter2", "hunter2 A", "A='b' hunter2"] {
            assert!(!value(line).expect_err(line).contains("hunter2"), "{line}");
        }
    }
}
