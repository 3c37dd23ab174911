//! What manual pages have in common.

use roff::{Inline, Roff, bold, italic, roman};

/// The page of the program.
pub const PROGRAM: &str = "prosody-tokend";
/// The page of the configuration file.
pub const CONFIGURATION: &str = "prosody-tokend.toml";

/// What stands at the foot of each page.
pub fn source() -> String {
    let command = prosody_tokend::cli::command();
    format!("{PROGRAM} {}", command.get_version().unwrap_or_default())
}

/// Begins a section.
pub fn section(roff: &mut Roff, title: &str) {
    roff.control("SH", [title]);
}

/// A term, and what is said of it.
pub fn entry(roff: &mut Roff, term: impl Into<Vec<Inline>>, text: &str) {
    roff.control("TP", []);
    roff.text(term);
    roff.text([roman(text)]);
}

/// A paragraph.
pub fn paragraph(roff: &mut Roff, text: &str) {
    roff.control("PP", []);
    roff.text([roman(text)]);
}

/// Lines that stand as they are, behind what they are for.
pub fn example(roff: &mut Roff, what: &str, lines: &str) {
    roff.text([roman(what)]);
    roff.control("PP", []);
    roff.control("RS", ["4"]);
    roff.control("nf", []);
    for line in lines.lines() {
        roff.text([bold(line)]);
    }
    roff.control("fi", []);
    roff.control("RE", []);
}

/// Other pages, each with its section.
pub fn see_also(roff: &mut Roff, pages: &[(String, &str)]) {
    section(roff, "SEE ALSO");
    let mut line = Vec::new();
    for (name, number) in pages {
        if !line.is_empty() {
            line.push(roman(", "));
        }
        line.push(bold(name.clone()));
        line.push(roman(format!("({number})")));
    }
    roff.text(line);
}

/// A file, in the type that file names have.
pub fn file(path: &str) -> Vec<Inline> {
    vec![italic(path)]
}
