//! A file that is damaged is moved aside, and lies there until somebody has seen to it.
#![expect(
    clippy::disallowed_methods,
    reason = "moves a damaged file aside, and looks whether one lies there"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::opening::beside;
use super::trouble::user;

/// Moves the file aside, with those that belong to it, and says where to.
pub fn move_aside(path: &Path, now: i64) -> io::Result<PathBuf> {
    let aside = beside(path, &format!("{MARK}{now}"));
    // The file first: as soon as it lies there it is known that something was lost.
    fs::rename(path, &aside)?;
    for end in ["-wal", "-shm"] {
        match fs::rename(beside(path, end), beside(&aside, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(aside)
}

/// The file that was moved aside first, of those that still lie there.
pub fn first_aside(path: &Path) -> Option<PathBuf> {
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    let names = fs::read_dir(folder).ok()?.filter_map(|entry| {
        let found = entry.ok()?.file_name().into_string().ok()?;
        let time = found.strip_prefix(name)?.strip_prefix(MARK)?;
        let is_time = time.bytes().all(|byte| byte.is_ascii_digit());
        is_time.then_some(found)
    });
    names.min().map(|name| folder.join(name))
}

/// What was lost, what that means, and what to do.
pub fn described(path: &Path, aside: &Path, cause: Option<&str>, is_known_here: bool) -> String {
    let (path, aside, user) = (path.display(), aside.display(), user());
    let cause = cause.map_or(String::new(), |cause| format!(" ({cause})"));
    let known = if is_known_here {
        "What was revoked before that stays in force until the daemon ends, and is not known after that"
    } else {
        "What was revoked before that is not known"
    };
    format!(
        "{path} was damaged{cause} and was moved to {aside}. {known}; what is revoked from now on counts. \
        With a backup: `sudo systemctl stop prosody-tokend`, `sudo rm {path}*`, `sudo install -m 600 -o {user} BACKUP {path}`, \
        `sudo systemctl start prosody-tokend`. Without one, revoke again what has to be, and then say that the rest is lost: \
        `sudo rm {path}{MARK}*`"
    )
}

/// Between the file's name and the time when it was moved.
const MARK: &str = ".damaged-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_moved_with_those_that_belong_to_it_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        for name in [
            "state.db",
            "state.db-wal",
            "state.db.damaged-x",
            "other.db.damaged-1",
        ] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        assert_eq!(first_aside(&path), None);
        let aside = move_aside(&path, 1_700_000_000).unwrap();
        fs::write(&path, "the next one").unwrap();
        move_aside(&path, 1_800_000_000).unwrap();
        assert_eq!(first_aside(&path).as_ref(), Some(&aside));
        let log = fs::read_to_string(beside(&aside, "-wal")).unwrap();
        assert_eq!(log, "state.db-wal");
        fs::remove_file(aside).unwrap();
        let next = folder.path().join("state.db.damaged-1800000000");
        assert_eq!(first_aside(&path), Some(next));
    }
}
