//! A Prosody that runs, and what changed since it was started.

use std::path::Path;
use std::process::Command;

use super::installation::Installation;
use support::process::Process;
use support::until;

/// Something that is called as Prosody is, with the configuration of this installation.
fn start(installation: &Installation, arguments: &[&str]) -> Process {
    let script = installation.path("bin/prosody");
    installation.append("bin/prosody", "io.read(\"*a\")\n");
    let mut command = Command::new("lua5.4");
    command.arg(&script).args(arguments);
    command.stdin(std::process::Stdio::piped());
    let mut process = Process::start("prosody", &mut command, &installation.path("prosody.out"));
    let number = process.child().id();
    until("Prosody to run", || {
        let words = std::fs::read(format!("/proc/{number}/cmdline")).ok()?;
        words.starts_with(b"lua5.4").then_some(())
    });
    process
}

fn config(installation: &Installation) -> String {
    installation.path("prosody.cfg.lua").display().to_string()
}

/// Writes a file once the kernel's clock says another time than at the start.
fn touch(path: &Path) {
    let text = std::fs::read(path).unwrap();
    let started = std::time::Instant::now();
    until("a tenth of a second to pass", || {
        (started.elapsed().as_millis() > 150).then_some(())
    });
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_prosody_that_has_read_everything_is_fine() {
    let installation = Installation::sound();
    touch(&installation.path("prosody.cfg.lua"));
    let _prosody = start(&installation, &["-F", "--config", &config(&installation)]);
    assert_eq!(installation.doctor().codes(), [""; 0]);
}

#[test]
fn a_prosody_that_was_started_before_its_files_changed_is_told_of() {
    for name in [
        "prosody.cfg.lua",
        "shim/mod_auth_token.lua",
        "shim/token/util.lib.lua",
    ] {
        let installation = Installation::sound();
        let config = config(&installation);
        let _prosody = start(&installation, &["-F", "--config", &config]);
        touch(&installation.path(name));
        let report = installation.expect_first(
            "prosody-not-restarted",
            &[
                name,
                "changed after Prosody was started",
                "systemctl restart prosody",
            ],
        );
        assert_eq!((report.status, report.codes().len()), (1, 1));
    }
}

#[test]
fn a_file_that_was_moved_there_with_its_old_times_counts_as_changed() {
    let installation = Installation::sound();
    let config = config(&installation);
    std::fs::copy(&config, installation.path("other")).unwrap();
    let _prosody = start(&installation, &["--config", &config, "-F"]);
    let started = std::time::Instant::now();
    until("a tenth of a second to pass", || {
        (started.elapsed().as_millis() > 150).then_some(())
    });
    std::fs::rename(installation.path("other"), &config).unwrap();
    installation.expect_first("prosody-not-restarted", &["prosody.cfg.lua"]);
}

#[test]
fn a_prosody_with_another_configuration_says_nothing_of_this_one() {
    let installation = Installation::sound();
    installation.write("other.cfg.lua", "VirtualHost \"other.example.com\"\n");
    let other = installation.path("other.cfg.lua").display().to_string();
    let _others = start(&installation, &["-F", "--config", &other]);
    touch(&installation.path("prosody.cfg.lua"));
    assert_eq!(installation.doctor().codes(), [""; 0]);
}

#[test]
fn a_prosody_that_was_told_no_configuration_reads_the_one_of_its_program() {
    let installation = Installation::sound();
    let folder = format!("CFG_CONFIGDIR='{}';\n", installation.path("").display());
    let folder = folder.replace("/';", "';");
    installation.append("bin/prosody", &folder);
    let _prosody = start(&installation, &["-F"]);
    touch(&installation.path("prosody.cfg.lua"));
    installation.expect_first("prosody-not-restarted", &["prosody.cfg.lua"]);
}

#[test]
fn who_may_read_a_file_is_no_change_of_what_it_says() {
    let installation = Installation::sound();
    let config = config(&installation);
    let _prosody = start(&installation, &["-F", "--config", &config]);
    let started = std::time::Instant::now();
    until("a tenth of a second to pass", || {
        (started.elapsed().as_millis() > 150).then_some(())
    });
    installation.set_mode("shim/mod_auth_token.lua", 0o664);
    installation.set_mode("prosody.cfg.lua", 0o664);
    assert_eq!(installation.doctor().codes(), [""; 0]);
}
