//! A Unix socket tells the daemon who asks: its owner revokes there without a key, and nobody else does.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::geteuid;
use tempfile::TempDir;

use super::fixture::{BINARY, HOST};
use support::process::Process;
use support::until;

const WITH_ADMINS: &[&str] = &["-H", "Authorization: Bearer the-key-of-administrators"];
const WITH_PROSODYS: &[&str] = &["-H", "Authorization: Bearer the-key-of-those-who-may-ask"];
const ORIGIN: &[&str] = &["-H", "Origin: https://evil.example"];
const REBOUND: &[&str] = &["-H", "Host: evil.example"];

const ADMIN_KEY: &str = "admin_key = \"the-key-of-administrators\"\n";
const API_KEY: &str = "api_key = \"the-key-of-those-who-may-ask\"\n";

/// A daemon at a socket that everybody may open.
pub struct Listening {
    _process: Process,
    folder: TempDir,
}

pub fn listening(settings: &str) -> Listening {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (socket, store) = (path("http.sock"), path("state.db"));
    let configuration = format!(
        "listen = [\"unix:{}\"]\n{settings}[store]\npath = {:?}\n{HOST}",
        socket.display(),
        store.display().to_string()
    );
    fs::write(path("config.toml"), configuration).unwrap();
    let mut command = Command::new(BINARY);
    command.args(["serve", "--config"]).arg(path("config.toml"));
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let mut process = Process::spawn("prosody-tokend", &mut command);
    until("the socket", || {
        assert!(process.is_running(), "the daemon ended at once");
        UnixStream::connect(&socket).ok()
    });
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
    Listening {
        _process: process,
        folder,
    }
}

impl Listening {
    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("http.sock")
    }

    /// The status that somebody gets who revokes something with these options of curl.
    fn revoke(&self, user: Option<u32>, options: &[&str]) -> (u16, String) {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--write-out", "\n%{http_code}", "--unix-socket"]);
        curl.arg(self.socket()).args(options);
        curl.args([
            "-H",
            "Content-Type: application/json",
            "-d",
            "{\"jti\": \"a\"}",
        ]);
        curl.arg("http://localhost/v1/revocations");
        if let Some(user) = user {
            curl.uid(user).gid(user);
        }
        let output = curl.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), body.to_owned())
    }
}

#[test]
fn the_owner_needs_no_key_where_none_is_set_and_no_web_page_is_the_owner() {
    for settings in ["", API_KEY] {
        let daemon = listening(settings);
        for (options, status) in [
            (&[][..], 201),
            (&[], 200),
            (WITH_PROSODYS, 200),
            (ORIGIN, 403),
            (REBOUND, 403),
        ] {
            let (found, body) = daemon.revoke(None, options);
            assert_eq!(found, status, "{options:?}: {body}");
        }
    }
}

#[test]
fn the_owner_needs_the_key_where_one_is_set() {
    let daemon = listening(&format!("{ADMIN_KEY}{API_KEY}"));
    for (options, status) in [
        (&[][..], 401),
        (WITH_PROSODYS, 403),
        (ORIGIN, 403),
        (WITH_ADMINS, 201),
    ] {
        let (found, body) = daemon.revoke(None, options);
        assert_eq!(found, status, "{options:?}: {body}");
    }
}

#[test]
fn another_user_revokes_nothing_at_the_socket_without_the_key() {
    if !geteuid().is_root() {
        eprintln!("left out: only root can ask as another user");
        return;
    }
    for (settings, cases) in [
        (String::new(), &[(&[][..], 403), (WITH_PROSODYS, 403)][..]),
        (
            format!("{ADMIN_KEY}{API_KEY}"),
            &[(&[], 401), (WITH_PROSODYS, 403), (WITH_ADMINS, 201)],
        ),
    ] {
        let daemon = listening(&settings);
        for (options, status) in cases {
            let (found, body) = daemon.revoke(Some(NOBODY), options);
            assert_eq!(found, *status, "{options:?}: {body}");
        }
    }
}

const NOBODY: u32 = 65_534;
