//! Another user of the machine who does the worst.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::process::Process;
use super::{root, until};

/// A user who owns nothing.
const NOBODY: u32 = 65_534;

/// Starts a crowd of so many connections to the daemon on this port, and waits until it is there.
pub fn start(port: u16, kind: &str, connections: usize) -> Process {
    let script = root().join("tests/support/crowd.py");
    // Whoever is nobody may not be able to read where the tests are.
    let script = fs::read_to_string(script).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let said = folder.path().join("said");
    let mut command = Command::new("python3");
    command
        .args(["-c", &script])
        .arg(port.to_string())
        .arg(kind)
        .arg(connections.to_string())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(fs::File::create(&said).unwrap());
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY);
    }
    let crowd = Process::start("the crowd", &mut command, &said);
    until("the crowd to be there", || {
        let said = fs::read_to_string(&said).unwrap();
        said.contains("there").then_some(())
    });
    crowd
}
