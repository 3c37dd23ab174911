//! `revoke`, `revocations` and `unrevoke`, at a daemon that runs and at one that does not.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{SECRET, run, text};
use crate::daemon::sockets;
use support::daemon::Daemon;
use support::http;
use support::time::in_seconds;
use support::token::{mint, with};

const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");
const KEY: &str = "the-key-of-administrators";

/// A daemon that keeps revocations.
struct Keeping {
    daemon: Daemon,
    folder: TempDir,
}

fn keeping() -> Keeping {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db").display().to_string();
    let configuration = format!(
        "admin_key = \"{KEY}\"\n[store]\npath = {path:?}\n[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\n\
         app_secret = \"{SECRET}\"\nmuc_mapper_domain_base = \"meet.example.com\"\n"
    );
    Keeping {
        daemon: Daemon::start(Path::new(BINARY), folder.path(), &configuration),
        folder,
    }
}

impl Keeping {
    /// Runs a command with the daemon's configuration and address.
    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let config = self.daemon.configuration();
        let url = format!("http://127.0.0.1:{}", self.daemon.port());
        let place = ["--config", config.to_str().unwrap(), "--url", &url];
        run(self.folder.path(), &[arguments, &place].concat(), input)
    }

    /// What a command says that ends well.
    fn said(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        text(&output.stdout)
    }

    fn json(&self, arguments: &[&str], input: &str) -> Value {
        let said = self.said(&[arguments, &["--json"]].concat(), input);
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error} in {said}"))
    }

    fn is_allowed(&self, token: &str) -> bool {
        let asked = json!({ "token": token }).to_string();
        let (_, answer) = http::request(self.daemon.port(), "POST", "/v1/verify", &asked).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["allowed"] == true
    }
}

fn token(changes: &Value) -> String {
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "*",
        "exp": in_seconds(600), "iat": in_seconds(-10), "jti": "t1",
    });
    mint(&with(claims, changes), SECRET)
}

/// The ID in what `revoke` says.
fn id(said: &str) -> String {
    let (_, rest) = said.split_once('(').unwrap();
    rest.split(')').next().unwrap().to_owned()
}

#[test]
fn what_is_revoked_is_denied_listed_and_good_again_when_it_is_taken_back() {
    let keeping = keeping();
    let token = token(&json!({}));
    let said = keeping.said(
        &[
            "revoke",
            "--jti",
            "t1",
            "--reason",
            "stolen",
            "--until",
            "1d 12h 30m",
        ],
        "",
    );
    let id = id(&said);
    let plain = said.replace('\n', " ");
    for words in [
        "revoked (",
        "tokens with jti \"t1\" are denied from now on, until 20",
        "end within two seconds where token_sessions is loaded",
        &format!("prosody-tokend unrevoke {id}"),
    ] {
        assert!(plain.contains(words), "{words}: {said}");
    }
    assert!(!keeping.is_allowed(&token));
    let list = keeping.said(&["revocations"], "");
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), 2, "{list}");
    assert!(lines[0].starts_with("WHAT "), "{list}");
    for words in [
        "tokens with jti \"t1\"",
        "every host",
        "in 36 h",
        "stolen",
        "on the command line",
        &id,
    ] {
        assert!(lines[1].contains(words), "{words}: {list}");
    }
    let again = keeping.said(&["revoke", "--jti", "t1"], "");
    assert!(
        again.contains("revoked already") && again.contains(&id),
        "{again}"
    );
    let undone = keeping.said(&["unrevoke", &id], "");
    assert!(undone.contains(&id), "{undone}");
    assert!(keeping.is_allowed(&token));
    assert_eq!(keeping.said(&["revocations"], ""), "nothing is revoked\n");
    assert_eq!(keeping.said(&["revocations", "--json"], ""), "");
}

#[test]
fn programs_get_json() {
    let keeping = keeping();
    let made = keeping.json(
        &[
            "revoke",
            "--user",
            "u1",
            "--issued-before",
            "now",
            "--host",
            "meet.example.com",
        ],
        "",
    );
    assert_eq!(made["kind"], "user", "{made}");
    assert_eq!(made["host"], "meet.example.com", "{made}");
    assert!(
        made["issued_before"].as_i64().unwrap() > in_seconds(-60),
        "{made}"
    );
    let listed = keeping.json(&["revocations"], "");
    assert_eq!(listed, made);
    let gone = keeping.json(&["unrevoke", made["id"].as_str().unwrap()], "");
    assert_eq!(gone["id"], made["id"]);
}

#[test]
fn each_kind_is_named_by_an_option() {
    let keeping = keeping();
    for (option, name, words) in [
        ("--jti", "a", "tokens with jti \"a\" are"),
        ("--user", "a", "tokens of user \"a\" are"),
        ("--kid", "a", "tokens with kid \"a\" are"),
        ("--issuer", "my_app", "tokens with iss \"my_app\" are"),
        ("--sid", "a", "tokens with sid \"a\" are"),
        (
            "--room",
            "Standup",
            "all who join the room standup@conference.meet.example.com are",
        ),
    ] {
        let said = keeping.said(&["revoke", option, name], "");
        assert!(said.replace('\n', " ").contains(words), "{option}: {said}");
    }
}

#[test]
fn a_token_is_read_from_standard_input_and_told_to_nobody() {
    let keeping = keeping();
    let token = token(&json!({"exp": in_seconds(-7_200)}));
    let said = keeping.said(&["revoke", "--token", "-"], &format!("{token}\n"));
    assert!(said.contains("the token "), "{said}");
    assert!(said.contains("note: the token has expired"), "{said}");
    let list = keeping.said(&["revocations"], "") + &keeping.said(&["revocations", "--json"], "");
    let log = fs::read_to_string(keeping.folder.path().join("daemon.log")).unwrap();
    for part in token.split('.') {
        for told in [&said, &list, &log] {
            assert!(!told.contains(&part[..16]), "{told}");
        }
    }
}

#[test]
fn a_token_on_the_command_line_is_refused_and_not_repeated() {
    let keeping = keeping();
    let token = token(&json!({}));
    for option in [
        "--token", "--jti", "--user", "--kid", "--issuer", "--room", "--sid",
    ] {
        let output = keeping.run(&["revoke", option, &token], "");
        assert_eq!(output.status.code(), Some(2), "{option}");
        let said = text(&output.stderr);
        assert!(said.contains("standard input"), "{option}: {said}");
    }
    assert!(keeping.is_allowed(&token));
}

#[test]
fn a_mistake_ends_with_a_status_of_its_own_and_revokes_nothing() {
    let keeping = keeping();
    let absent = "0123456789abcdef0123456789abcdef";
    let time = in_seconds(-60).to_string();
    for (arguments, input, status, words) in [
        (&["revoke"][..], "", 2, "required"),
        (
            &["revoke", "--jti", "a", "--user", "b"],
            "",
            2,
            "cannot be used",
        ),
        (
            &["revoke", "--jti", "a", "--issued-before", "now"],
            "",
            2,
            "cannot be used",
        ),
        (&["revoke", "--jti", "a", "--until", "soon"], "", 2, "12h"),
        (&["revoke", "--jti", "a", "--until", "1y"], "", 2, "12h"),
        (
            &["revoke", "--jti", "a", "--until", &time],
            "",
            65,
            "the time is over",
        ),
        (
            &["revoke", "--jti", "a", "--host", "nowhere"],
            "",
            65,
            "meet.example.com",
        ),
        (&["revoke", "--jti", ""], "", 65, "it is empty"),
        (&["revoke", "--room", "@"], "", 65, "names no room"),
        (
            &["revoke", "--token", "-"],
            "",
            2,
            "prosody-tokend revoke --token - < FILE",
        ),
        (&["revoke", "--token", "-"], "hunter2", 65, "no token"),
        (&["unrevoke"], "", 2, "required"),
        (&["unrevoke", "x"], "", 2, "32 hexadecimal digits"),
        (&["unrevoke", absent], "", 1, absent),
        (&["revocations", "x"], "", 2, "unexpected"),
    ] {
        let output = keeping.run(arguments, input);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert_eq!(keeping.said(&["revocations"], ""), "nothing is revoked\n");
}

#[test]
fn what_is_missing_is_said_with_what_to_type() {
    let folder = tempfile::tempdir().unwrap();
    let host = format!("[hosts.a]\napp_id = \"a\"\napp_secret = \"{SECRET}\"\n");
    let store = "[store]\npath = \"/nowhere/state.db\"\n";
    let key = "admin_key = \"0123456789abcdef\"\n";
    for (configuration, status, words) in [
        (
            format!("{key}{host}"),
            78,
            &[
                "[store]",
                "path = \"/var/lib/prosody-tokend/state.db\"",
                "systemctl restart",
                "config.toml",
            ][..],
        ),
        (
            format!("{store}{host}"),
            78,
            &[
                "openssl rand -hex 32",
                "admin_key_file = ",
                "Unix socket",
                "config.toml",
            ],
        ),
        (
            format!("{key}listen = [\"127.0.0.1:1\"]\n{store}{host}"),
            69,
            &[
                "no answer from the daemon at http://127.0.0.1:1",
                "systemctl status",
            ],
        ),
        (
            format!("listen = [\"127.0.0.1:1\", \"unix:/nowhere/s.sock\"]\n{store}{host}"),
            69,
            &["no answer from the daemon at unix:/nowhere/s.sock"],
        ),
        ("lissten = 5\n".to_owned(), 78, &["lissten"]),
    ] {
        fs::write(folder.path().join("config.toml"), &configuration).unwrap();
        for command in [
            &["revoke", "--jti", "a"][..],
            &["revocations"],
            &["unrevoke", "0123456789abcdef0123456789abcdef"],
        ] {
            let output = run(
                folder.path(),
                &[command, &["--config", "config.toml"]].concat(),
                "",
            );
            let said = text(&output.stderr);
            assert_eq!(
                output.status.code(),
                Some(status),
                "{configuration}: {said}"
            );
            for word in words {
                assert!(said.contains(word), "{word}: {said}");
            }
        }
    }
}

#[test]
fn a_daemon_that_has_another_key_is_told_from_one_that_does_not_answer() {
    let keeping = keeping();
    let url = format!("http://127.0.0.1:{}", keeping.daemon.port());
    let other = "admin_key = \"another-key-of-administrators\"\n[store]\npath = \"/nowhere/state.db\"\n\
        [hosts.a]\napp_id = \"a\"\napp_secret = \"0123456789abcdef\"\n";
    fs::write(keeping.folder.path().join("other.toml"), other).unwrap();
    let output = run(
        keeping.folder.path(),
        &["revocations", "--config", "other.toml", "--url", &url],
        "",
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{said}");
    assert!(
        said.contains("status 401") && said.contains("admin_key_file"),
        "{said}"
    );
    assert!(!said.contains("another-key"), "{said}");
}

#[test]
fn whoever_has_become_root_to_type_it_is_named() {
    let keeping = keeping();
    let config = keeping.daemon.configuration();
    let mut command = Command::new(BINARY);
    command
        .args(["revoke", "--jti", "a", "--json", "--config"])
        .arg(config);
    command.args([
        "--url",
        &format!("http://127.0.0.1:{}", keeping.daemon.port()),
    ]);
    let output = command
        .env("SUDO_USER", "ann")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(made["by"], "ann on the command line");
}

#[test]
fn a_list_of_more_than_a_page_is_whole() {
    let keeping = keeping();
    for number in 0..1_001 {
        let asked = json!({"jti": format!("t{number}")}).to_string();
        let port = keeping.daemon.port();
        let made = http::request_as(Some(KEY), port, "POST", "/v1/revocations", &asked).unwrap();
        assert_eq!(made.0, 201, "{}", made.1);
    }
    assert_eq!(keeping.said(&["revocations"], "").lines().count(), 1_002);
    let listed = keeping.said(&["revocations", "--json"], "");
    assert_eq!(listed.lines().count(), 1_001);
    assert!(
        listed
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
}

#[test]
fn what_somebody_has_written_moves_no_terminal() {
    let keeping = keeping();
    let reason = "good\u{202e}dab\u{2028}";
    let said = keeping.said(&["revoke", "--user", "a\u{202e}b", "--reason", reason], "");
    let list = keeping.said(&["revocations"], "") + &keeping.said(&["revocations", "--json"], "");
    for shown in [said, list] {
        assert!(!shown.contains(['\u{202e}', '\u{2028}']), "{shown}");
    }
}

#[test]
fn at_a_unix_socket_the_owner_needs_no_key() {
    let listening = sockets::listening("");
    let config = listening.configuration();
    let ask = |arguments: &[&str]| {
        let place = ["--config", config.to_str().unwrap()];
        let output = run(Path::new("/"), &[arguments, &place].concat(), "");
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let id = id(&ask(&["revoke", "--jti", "a"]));
    assert!(ask(&["revocations"]).contains(&id));
    ask(&["unrevoke", &id]);
}
