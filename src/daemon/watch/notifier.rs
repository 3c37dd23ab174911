//! Watches the folders of files, and of all links on the way to them: what replaces a file shows there.
#![expect(
    clippy::disallowed_methods,
    reason = "looks which folders there are, and whether there is room for watching them"
)]

use std::fs;
use std::io;
use std::path::PathBuf;
use std::thread;

use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use rustix::io::Errno;

use super::folders::folders;
use super::own_files::OwnFiles;

/// Tells of changes until it is dropped.
pub struct Watch {
    _watcher: RecommendedWatcher,
    /// Why one of the folders is not watched, if one is not.
    pub missing: Option<String>,
}

/// Begins to watch. `tell` is called at each change.
///
/// # Errors
/// Why nothing can be watched, and what to do.
pub fn watch(
    files: &[PathBuf],
    own: OwnFiles,
    tell: impl Fn() + Send + 'static,
) -> Result<Watch, String> {
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.map_or(true, |event| is_change(&event, &own)) {
            tell();
        }
    });
    let mut watcher = watcher.map_err(|error| unwatched(&error))?;
    let mut missing = None;
    for folder in folders(files).iter().filter(|folder| folder.is_dir()) {
        let failure = watcher.watch(folder, RecursiveMode::NonRecursive).err();
        missing = missing.or_else(|| failure.as_ref().map(unwatched));
    }
    Ok(Watch {
        _watcher: watcher,
        missing,
    })
}

/// Whether there are as many descriptors, and threads, as watching and reading take. Without them files look as if they
/// were gone, and a watcher cannot start its thread, which it does not expect.
///
/// # Errors
/// Whatever the system says where there are not.
pub fn check_room() -> io::Result<()> {
    let root = || fs::File::open("/");
    let held: io::Result<Vec<_>> = (0..DESCRIPTORS_NEEDED).map(|_| root()).collect();
    let thread = thread::Builder::new().spawn(|| ());
    // A thread that does nothing does not fail.
    let _ = thread?.join();
    held.map(drop)
}

/// What to do where [`check_room`] fails.
pub fn shortage(error: &io::Error) -> String {
    format!("{error}: none are left for files; LimitNOFILE in the unit says how many there may be")
}

/// Descriptors are there, so it is something of inotify's that is not (inotify(7)).
fn unwatched(error: &notify::Error) -> String {
    let advice = match &error.kind {
        ErrorKind::MaxFilesWatch => ": raise fs.inotify.max_user_watches with sysctl",
        ErrorKind::Io(cause) if cause.raw_os_error() == Some(Errno::MFILE.raw_os_error()) => {
            ": this user has no inotify instance left; raise fs.inotify.max_user_instances with sysctl"
        }
        _ => "",
    };
    format!("{error}{advice}")
}

/// Reading is no change, or each reload would cause the next; and neither is what the daemon writes itself.
fn is_change(event: &Event, own: &OwnFiles) -> bool {
    let is_written = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    };
    let is_own = !event.paths.is_empty() && event.paths.iter().all(|path| own.has(path));
    is_written && !is_own
}

/// Descriptors that a reload may take at the same time.
const DESCRIPTORS_NEEDED: usize = 32;
