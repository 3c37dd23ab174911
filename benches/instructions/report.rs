//! Writes what was measured into its document.

use std::fs;
use std::io;
use std::path::Path;

/// Replaces what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->` in the document at `path`.
///
/// # Errors
/// Whatever the system says, and `InvalidData` where a marker is missing.
pub fn replace_section(path: &Path, name: &str, body: &str) -> io::Result<()> {
    let document = fs::read_to_string(path)?;
    let replaced = replaced(&document, name, body).ok_or_else(|| {
        let message = format!(
            "{}: expected the lines <!-- {name}:begin --> and <!-- {name}:end -->",
            path.display()
        );
        io::Error::new(io::ErrorKind::InvalidData, message)
    })?;
    fs::write(path, replaced)
}

fn replaced(document: &str, name: &str, body: &str) -> Option<String> {
    let begin = format!("<!-- {name}:begin -->");
    let end = format!("<!-- {name}:end -->");
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    let body = body.trim();
    Some(format!("{before}{begin}\n\n{body}\n\n{end}{after}"))
}
