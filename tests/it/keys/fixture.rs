//! A daemon whose host has its keys somewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use support::daemon::Daemon;
use support::time::in_seconds;
use support::token::with;
use support::{http, until};

pub const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");

pub struct Running {
    pub daemon: Daemon,
    pub folder: TempDir,
}

/// The configuration of one host with these options.
pub fn host(options: &str) -> String {
    format!(
        "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\n\
         muc_mapper_domain_base = \"meet.example.com\"\n{options}\n"
    )
}

pub fn start(options: &str) -> Running {
    start_with(&host(options), Vec::new())
}

pub fn start_with(configuration: &str, environment: Vec<(&'static str, String)>) -> Running {
    start_in(tempfile::tempdir().unwrap(), configuration, environment)
}

pub fn start_in(
    folder: TempDir,
    configuration: &str,
    environment: Vec<(&'static str, String)>,
) -> Running {
    let binary = Path::new(BINARY);
    let daemon = Daemon::start_with(binary, folder.path(), configuration, environment);
    Running { daemon, folder }
}

pub fn claims() -> Value {
    json!({"iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "standup",
        "exp": in_seconds(3_600)})
}

/// Asks the daemon on this port.
pub fn verify(port: u16, question: &Value) -> (u16, Value) {
    let (status, body) = http::request(port, "POST", "/v1/verify", &question.to_string()).unwrap();
    (status, serde_json::from_str(&body).unwrap())
}

impl Running {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn configuration(&self) -> PathBuf {
        self.path("prosody-tokend.toml")
    }

    pub fn verify(&self, question: &Value) -> (u16, Value) {
        verify(self.daemon.port(), question)
    }

    /// `allowed`, or the code of the denial.
    pub fn verdict(&self, token: &str) -> String {
        self.verdict_with(token, &json!({}))
    }

    pub fn verdict_with(&self, token: &str, members: &Value) -> String {
        let (_, answer) = self.verify(&with(json!({"token": token, "room": "standup"}), members));
        if answer["allowed"] == true {
            return "allowed".to_owned();
        }
        let code = answer["auth"]["code"].as_str();
        code.or(answer["room"]["code"].as_str())
            .unwrap_or_else(|| panic!("neither allowed nor denied: {answer}"))
            .to_owned()
    }

    /// What `/readyz` says, without what was decided lately.
    pub fn ready(&self) -> (u16, Value) {
        let (status, body) = http::request(self.daemon.port(), "GET", "/readyz", "").unwrap();
        let mut body: Value = serde_json::from_str(&body).unwrap();
        let recent = body.as_object_mut().unwrap().remove("recent");
        assert!(recent.is_some(), "{body}");
        (status, body)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("daemon.log")).unwrap()
    }

    pub fn count_log_lines(&self, text: &str) -> usize {
        self.log()
            .lines()
            .filter(|line| line.contains(text))
            .count()
    }

    pub fn wait_for_log_lines(&self, text: &str, count: usize) {
        until(
            &format!("{count} lines with {text:?} in {}", self.log()),
            || (self.count_log_lines(text) >= count).then_some(()),
        );
    }
}

pub fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(arguments).stdin(Stdio::null());
    command.envs(environment.iter().copied()).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
