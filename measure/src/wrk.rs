//! Requests from `wrk`, on the other core.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{root, system::ASKING_CORE};
use support::process::Process;

/// Who is asked.
pub trait Asked {
    fn process(&self) -> &Process;
    fn port(&self) -> u16;
    /// What people call it.
    fn name(&self) -> &'static str;
    /// How requests to it look: a kind of `requests.lua`.
    fn requests(&self) -> &'static str;
}

/// How requests come.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub connections: usize,
    /// How long a connection rests between two requests.
    pub rest: Duration,
    pub seconds: u64,
}

/// What came of them.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub requests: usize,
    pub per_second: f64,
    /// 99 of 100 took no longer.
    pub percentile_99: Duration,
    /// The server's processor time for one.
    pub cost: Duration,
}

/// As many requests as the server can answer.
pub const fn flat_out(seconds: u64) -> Pace {
    Pace {
        connections: 32,
        rest: Duration::ZERO,
        seconds,
    }
}

/// As many requests as so many connections make that rest after each.
pub const fn rested(connections: usize, seconds: u64) -> Pace {
    Pace {
        connections,
        rest: Duration::from_millis(1),
        seconds,
    }
}

/// Sends a file of tokens, and has each let in.
pub fn send(server: &impl Asked, tokens: &Path, pace: Pace) -> Outcome {
    let mut command = Command::new("taskset");
    command.args([
        "--cpu-list",
        &ASKING_CORE.to_string(),
        "wrk",
        "--threads",
        "1",
    ]);
    command.args(["--connections", &pace.connections.to_string()]);
    command.args([
        "--duration",
        &format!("{}s", pace.seconds),
        "--timeout",
        "10s",
    ]);
    command
        .arg("--script")
        .arg(root().join("measure/src/requests.lua"));
    command
        .arg(format!("http://127.0.0.1:{}", server.port()))
        .arg("--");
    command.arg(server.requests()).arg(tokens);
    command.arg(pace.rest.as_millis().to_string());
    let before = server.process().processor_time();
    let output = command
        .output()
        .expect("wrk and taskset: make setup installs them");
    let spent = server.process().processor_time().saturating_sub(before);
    let output = String::from_utf8(output.stdout).unwrap();
    let number = |name: &str| -> Option<u64> {
        let (_, rest) = output.split_once(&format!("{name}="))?;
        rest.split_whitespace().next()?.parse().ok()
    };
    let read = |name: &str| number(name).unwrap_or_else(|| panic!("wrk said: {output}"));
    assert_eq!(read("failed"), 0, "{} failed: {output}", server.name());
    let requests = read("requests");
    let elapsed = Duration::from_micros(read("microseconds"));
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let per_second = requests as f64 / elapsed.as_secs_f64();
    Outcome {
        requests: usize::try_from(requests).unwrap(),
        per_second,
        percentile_99: Duration::from_micros(read("p99")),
        cost: spent / u32::try_from(requests).unwrap(),
    }
}
