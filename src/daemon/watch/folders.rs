//! The folders in which it shows that a path leads to another file: its own, and those of all links on the way to it.
#![expect(
    clippy::disallowed_methods,
    reason = "looks which folders and links there are"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub fn folders(files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for file in files {
        add_folders(file, MOST_LINKS, &mut folders);
    }
    folders
}

fn add_folders(path: &Path, links: usize, folders: &mut BTreeSet<PathBuf>) {
    if path.is_dir() {
        folders.insert(path.to_owned());
    }
    let existing = path.ancestors().skip(1).find(|folder| folder.is_dir());
    folders.extend(existing.map(Path::to_owned));
    for ancestor in path.ancestors() {
        let (Ok(target), Some(parent)) = (fs::read_link(ancestor), ancestor.parent()) else {
            continue;
        };
        folders.insert(parent.to_owned());
        if let (Ok(rest), Some(links)) = (path.strip_prefix(ancestor), links.checked_sub(1)) {
            let target = parent.join(target);
            let target = if rest.as_os_str().is_empty() {
                target
            } else {
                target.join(rest)
            };
            add_folders(&target, links, folders);
        }
    }
}

const MOST_LINKS: usize = 16;
