//! Kong's declarative file under a daemon that serves gateways alone.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::fixture::{BINARY, Running};
use support::daemon::Daemon;
use support::until;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const RELOADED: &str = "configuration reloaded";

fn kong(algorithm: &str) -> String {
    format!(
        "_format_version: \"3.0\"\nconsumers:\n- username: alice\n  jwt_secrets:\n  - key: k\n    secret: {SECRET}\n    algorithm: {algorithm}\n"
    )
}

/// A daemon whose gateway has this file.
fn start(text: &str) -> Running {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kong.yml"), text).unwrap();
    let configuration =
        "[gateways.api]\nkong_config = \"kong.yml\"\nclaims_to_verify = [\"exp\", \"nbf\"]\n";
    let daemon = Daemon::start(Path::new(BINARY), folder.path(), configuration);
    Running { daemon, folder }
}

impl Running {
    fn ready(&self) -> Value {
        self.ask("GET", "/readyz", &[], "").json()
    }

    fn until_logged(&self, text: &str, times: usize) {
        until(text, || {
            (self.log().matches(text).count() >= times).then_some(())
        });
    }
}

#[test]
fn a_changed_file_of_kongs_counts_and_one_with_mistakes_keeps_what_was_in_force() {
    let running = start(&kong("HS256"));
    let file = running.folder.path().join("kong.yml");
    assert_eq!(running.ready()["status"], "ready");
    assert!(running.log().contains("decides for the gateway api"));
    fs::write(&file, kong("HS512")).unwrap();
    running.until_logged(RELOADED, 1);
    fs::write(&file, kong("HS1024")).unwrap();
    running.until_logged("configuration not reloaded", 1);
    let log = running.log();
    for told in [
        "consumers[0].jwt_secrets[0].algorithm",
        "HS1024",
        "kong.yml:7",
    ] {
        assert!(log.contains(told), "{told} is not in\n{log}");
    }
    assert!(!log.contains(SECRET), "{log}");
    until("the failure to show", || {
        running.ready()["reload_failed"].as_str().map(str::to_owned)
    });
    assert_eq!(running.ready()["status"], "ready");
    assert_eq!(log.matches(RELOADED).count(), 1);
    fs::write(&file, kong("HS384")).unwrap();
    running.until_logged(RELOADED, 2);
    until("the failure to be gone", || {
        running.ready()["reload_failed"].is_null().then_some(())
    });
    running.daemon.stop();
}
