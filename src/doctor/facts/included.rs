//! Files that a configuration does not include.

use std::path::PathBuf;

/// A file beside those that Prosody reads, as Debian's `conf.avail` has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub path: PathBuf,
    /// The folder from which files are included.
    pub folder: PathBuf,
    /// The hosts that it declares.
    pub hosts: Vec<String>,
    /// Whether it looks like that of a host with tokens and rooms.
    pub has_tokens: bool,
}
