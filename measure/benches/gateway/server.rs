//! Those who are compared, each as a process on a core of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use measure::system::{MEASURED_CORE, free_port, released_daemon};
use measure::wrk::Asked;
use support::process::Process;
use support::{http, until};

use super::issuers::Issuers;

/// Who verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// This project's daemon, asked as nginx asks it.
    Daemon,
    /// HAProxy's `jwt_verify`, with its keys in a map.
    HaProxy,
}

/// One that runs; it ends with its owner.
pub struct Server {
    process: Process,
    port: u16,
    pub program: Program,
}

impl Program {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daemon => "prosody-tokend",
            Self::HaProxy => "HAProxy",
        }
    }
}

impl Server {
    /// Starts it, and waits until it answers.
    pub fn start(program: Program, issuers: &Issuers, folder: &Path) -> Self {
        let port = free_port();
        let folder = folder.join(format!("{}-{port}", program.name()));
        fs::create_dir(&folder).unwrap();
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &MEASURED_CORE.to_string()]);
        match program {
            Program::Daemon => {
                let file = daemon(issuers, &folder, port);
                command.arg(released_daemon()).args(["serve", "--config"]);
                command.arg(file);
            }
            Program::HaProxy => {
                let file = haproxy(issuers, &folder, port);
                command.args(["haproxy", "-db", "-f"]).arg(file);
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let log = folder.join("log");
        let mut process = Process::start(program.name(), &mut command, &log);
        until(&format!("{} to answer", program.name()), || {
            let log = || fs::read_to_string(&log).unwrap();
            assert!(process.is_running(), "{} ended: {}", program.name(), log());
            http::request(port, "GET", "/", "").is_ok().then_some(())
        });
        Self {
            process,
            port,
            program,
        }
    }

    /// Whether a token goes through.
    pub fn admits(&self, token: &str) -> bool {
        let path = "/v1/forward-auth/api";
        let (status, _) = http::request_as(Some(token), self.port, "GET", path, "").unwrap();
        status == 200
    }
}

impl Asked for Server {
    fn process(&self) -> &Process {
        &self.process
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn name(&self) -> &'static str {
        self.program.name()
    }

    fn requests(&self) -> &'static str {
        match self.program {
            Program::Daemon => "gateway",
            Program::HaProxy => "bearer",
        }
    }
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn daemon(issuers: &Issuers, folder: &Path, port: u16) -> PathBuf {
    let declared = write(folder, "kong.yml", &issuers.declared());
    let other = free_port();
    let text = format!(
        "listen = [\"127.0.0.1:{other}\"]\nworkers.threads = 1\n\
         [forward_auth]\nlisten = [\"127.0.0.1:{port}\"]\nthreads = 1\n\
         [gateways.api]\nkong_config = {declared:?}\n"
    );
    write(folder, "config.toml", &text)
}

fn haproxy(issuers: &Issuers, folder: &Path, port: u16) -> PathBuf {
    let keys = write(folder, "keys.map", &issuers.map_of_keys());
    let consumers = write(folder, "consumers.map", &issuers.map_of_consumers());
    let text = include_str!("haproxy.cfg")
        .replace("{port}", &port.to_string())
        .replace("{other_port}", &free_port().to_string())
        .replace("{keys}", &keys.display().to_string())
        .replace("{consumers}", &consumers.display().to_string())
        .replace("{algorithm}", issuers.by.name())
        .replace("{public_key}", &issuers.public_key.display().to_string());
    write(folder, "haproxy.cfg", &text)
}
