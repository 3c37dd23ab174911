//! `prosody-tokend shim`: writes the files for Prosody that this program carries.
#![expect(
    clippy::disallowed_methods,
    reason = "writes files into the folder that it is given"
)]

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::NamedTempFile;
use thiserror::Error;

use crate::shim::{self, ShimFile};

use super::failure::{Failure, Status};
use super::layout::plain;
use super::output::print;
use super::statuses::{ExitStatus, OUTPUT};

/// Options of `shim`.
#[derive(Args)]
pub struct ShimArguments {
    /// The folder, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// Why the files were not written.
#[derive(Debug, Error)]
pub enum ShimError {
    /// There is something else under the name of a folder.
    #[error(
        "{0} is not a folder, and nothing was written; name one, or a path where there is nothing yet"
    )]
    NoFolder(PathBuf),
    /// Somebody else's file has the name of one of these.
    #[error(
        "{0} is not a file of prosody-tokend, and nothing was written; name a folder of its own, and put that first in \
         Prosody's plugin_paths"
    )]
    Foreign(PathBuf),
    /// The system does not let a folder be made, or a file be read or written.
    #[error("cannot write {path}")]
    Unwritten { path: PathBuf, source: io::Error },
}

impl Status for ShimError {
    fn status(&self) -> ExitStatus {
        OUTPUT
    }
}

/// A file that is to be put in its place: whole already, beside it.
struct Staged {
    path: PathBuf,
    file: NamedTempFile,
}

/// Writes what is not there yet, and says what was written.
pub fn run(arguments: &ShimArguments) -> Result<(), Failure> {
    let folder = std::path::absolute(&arguments.to);
    let folder = folder.map_err(|source| unwritten(&arguments.to, source))?;
    let outdated = outdated(&folder)?;
    make_folders(&folder)?;
    let staged = outdated.iter().map(|file| stage(&folder, file));
    let staged: Vec<Staged> = staged.collect::<Result<_, _>>()?;
    let mut lines = Vec::new();
    for Staged { path, file } in staged {
        let placed = file.persist(&path);
        placed.map_err(|error| unwritten(&path, error.error))?;
        lines.push(path.display().to_string());
    }
    lines.push(told(&folder, outdated.len()));
    print(&plain(&lines.join("\n")))
}

/// The files that are not there as this version has them.
fn outdated(folder: &Path) -> Result<Vec<&'static ShimFile>, ShimError> {
    let mut outdated = Vec::new();
    for file in shim::files() {
        let path = folder.join(file.0);
        match fs::read(&path) {
            Ok(found) if found == file.1.as_bytes() && is_readable(&path) => {}
            Ok(found) if shim::is_of_any_version(&found) => outdated.push(file),
            Ok(_) => return Err(ShimError::Foreign(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => outdated.push(file),
            Err(error) => return Err(refusal(folder, &path, error)),
        }
    }
    Ok(outdated)
}

fn is_readable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & FILE_MODE == FILE_MODE)
}

/// What keeps a file from being read: often a folder that is none.
fn refusal(folder: &Path, path: &Path, source: io::Error) -> ShimError {
    let parent = path.parent().filter(|parent| parent.is_file());
    let known = [Some(folder).filter(|folder| folder.is_file()), parent];
    match known.into_iter().flatten().next() {
        Some(file) => ShimError::NoFolder(file.to_owned()),
        None => unwritten(path, source),
    }
}

fn make_folders(folder: &Path) -> Result<(), ShimError> {
    for folder in [folder, &folder.join(LIBRARIES)] {
        make_folder(folder).map_err(|source| refusal(folder, folder, source))?;
    }
    Ok(())
}

/// Prosody runs as another user, whatever the umask here says.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE))
}

/// Writes a file beside its place. One that is not put there goes with its owner.
fn stage(folder: &Path, (name, text): &ShimFile) -> Result<Staged, ShimError> {
    let path = folder.join(name);
    let beside = path.parent().unwrap_or(folder);
    let written = tempfile::Builder::new().prefix(".").tempfile_in(beside);
    let written = written.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file()
            .set_permissions(Permissions::from_mode(FILE_MODE))?;
        file.as_file().sync_all()?;
        Ok(file)
    });
    match written {
        Ok(file) => Ok(Staged { path, file }),
        Err(source) => Err(unwritten(&path, source)),
    }
}

fn unwritten(path: &Path, source: io::Error) -> ShimError {
    let path = path.to_owned();
    ShimError::Unwritten { path, source }
}

/// What was done, and what is left to do.
fn told(folder: &Path, written: usize) -> String {
    let count = shim::files().count();
    let kept = count.saturating_sub(written);
    let folder = folder.display();
    format!(
        "\n{written} of {count} files written, {kept} were there already, all of version {}.\n\
         Prosody loads them if their folder comes first in its configuration:\n\n    \
         plugin_paths = {{ \"{folder}\", \"/usr/share/jitsi-meet/prosody-plugins/\" }}\n\n\
         docker-jitsi-meet needs no such line where this folder is mounted at /prosody-plugins-custom.\n",
        env!("CARGO_PKG_VERSION")
    )
}

const LIBRARIES: &str = "token";
const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;
