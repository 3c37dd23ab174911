//! What the files of the configuration hold.
#![expect(
    clippy::disallowed_methods,
    reason = "looks at the files that the configuration consists of"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::files;

use super::own_log::OwnLog;

/// What each path holds: a file's digest, or those of the files of a folder.
pub type Contents = BTreeMap<PathBuf, Vec<(PathBuf, Option<Vec<u8>>)>>;

/// Looks at files and folders. Their own log is none of them: it changes by being written.
pub fn contents(files: &[PathBuf]) -> Contents {
    let log = OwnLog::find();
    files
        .iter()
        .map(|path| (path.clone(), content(path, log)))
        .collect()
}

fn content(path: &Path, log: OwnLog) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let Ok(entries) = fs::read_dir(path) else {
        return vec![(path.to_owned(), digest(path, log))];
    };
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| (entry.path(), digest(&entry.path(), log)))
        .collect();
    files.sort();
    files
}

fn digest(file: &Path, log: OwnLog) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    if log.is_at(file) {
        return None;
    }
    let file = files::open(file).ok()?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    Some(digest.as_ref().to_vec())
}

const MOST_BYTES: u64 = 8_388_608;
