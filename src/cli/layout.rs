//! How what people read is laid out.

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::json;
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::token::shown;

pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default().bold();
pub const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
pub const BOLD: Style = Style::new().bold();
pub const FAINT: Style = Style::new().dimmed();

/// A text whose lines stay, and in which whatever else does not show is escaped: files, servers and tokens could move the
/// cursor, or have a terminal show something else.
pub fn plain(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(shown::escaped).collect();
    lines.join("\n")
}

/// JSON as it is printed, with nothing hidden in it.
pub fn json(value: &impl Serialize) -> String {
    shown::escaped_json(&format!("{:#}\n", json!(value))).into_owned()
}

/// Breaks a text into lines that begin under its first. Words stay whole, so that paths and commands can be copied.
/// Whatever does not show is escaped.
pub fn wrapped(text: &str, indent: usize) -> String {
    let text = &plain(text);
    let options = Options::new(WIDTH.saturating_sub(indent))
        .word_splitter(WordSplitter::NoHyphenation)
        .word_separator(WordSeparator::AsciiSpace)
        .break_words(false);
    textwrap::wrap(text, options).join(&format!("\n{}", " ".repeat(indent)))
}

/// Columns of a terminal.
const WIDTH: usize = 96;
