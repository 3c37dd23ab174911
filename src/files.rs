//! Regular files, read so that nothing waits for them and none is longer than what it is for.
#![expect(
    clippy::disallowed_methods,
    reason = "this is how every file of the configuration is opened"
)]

use std::fs::{self, File, FileType, Metadata, OpenOptions, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::{
    FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

/// A regular file's bytes.
///
/// # Errors
/// No such file, no permission, no regular file, more than `most` bytes.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    contents(open(path)?, most)
}

/// A regular file's text.
///
/// # Errors
/// As [`read`]; also bytes that are no UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let text = String::from_utf8(read(path, most)?);
    text.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// The bytes of an open file. How long it claims to be counts for nothing: it may grow, and those of `/proc` claim none.
///
/// # Errors
/// More than `most` bytes, or whatever the system says.
pub fn contents(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= most => Ok(bytes),
        Ok(_) | Err(_) => Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("more than {most} bytes, which is too much"),
        )),
    }
}

/// A regular file, opened for reading; behind a link as well.
///
/// # Errors
/// No such file, no permission, no regular file.
pub fn open(path: &Path) -> io::Result<File> {
    // Some devices do something when they are only opened.
    check(&fs::metadata(path)?)?;
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(NONBLOCK).open(path)?;
    // Another file may have taken its place meanwhile.
    check(&file.metadata()?)?;
    Ok(file)
}

/// A regular file, opened for adding at its end; behind a link as well. Where there is none, one with this mode is made.
///
/// # Errors
/// No such folder, no permission, no regular file, no room.
pub fn append(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).custom_flags(NONBLOCK);
    match fs::metadata(path) {
        Ok(found) => check_is_file(&found)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = options.create(true).open(path)?;
            check_is_file(&file.metadata()?)?;
            // Not when it is made: a umask would take from it.
            file.set_permissions(Permissions::from_mode(mode))?;
            return Ok(file);
        }
        Err(error) => return Err(error),
    }
    let file = options.open(path)?;
    check_is_file(&file.metadata()?)?;
    Ok(file)
}

/// What is written to `/dev/null` is nowhere.
fn check_is_file(found: &Metadata) -> io::Result<()> {
    if is_null(found) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file but a device",
        ));
    }
    check(found)
}

fn check(found: &Metadata) -> io::Result<()> {
    let kind = found.file_type();
    if kind.is_file() || is_null(found) {
        return Ok(());
    }
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let reason = format!("not a regular file but {}", named(kind));
    Err(io::Error::new(io::ErrorKind::InvalidInput, reason))
}

/// Whether it is `/dev/null`, which stands for an empty file everywhere.
fn is_null(found: &Metadata) -> bool {
    found.file_type().is_char_device() && found.rdev() == rustix::fs::makedev(1, 3)
}

fn named(kind: FileType) -> &'static str {
    if kind.is_fifo() {
        "a pipe (FIFO)"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else {
        "something else"
    }
}

const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn what_is_no_regular_file_is_refused_at_once_with_what_was_found() {
        let folder = tempfile::tempdir().unwrap();
        let [pipe, socket, link] = ["pipe", "socket", "link"].map(|name| folder.path().join(name));
        let mode = rustix::fs::Mode::from_bits_truncate(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let _listener = UnixListener::bind(&socket).unwrap();
        symlink(&pipe, &link).unwrap();
        for (path, expected) in [
            (pipe.as_path(), "a pipe (FIFO)"),
            (&link, "a pipe (FIFO)"),
            (&socket, "a socket"),
            (folder.path(), "is a directory"),
            (Path::new("/dev/zero"), "a device"),
            (Path::new("/dev/tty"), "a device"),
            (Path::new("/nowhere"), "No such file"),
        ] {
            let said = read(path, 10).expect_err(expected).to_string();
            assert!(said.contains(expected), "{}: {said}", path.display());
        }
    }

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "0123456789").unwrap();
        symlink(&file, &link).unwrap();
        for (path, most, expected) in [
            (file.as_path(), 10, Some(10)),
            (&link, 11, Some(10)),
            (&file, 9, None),
            (&file, 0, None),
            (Path::new("/dev/null"), 0, Some(0)),
            (Path::new("/proc/self/status"), 9, None),
        ] {
            let length = read(path, most).ok().map(|bytes| bytes.len());
            assert_eq!(length, expected, "{} of {most}", path.display());
        }
        fs::write(&file, b"\xff").unwrap();
        assert_eq!(
            read_text(&file, 9).unwrap_err().to_string(),
            "it is not UTF-8"
        );
    }
}
