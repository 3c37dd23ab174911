//! A child process whose output goes to a file and that ends with its owner.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::until;

pub struct Process {
    name: &'static str,
    child: Child,
}

impl Process {
    /// Starts `command`, with its standard error, and its output where that is not piped, in `log`.
    pub fn start(name: &'static str, command: &mut Command, log: &Path) -> Self {
        Self::start_with(name, command, open_log(log))
    }

    /// The same, with an open log.
    pub fn start_with(name: &'static str, command: &mut Command, log: File) -> Self {
        Self::spawn(name, command.stderr(log))
    }

    /// Starts `command` as it is.
    pub fn spawn(name: &'static str, command: &mut Command) -> Self {
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                panic!("{name} is not installed: run `make setup`")
            }
            Err(error) => panic!("{name} cannot be started: {error}"),
        };
        Self { name, child }
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal)
            .unwrap_or_else(|error| panic!("{} cannot be sent {signal:?}: {error}", self.name));
    }

    /// Stops the process without ending it, and waits until each of its threads stands still.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
        until(&format!("{} to stand still", self.name), || {
            self.thread_states()
                .iter()
                .all(|&state| state == 'T')
                .then_some(())
        });
    }

    /// The kernel's letter for the state of each thread.
    fn thread_states(&self) -> Vec<char> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        // A thread that has ended meanwhile has no state any more.
        let statistics = threads
            .filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("stat")).ok());
        statistics
            .map(|line| line.rsplit(") ").next().unwrap().chars().next().unwrap())
            .collect()
    }

    /// How long the process has had a processor.
    pub fn processor_time(&self) -> Duration {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        // A thread that has ended meanwhile has no time any more.
        let statistics = threads
            .filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("schedstat")).ok());
        let nanoseconds = statistics.map(|line| {
            let running = line.split(' ').next().unwrap();
            running.parse::<u64>().unwrap()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Asks the process to end, and waits until it has.
    pub fn terminate(&mut self) -> ExitStatus {
        if self.is_running() {
            self.signal(Signal::TERM);
        }
        self.wait()
    }

    /// Waits until the process has ended.
    pub fn wait(&mut self) -> ExitStatus {
        until(&format!("the end of {}", self.name), || {
            self.child.try_wait().unwrap()
        })
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Opens a log to go on with.
pub fn open_log(path: &Path) -> File {
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .unwrap()
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.is_running() {
            self.kill();
        }
    }
}
