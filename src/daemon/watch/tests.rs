//! Reloading of real files, with pauses that suit a test.
#![expect(
    clippy::disallowed_methods,
    reason = "writes the files that are reloaded"
)]

use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex};

use tempfile::TempDir;

use super::*;

/// After all that a test writes before it starts.
const LATER: Duration = Duration::MAX;
const PATIENCE: Duration = Duration::from_secs(30);

/// A configuration of one file, whose text is in force unless it is `bad`.
struct File {
    path: PathBuf,
    applied: Mutex<Sender<String>>,
    hangs: Arc<Hang>,
}

/// Holds the reading of a text up for as long as that is set.
#[derive(Default)]
struct Hang {
    text: Mutex<Option<&'static str>>,
    changed: Condvar,
}

impl Hang {
    fn set(&self, text: Option<&'static str>) {
        *self.text.lock().unwrap() = text;
        self.changed.notify_all();
    }

    fn pass(&self, read: &str) {
        let text = self.text.lock().unwrap();
        let is_held = |text: &mut Option<&str>| *text == Some(read);
        drop(self.changed.wait_while(text, is_held).unwrap());
    }
}

impl Configuration for File {
    type Read = String;

    fn read(&self) -> Reading<String> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        self.hangs.pass(&text);
        Reading {
            files: vec![self.path.clone()],
            outcome: if text == "bad" {
                Err("it is bad".to_owned())
            } else {
                Ok(text)
            },
        }
    }

    fn begin(&self) {}

    fn apply(&self, read: String) {
        self.applied.lock().unwrap().send(read).unwrap();
    }

    fn keep(&self) {}
}

struct Running {
    folder: TempDir,
    status: Arc<Status>,
    applied: Receiver<String>,
    hangs: Arc<Hang>,
    trigger: Trigger,
}

/// Starts with a file that holds `first`.
fn start(pauses: Pauses) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "first").unwrap();
    let (applied, received) = channel();
    let (status, hangs) = (Arc::<Status>::default(), Arc::<Hang>::default());
    let Snapshot {
        files,
        contents,
        own,
    } = Snapshot::take(vec![path.clone()], LATER, OwnFiles::default());
    let (sender, causes) = channel();
    let configuration = File {
        path,
        applied: Mutex::new(applied),
        hangs: Arc::clone(&hangs),
    };
    let reloader = Reloader {
        configuration: Arc::new(configuration),
        files,
        loaded: contents,
        own,
        status: Arc::clone(&status),
        looks: Attempts::new(pauses.deadline),
        loads: Attempts::new(pauses.deadline),
        pauses,
        sender: sender.clone(),
    };
    thread::spawn(move || reloader.run(&causes));
    Running {
        folder,
        status,
        applied: received,
        hangs,
        trigger: Trigger(sender),
    }
}

impl Running {
    fn path(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    /// Writes without anything to be seen in the folder: by another name of the file, and as much as was there.
    fn write_unseen(&self, text: &str) {
        let elsewhere = tempfile::tempdir_in(self.folder.path().parent().unwrap()).unwrap();
        let other = elsewhere.path().join("other");
        fs::hard_link(self.path(), &other).unwrap();
        let mut file = fs::File::options().write(true).open(other).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn applies(&self, expected: &str) {
        assert_eq!(self.applied.recv_timeout(PATIENCE).unwrap(), expected);
    }
}

fn pauses() -> Pauses {
    Pauses {
        quiet: Duration::from_millis(1),
        retry: Duration::from_millis(10),
        compare: PATIENCE,
        deadline: PATIENCE,
    }
}

fn until(mut is_so: impl FnMut() -> bool) {
    let started = clock::instant();
    while !is_so() {
        assert!(clock::elapsed(started) < PATIENCE);
        thread::yield_now();
    }
}

#[test]
fn a_change_is_noticed() {
    let running = start(pauses());
    replace(&running.path(), "second");
    running.applies("second");
    assert_eq!(running.status.blindness(), None);
}

#[test]
fn a_change_that_a_watch_does_not_show_is_noticed_by_looking() {
    let running = start(Pauses {
        compare: Duration::from_millis(10),
        ..pauses()
    });
    running.write_unseen("other");
    running.applies("other");
}

#[test]
fn what_is_bad_is_told_of_until_it_is_good() {
    let running = start(pauses());
    replace(&running.path(), "bad");
    until(|| running.status.failure().as_deref() == Some("it is bad"));
    replace(&running.path(), "good");
    running.applies("good");
    until(|| running.status.failure().is_none());
}

#[test]
fn reading_that_hangs_is_given_up_and_the_next_change_is_read_while_it_still_hangs() {
    let running = start(Pauses {
        deadline: Duration::from_millis(100),
        ..pauses()
    });
    running.hangs.set(Some("late"));
    replace(&running.path(), "late");
    until(|| running.status.failure().is_some());
    let failure = running.status.failure().unwrap();
    assert!(failure.contains("not done after"), "{failure}");
    replace(&running.path(), "second");
    running.applies("second");
    until(|| running.status.failure().is_none());
    running.hangs.set(None);
}

#[test]
fn what_was_given_up_is_never_put_in_force() {
    let running = start(Pauses {
        deadline: Duration::from_millis(100),
        ..pauses()
    });
    running.hangs.set(Some("late"));
    replace(&running.path(), "late");
    until(|| running.status.failure().is_some());
    replace(&running.path(), "second");
    running.hangs.set(None);
    running.trigger.reload();
    running.applies("second");
    running.trigger.reload();
    running.applies("second");
}

#[test]
fn what_cannot_be_read_is_read_again_once_it_is_for_another_reason() {
    let running = start(pauses());
    fs::remove_file(running.path()).unwrap();
    running.applies("");
    let _socket = UnixListener::bind(running.path()).unwrap();
    running.applies("");
}

#[test]
fn a_file_that_changed_while_it_was_read_counts_as_changed() {
    let folder = tempfile::tempdir().unwrap();
    let [file, link, missing] = ["file", "link", "missing"].map(|name| folder.path().join(name));
    fs::write(&file, "first").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let files = vec![file, link, missing];
    assert_eq!(
        Snapshot::take(files.clone(), LATER, OwnFiles::default())
            .contents
            .len(),
        3
    );
    let begun = Duration::from_secs(1);
    assert_eq!(
        Snapshot::take(files, begun, OwnFiles::default())
            .contents
            .len(),
        0
    );
}

fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}
