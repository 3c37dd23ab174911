//! How what people read is laid out.

use serde::Serialize;
use serde_json::json;

use crate::token::shown;

pub use crate::laid_out::text::{BAD, BOLD, DOUBTFUL, FAINT, GOOD, plain, wrapped};

/// JSON as it is printed, with nothing hidden in it.
pub fn json(value: &impl Serialize) -> String {
    shown::escaped_json(&format!("{:#}\n", json!(value))).into_owned()
}

/// A word as the shell takes it, on one line.
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Rows whose cells stand under each other. They are escaped before they are measured, so that columns stay in line.
pub fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let shown: Vec<[String; N]> = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| shown::escaped(cell).into_owned()))
        .collect();
    let mut widths = [0; N];
    for row in &shown {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    shown.iter().map(line).collect()
}
