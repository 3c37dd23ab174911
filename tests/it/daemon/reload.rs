//! The command that has the daemon load its configuration anew, and waits for what comes of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::fixture::{BINARY, HOST};
use support::daemon::Daemon;
use support::http;

/// A daemon with a folder of its service manager, and one for its configuration.
struct Service {
    daemon: Daemon,
    folder: TempDir,
}

impl Service {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = folder.path().join("run");
        fs::create_dir(&runtime).unwrap();
        let variable = ("RUNTIME_DIRECTORY", runtime.display().to_string());
        let daemon = Daemon::start_with(Path::new(BINARY), folder.path(), HOST, vec![variable]);
        Self { daemon, folder }
    }

    fn reload(&self) -> Output {
        let folder = self.folder.path().join("run");
        reload(self.daemon.id(), &folder)
    }

    fn write(&self, text: &str) {
        fs::write(self.daemon.configuration(), text).unwrap();
    }

    fn is_known(&self, host: &str) -> bool {
        let path = format!("/v1/host?name={host}");
        let answer = http::request(self.daemon.port(), "GET", &path, "").unwrap();
        answer.0 == 200
    }
}

fn reload(pid: u32, folder: &Path) -> Output {
    let mut command = Command::new(BINARY);
    command.arg("reload").arg(pid.to_string());
    command.env("RUNTIME_DIRECTORY", folder);
    command.stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_reload_has_taken_effect_when_the_command_ends() {
    let service = Service::start();
    for number in 0..3 {
        let name = format!("host-{number}.example.com");
        service.write(&format!(
            "{HOST}{}",
            HOST.replace("meet.example.com\"]", &format!("{name}\"]"))
        ));
        let output = service.reload();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(service.is_known(&name));
    }
}

#[test]
fn a_bad_configuration_fails_the_command_with_its_mistakes_and_changes_nothing() {
    let service = Service::start();
    for attempt in 0..2 {
        service.write(&HOST.replace("app_id", "ap_id"));
        let output = service.reload();
        assert_eq!(output.status.code(), Some(78), "{attempt}");
        assert!(said(&output).contains("ap_id"), "{}", said(&output));
        assert!(said(&output).contains("what was in force stays"));
        assert!(service.is_known("meet.example.com"));
    }
    service.write(HOST);
    let output = service.reload();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn a_daemon_that_does_not_tell_is_told_all_the_same_and_the_command_fails() {
    let service = Service::start();
    let elsewhere = tempfile::tempdir().unwrap();
    let output = reload(service.daemon.id(), elsewhere.path());
    assert_eq!(output.status.code(), Some(69));
    assert!(
        said(&output).contains("look at its log"),
        "{}",
        said(&output)
    );
    service.daemon.stop();
    let output = reload(service.daemon.id(), elsewhere.path());
    assert_eq!(output.status.code(), Some(71), "{}", said(&output));
}

#[test]
fn what_is_no_process_is_a_mistake_on_the_command_line() {
    for pid in ["", "0", "x", "99999999999999"] {
        let output = Command::new(BINARY).args(["reload", pid]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{pid}");
    }
}
