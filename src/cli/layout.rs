//! How what people read is laid out.

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSeparator, WordSplitter};

pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default().bold();
pub const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
pub const BOLD: Style = Style::new().bold();
pub const FAINT: Style = Style::new().dimmed();

/// Breaks a text into lines that begin under its first. Words stay whole, so that paths and commands can be copied.
pub fn wrapped(text: &str, indent: usize) -> String {
    let options = Options::new(WIDTH.saturating_sub(indent))
        .word_splitter(WordSplitter::NoHyphenation)
        .word_separator(WordSeparator::AsciiSpace)
        .break_words(false);
    textwrap::wrap(text, options).join(&format!("\n{}", " ".repeat(indent)))
}

/// Columns of a terminal.
const WIDTH: usize = 96;
