//! What the files of the configuration hold.
#![expect(
    clippy::disallowed_methods,
    reason = "looks at the files that the configuration consists of"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock;
use crate::files;

use super::folders::folders;
use super::own_files::OwnFiles;

/// What each path holds: one file, or those of a folder.
pub type Contents = BTreeMap<PathBuf, Vec<(PathBuf, Content)>>;

/// What was found in place of a file.
///
/// Gone, closed and a pipe are not the same: once the reason changes, `/readyz` must have the new one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// A text with this digest.
    Digest(Vec<u8>),
    /// Nothing that can be read, for this reason.
    Unreadable(io::ErrorKind),
    /// What the daemon itself writes.
    Own,
}

/// Looks at files and folders. What the daemon writes itself is none of them: it changes by being written.
pub fn contents(files: &[PathBuf], own: &OwnFiles) -> Contents {
    files
        .iter()
        .map(|path| (path.clone(), of_path(path, own)))
        .collect()
}

/// The same of files that were read since `begun`, in the kernel's time of files, but without those that changed meanwhile:
/// these may have been read as they were before, so that nobody knows what was read.
pub fn unchanged_since(begun: Duration, files: &[PathBuf], own: &OwnFiles) -> Contents {
    let mut contents = contents(files, own);
    let ended = clock::after_files();
    contents.retain(|path, found| {
        let folders = telling_folders(path);
        let files = found.iter().filter(|(_, content)| *content != Content::Own);
        let mut paths = files.map(|(path, _)| path).chain(&folders);
        !paths.any(|path| is_between(changed(path), begun, ended))
    });
    contents
}

/// The folders whose time tells that a path leads to another file now. A file's own time tells that it was put in its place, so
/// that its folder need not: others may write there, as the daemon itself does in its runtime directory.
fn telling_folders(path: &Path) -> BTreeSet<PathBuf> {
    let mut folders = folders(std::slice::from_ref(&path.to_owned()));
    let found = fs::symlink_metadata(path);
    if let Some(parent) = path.parent()
        && found.is_ok_and(|found| found.is_file())
    {
        folders.remove(parent);
    }
    folders
}

/// A clock that was set back leaves files with times that are still to come. They have not changed just now, and would be
/// read again and again.
fn is_between(changed: Duration, begun: Duration, ended: Duration) -> bool {
    (begun..=ended).contains(&changed)
}

/// When a file or folder was written, moved there or otherwise changed; the beginning of time where there is none.
fn changed(path: &Path) -> Duration {
    let found = fs::metadata(path).ok();
    let time = found.and_then(|found| {
        let seconds = u64::try_from(found.ctime()).ok()?;
        Some(Duration::new(
            seconds,
            u32::try_from(found.ctime_nsec()).ok()?,
        ))
    });
    time.unwrap_or_default()
}

fn of_path(path: &Path, own: &OwnFiles) -> Vec<(PathBuf, Content)> {
    let Ok(entries) = fs::read_dir(path) else {
        return vec![(path.to_owned(), of_file(path, own))];
    };
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| (entry.path(), of_file(&entry.path(), own)))
        .collect();
    files.sort();
    files
}

fn of_file(file: &Path, own: &OwnFiles) -> Content {
    if own.has(file) {
        return Content::Own;
    }
    match digest(file) {
        Ok(digest) => Content::Digest(digest),
        Err(error) => Content::Unreadable(error.kind()),
    }
}

fn digest(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = files::open(file)?;
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    Ok(digest.as_ref().to_vec())
}

const MOST_BYTES: u64 = 8_388_608;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_tells_of_what_is_missing_or_behind_a_link_and_not_of_a_file_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link, missing] =
            ["file", "link", "missing"].map(|name| folder.path().join(name));
        fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        for (path, expected) in [(&file, false), (&link, true), (&missing, true)] {
            let tells = telling_folders(path).contains(folder.path());
            assert_eq!(tells, expected, "{}", path.display());
        }
    }

    #[test]
    fn only_what_changed_between_the_beginning_and_the_end_has_changed_meanwhile() {
        for (changed, expected) in [
            (0, false),
            (9, false),
            (10, true),
            (15, true),
            (20, true),
            (21, false),
        ] {
            let [changed, begun, ended] = [changed, 10, 20].map(Duration::from_secs);
            assert_eq!(is_between(changed, begun, ended), expected, "{changed:?}");
        }
    }
}
