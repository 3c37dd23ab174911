//! Requests from `wrk`, on the other core.

use std::path::PathBuf;
use std::process::Command;

use super::instance::Instance;
use measure::{root, system::ASKING_CORE};

/// What is sent, and on how many connections.
pub struct Load {
    /// A file with the body of a request on each line.
    pub bodies: PathBuf,
    pub connections: usize,
}

impl Load {
    /// Sends for so many seconds, and tells how many requests were answered.
    pub fn run(&self, instance: &Instance, seconds: u64) -> u64 {
        let mut command = Command::new("taskset");
        command.args([
            "--cpu-list",
            &ASKING_CORE.to_string(),
            "wrk",
            "--threads",
            "1",
        ]);
        command.args(["--connections", &self.connections.to_string()]);
        command.args(["--duration", &format!("{seconds}s"), "--timeout", "10s"]);
        command.arg("--script").arg(script());
        command.arg(format!("http://127.0.0.1:{}", instance.port()));
        command.arg("--").arg(&self.bodies);
        let output = command
            .output()
            .expect("wrk and taskset: make setup installs them");
        let output = String::from_utf8(output.stdout).unwrap();
        let line = output
            .lines()
            .find_map(|line| line.strip_prefix("requests="));
        let (requests, failed) = line
            .and_then(|line| line.split_once(" failed="))
            .unwrap_or_else(|| panic!("wrk said: {output}"));
        assert_eq!(failed, "0", "requests failed: {output}");
        requests.parse().unwrap()
    }
}

fn script() -> PathBuf {
    root().join("measure/benches/growth/verify.lua")
}
