//! Texts as they may be shown, and as they fit a terminal.

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::token::shown;

/// What is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What is not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What may not be.
pub const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
/// What names something.
pub const BOLD: Style = Style::new().bold();
/// What stands back.
pub const FAINT: Style = Style::new().dimmed();

/// A text whose lines stay, and in which whatever else does not show is escaped: files, servers and tokens could move the
/// cursor, or have a terminal show something else.
#[must_use]
pub fn plain(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(shown::escaped).collect();
    lines.join("\n")
}

/// Breaks a text into lines that begin under its first. Words stay whole, so that paths and commands can be copied.
/// Whatever does not show is escaped.
#[must_use]
pub fn wrapped(text: &str, indent: usize) -> String {
    let text = &plain(text);
    let options = Options::new(WIDTH.saturating_sub(indent))
        .word_splitter(WordSplitter::NoHyphenation)
        .word_separator(WordSeparator::AsciiSpace)
        .break_words(false);
    textwrap::wrap(text, options).join(&format!("\n{}", " ".repeat(indent)))
}

/// The same without colours.
#[must_use]
pub fn uncoloured(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Columns of a terminal.
const WIDTH: usize = 96;
