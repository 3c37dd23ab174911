//! Notices that the configuration changed, and has it loaded anew: all of it, or nothing.

mod attempt;
mod contents;
mod folders;
mod notifier;
mod own_files;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use crate::causes::described;
use crate::clock;
use crate::reload_status::Status;

use self::attempt::{Attempts, Urgency};
use self::contents::{Contents, contents};
use self::notifier::Watch;

pub use self::own_files::OwnFiles;

/// A configuration that can be loaded while the one before is in force.
pub trait Configuration: Send + Sync + 'static {
    /// The configuration that was read and has no mistakes.
    type Read: Send;

    /// Reads it. Where that does not end, it is given up, and what comes of it later is dropped.
    fn read(&self) -> Reading<Self::Read>;

    /// Loading begins; [`Self::apply`] or [`Self::keep`] follows.
    fn begin(&self);

    /// Puts in force what was read.
    fn apply(&self, read: Self::Read);

    /// The one before stays in force.
    fn keep(&self);
}

/// The result of reading the configuration.
pub struct Reading<C> {
    /// The files and folders that it consists of.
    pub files: Vec<PathBuf>,
    /// The configuration, or what is wrong with it.
    pub outcome: Result<C, String>,
}

/// Asks for a reload.
pub struct Trigger(Sender<Cause>);

impl Trigger {
    /// Has the configuration loaded, whether its files changed or not.
    pub fn reload(&self) {
        // Without a receiver the daemon is about to end.
        self.0.send(Cause::Signal).unwrap_or_default();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Signal,
    Change,
    /// The configuration was just loaded: it may have changed meanwhile.
    Loaded,
    /// Nothing was noticed for a while.
    Time,
}

/// The configuration's files, and what they held at one time.
pub struct Snapshot {
    files: Vec<PathBuf>,
    contents: Contents,
    own: OwnFiles,
}

impl Snapshot {
    /// Looks at files that were read since `begun`, in the kernel's time of files. One that has changed since may have been
    /// read as it was before: it counts as changed, and is read again.
    pub fn take(files: Vec<PathBuf>, begun: Duration, own: OwnFiles) -> Self {
        let contents = contents::unchanged_since(begun, &files, &own);
        Self {
            files,
            contents,
            own,
        }
    }
}

/// Starts to watch the files in a thread of its own, and loads the configuration once they are not as in the snapshot.
pub fn start(
    snapshot: Snapshot,
    status: Arc<Status>,
    configuration: impl Configuration,
) -> io::Result<Trigger> {
    let (sender, causes) = mpsc::channel();
    let trigger = Trigger(sender.clone());
    let pauses = Pauses::default();
    let reloader = Reloader {
        configuration: Arc::new(configuration),
        files: snapshot.files,
        loaded: snapshot.contents,
        own: snapshot.own,
        status,
        looks: Attempts::new(pauses.deadline),
        loads: Attempts::new(pauses.deadline),
        pauses,
        sender,
    };
    thread::Builder::new()
        .name("reload".to_owned())
        .spawn(move || reloader.run(&causes))?;
    Ok(trigger)
}

/// The times that the watching thread waits; tests shorten them.
struct Pauses {
    /// The time without changes before files are read, since editors and copies change files in several steps.
    quiet: Duration,
    /// Between two looks at files that cannot be watched.
    retry: Duration,
    /// Between two looks at files that are watched, since a watch may miss something.
    compare: Duration,
    /// The time after which reading is given up.
    deadline: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(200),
            retry: Duration::from_secs(1),
            compare: Duration::from_mins(1),
            deadline: Duration::from_secs(10),
        }
    }
}

struct Reloader<C> {
    configuration: Arc<C>,
    files: Vec<PathBuf>,
    /// What the files held when they were loaded last.
    loaded: Contents,
    own: OwnFiles,
    status: Arc<Status>,
    looks: Attempts,
    loads: Attempts,
    pauses: Pauses,
    sender: Sender<Cause>,
}

/// The files as they are, and what watches them from before they were looked at.
struct View {
    watch: Result<Watch, String>,
    contents: Contents,
}

/// Why files were not looked at.
enum Unseen {
    /// There are not enough descriptors; files would look as if they were gone.
    Shortage(String),
    /// One of them hangs.
    GivenUp(String),
}

impl<C: Configuration> Reloader<C> {
    fn run(mut self, causes: &Receiver<Cause>) {
        let mut cause = Cause::Loaded;
        // One that is there is kept until there is another.
        let mut watch = None;
        loop {
            let view = self.look(cause);
            self.tell_of_blindness(&view);
            let contents = view.map(|view| {
                watch = view.watch.ok().or_else(|| watch.take());
                view.contents
            });
            if let Some(urgency) = self.is_due(cause, &contents) {
                // More may be on its way, and what never rests must not be loaded without a pause.
                if causes.recv_timeout(self.pauses.quiet) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
                self.reload(cause, urgency, contents.ok());
                cause = Cause::Loaded;
            } else if let Some(next) = self.wait(causes) {
                cause = next;
            } else {
                return;
            }
        }
    }

    /// Begins to watch, and then looks at what there is, so that no change is lost in between.
    fn look(&mut self, cause: Cause) -> Result<View, Unseen> {
        let (files, sender) = (self.files.clone(), self.sender.clone());
        let own = self.own.clone();
        let looked = self.looks.run(cause.urgency(), move || {
            notifier::check_room()?;
            // Without a receiver the daemon is about to end.
            let tell = move || sender.send(Cause::Change).unwrap_or_default();
            let watch = notifier::watch(&files, own.clone(), tell);
            let contents = contents(&files, &own);
            Ok(View { watch, contents })
        });
        let view = looked.map_err(|given_up| Unseen::GivenUp(described(&given_up)))?;
        view.map_err(|error: io::Error| Unseen::Shortage(notifier::shortage(&error)))
    }

    fn tell_of_blindness(&self, view: &Result<View, Unseen>) {
        let blindness = match view {
            Err(Unseen::Shortage(reason) | Unseen::GivenUp(reason)) => Some(reason),
            Ok(View { watch, .. }) => match watch {
                Err(reason) => Some(reason),
                Ok(watch) => watch.missing.as_ref(),
            },
        };
        let is_new = self.status.set_blindness(blindness.map(String::as_str));
        match blindness {
            Some(reason) if is_new => tracing::warn!(
                reason,
                "the configuration is not watched; trying again every {} s",
                self.pauses.retry.as_secs()
            ),
            None if is_new => tracing::info!("the configuration is watched again"),
            Some(_) | None => {}
        }
    }

    /// Whether the configuration is to be loaded, and how much that matters.
    fn is_due(&self, cause: Cause, contents: &Result<Contents, Unseen>) -> Option<Urgency> {
        // Contents are compared, and not times: a rename, a swapped link and an edit in place all show in them.
        let has_changed = match contents {
            Ok(contents) => *contents != self.loaded,
            // What hangs may have been taken out by that change.
            Err(Unseen::GivenUp(_)) => cause == Cause::Change,
            // Without descriptors every file looks as if it were gone, which must not count as a change.
            Err(Unseen::Shortage(_)) => false,
        };
        let is_tried_again = cause == Cause::Time
            && self.status.failure().is_some()
            && self.status.blindness().is_none();
        if cause == Cause::Signal || has_changed {
            Some(Urgency::Asked)
        } else {
            is_tried_again.then_some(Urgency::Routine)
        }
    }

    fn reload(&mut self, cause: Cause, urgency: Urgency, seen: Option<Contents>) {
        self.configuration.begin();
        let (before, configuration) = (self.files.clone(), Arc::clone(&self.configuration));
        let own = self.own.clone();
        let read = self.loads.run(urgency, move || {
            let begun = clock::before_files();
            let reading = configuration.read();
            let files = [before, reading.files.clone()].concat();
            let loaded = contents::unchanged_since(begun, &files, &own);
            (reading, loaded)
        });
        let outcome = match read {
            Ok((reading, loaded)) => self.remember(reading, loaded),
            Err(given_up) => {
                // Only another change is worth another attempt at once.
                if let Some(seen) = seen {
                    self.loaded = seen;
                }
                Err(described(&given_up))
            }
        };
        self.finish(cause, outcome);
    }

    fn remember(&mut self, reading: Reading<C::Read>, loaded: Contents) -> Result<C::Read, String> {
        let Reading { files, outcome } = reading;
        if outcome.is_err() {
            // What is in force consists of the files before, and the mistake may be in one of them.
            self.files.retain(|file| !files.contains(file));
            self.files.extend(files);
        } else {
            self.files = files;
        }
        self.loaded = loaded;
        self.loaded.retain(|path, _| self.files.contains(path));
        outcome
    }

    fn finish(&self, cause: Cause, outcome: Result<C::Read, String>) {
        let failure = outcome.as_ref().err().map(String::as_str);
        let is_new = self.status.set_failure(failure);
        self.status.reloaded(clock::unix_time(), failure.is_none());
        match outcome {
            Ok(read) => {
                self.configuration.apply(read);
                tracing::info!("configuration reloaded");
            }
            Err(error) => {
                self.configuration.keep();
                // What is only tried again is not told of again.
                if is_new || cause != Cause::Time {
                    tracing::error!(error, "configuration not reloaded: the previous one stays");
                }
            }
        }
    }

    /// Waits for a cause, and after a change until no more come for a moment.
    fn wait(&self, causes: &Receiver<Cause>) -> Option<Cause> {
        let pause = if self.status.blindness().is_some() {
            self.pauses.retry
        } else {
            self.pauses.compare
        };
        let mut cause = next(causes, pause)?;
        let started = clock::instant();
        while cause == Cause::Change && clock::elapsed(started) < LONGEST_UNREST {
            match next(causes, self.pauses.quiet)? {
                Cause::Time => break,
                other => cause = other,
            }
        }
        Some(cause)
    }
}

fn next(causes: &Receiver<Cause>, pause: Duration) -> Option<Cause> {
    match causes.recv_timeout(pause) {
        Ok(cause) => Some(cause),
        Err(RecvTimeoutError::Timeout) => Some(Cause::Time),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

impl Cause {
    const fn urgency(self) -> Urgency {
        match self {
            Self::Signal | Self::Change => Urgency::Asked,
            Self::Loaded | Self::Time => Urgency::Routine,
        }
    }
}

const LONGEST_UNREST: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
