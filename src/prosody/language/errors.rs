//! From Lua's errors to refusals with a file and line, and without secrets.

use std::sync::Arc;

use mlua::Error;

use super::evaluation::{CHUNK, Evaluation, source_index};
use crate::prosody::fault::{Fault, Refusal};

/// What an error of Lua means.
pub fn refusal(evaluation: &Evaluation, error: &Error) -> Refusal {
    match error {
        Error::CallbackError { cause, .. } | Error::BadArgument { cause, .. } => {
            refusal(evaluation, cause)
        }
        Error::ExternalError(cause) => own(evaluation, cause),
        Error::MemoryError(_) => Refusal {
            fault: Fault::TooLarge,
            origin: evaluation.place(),
        },
        Error::SyntaxError { message, .. } => located(evaluation, message, |text| {
            Fault::Syntax(without_source(&text))
        }),
        Error::RuntimeError(message) => {
            located(evaluation, message, |text| Fault::Raised(advised(text)))
        }
        other => located(evaluation, &other.to_string(), Fault::Raised),
    }
}

fn own(evaluation: &Evaluation, cause: &Arc<dyn std::error::Error>) -> Refusal {
    match cause.downcast_ref::<Refusal>() {
        Some(refusal) => refusal.clone(),
        None => located(evaluation, &cause.to_string(), Fault::Raised),
    }
}

/// Takes the places off the front of a message; the innermost counts.
fn located(evaluation: &Evaluation, message: &str, fault: impl Fn(String) -> Fault) -> Refusal {
    let message = MESSAGE_ENDS.iter().fold(message, |message, end| {
        message
            .split_once(end)
            .map_or(message, |(before, _)| before)
    });
    let mut origin = None;
    let mut text = message;
    while let Some((source, line, rest)) = place(text) {
        origin = Some(evaluation.origin_at(source, line));
        text = rest;
    }
    Refusal {
        fault: fault(readable(evaluation, text)),
        origin: origin.unwrap_or_else(|| evaluation.place()),
    }
}

/// The number of the file, the line, and the text of `<config 0>:12: text`.
fn place(message: &str) -> Option<(usize, usize, &str)> {
    let (place, text) = message.split_once(": ")?;
    let (chunk, line) = place.rsplit_once(':')?;
    Some((source_index(chunk)?, line.parse().ok()?, text))
}

/// One line, with files under their own names.
fn readable(evaluation: &Evaluation, text: &str) -> String {
    let mut parts = text.split(CHUNK);
    let mut readable = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let named = part.split_once('>').and_then(|(number, rest)| {
            let origin = evaluation.origin_at(number.parse().ok()?, 0);
            Some(format!("{origin}{rest}"))
        });
        readable.push_str(&named.unwrap_or_else(|| format!("{CHUNK}{part}")));
    }
    let line = readable.lines().next().unwrap_or_default();
    line.chars().take(MAX_CHARS).collect()
}

/// Adds what to do to the mistakes that people make most.
fn advised(text: String) -> String {
    let called = text.strip_prefix("attempt to call a nil value (global '");
    let name = called.and_then(|rest| rest.strip_suffix("')"));
    match name {
        Some(name) if NEW_FUNCTIONS.contains(&name) => {
            format!("{text}; Prosody has {name} from 13.0 on")
        }
        Some(name) if is_word(name) => format!("{text}; is there a \"=\" missing after {name}?"),
        Some(_) | None => without_secret(text),
    }
}

/// A message without the name of a global that is none: a secret without quotes looks like one.
fn without_secret(text: String) -> String {
    let Some((before, rest)) = text.split_once("(global '") else {
        return text;
    };
    match rest.split_once("')") {
        Some((name, after)) if !is_word(name) => {
            format!(
                "{before}(a global whose name is not shown){after}; is there a text without quotes?"
            )
        }
        Some(_) | None => text,
    }
}

/// Whether it is a name that people choose, and no part of a secret.
fn is_word(name: &str) -> bool {
    let is_plain = name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    let changes = name.as_bytes().windows(2).filter(|pair| match pair {
        [before, after] => before.is_ascii_lowercase() && after.is_ascii_uppercase(),
        _ => false,
    });
    is_plain && name.len() <= LONGEST_WORD && changes.count() <= 2
}

const LONGEST_WORD: usize = 32;

/// Lua's parser quotes the source, which may be a part of a secret: only its own words and signs stay.
fn without_source(message: &str) -> String {
    let Some((what, near)) = message.split_once(" near ") else {
        return message.to_owned();
    };
    let token = near.trim_matches('\'');
    let harmless = KEYWORDS.contains(&token)
        || (!token.is_empty() && token.chars().all(|c| "=<>~+-*/%^#(){}[];:,.&|".contains(c)));
    if harmless {
        message.to_owned()
    } else {
        what.to_owned()
    }
}

/// What follows is a traceback, or a constant of the source, which may be a secret.
const MESSAGE_ENDS: [&str; 2] = ["\nstack traceback:", " (constant '"];
const NEW_FUNCTIONS: [&str; 4] = ["Credential", "FileContents", "FileLine", "FileLines"];
const MAX_CHARS: usize = 500;

const KEYWORDS: [&str; 23] = [
    "<eof>", "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto",
    "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_without_quotes_is_not_named() {
        for (text, is_shown) in [
            (
                "attempt to call a nil value (global 'kT7vQ2mW9xR4pL8sN3bD6fH1jZ5cY0aE')",
                false,
            ),
            (
                "attempt to perform arithmetic on a nil value (global 'hunter2')",
                false,
            ),
            (
                "attempt to concatenate a nil value (global 'abCdEfGhIj')",
                false,
            ),
            ("attempt to call a nil value (global 'app_id')", true),
            ("attempt to concatenate a nil value (global 'domain')", true),
        ] {
            let (_, name) = text.split_once("(global '").unwrap();
            let name = name.trim_end_matches("')");
            assert_eq!(advised(text.to_owned()).contains(name), is_shown, "{text}");
        }
    }

    #[test]
    fn what_the_parser_quotes_of_the_source_is_left_out() {
        for (message, expected) in [
            ("unfinished string near '\"hunter2'", "unfinished string"),
            ("malformed number near '3hunter2'", "malformed number"),
            ("'=' expected near 'hunter2'", "'=' expected"),
            ("'=' expected near <eof>", "'=' expected near <eof>"),
            ("unexpected symbol near '='", "unexpected symbol near '='"),
            (
                "'}' expected (to close '{' at line 3) near 'end'",
                "'}' expected (to close '{' at line 3) near 'end'",
            ),
            (
                "invalid escape sequence '\\q'",
                "invalid escape sequence '\\q'",
            ),
        ] {
            assert_eq!(without_source(message), expected);
        }
    }
}
