//! The commands beside `serve`, as an operator runs them.
#![expect(
    clippy::disallowed_methods,
    reason = "writes configurations and cases, and reads the clock for tokens"
)]

mod check;
mod credentials;
mod explain;
mod explain_gateway;
mod health;
mod hidden;
mod issuers;
mod mint;
mod replay;
mod revoke;
mod shim;
mod sources;
mod statuses;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const SECRET: &str = "the-secret-of-the-command-tests-0123456789";

/// A folder with a configuration of one host.
struct Workplace {
    folder: TempDir,
}

impl Workplace {
    fn new() -> Self {
        let workplace = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        workplace.write(
            "config.toml",
            &format!(
                "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\napp_secret = \"{SECRET}\"\n\
                 muc_mapper_domain_base = \"meet.example.com\"\n"
            ),
        );
        workplace
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Runs a command with `--config` and this on standard input.
    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let config = self.path("config.toml");
        let mut arguments = arguments.to_vec();
        arguments.extend(["--config", config.to_str().unwrap()]);
        run(self.folder.path(), &arguments, input)
    }
}

fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_prosody-tokend"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that needs no input may have ended before it is written.
    let mut stdin = child.stdin.take().unwrap();
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
