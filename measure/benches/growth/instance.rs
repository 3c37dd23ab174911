//! The released daemon, pinned to a core, and what it takes up.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use measure::system::{free_port, released_daemon};
use support::process::Process;
use support::{http, until};

/// The daemon, which ends with its owner.
pub struct Instance {
    process: RefCell<Process>,
    port: u16,
}

impl Instance {
    /// Starts the daemon with this configuration, and waits until it is ready.
    pub fn start(folder: &Path, configuration: &str, core: Option<usize>) -> Self {
        let file = folder.join("config.toml");
        fs::write(&file, configuration).unwrap();
        let port = free_port();
        let process = Process::start("the daemon", &mut command(&file, port, core), null());
        let instance = Self {
            process: RefCell::new(process),
            port,
        };
        until("the daemon to be ready", || {
            assert!(
                instance.process.borrow_mut().is_running(),
                "the daemon ended at once; see prosody-tokend check --config {}",
                file.display()
            );
            instance.is_ready().then_some(())
        });
        instance
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it says so itself.
    pub fn is_ready(&self) -> bool {
        is_ready(self.port)
    }

    /// The processor time that all its threads have had, in nanoseconds.
    pub fn processor_time(&self) -> u64 {
        let time = self.process.borrow().processor_time();
        u64::try_from(time.as_nanos()).unwrap()
    }

    /// A size in kB of `/proc/PID/status`.
    pub fn size(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let size = line.unwrap().trim_start_matches(':').trim_end_matches("kB");
        size.trim().parse().unwrap()
    }

    /// Asks once whether a token is let in, and has it be as expected.
    pub fn verify(&self, body: &str, allowed: bool) {
        let (status, answer) = http::request(self.port, "POST", "/v1/verify", body).unwrap();
        assert_eq!(status, 200, "{answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["allowed"], allowed, "{answer:#}");
    }

    fn pid(&self) -> u32 {
        self.process.borrow_mut().child().id()
    }
}

/// Whether the daemon on this port answers, and can decide.
pub fn is_ready(port: u16) -> bool {
    let answer: io::Result<(u16, String)> = http::request(port, "GET", "/readyz", "");
    answer.is_ok_and(|(status, _)| status == 200)
}

/// The command that starts the daemon.
pub fn command(file: &Path, port: u16, core: Option<usize>) -> Command {
    let binary = released_daemon();
    let mut command = match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", &core.to_string()]).arg(&binary);
            command
        }
        None => Command::new(&binary),
    };
    command
        .args(["serve", "--listen"])
        .arg(format!("127.0.0.1:{port}"));
    command.arg("--config").arg(file);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// Where the log goes: writing it is part of the work, keeping it is not.
pub fn null() -> &'static Path {
    Path::new("/dev/null")
}
