//! The files that a configuration names: the only place here that touches the file system.
#![expect(
    clippy::disallowed_methods,
    reason = "reads Prosody's configuration and the files that it names"
)]

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::fault::MAX_FILE_BYTES;

/// A regular file's bytes.
///
/// # Errors
/// No such file, no permission, no regular file, more than [`MAX_FILE_BYTES`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = open(path)?.take(MAX_FILE_BYTES.saturating_add(1));
    file.read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE_BYTES) {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// A regular file, opened so that nothing waits for it: a pipe or the kernel's log might never answer.
///
/// # Errors
/// No such file, no permission, no regular file.
pub fn open(path: &Path) -> io::Result<fs::File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !kind.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut options = fs::OpenOptions::new();
    options.read(true).custom_flags(NONBLOCK).open(path)
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

/// The version of the Prosody that is installed here, if one is.
pub fn installed_version() -> Option<String> {
    let mut folders = INSTALLED.iter().map(Path::new);
    folders.find_map(|folder| fs::read_to_string(folder.join("prosody.version")).ok())
}

const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
const INSTALLED: [&str; 3] = [
    "/usr/lib/prosody",
    "/usr/local/lib/prosody",
    "/usr/share/prosody",
];
const MAX_NAMES: usize = 100_000;
