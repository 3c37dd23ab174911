//! Notices that the configuration changed, and has it loaded anew: all of it, or nothing.
#![expect(
    clippy::disallowed_methods,
    reason = "looks at the files that the configuration consists of"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::clock;

/// What came of loading the configuration.
pub struct Loaded {
    /// The files and folders that it consists of.
    pub files: Vec<PathBuf>,
    /// Whether it is in force now, or what is wrong with it.
    pub outcome: Result<(), String>,
}

/// Why the configuration in force is not the one on disk, if it is not.
#[derive(Default)]
pub struct Status(Mutex<Option<String>>);

impl Status {
    /// What was wrong with the configuration when it was loaded last.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, failure: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

/// Asks for a reload.
#[derive(Clone)]
pub struct Trigger(Sender<Cause>);

impl Trigger {
    /// Has the configuration loaded, whether its files changed or not.
    pub fn reload(&self) {
        // Without a receiver the daemon is about to end.
        self.0.send(Cause::Signal).unwrap_or_default();
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Signal,
    Change,
}

/// The configuration's files, and what they held at one time.
pub struct Snapshot {
    files: Vec<PathBuf>,
    contents: Contents,
}

impl Snapshot {
    /// Looks at the files; to be taken before they are loaded, so that no change after that is missed.
    #[must_use]
    pub fn take(files: Vec<PathBuf>) -> Self {
        let contents = contents(&files);
        Self { files, contents }
    }
}

/// Starts to watch the files in a thread of its own; `load` is called there once they are not as in the snapshot.
///
/// # Errors
/// Whatever the system says when it cannot start the thread.
pub fn start(
    snapshot: Snapshot,
    status: Arc<Status>,
    load: impl Fn() -> Loaded + Send + 'static,
) -> io::Result<Trigger> {
    let (sender, causes) = mpsc::channel();
    let trigger = Trigger(sender.clone());
    let reloader = Reloader {
        loaded: snapshot.contents,
        files: snapshot.files,
        status,
        load,
        sender,
    };
    thread::Builder::new()
        .name("reload".to_owned())
        .spawn(move || reloader.run(&causes))?;
    Ok(trigger)
}

struct Reloader<L> {
    files: Vec<PathBuf>,
    /// What the files held when they were loaded last.
    loaded: Contents,
    status: Arc<Status>,
    load: L,
    sender: Sender<Cause>,
}

impl<L: Fn() -> Loaded> Reloader<L> {
    fn run(mut self, causes: &Receiver<Cause>) {
        loop {
            // Watching begins before the files are compared, so that no change is lost in between.
            let _watcher = watch(&self.files, &self.sender);
            if contents(&self.files) != self.loaded {
                // More may be on its way, and what never rests must not be loaded without a pause.
                if causes.recv_timeout(QUIET) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
                self.reload();
                continue;
            }
            match settle(causes) {
                Some(Cause::Signal) => self.reload(),
                Some(Cause::Change) => {}
                None => return,
            }
        }
    }

    fn reload(&mut self) {
        let before = contents(&self.files);
        let Loaded { files, outcome } = (self.load)();
        self.loaded = contents(&files);
        self.loaded.extend(before);
        if outcome.is_err() {
            // What is in force consists of the files before, and the mistake may be in one of them.
            self.files.retain(|file| !files.contains(file));
            self.files.extend(files);
        } else {
            self.files = files;
        }
        self.loaded.retain(|path, _| self.files.contains(path));
        match &outcome {
            Ok(()) => tracing::info!("configuration reloaded"),
            Err(error) => {
                tracing::error!(error, "configuration not reloaded: the previous one stays");
            }
        }
        self.status.set(outcome.err());
    }
}

/// Waits for a cause, and after a change until no more come for a moment: files change in several steps.
fn settle(causes: &Receiver<Cause>) -> Option<Cause> {
    let mut cause = causes.recv().ok()?;
    let started = clock::instant();
    while cause == Cause::Change && clock::elapsed(started) < LONGEST_UNREST {
        match causes.recv_timeout(QUIET) {
            Ok(next) => cause = next,
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    Some(cause)
}

/// Watches the folders of the files, and of all links on the way: what replaces a file shows there.
fn watch(files: &[PathBuf], sender: &Sender<Cause>) -> Option<RecommendedWatcher> {
    let sender = sender.clone();
    let tell = move |event: notify::Result<notify::Event>| {
        if event.map_or(true, |event| is_change(event.kind)) {
            // Without a receiver the daemon is about to end.
            sender.send(Cause::Change).unwrap_or_default();
        }
    };
    let mut folders = BTreeSet::new();
    for file in files {
        add_folders(file, MOST_LINKS, &mut folders);
    }
    let watcher = notify::recommended_watcher(tell).and_then(|mut watcher| {
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
        Ok(watcher)
    });
    watcher
        .inspect_err(|error| {
            tracing::warn!(%error, "cannot watch the configuration; SIGHUP reloads it");
        })
        .ok()
}

/// Reading is no change, or each reload would cause the next.
const fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    }
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

/// What each path holds: a file's bytes, or the files of a folder.
type Contents = BTreeMap<PathBuf, Vec<(PathBuf, Option<Vec<u8>>)>>;

fn contents(files: &[PathBuf]) -> Contents {
    files
        .iter()
        .map(|path| (path.clone(), content(path)))
        .collect()
}

fn content(path: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let Ok(entries) = fs::read_dir(path) else {
        return vec![(path.to_owned(), digest(path))];
    };
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| (entry.path(), digest(&entry.path())))
        .collect();
    files.sort();
    files
}

fn digest(file: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    if !file.is_file() {
        return None;
    }
    let file = fs::File::open(file).ok()?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    Some(digest.as_ref().to_vec())
}

const QUIET: Duration = Duration::from_millis(200);
const LONGEST_UNREST: Duration = Duration::from_secs(1);
const MOST_LINKS: usize = 16;
const MOST_BYTES: u64 = 8_388_608;
