//! What is logged, and how it looks.

use super::raw::Section;
use crate::origin::problem::ProblemKind;

/// What is logged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// The least severe level that is logged.
    pub level: tracing::Level,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text under systemd and on a terminal, as fits each.
    Auto,
    /// Text with a time stamp.
    Text,
    /// One JSON object a line.
    Json,
}

/// Reads the section. None if something is wrong with it.
pub fn read(section: Section<'_>) -> Option<Log> {
    let level = choice(&section, "level", "info", &LEVELS);
    let format = choice(&section, "format", "auto", &FORMATS);
    section.finish();
    Some(Log {
        level: level?,
        format: format?,
    })
}

fn choice<T: Copy>(
    section: &Section<'_>,
    name: &'static str,
    default: &str,
    choices: &[(&str, T)],
) -> Option<T> {
    let chosen = if section.has(name) {
        section.string(name)?
    } else {
        default.to_owned()
    };
    let found = choices
        .iter()
        .find(|(known, _)| *known == chosen)
        .map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
        let lower = chosen.trim().to_ascii_lowercase();
        let mut alike = names
            .iter()
            .filter(|known| lower.starts_with(**known) || known.starts_with(&lower));
        let expected = match (alike.next(), lower.len() > 2) {
            (Some(meant), true) => format!("{name} = {meant:?}"),
            (Some(_), false) | (None, _) => format!("one of {}", names.join(", ")),
        };
        section.problem(
            name,
            ProblemKind::WrongValue,
            &format!("{chosen:?}"),
            &expected,
        );
    }
    found
}

const LEVELS: [(&str, tracing::Level); 5] = [
    ("error", tracing::Level::ERROR),
    ("warn", tracing::Level::WARN),
    ("info", tracing::Level::INFO),
    ("debug", tracing::Level::DEBUG),
    ("trace", tracing::Level::TRACE),
];

const FORMATS: [(&str, LogFormat); 3] = [
    ("auto", LogFormat::Auto),
    ("text", LogFormat::Text),
    ("json", LogFormat::Json),
];
