//! Installed, upgraded, removed.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;

use support::machine::Machine;
use support::{remedy, root};

use crate::load::during;
use crate::site::{
    self, RELEASES, SITE, admits_the_right_ones, await_prosody, debian, install, install_first,
    jitsi,
};
use crate::{NAME, built, older};

const OWN: &str = "/etc/prosody-tokend/config.toml";
/// How often the package is exchanged under load.
const UPGRADES: usize = 10;

#[test]
fn an_installation_touches_nothing_of_prosodys_and_ends_with_what_is_left_to_do() {
    for release in RELEASES {
        let Some(machine) = jitsi(release) else {
            return;
        };
        let before = state_of_prosody(&machine);
        let told = install_first(&machine, &built(".deb"));
        assert_eq!(state_of_prosody(&machine), before, "{release}");
        assert!(
            machine.is_active(NAME),
            "{release}: {told}\n{}",
            machine.journal()
        );
        machine.run(&["systemctl", "is-enabled", NAME]);
        let modes = machine.run(&["stat", "-c", "%a %U:%G", "/etc/prosody-tokend", OWN]);
        assert_eq!(modes, "750 root:prosody-tokend\n640 root:prosody-tokend\n");

        let doctor = do_what_is_left(&machine, &told);
        // What doctor did looks like nobody's denial.
        let logs = machine.run(&["cat", "/var/log/prosody/prosody.log"]) + &machine.journal();
        for word in ["Error verifying", "expired"] {
            assert!(!logs.contains(word), "{logs}");
        }
        admits_the_right_ones(&machine);
        let logs = machine.run(&["cat", "/var/log/prosody/prosody.log"]) + &machine.journal();
        for word in ["Error verifying", "expired"] {
            assert!(logs.contains(word), "{word} is not in {logs}");
        }
        let found = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert!(doctor.status.success(), "{release}: {found}");
        let met = format!(
            "mod_auth_token {0} asks prosody-tokend {0} at ",
            env!("CARGO_PKG_VERSION")
        );
        machine.run(&["grep", &met, "/var/log/prosody/prosody.log"]);
    }
}

#[test]
fn a_machine_without_prosody_gets_a_unit_that_is_not_started_and_a_line_that_says_what_to_write() {
    let Some(machine) = debian("bookworm") else {
        return;
    };
    machine.run(&["dpkg", "--purge", "prosody"]);
    machine.run(&["rm", "-rf", "/etc/prosody"]);
    let told = install(&machine, &built(".deb"));
    assert!(!machine.is_active(NAME));
    assert_eq!(failed_units(&machine), "");
    assert!(
        !machine
            .try_run(&["systemctl", "is-enabled", NAME])
            .status
            .success()
    );
    let mut lines = told.lines().filter(|line| line.contains("not started"));
    let line = lines.next_back().unwrap_or_else(|| panic!("{told}"));
    assert!(
        line.contains(OWN) && line.contains("[hosts.\"DOMAIN\"]"),
        "{line}"
    );

    let hosts = "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\napp_secret = \"0123456789abcdef0123456789abcdef\"\n";
    let text = machine.run(&["cat", OWN]);
    let text = text.replace("\nprosody_config = ", "\n# prosody_config = ");
    machine.overwrite(OWN, &(text + hosts));
    let (_, command) = line.rsplit_once("; then: ").unwrap();
    machine.run(&["sh", "-c", command]);
    assert!(machine.is_active(NAME), "{}", machine.journal());
}

#[test]
fn a_prosody_without_tokens_gets_a_unit_that_is_not_started_and_is_told_why() {
    let Some(machine) = debian("trixie") else {
        return;
    };
    machine.run(&["systemctl", "start", "prosody"]);
    let told = install(&machine, &built(".deb"));
    assert!(!machine.is_active(NAME));
    assert_eq!(failed_units(&machine), "");
    assert!(told.contains("authentication = \"token\""), "{told}");
    let (_, commands) = told.rsplit_once("Once that is mended: ").unwrap();
    let command = commands.split(" && ").next().unwrap();
    assert!(!machine.try_run(&["sh", "-c", command]).status.success());
    site_with_tokens(&machine);
    machine.run(&["sh", "-c", command]);
    assert!(machine.is_active(NAME), "{}", machine.journal());
}

#[test]
fn ten_upgrades_lose_no_join_and_no_edit() {
    let folder = tempfile::tempdir().unwrap();
    let older = older(folder.path());
    for release in RELEASES {
        let Some(machine) = jitsi(release) else {
            return;
        };
        let told = install(&machine, &older);
        do_what_is_left(&machine, &told);
        let edited = machine.run(&["cat", OWN]) + "# An operator's remark.\n";
        machine.overwrite(OWN, &edited);
        let drop_in = "/etc/systemd/system/prosody-tokend.service.d/remark.conf";
        machine.write(drop_in, "[Service]\nEnvironment=REMARK=1\n");
        let joins = during(&machine, || {
            for number in 0..UPGRADES {
                let before = main_process(&machine);
                let package = if number % 2 == 0 {
                    built(".deb")
                } else {
                    older.clone()
                };
                let told = install(&machine, &package);
                assert!(machine.is_active(NAME), "{told}\n{}", machine.journal());
                assert_ne!(
                    main_process(&machine),
                    before,
                    "the daemon was not replaced: {told}\n{}",
                    machine.journal()
                );
            }
        });
        assert_eq!(
            joins.lost,
            Vec::<String>::new(),
            "{release}: {}",
            machine.journal()
        );
        assert!(
            joins.admitted > UPGRADES && joins.refused > UPGRADES,
            "nobody came"
        );
        println!(
            "{release}: {} admitted, {} refused in {UPGRADES} upgrades",
            joins.admitted, joins.refused
        );
        assert_eq!(machine.run(&["cat", OWN]), edited);
        assert!(machine.path(drop_in).exists());
        admits_the_right_ones(&machine);
    }
}

#[test]
fn doctor_tells_after_an_upgrade_that_prosody_runs_the_files_of_before() {
    let folder = tempfile::tempdir().unwrap();
    let Some(machine) = jitsi("bookworm") else {
        return;
    };
    let told = install(&machine, &older(folder.path()));
    do_what_is_left(&machine, &told);
    let told = install(&machine, &built(".deb"));
    assert!(told.contains("prosody-tokend doctor"), "{told}");
    let found = machine.try_run(&["prosody-tokend", "doctor"]);
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.contains("systemctl restart prosody"), "{found}");
    machine.run(&["systemctl", "restart", "prosody"]);
    settled(&machine);
    machine.run(&["prosody-tokend", "doctor"]);
}

#[test]
fn what_is_removed_leaves_nothing_but_what_somebody_wrote() {
    for release in RELEASES {
        let Some(machine) = jitsi(release) else {
            return;
        };
        let before = files(&machine);
        let told = install(&machine, &built(".deb"));
        do_what_is_left(&machine, &told);
        machine.overwrite(
            OWN,
            &(machine.run(&["cat", OWN]) + "# An operator's remark.\n"),
        );

        let told = machine.run(&["dpkg", "--remove", NAME]);
        assert!(
            told.contains("plugin_paths") && told.contains(SITE),
            "{told}"
        );
        assert!(!machine.is_active(NAME));
        assert_eq!(failed_units(&machine), "");
        assert_eq!(added(&before, &files(&machine)), KEPT, "{release}");

        install(&machine, &built(".deb"));
        assert!(machine.is_active(NAME), "{release}: {}", machine.journal());
        assert!(
            machine
                .run(&["cat", OWN])
                .ends_with("# An operator's remark.\n")
        );
        admits_the_right_ones(&machine);

        machine.run(&["dpkg", "--purge", NAME]);
        assert_eq!(added(&before, &files(&machine)), [""; 0], "{release}");
        assert!(
            !machine
                .try_run(&["getent", "passwd", NAME])
                .status
                .success()
        );
        assert!(!machine.try_run(&["getent", "group", NAME]).status.success());
    }
}

#[test]
fn a_removal_that_does_not_come_about_leaves_the_daemon_running() {
    let Some(machine) = jitsi("bookworm") else {
        return;
    };
    install(&machine, &built(".deb"));
    // What dpkg calls, when another package keeps this one from being removed after its daemon was stopped.
    let call = |script: &str, argument| {
        let package = format!("DPKG_MAINTSCRIPT_PACKAGE={NAME}");
        let name = format!("DPKG_MAINTSCRIPT_NAME={script}");
        let path = format!("/var/lib/dpkg/info/{NAME}.{script}");
        machine.run(&["env", &package, &name, &path, argument]);
    };
    call("prerm", "remove");
    assert!(!machine.is_active(NAME));
    call("postinst", "abort-remove");
    assert!(machine.is_active(NAME), "{}", machine.journal());
}

/// What goes with a purge alone: configuration, what was revoked, and logs.
const KEPT: [&str; 5] = [
    "/etc/logrotate.d/prosody-tokend",
    "/etc/prosody-tokend",
    OWN,
    "/var/lib/prosody-tokend",
    "/var/log/prosody-tokend",
];

#[test]
fn a_secret_that_somebody_keeps_beside_the_configuration_stays_with_its_group() {
    let Some(machine) = jitsi("bookworm") else {
        return;
    };
    install(&machine, &built(".deb"));
    let secret = "/etc/prosody-tokend/app_secret";
    machine.write(secret, "somebody's");
    machine.run(&["chgrp", NAME, secret]);
    machine.run(&["dpkg", "--purge", NAME]);
    assert_eq!(
        machine.run(&["stat", "-c", "%G", secret]),
        format!("{NAME}\n")
    );
}

#[test]
fn the_archive_is_installed_as_the_document_says() {
    let document = fs::read_to_string(root().join("docs/install.md")).unwrap();
    let (_, part) = document.split_once("\n## Other systems\n").unwrap();
    let commands: Vec<&str> = part
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .collect();
    assert!(commands.len() > 4, "{part}");
    for release in RELEASES {
        let Some(machine) = jitsi(release) else {
            return;
        };
        machine.copy(
            &built(".tar.gz"),
            "/tmp/prosody-tokend-0.1.0-linux-amd64.tar.gz",
        );
        for command in &commands {
            machine.run(&["sh", "-c", &format!("cd /tmp && {command}")]);
        }
        assert!(machine.is_active(NAME), "{release}: {}", machine.journal());
        let jitsis = "\"/usr/share/jitsi-meet";
        let text = site::configuration().replace(jitsis, &format!("\"{SHIM}\", {jitsis}"));
        machine.overwrite(SITE, &text);
        machine.run(&["systemctl", "restart", "prosody"]);
        settled(&machine);
        admits_the_right_ones(&machine);
    }
}

const SHIM: &str = "/usr/share/prosody-tokend/lua";

#[test]
fn the_document_shows_what_the_installation_says() {
    let document = fs::read_to_string(root().join("docs/install.md")).unwrap();
    let (_, shown) = document.split_once("    prosody-tokend runs. ").unwrap();
    let (shown, _) = shown.split_once("\n\n").unwrap();
    let shown = format!("prosody-tokend runs. {shown}").replace("\n    ", "\n");
    let Some(machine) = jitsi("trixie") else {
        return;
    };
    let told = install(&machine, &built(".deb"));
    assert!(told.contains(&shown), "{shown}\n\n{told}");
}

/// Types what the installation ends with, which is `doctor`.
fn do_what_is_left(machine: &Machine, told: &str) -> Output {
    let (_, left) = told
        .split_once("What is left to do:\n")
        .unwrap_or_else(|| panic!("{told}"));
    let (change, last) = left.split_once('\n').unwrap();
    remedy::apply(machine, change.trim(), &BTreeMap::new());
    settled(machine);
    let command = last.trim().split("   (").next().unwrap();
    machine.try_run(&["sh", "-c", command])
}

fn settled(machine: &Machine) {
    await_prosody(machine);
    // The kernel counts starts in hundredths of a second, and what follows is later.
    machine.run(&["sleep", "0.2"]);
}

fn site_with_tokens(machine: &Machine) {
    machine.write(SITE, site::configuration());
    machine.run(&["ln", "-s", SITE, "/etc/prosody/conf.d/"]);
}

/// What an installation must leave: Prosody's process, and each of its files.
fn state_of_prosody(machine: &Machine) -> String {
    let process = machine.run(&[
        "systemctl",
        "show",
        "--property=MainPID,NRestarts",
        "prosody",
    ]);
    let files = "find /etc/prosody /usr/share/jitsi-meet /usr/lib/prosody -printf '%p %m %u %g %s %C@ %l\\n' | sort";
    process + &machine.run(&["sh", "-c", files])
}

fn failed_units(machine: &Machine) -> String {
    machine.run(&[
        "systemctl",
        "list-units",
        "--failed",
        "--plain",
        "--no-legend",
        &format!("{NAME}*"),
    ])
}

fn main_process(machine: &Machine) -> String {
    machine.run(&["systemctl", "show", "--value", "--property=MainPID", NAME])
}

/// All files but those in which systems and their package managers keep their own accounts.
fn files(machine: &Machine) -> Vec<String> {
    let kept = [
        "/proc",
        "/sys",
        "/dev",
        "/tmp",
        "/run/log",
        "/run/systemd",
        "/var/log/journal",
        "/var/lib/dpkg",
        "/var/lib/prosody",
        "/var/log/prosody",
        "/var/tmp",
        "/run/prosody",
        "/var/cache/ldconfig",
    ];
    let kept: Vec<String> = kept
        .iter()
        .map(|path| format!("-path {path} -prune -o"))
        .collect();
    let found = machine.run(&[
        "sh",
        "-c",
        &format!("find / {} -print | sort", kept.join(" ")),
    ]);
    found.lines().map(str::to_owned).collect()
}

fn added<'a>(before: &[String], after: &'a [String]) -> Vec<&'a str> {
    let is_new = |path: &&String| before.binary_search(path).is_err();
    after.iter().filter(is_new).map(String::as_str).collect()
}
