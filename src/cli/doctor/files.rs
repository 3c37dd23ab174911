//! The files that services need, with all that is on the way to them.
#![expect(
    clippy::disallowed_methods,
    reason = "looks for the files that are read"
)]

use std::path::{Path, PathBuf};

use crate::doctor::facts::{NeededFile, Purpose};
use crate::doctor::plugins::SHIM;
use crate::permissions::way;

pub fn needed(path: &Path, purpose: Purpose) -> NeededFile {
    NeededFile {
        way: way::to(path),
        purpose,
        open_folder: None,
    }
}

/// One of the shim, which has this name below its folder.
pub fn of_shim(path: &Path, name: &str) -> NeededFile {
    let file = needed(path, Purpose::Shim);
    let depth = Path::new(name).components().count();
    let folder = file.way.file().and_then(|path| path.ancestors().nth(depth));
    NeededFile {
        open_folder: folder.filter(|folder| is_its_own(folder)).map(Into::into),
        ..file
    }
}

/// Whether a folder is the shim's, and no home or the like into which its files were put.
fn is_its_own(folder: &Path) -> bool {
    let is_deep = folder.components().count() > 2 && folder.parent() != Some(Path::new("/home"));
    is_deep && SHIM.iter().all(|(name, _)| folder.join(name).is_file())
}

/// What is in a folder of keys.
pub fn within(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "pem"))
        .collect()
}
