//! A scenario, played in a browser at a daemon of its own.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixture::{Running, start};

pub const ADMIN_KEY: &str = "the-key-of-administrators";
pub const API_KEY: &str = "the-key-of-prosody";

/// Callers' keys, as the daemon reads them.
const KEYS: &str = "api_key = \"the-key-of-prosody\"\nadmin_key = \"the-key-of-administrators\"\n";

/// A daemon with a console, and a folder with what it keeps.
pub struct Site {
    pub running: Running,
    _store: TempDir,
}

/// A console that is set up in this way, behind the administrators' key.
pub fn guarded(settings: &str) -> Site {
    site(KEYS, &format!("enabled = true\n{settings}"))
}

/// The same, where nobody needs a key.
pub fn open(settings: &str) -> Site {
    site("", &format!("enabled = true\n{settings}"))
}

/// The same, where the daemon is called by this name.
pub fn called(name: &str, settings: &str) -> Site {
    site(
        &format!("{KEYS}server_names = [\"{name}\"]\n"),
        &format!("enabled = true\n{settings}"),
    )
}

/// The same daemon as behind the key, without a console.
pub fn without() -> Site {
    site(KEYS, "enabled = false\n")
}

fn site(keys: &str, settings: &str) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db").display().to_string();
    let store = format!("[store]\npath = {path:?}\n");
    Site {
        running: start(&format!("{keys}{store}[console]\n{settings}")),
        _store: folder,
    }
}

/// Plays a scenario, which gets this besides where the daemon is, and says what it found out.
pub fn play(site: &Site, scenario: &str, more: &Value) -> Value {
    let running = &site.running;
    let asked = asked(running, scenario, more);
    let mut node = Command::new("node")
        .arg(support::root().join("tests/browser/client/run.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("node cannot be started: {error}: run `make setup`"));
    let mut input = node.stdin.take().unwrap();
    input.write_all(asked.to_string().as_bytes()).unwrap();
    drop(input);
    let output = node.wait_with_output().unwrap();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{scenario}:\n{wrong}{}",
        running.log()
    );
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}:\n{wrong}"))
}

/// What the scenario is told.
fn asked(running: &Running, scenario: &str, more: &Value) -> Value {
    let port = running.daemon.port();
    let asked = json!({
        "scenario": scenario,
        "base": format!("http://127.0.0.1:{port}"),
        "output": output(scenario),
        "process": running.daemon.id(),
        "configuration": running.daemon.configuration(),
        "adminKey": ADMIN_KEY,
        "apiKey": API_KEY,
    });
    support::token::with(asked, more)
}

/// Where pictures of what went wrong are.
fn output(scenario: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    folder.join("browser").join(scenario)
}
