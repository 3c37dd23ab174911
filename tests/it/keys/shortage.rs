//! Moments without descriptors or means to watch files: nothing that changes then is lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::Value;
use tempfile::TempDir;

use super::fixture::{BINARY, Running, claims, host, start_in};
use support::daemon::Daemon;
use support::issuer::{alice, bob};
use support::{http, until};

/// Enough for a connection, and not for the files of a reload.
const FEW: u64 = 3;

fn with_keys() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    fs::create_dir(&keys).unwrap();
    fs::write(keys.join("alice.pem"), alice().public_pem()).unwrap();
    fs::write(keys.join("bob.pem"), bob().public_pem()).unwrap();
    let configuration = host(&format!("key_folder = \"{}\"", keys.display()));
    (folder, configuration)
}

impl Running {
    fn readiness(&self) -> Value {
        let (_, body) = http::request(self.daemon.port(), "GET", "/readyz", "").unwrap();
        serde_json::from_str(&body).unwrap()
    }

    fn withdraw_alice(&self) {
        fs::remove_file(self.path("keys/alice.pem")).unwrap();
    }

    fn lets_alice_in(&self) -> bool {
        self.verdict(&alice().sign(Some("alice"), &claims())) == "allowed"
    }

    fn until_watched_without_alice(&self) {
        until("the key to be withdrawn", || {
            (!self.lets_alice_in()).then_some(())
        });
        until("watching", || {
            self.readiness().get("not_watched").is_none().then_some(())
        });
        assert_eq!(self.verdict(&bob().sign(Some("bob"), &claims())), "allowed");
    }
}

fn limit_descriptors(daemon: &Daemon, current: u64) {
    let daemon = Pid::from_raw(daemon.id().cast_signed()).unwrap();
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: Some(current),
        maximum,
    };
    prlimit(Some(daemon), Resource::Nofile, limit).unwrap();
}

fn open_descriptors(daemon: &Daemon) -> u64 {
    let open = fs::read_dir(format!("/proc/{}/fd", daemon.id())).unwrap();
    open.count().try_into().unwrap()
}

#[test]
fn a_key_that_is_withdrawn_while_there_are_no_descriptors_is_withdrawn_once_there_are() {
    let (folder, configuration) = with_keys();
    let running = start_in(folder, &configuration, Vec::new());
    assert!(running.lets_alice_in());
    limit_descriptors(&running.daemon, open_descriptors(&running.daemon) + FEW);
    running.withdraw_alice();
    until("the want of descriptors to be told", || {
        let reason = running.readiness();
        let reason = reason.get("not_watched")?.as_str()?;
        reason.contains("Too many open files").then_some(())
    });
    limit_descriptors(&running.daemon, 1_024);
    running.until_watched_without_alice();
    let log = fs::read_to_string(running.path("daemon.log")).unwrap();
    assert!(log.contains("the configuration is not watched"), "{log}");
    assert!(log.contains("the configuration is watched again"), "{log}");
}

/// The daemon in a user namespace where nothing can be watched.
fn blind(folder: &TempDir) -> std::path::PathBuf {
    let script = folder.path().join("blind");
    let text = format!(
        "#!/bin/sh\nexec unshare --user --map-root-user sh -c \
         'echo 0 >/proc/sys/user/max_inotify_instances && exec {BINARY} \"$@\"' blind \"$@\"\n"
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

/// Lets files be watched in the daemon's user namespace.
fn restore_sight(daemon: &Daemon) {
    let mut command = Command::new("nsenter");
    command.arg(format!("--target={}", daemon.id()));
    command.args(["--user", "--preserve-credentials", "sh", "-c"]);
    command.arg("echo 100 >/proc/sys/user/max_inotify_instances");
    assert!(command.status().unwrap().success());
}

#[test]
fn a_daemon_that_cannot_watch_from_its_start_looks_at_its_files_instead_and_watches_once_it_can() {
    let (folder, configuration) = with_keys();
    let mut trial = Command::new("unshare");
    trial.args(["--user", "--map-root-user", "true"]);
    if !trial.status().is_ok_and(|status| status.success()) {
        eprintln!("left out: user namespaces cannot be made here");
        return;
    }
    let script = blind(&folder);
    let daemon = Daemon::start_with(&script, folder.path(), &configuration, Vec::new());
    let running = Running { daemon, folder };
    until("the blindness to be told", || {
        running.readiness().get("not_watched").map(drop)
    });
    running.withdraw_alice();
    until("the key to be withdrawn", || {
        (!running.lets_alice_in()).then_some(())
    });
    restore_sight(&running.daemon);
    running.until_watched_without_alice();
}
