//! The unit and the user it runs as, judged by systemd's own tools.
#![expect(clippy::disallowed_methods, reason = "puts copies of the unit on disk")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const MOST_EXPOSURE: f64 = 1.5;

#[test]
fn the_unit_is_hardened() {
    let exposure = exposure(&unit());
    assert!(
        exposure <= MOST_EXPOSURE,
        "exposure is {exposure}, at most {MOST_EXPOSURE} is wanted"
    );
}

#[test]
fn a_unit_without_its_hardening_is_exposed() {
    let folder = Folder::new("exposed");
    let bare = fs::read_to_string(unit())
        .unwrap()
        .replace("ProtectSystem=strict", "User=root");
    assert!(exposure(&folder.write("prosody-tokend.service", &bare)) > MOST_EXPOSURE);
}

#[test]
fn the_unit_is_free_of_mistakes() {
    let folder = Folder::new("verify");
    assert_eq!(
        complaints(&folder.write("prosody-tokend.service", &built_unit())),
        ""
    );
}

#[test]
fn a_reload_waits_for_what_comes_of_it() {
    let unit = fs::read_to_string(unit()).unwrap();
    assert_eq!(setting(&unit, "Type"), "notify");
    let command = "/usr/bin/prosody-tokend reload $MAINPID";
    assert_eq!(setting(&unit, "ExecReload"), command);
}

#[test]
fn a_mistake_in_the_unit_is_reported() {
    let folder = Folder::new("mistake");
    let mistaken = built_unit().replace("ProtectHome=yes", "ProtectHome=perhaps");
    let complaints = complaints(&folder.write("prosody-tokend.service", &mistaken));
    assert!(complaints.contains("protect home value"), "{complaints}");
}

#[test]
fn a_bad_configuration_is_not_tried_again() {
    let unit = fs::read_to_string(unit()).unwrap();
    assert_eq!(setting(&unit, "Restart"), "on-failure");
    assert_eq!(setting(&unit, "RestartPreventExitStatus"), "78");
}

#[test]
fn the_user_of_the_unit_is_the_one_that_sysusers_makes() {
    let folder = Folder::new("sysusers");
    fs::create_dir(folder.0.join("etc")).unwrap();
    let users = root().join("systemd/prosody-tokend.sysusers.conf");
    let output = run(Command::new("systemd-sysusers")
        .arg("--root")
        .arg(&folder.0)
        .arg(users));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let accounts = fs::read_to_string(folder.0.join("etc/passwd")).unwrap();
    let user = format!("{}:", setting(&fs::read_to_string(unit()).unwrap(), "User"));
    assert!(
        accounts.lines().any(|line| line.starts_with(&user)),
        "{user} is not in {accounts}"
    );
    assert!(
        accounts.lines().all(|line| line.ends_with("/nologin")),
        "{accounts}"
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn unit() -> PathBuf {
    root().join("systemd/prosody-tokend.service")
}

/// The unit with the daemon where the build put it: systemd-analyze wants the command to be
/// there, and `/usr/bin/prosody-tokend` is only once it is installed.
fn built_unit() -> String {
    let unit = fs::read_to_string(unit()).unwrap();
    assert!(
        unit.contains("ExecStart=/usr/bin/prosody-tokend serve "),
        "{unit}"
    );
    unit.replace(
        "/usr/bin/prosody-tokend",
        env!("CARGO_BIN_EXE_prosody-tokend"),
    )
}

fn exposure(unit: &Path) -> f64 {
    let mut command = Command::new("systemd-analyze");
    let output = run(command
        .args(["security", "--offline=yes", "--no-pager"])
        .arg(unit));
    let report = text(&output.stdout);
    let overall = report
        .lines()
        .find_map(|line| line.split_once("Overall exposure level for "))
        .unwrap()
        .1;
    overall.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// All that systemd-analyze says about the unit, which is nothing where it has no objection.
fn complaints(unit: &Path) -> String {
    let mut command = Command::new("systemd-analyze");
    let output = run(command
        .args(["verify", "--man=no", "--recursive-errors=no"])
        .arg(unit));
    let said = text(&output.stderr) + &text(&output.stdout);
    assert!(
        output.status.success() || !said.is_empty(),
        "systemd-analyze failed in silence"
    );
    said
}

fn setting<'unit>(unit: &'unit str, key: &str) -> &'unit str {
    let value = |line: &'unit str| line.strip_prefix(key)?.strip_prefix('=');
    unit.lines()
        .find_map(value)
        .unwrap_or_else(|| panic!("{key} is not set"))
}

fn run(command: &mut Command) -> Output {
    let name = command.get_program().to_owned();
    command.env("LC_ALL", "C").output().unwrap_or_else(|error| {
        panic!(
            "{} does not run ({error}): `make setup` installs it",
            name.display()
        )
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder of this test's own, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("systemd-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing but disk space is lost where this fails.
        let _ = fs::remove_dir_all(&self.0);
    }
}
