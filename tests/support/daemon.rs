//! The daemon under test.

use std::cell::RefCell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use super::process::{self, Process};
use super::{http, until};

pub struct Daemon {
    binary: PathBuf,
    folder: PathBuf,
    environment: Vec<(&'static str, String)>,
    process: RefCell<Process>,
    port: u16,
}

impl Daemon {
    /// Starts the daemon with this configuration on a port of its own choice.
    pub fn start(binary: &Path, folder: &Path, configuration: &str) -> Self {
        Self::start_with(binary, folder, configuration, Vec::new())
    }

    /// The same, with these environment variables.
    pub fn start_with(
        binary: &Path,
        folder: &Path,
        configuration: &str,
        environment: Vec<(&'static str, String)>,
    ) -> Self {
        fs::write(folder.join("prosody-tokend.toml"), configuration).unwrap();
        let mut process = serve(binary, folder, &environment, 0, open_log(folder));
        let port = until("the daemon to name its port", || {
            let log = fs::read_to_string(log_file(folder)).unwrap();
            assert!(process.is_running(), "the daemon ended at once:\n{log}");
            log.lines().find_map(listening_port)
        });
        Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            environment,
            process: RefCell::new(process),
            port,
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.borrow_mut().child().id()
    }

    pub fn is_running(&self) -> bool {
        self.process.borrow_mut().is_running()
    }

    pub fn configuration(&self) -> PathBuf {
        self.folder.join("prosody-tokend.toml")
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills the daemon as `kill -9` does.
    pub fn kill(&self) {
        self.process.borrow_mut().kill();
    }

    /// Starts the daemon again where it was, and waits until it answers.
    pub fn restart(&self) {
        self.restart_with_log(open_log(&self.folder));
    }

    /// The same, with its log there.
    pub fn restart_with_log(&self, log: File) {
        let process = serve(
            &self.binary,
            &self.folder,
            &self.environment,
            self.port,
            log,
        );
        self.process.replace(process);
        until("the daemon to answer again", || {
            http::request(self.port, "GET", "/healthz", "").ok()
        });
    }

    /// Stops the daemon without ending it: its connections stay open and nobody answers.
    pub fn freeze(&self) {
        self.process.borrow().freeze();
    }

    pub fn thaw(&self) {
        self.process.borrow().signal(Signal::CONT);
    }

    /// Has the daemon reload its configuration.
    pub fn hang_up(&self) {
        self.process.borrow().signal(Signal::HUP);
    }

    /// Asks the daemon to end.
    pub fn terminate(&self) {
        self.process.borrow().signal(Signal::TERM);
    }

    /// Waits until the daemon has ended.
    pub fn wait(&self) -> ExitStatus {
        self.process.borrow_mut().wait()
    }

    /// Ends the daemon in order.
    pub fn stop(&self) {
        self.thaw();
        let status = self.process.borrow_mut().terminate();
        assert!(status.success(), "the daemon ended with {status}");
    }
}

fn serve(
    binary: &Path,
    folder: &Path,
    environment: &[(&str, String)],
    port: u16,
    log: File,
) -> Process {
    let mut command = Command::new(binary);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.args(["serve", "--log-format", "json", "--config"]);
    command.arg(folder.join("prosody-tokend.toml"));
    command.arg("--listen").arg(format!("127.0.0.1:{port}"));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Process::start_with("prosody-tokend", &mut command, log)
}

fn open_log(folder: &Path) -> File {
    process::open_log(&log_file(folder))
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("daemon.log")
}

fn listening_port(line: &str) -> Option<u16> {
    let record: Value = serde_json::from_str(line).ok()?;
    if record.get("message")? != "listening" {
        return None;
    }
    let (_, port) = record.get("address")?.as_str()?.rsplit_once(':')?;
    port.parse().ok()
}
