//! The files that a configuration names: the only place here that touches the file system.
#![expect(
    clippy::disallowed_methods,
    reason = "reads Prosody's configuration and the files that it names"
)]

use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use crate::files;

use crate::prosody::fault::MAX_FILE_BYTES;

/// A regular file's bytes.
///
/// # Errors
/// No such file, no permission, no regular file, more than [`MAX_FILE_BYTES`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    files::read(path, MAX_FILE_BYTES)
}

/// The file behind a symbolic link; none for anything else.
pub fn link_target(path: &Path) -> Option<PathBuf> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    is_link.then(|| fs::canonicalize(path).ok()).flatten()
}

/// The names in a folder, sorted.
///
/// # Errors
/// No such folder, no permission, no folder.
pub fn names(folder: &Path) -> io::Result<Vec<Vec<u8>>> {
    let entries = fs::read_dir(folder)?.take(MAX_NAMES);
    let mut names = entries
        .map(|entry| Ok(entry?.file_name().into_vec()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

const MAX_NAMES: usize = 100_000;
