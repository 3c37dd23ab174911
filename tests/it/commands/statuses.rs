//! How commands end: what the status tells, and that a reader who goes away is no failure.

use std::process::{Command, Stdio};

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
        (&["serve", "--config", "bad.toml"], "", 78),
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
    }
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
            3,
        ),
        (&["--help"], 0),
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
