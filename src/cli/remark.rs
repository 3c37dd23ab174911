//! What commands say beside their output.

use std::io::{self, Write as _};

/// Writes to standard error. That nobody can read it is no reason to fail.
pub fn remark(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
