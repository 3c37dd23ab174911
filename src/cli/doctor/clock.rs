//! What the system says of its clock.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::doctor::facts::clock::SystemClock;

/// Asks what keeps the clock right, where there is anything of the kind.
pub fn ask() -> Option<SystemClock> {
    let timedatectl = said("timedatectl", &["show"]);
    let chronyc = said("chronyc", &["-c", "-n", "tracking"]);
    SystemClock::best(
        timedatectl.and_then(|said| SystemClock::of_timedatectl(&said)),
        chronyc.and_then(|said| SystemClock::of_chronyc(&said)),
    )
}

/// What a command writes, if it ends well and soon.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).spawn().ok()?;
    let output = child.stdout.take()?;
    let (sender, text) = mpsc::channel();
    let reading = move || {
        let mut text = String::new();
        let read = output.take(MOST_BYTES).read_to_string(&mut text);
        // Without a receiver it took too long.
        sender.send(read.ok().map(|_| text)).unwrap_or_default();
    };
    thread::Builder::new().spawn(reading).ok()?;
    let text = text.recv_timeout(PATIENCE).ok().flatten();
    if text.is_none() {
        // It may have ended by itself meanwhile.
        child.kill().unwrap_or_default();
    }
    let is_well = child.wait().ok()?.success();
    text.filter(|_| is_well)
}

const PATIENCE: Duration = Duration::from_secs(3);
const MOST_BYTES: u64 = 65_536;
