//! How commands end: what the status tells, and that a reader who goes away is no failure.

use std::process::{Command, Stdio};

use prosody_tokend::cli::statuses::STATUSES;
use serde_json::json;

use super::replay::case;
use super::{SECRET, Workplace, run, text};
use support::time::in_seconds;
use support::token::mint;

const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");

fn token(expiration: i64) -> String {
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "*", "exp": expiration,
    });
    mint(&claims, SECRET)
}

#[test]
fn a_mistake_on_the_command_line_ends_with_2_and_nothing_else_does() {
    let workplace = Workplace::new();
    let (good, late) = (token(in_seconds(600)), token(1));
    workplace.write("bad.toml", "[hosts.a]\nap_id = 5\n");
    workplace.write("none.toml", "\n");
    for (arguments, input, status) in [
        (&["explain", "--hots", "x"][..], "", 2),
        (&["check", "--at", "x"], "", 2),
        (&["doctor", "--nothing"], "", 2),
        (&["nothing"], "", 2),
        (&[], "", 2),
        (&["explain", "--config", "config.toml"], "", 2),
        (
            &["explain", "--config", "config.toml", "--host", "x"],
            &good,
            2,
        ),
        (&["mint", "--config", "config.toml", "--host", "x"], "", 2),
        (
            &[
                "mint",
                "--config",
                "config.toml",
                "--key-env",
                "NO_VARIABLE",
            ],
            "",
            2,
        ),
        (
            &["mint", "--config", "config.toml", "--key-file", "nowhere"],
            "",
            66,
        ),
        (
            &["mint", "--config", "config.toml", "--key-file", "bad.toml"],
            "",
            65,
        ),
        (&["explain", "--config", "config.toml"], &good, 0),
        (&["explain", "--config", "config.toml"], &late, 1),
        (&["check", "--config", "bad.toml"], "", 78),
        (&["check", "--config", "none.toml"], "", 78),
        (&["check", "--config", "nowhere.toml"], "", 78),
        (&["explain", "--config", "bad.toml"], &good, 78),
        (&["mint", "--config", "bad.toml"], "", 78),
        (&["keys", "--config", "bad.toml"], "", 78),
        (&["replay", "--config", "bad.toml", "cases.jsonl"], "", 78),
        (&["replay", "--config", "config.toml", "nowhere"], "", 66),
        (&["replay", "--config", "config.toml", "bad.toml"], "", 65),
        (&["reload", "--config", "bad.toml"], "", 2),
        (&["reload", "nobody"], "", 2),
        (&["reload", "2147483647"], "", 71),
        (&["doctor", "--config", "bad.toml"], "", 78),
        (&["doctor", "--config", "none.toml"], "", 78),
        (&["doctor", "--config", "nowhere.toml"], "", 78),
        (&["serve", "--config", "bad.toml"], "", 78),
        (&["serve", "--config", "nowhere.toml"], "", 78),
        (
            &["serve", "--config", "config.toml", "--listen", "nowhere"],
            "",
            78,
        ),
        (
            &[
                "keys",
                "--config",
                "config.toml",
                "--url",
                "http://127.0.0.1:1",
            ],
            "",
            69,
        ),
    ] {
        let output = run(workplace.folder.path(), arguments, input);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(is_in_the_table(status), "{arguments:?}");
    }
}

fn is_in_the_table(code: i32) -> bool {
    STATUSES.iter().any(|status| i32::from(status.code) == code)
}

#[test]
fn a_status_is_in_the_table_once_and_in_the_help() {
    let workplace = Workplace::new();
    let help = run(workplace.folder.path(), &["--help"], "");
    let help = text(&help.stdout);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, table) = help.split_once("Exit status:").unwrap();
    let expected: Vec<String> = STATUSES
        .iter()
        .map(|status| format!("{} {}", status.code, status.meaning))
        .collect();
    assert_eq!(words(table), words(&expected.join(" ")));
    assert!(STATUSES.is_sorted_by(|one, next| one.code < next.code));
    for status in STATUSES {
        let same = STATUSES.iter().filter(|other| other.name == status.name);
        assert_eq!(same.count(), 1, "{}", status.name);
    }
}

#[test]
fn the_table_alone_has_statuses() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source];
    let mut makers = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            if ["= ExitStatus {", "ExitCode::from(", "process::exit("]
                .iter()
                .any(|made| text.contains(made))
            {
                makers.push(path.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    makers.sort();
    assert_eq!(makers, ["mod.rs", "statuses.rs"]);
}

#[test]
fn a_reader_who_goes_away_changes_no_status_and_is_not_complained_of() {
    let workplace = Workplace::new();
    workplace.write("bad.toml", "[hosts.a]\nap_id = 5\n");
    workplace.write("cases.jsonl", "");
    let late = token(1);
    for (arguments, status) in [
        (&["check", "--config", "config.toml"][..], 0),
        (&["check", "--json", "--config", "config.toml"], 0),
        (&["check", "--config", "bad.toml"], 78),
        (&["explain", "--config", "config.toml", &late], 1),
        (&["explain", "--json", "--config", "config.toml", &late], 1),
        (&["mint", "--config", "config.toml"], 0),
        (&["keys", "name", "kid"], 0),
        (
            &[
                "doctor",
                "--config",
                "nowhere.toml",
                "--prosody-config",
                "nowhere.lua",
            ],
            78,
        ),
        (&["doctor", "--json", "--config", "bad.toml"], 78),
        (&["--help"], 0),
        (&["help", "doctor"], 0),
        (&["--version"], 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(BINARY);
        command.args(arguments).current_dir(workplace.folder.path());
        command.stdin(Stdio::null()).stdout(writer);
        let output = command.output().unwrap();
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
    }
}

#[test]
fn verdicts_that_nobody_reads_are_compared_where_that_is_asked_for() {
    let workplace = Workplace::new();
    let recorded = case("now denied", "other", true);
    workplace.write("cases.jsonl", &format!("{recorded}\n").repeat(5_000));
    for (arguments, status) in [
        (&["replay", "cases.jsonl"][..], 0),
        (&["replay", "--check", "cases.jsonl"], 1),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(BINARY);
        command.args(arguments).args(["--config", "config.toml"]);
        command.current_dir(workplace.folder.path()).stdout(writer);
        let output = command.output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(status),
            "{}",
            text(&output.stderr)
        );
        let said = text(&output.stderr);
        assert_eq!(said.is_empty(), status == 0, "{said}");
    }
}
