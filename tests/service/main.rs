//! The unit as a real systemd runs it, with every feature on.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "boots a machine, writes its files and measures time"
)]

mod breakages;
mod permissions;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::issuer::{alice, bob, jwks};
use support::machine::Machine;
use support::process::Process;
use support::time::in_seconds;
use support::token::mint;
use support::until;

const API_KEY: &str = "the-api-key-of-the-tests-of-the-unit";
const SECRET: &str = "the-secret-of-the-tests-of-the-unit-0123456789";
/// What the unit allows for a stop, and systemd for telling of it.
const STOPPED_WITHIN: Duration = Duration::from_secs(5);

const CONFIGURATION: &str = r#"
listen = ["127.0.0.1:5290", "unix:/run/prosody-tokend/http.sock"]
prosody_config = "/etc/prosody/prosody.cfg.lua"
api_key_file = "/etc/prosody-tokend/api_key"

[log]
level = "debug"

[hosts."credential.example.com"]
app_id = "my_app"
app_secret_credential = "app_secret"
asap_key_path = "/etc/prosody-tokend/asap.key"
asap_key_id = "this-server"

[hosts."folder.example.com"]
app_id = "my_app"
key_folder = "/etc/prosody-tokend/keys"

[hosts."fetched.example.com"]
app_id = "my_app"
cache_keys_url = "http://127.0.0.1:8000/keys.json"
"#;

const DROP_IN: &str = "[Service]\nLoadCredential=app_secret:/etc/prosody-tokend/app_secret\n";

fn prosody(secret: &str) -> String {
    format!(
        "VirtualHost \"prosody.example.com\"\n\tauthentication = \"token\"\n\tapp_id = \"my_app\"\n\
         \tapp_secret = \"{secret}\"\n"
    )
}

/// Installs the daemon on a machine as its package would, and starts it.
fn install(machine: &Machine) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    machine.copy(
        Path::new(env!("CARGO_BIN_EXE_prosody-tokend")),
        "/usr/bin/prosody-tokend",
    );
    let unit = fs::read(root.join("systemd/prosody-tokend.service")).unwrap();
    machine.write("/etc/systemd/system/prosody-tokend.service", unit);
    machine.write(
        "/etc/systemd/system/prosody-tokend.service.d/credential.conf",
        DROP_IN,
    );
    let users = fs::read(root.join("systemd/prosody-tokend.sysusers.conf")).unwrap();
    machine.write("/etc/sysusers.d/prosody-tokend.conf", users);
    machine.run(&["systemd-sysusers"]);
    machine.write("/etc/prosody/prosody.cfg.lua", prosody(SECRET));
    machine.write("/etc/prosody-tokend/app_secret", SECRET);
    machine.write("/etc/prosody-tokend/api_key", API_KEY);
    machine.write("/etc/prosody-tokend/asap.key", bob().private_pem());
    machine.write("/etc/prosody-tokend/keys/alice.pem", alice().public_pem());
    machine.write("/etc/prosody-tokend/keys/bob.pem", bob().public_pem());
    machine.write("/srv/keys/keys.json", jwks(&[alice().jwk("alice")]));
    machine.write("/etc/prosody-tokend/config.toml", CONFIGURATION);
    machine.run(&[
        "systemd-run",
        "--unit=keys",
        "python3",
        "-m",
        "http.server",
        "8000",
        "--bind=127.0.0.1",
        "--directory=/srv/keys",
    ]);
    until("the key server", || {
        asked(machine, &["http://127.0.0.1:8000/keys.json"])
    });
    machine.run(&["systemctl", "daemon-reload"]);
    machine.run(&["systemctl", "start", "prosody-tokend"]);
}

/// What curl gets on that machine.
fn asked(machine: &Machine, arguments: &[&str]) -> Option<String> {
    let output = machine
        .command(&["curl", "--silent", "--max-time", "10"])
        .args(arguments)
        .output()
        .unwrap();
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).unwrap())
}

fn verdict(machine: &Machine, question: &Value, more: &[&str]) -> Option<String> {
    let authorization = format!("Authorization: Bearer {API_KEY}");
    let body = question.to_string();
    let json = "Content-Type: application/json";
    let mut arguments = vec![
        "--header",
        &authorization,
        "--header",
        json,
        "--data",
        &body,
    ];
    arguments.extend_from_slice(more);
    let answer = asked(machine, &arguments)?;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    Some(match &answer["allowed"] {
        Value::Bool(true) => "allowed".to_owned(),
        _ => answer["token"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    })
}

fn claims(host: &str) -> Value {
    json!({"iss": "my_app", "aud": "my_app", "sub": host, "room": "*", "exp": in_seconds(3_600)})
}

fn question(host: &str, token: &str) -> Value {
    json!({"host": host, "token": token})
}

const OVER_TCP: [&str; 1] = ["http://127.0.0.1:5290/v1/verify"];
const OVER_UNIX: [&str; 3] = [
    "--unix-socket",
    "/run/prosody-tokend/http.sock",
    "http://localhost/v1/verify",
];

#[test]
fn every_source_of_keys_is_there_within_the_unit() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    let cases = [
        (
            "credential.example.com",
            mint(&claims("credential.example.com"), SECRET),
        ),
        (
            "prosody.example.com",
            mint(&claims("prosody.example.com"), SECRET),
        ),
        (
            "folder.example.com",
            alice().sign(Some("alice"), &claims("folder.example.com")),
        ),
        (
            "fetched.example.com",
            alice().sign(Some("alice"), &claims("fetched.example.com")),
        ),
    ];
    for (host, token) in &cases {
        for way in [&OVER_TCP[..], &OVER_UNIX[..]] {
            let found = verdict(&machine, &question(host, token), way);
            assert_eq!(
                found.as_deref(),
                Some("allowed"),
                "{host} {way:?}\n{}",
                machine.journal()
            );
        }
        let forged = bob().sign(Some("alice"), &claims(host));
        let found = verdict(&machine, &question(host, &forged), &OVER_TCP).unwrap();
        assert_ne!(found, "allowed", "{host}");
    }
}

#[test]
fn what_changes_is_taken_within_the_unit_and_what_hangs_is_refused() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    let token = alice().sign(Some("alice"), &claims("folder.example.com"));
    let folder = question("folder.example.com", &token);
    assert_eq!(
        verdict(&machine, &folder, &OVER_TCP).as_deref(),
        Some("allowed")
    );
    machine.remove("/etc/prosody-tokend/keys/alice.pem");
    until("the key to be withdrawn", || {
        (verdict(&machine, &folder, &OVER_TCP)? != "allowed").then_some(())
    });

    let other = "another-secret-of-the-tests-of-the-unit-0123456789";
    let host = "prosody.example.com";
    let before = question(host, &mint(&claims(host), SECRET));
    let after = question(host, &mint(&claims(host), other));
    machine.write(
        "/etc/prosody/prosody.cfg.lua",
        "xpcall(error, function() while true do end end)",
    );
    until("the refusal", || {
        machine
            .journal()
            .contains("configuration not reloaded")
            .then_some(())
    });
    assert_eq!(
        verdict(&machine, &before, &OVER_TCP).as_deref(),
        Some("allowed")
    );
    let refused = machine.try_run(&["systemctl", "reload", "prosody-tokend"]);
    assert!(!refused.status.success(), "{}", machine.journal());
    machine.write("/etc/prosody/prosody.cfg.lua", prosody(other));
    machine.run(&["systemctl", "reload", "prosody-tokend"]);
    let found = verdict(&machine, &after, &OVER_TCP);
    assert_eq!(found.as_deref(), Some("allowed"), "{}", machine.journal());
    assert_ne!(
        verdict(&machine, &before, &OVER_TCP).as_deref(),
        Some("allowed")
    );
}

#[test]
fn a_journal_that_stands_still_or_is_full_costs_no_answer() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    let token = mint(&claims("credential.example.com"), SECRET);
    let good = question("credential.example.com", &token);
    signal_journal(&machine, "STOP");
    assert_eq!(denials(&machine), DENIALS, "{}", machine.journal());
    assert_eq!(
        verdict(&machine, &good, &OVER_TCP).as_deref(),
        Some("allowed")
    );
    signal_journal(&machine, "CONT");
    fill_journal(&machine);
    assert_eq!(denials(&machine), DENIALS);
    assert_eq!(
        verdict(&machine, &good, &OVER_TCP).as_deref(),
        Some("allowed")
    );
}

/// More than what the journal's socket holds of the lines about them.
const DENIALS: usize = 30_000;

/// How many of so many bad tokens are answered.
fn denials(machine: &Machine) -> usize {
    let bad = question("credential.example.com", "e30.e30.e30").to_string();
    let authorization = format!("Authorization: Bearer {API_KEY}");
    let addresses = format!("{}?[1-{DENIALS}]", OVER_TCP[0]);
    let json = "Content-Type: application/json";
    let arguments = [
        "--header",
        &authorization,
        "--header",
        json,
        "--data",
        &bad,
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}\n",
        &addresses,
    ];
    let statuses = machine
        .command(&["timeout", "60", "curl", "--silent", "--max-time", "5"])
        .args(arguments)
        .output()
        .unwrap();
    let statuses = String::from_utf8(statuses.stdout).unwrap();
    statuses.lines().filter(|&status| status == "200").count()
}

/// Leaves the journal no byte of the disk.
fn fill_journal(machine: &Machine) {
    machine.run(&[
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=16m",
        "tmpfs",
        "/run/log/journal",
    ]);
    machine.run(&["systemctl", "restart", "systemd-journald"]);
    let filled = machine.try_run(&["dd", "if=/dev/zero", "of=/run/log/journal/full"]);
    assert!(String::from_utf8_lossy(&filled.stderr).contains("No space left"));
}

fn signal_journal(machine: &Machine, signal: &str) {
    let signal = format!("--signal={signal}");
    machine.run(&["pkill", &signal, "--exact", "systemd-journal"]);
}

#[test]
fn another_user_does_not_take_the_place_of_anybody_in_the_unit() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for script in ["support/crowd.py", "service/beside_crowd.py"] {
        let name = script.rsplit('/').next().unwrap();
        machine.write(
            &format!("/srv/{name}"),
            fs::read(tests.join(script)).unwrap(),
        );
    }
    let answer = machine.run(&["python3", "/srv/beside_crowd.py"]);
    assert_eq!(answer, "HTTP/1.1 200 OK\n", "{}", machine.journal());
}

#[test]
fn no_connection_is_refused_while_the_daemon_is_restarted_or_killed() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    let folder = tempfile::tempdir().unwrap();
    for way in [
        &["systemctl", "restart", "prosody-tokend"][..],
        &[
            "sh",
            "-c",
            "kill -KILL $(systemctl show --value --property=MainPID prosody-tokend)",
        ],
        &["systemctl", "restart", "prosody-tokend"],
    ] {
        let is_killed = way.contains(&"-c");
        let before = main_process(&machine);
        let statuses = folder.path().join("statuses");
        let mut asking = asking_without_end(&machine, &statuses);
        machine.run(way);
        until("another process that answers", || {
            let is_another = !["0", &before].contains(&main_process(&machine).as_str());
            (is_another && machine.is_active("prosody-tokend")).then_some(())
        });
        asked(&machine, &["http://127.0.0.1:5290/healthz"]).unwrap();
        let (asked_by, _) = first_line(&statuses);
        machine.run(&["kill", "-KILL", &asked_by]);
        asking.kill();
        let (_, statuses) = first_line(&statuses);
        assert!(statuses.contains(ANSWERED), "nothing was asked");
        let (statuses, _cut) = statuses.rsplit_once('\n').unwrap();
        // What a killed process had accepted is lost. Whoever is ended in an orderly way answers it.
        let lost = statuses.lines().filter(|status| *status != ANSWERED);
        let lost: Vec<&str> = lost
            .filter(|status| !is_killed || status.ends_with(REFUSED))
            .collect();
        assert!(lost.is_empty(), "{way:?}: {lost:?} {}", machine.journal());
    }
    machine.run(&["systemctl", "stop", "prosody-tokend"]);
    assert_eq!(asked(&machine, &["http://127.0.0.1:5290/healthz"]), None);
}

fn main_process(machine: &Machine) -> String {
    let shown = machine.run(&[
        "systemctl",
        "show",
        "--value",
        "--property=MainPID",
        "prosody-tokend",
    ]);
    shown.trim().to_owned()
}

const ANSWERED: &str = "200 0";
/// How curl ends where it cannot connect.
const REFUSED: &str = " 7";

/// Asks on a new connection each time, and writes what came of it, below the number of the process that asks: its parent's end is not its own.
fn asking_without_end(machine: &Machine, log: &Path) -> Process {
    let address = "http://127.0.0.1:5290/healthz?[1-1000000]";
    let numbered = ["sh", "-c", "echo $$; exec curl \"$@\"", "curl"];
    let mut command = machine.command(&numbered);
    command.args(["--silent", "--show-error", "--max-time", "10"]);
    command.args(["--header", "Connection: close", "--output", "/dev/null"]);
    command.args(["--write-out", "%{http_code} %{exitcode}\n", address]);
    command.stdout(fs::File::create(log).unwrap());
    let asking = Process::start("curl", &mut command, &log.with_extension("complaints"));
    until("the first answer", || {
        fs::read_to_string(log)
            .ok()?
            .contains(ANSWERED)
            .then_some(())
    });
    asking
}

/// The first line of a file, and what follows on it.
fn first_line(path: &Path) -> (String, String) {
    let text = fs::read_to_string(path).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    (first.to_owned(), rest.to_owned())
}

#[test]
fn a_stop_takes_a_moment_and_leaves_no_failure() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    let started = Instant::now();
    machine.run(&["systemctl", "stop", "prosody-tokend"]);
    let took = started.elapsed();
    assert!(took < STOPPED_WITHIN, "{took:?}");
    assert!(
        !machine
            .try_run(&["systemctl", "is-failed", "prosody-tokend"])
            .status
            .success()
    );
}
