//! A machine of its own within this one: a real systemd as its first process, other files, another network.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tempfile::TempDir;

use crate::process::Process;
use crate::{root, until};

pub struct Machine {
    /// The first process, by this machine's count.
    first: u32,
    _namespaces: Process,
    _folder: TempDir,
}

impl Machine {
    /// Boots with a copy of this machine's files. None where that is not allowed, which is told.
    pub fn boot() -> Option<Self> {
        Self::boot_with(Path::new("/"))
    }

    /// Boots with a copy of these files.
    pub fn boot_with(files: &Path) -> Option<Self> {
        if !can_be_made() {
            eprintln!(
                "left out: only root can start a systemd of its own, and only outside most containers"
            );
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("console");
        let script = root().join("tests/support/boot.sh");
        let mut command = namespaces();
        command.arg("sh").arg(script).arg(folder.path()).arg(files);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut namespaces = Process::start("unshare", &mut command, &log);
        let first = until("systemd to run", || systemd_below(namespaces.child().id()));
        let machine = Self {
            first,
            _namespaces: namespaces,
            _folder: folder,
        };
        until("systemd to be up", || {
            let state = machine.try_run(&["systemctl", "is-system-running"]);
            let state = String::from_utf8(state.stdout).unwrap();
            ["running\n", "degraded\n"]
                .contains(&state.as_str())
                .then_some(())
        });
        Some(machine)
    }

    /// What a command of that machine says, which must succeed.
    pub fn run(&self, command: &[&str]) -> String {
        let output = self.try_run(command);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{command:?}: {said}{complaint}{}",
            self.whole_journal()
        );
        said
    }

    pub fn try_run(&self, command: &[&str]) -> Output {
        self.command(command).output().unwrap()
    }

    /// A command of that machine, to be started.
    pub fn command(&self, command: &[&str]) -> Command {
        let mut nsenter = Command::new("nsenter");
        nsenter.arg(format!("--target={}", self.first));
        nsenter
            .args(["--all", "--root", "--wd", "--"])
            .args(command);
        nsenter.stdin(Stdio::null());
        nsenter
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        nsenter
    }

    /// Does something in that machine's network.
    pub fn within_network<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let network = File::open(format!("/proc/{}/ns/net", self.first)).unwrap();
        // The network is the thread's.
        thread::scope(|threads| {
            let working = threads.spawn(move || {
                let kind = Some(LinkNameSpaceType::Network);
                move_into_link_name_space(network.as_fd(), kind).unwrap();
                work()
            });
            working.join().unwrap()
        })
    }

    /// Writes a file of that machine, for everyone to read.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }

    /// Writes what a file of that machine holds, and leaves whose it is and who may read it. It may be a link there.
    pub fn overwrite(&self, path: &str, content: &str) {
        let mut writing = self.command(&["sh", "-c", "cat > \"$0\"", path]);
        let mut writing = writing.stdin(Stdio::piped()).spawn().unwrap();
        let mut input = writing.stdin.take().unwrap();
        input.write_all(content.as_bytes()).unwrap();
        drop(input);
        assert!(writing.wait().unwrap().success(), "{path}");
    }

    pub fn copy(&self, from: &Path, to: &str) {
        fs::copy(from, self.path(to)).unwrap();
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    /// Whether a service runs.
    pub fn is_active(&self, service: &str) -> bool {
        let state = self.try_run(&["systemctl", "is-active", "--quiet", service]);
        state.status.success()
    }

    /// The last that anything has logged: of a process that ended at once the journal does not know the unit.
    fn whole_journal(&self) -> String {
        let said = self.try_run(&["journalctl", "--no-pager", "--lines=60"]);
        String::from_utf8_lossy(&said.stdout).into_owned()
    }

    /// All that the daemon has logged.
    pub fn journal(&self) -> String {
        let said = self.try_run(&[
            "journalctl",
            "--no-pager",
            "--unit=prosody-tokend",
            "--output=cat",
        ]);
        String::from_utf8_lossy(&said.stdout).into_owned()
    }

    /// Where a file of that machine is for this one.
    pub fn path(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{path}", self.first))
    }
}

fn namespaces() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup"]);
    command.args(["--propagation=private", "--fork", "--kill-child=KILL", "--"]);
    command
}

fn can_be_made() -> bool {
    let mut trial = namespaces();
    trial.args([
        "sh",
        "-c",
        "mount -t tmpfs tmpfs /mnt && mount -t proc proc /proc",
    ]);
    Path::new("/lib/systemd/systemd").exists()
        && trial.output().is_ok_and(|output| output.status.success())
}

/// The only child of a process, once it has become systemd.
fn systemd_below(process: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    let child = children.trim().parse().ok()?;
    let name = fs::read_to_string(format!("/proc/{child}/comm")).ok()?;
    (name == "systemd\n").then_some(child)
}
