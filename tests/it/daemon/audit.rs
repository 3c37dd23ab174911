//! The audit log: a line for each decision, and nothing of a token.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::{Value, json};

use super::fixture::{BINARY, HOST, Running, SECRET, start};
use support::http;
use support::time::in_seconds;
use support::token::{mint, with};
use support::{root, until};

fn claims() -> Value {
    json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "standup", "jti": "a-name",
        "exp": in_seconds(600), "context": {"user": {"id": "alice"}}
    })
}

fn token() -> String {
    mint(&claims(), SECRET)
}

struct Audited {
    running: Running,
    _folder: tempfile::TempDir,
    file: std::path::PathBuf,
}

fn audited(more: &str) -> Audited {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let running = start(&format!("audit = {{ file = {file:?}{more} }}"));
    Audited {
        running,
        _folder: folder,
        file,
    }
}

impl Audited {
    fn lines(&self) -> Vec<Value> {
        lines(&self.file)
    }

    fn verify(&self, question: &Value) -> u16 {
        self.running.post("/v1/verify", question).status()
    }

    /// How large any file of the daemon may be; without a number, as large as before.
    fn limit_files(&self, bytes: Option<u64>) {
        let process = Pid::from_raw(self.running.daemon.id().cast_signed());
        let maximum = getrlimit(Resource::Fsize).maximum;
        let current = bytes.or(maximum);
        prlimit(process, Resource::Fsize, Rlimit { current, maximum }).unwrap();
    }

    fn ready(&self) -> (u16, Value) {
        let answer = self.running.ask("GET", "/readyz", &[], "");
        (answer.status(), answer.json())
    }
}

fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn each_decision_is_a_line_with_who_wanted_in_and_whether_that_is_verified() {
    let log = audited("");
    let asked_as = ["Content-Type: application/json", "X-Request-Id: join-7"];
    let expired = mint(&with(claims(), &json!({"exp": 1})), SECRET);
    let forged = mint(&claims(), "another-secret-of-the-audit-tests-0123456789");
    for question in [
        json!({"token": token(), "room": "standup"}),
        json!({"token": token(), "room": "another"}),
        json!({"token": expired}),
        json!({"token": forged}),
        json!({"token": "no token at all"}),
        json!({}),
    ] {
        log.running
            .ask("POST", "/v1/verify", &asked_as, &question.to_string());
    }
    let session = json!({"jitsi_meet_room": "standup", "jitsi_meet_domain": "meet.example.com", "jitsi_meet_auth_issuer": "my_app"});
    let room = json!({"host": "meet.example.com", "room": "other@conference.meet.example.com", "session": session});
    log.running.post("/v1/room", &room);
    let lines = until("all lines", || {
        Some(log.lines()).filter(|lines| lines.len() == 7)
    });
    let wanted = [
        (
            "token",
            "allow",
            None,
            Some("standup"),
            Some("verified"),
            Some("alice"),
        ),
        (
            "token",
            "deny",
            Some("room-mismatch"),
            Some("another"),
            Some("verified"),
            Some("alice"),
        ),
        (
            "token",
            "deny",
            Some("expired"),
            None,
            Some("unverified"),
            Some("alice"),
        ),
        (
            "token",
            "deny",
            Some("signature-invalid"),
            None,
            Some("unverified"),
            Some("alice"),
        ),
        (
            "token",
            "deny",
            Some("not-three-parts"),
            None,
            Some("unverified"),
            None,
        ),
        ("token", "deny", Some("token-required"), None, None, None),
        (
            "room",
            "deny",
            Some("room-mismatch"),
            Some("other"),
            Some("session"),
            None,
        ),
    ];
    for (line, (kind, decision, code, room, from, user)) in lines.iter().zip(wanted) {
        let found = ["kind", "decision", "code", "room", "claims", "user_id"]
            .map(|name| line[name].as_str());
        assert_eq!(
            found,
            [Some(kind), Some(decision), code, room, from, user],
            "{line}"
        );
        assert_eq!(line["host"], "meet.example.com");
        assert_eq!(line["doctor"], false);
        assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
    }
    assert_eq!(lines[0]["request_id"], "join-7");
    assert_eq!(
        (&lines[0]["iss"], &lines[0]["jti"]),
        (&json!("my_app"), &json!("a-name"))
    );
    assert_eq!(lines[0]["token_id"], "a-name");
}

#[test]
fn no_line_has_a_part_of_a_token_or_a_secret() {
    let log = audited("");
    let inner = token();
    for question in [
        json!({"token": token(), "room": "standup"}),
        json!({"token": mint(&with(claims(), &json!({"jti": inner, "iss": inner})), SECRET)}),
        json!({"token": token(), "room": inner}),
        json!({"token": format!("{inner}x")}),
    ] {
        log.verify(&question);
    }
    until("all lines", || (log.lines().len() == 4).then_some(()));
    let text = fs::read_to_string(&log.file).unwrap();
    for part in inner.split('.').chain([SECRET]) {
        assert!(!text.contains(&part[..12]), "{part} is in {text}");
    }
}

#[test]
fn an_explanation_is_no_decision() {
    let log = audited("");
    log.running.post("/v1/explain", &json!({"token": token()}));
    log.verify(&json!({"token": token()}));
    let lines = until("the line", || {
        Some(log.lines()).filter(|lines| !lines.is_empty())
    });
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["kind"], "token");
}

#[test]
fn what_cannot_be_an_audit_log_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    for (audit, expected) in [
        ("file = \"audit.jsonl\"".to_owned(), "absolute path"),
        ("file = \"/dev/full\"".to_owned(), "not a regular file"),
        (format!("file = {:?}", folder.path()), "folder"),
        ("required = true".to_owned(), "no file"),
        ("file = 5".to_owned(), "expected"),
        ("fil = \"/var/log/a\"".to_owned(), "nearest is file"),
    ] {
        fs::write(
            &config,
            format!("listen = [\"127.0.0.1:0\"]\naudit = {{ {audit} }}\n{HOST}"),
        )
        .unwrap();
        let output = Command::new(BINARY)
            .args(["serve", "--config"])
            .arg(&config)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert_eq!(output.status.code(), Some(78), "{audit}: {said}");
        assert!(
            said.contains(expected) || said.contains("directory"),
            "{audit}: {said}"
        );
    }
}

#[test]
fn a_file_that_was_moved_away_is_opened_anew_also_with_a_configuration_that_is_not_taken() {
    let log = audited("");
    let moved = log.file.with_extension("1");
    let configuration = log.running.daemon.configuration();
    for broken in [false, true] {
        if broken {
            fs::write(&configuration, "broken").unwrap();
        }
        log.verify(&json!({"token": token()}));
        until("the line", || (log.lines().len() == 1).then_some(()));
        fs::rename(&log.file, &moved).unwrap();
        log.running.daemon.hang_up();
        until("another file", || log.file.exists().then_some(()));
        assert_eq!((lines(&moved).len(), log.lines().len()), (1, 0));
    }
}

#[test]
fn a_full_disk_is_told_of_counted_and_stops_no_decision() {
    let log = audited("");
    log.limit_files(Some(1_000));
    let question = json!({"token": token(), "room": "standup"});
    for _ in 0..20 {
        let answer = log.running.post("/v1/verify", &question);
        assert_eq!(answer.json()["allowed"], true);
    }
    let lost = until("the lost lines", || {
        let (status, ready) = log.ready();
        assert_eq!(status, 200);
        let lost = ready["audit_lines_lost"].as_u64().unwrap_or_default();
        (lost + u64::try_from(log.lines().len()).unwrap() == 20).then_some(lost)
    });
    let (_, ready) = log.ready();
    let why = ready["audit_failed"].as_str().unwrap();
    assert!(why.contains("audit.jsonl"), "{why}");
    let metrics = log.running.ask("GET", "/metrics", &[], "").0;
    assert!(
        metrics.contains(&format!("prosody_tokend_audit_lines_lost_total {lost}\n")),
        "{metrics}"
    );
    log.limit_files(None);
    log.verify(&question);
    let lines = until("the gap", || {
        Some(log.lines()).filter(|lines| lines.iter().any(|line| line["kind"] == "gap"))
    });
    let gaps: u64 = lines.iter().filter_map(|line| line["lost"].as_u64()).sum();
    assert_eq!(gaps, lost);
    until("the end of the outage", || {
        log.ready().1["audit_failed"].is_null().then_some(())
    });
}

#[test]
fn where_lines_are_required_a_decision_without_one_does_not_count() {
    let log = audited(", required = true");
    let question = json!({"token": token(), "room": "standup"});
    assert_eq!(log.verify(&question), 200);
    assert_eq!(log.lines().len(), 1, "an answer comes after its line");
    log.limit_files(Some(1));
    let room = json!({"host": "meet.example.com", "room": "standup@conference.meet.example.com"});
    for (path, question) in [("/v1/verify", &question), ("/v1/room", &room)] {
        let answer = log.running.post(path, question);
        assert_eq!(answer.status(), 503, "{}", answer.0);
        assert!(answer.json()["allowed"].is_null(), "{}", answer.0);
        assert!(answer.0.contains("audit"), "{}", answer.0);
    }
    assert_eq!(log.ready().0, 503);
    log.limit_files(None);
    until("decisions to count", || {
        (log.verify(&question) == 200).then_some(())
    });
    until("readiness", || (log.ready().0 == 200).then_some(()));
}

#[test]
fn ten_thousand_decisions_are_ten_thousand_lines() {
    let log = audited("");
    let port = log.running.daemon.port();
    let question = json!({"token": token()}).to_string();
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for _ in 0..2_500 {
                    let (status, _) = http::request(port, "POST", "/v1/verify", &question).unwrap();
                    assert_eq!(status, 200);
                }
            });
        }
    });
    until("all lines", || (log.lines().len() == 10_000).then_some(()));
}

#[test]
fn a_daemon_that_is_killed_leaves_whole_lines() {
    let log = audited("");
    let port = log.running.daemon.port();
    let question = json!({"token": token()}).to_string();
    thread::scope(|threads| {
        threads.spawn(|| while http::request(port, "POST", "/v1/verify", &question).is_ok() {});
        until("some lines", || {
            (fs::metadata(&log.file).is_ok_and(|file| file.len() > 10_000)).then_some(())
        });
        log.running.daemon.kill();
    });
    assert!(log.lines().len() > 20);
}

#[test]
fn logrotate_loses_no_line_and_doubles_none() {
    let log = audited("");
    let folder = log.file.parent().unwrap();
    let shipped = fs::read_to_string(root().join("contrib/logrotate/prosody-tokend")).unwrap();
    let reload = "systemctl reload prosody-tokend.service >/dev/null 2>&1 || true";
    assert!(shipped.contains(reload), "{shipped}");
    // This daemon is no service. Each day is one of these rotations.
    let text = shipped
        .replace(
            "/var/log/prosody-tokend/audit.jsonl",
            &log.file.display().to_string(),
        )
        .replace(reload, &format!("kill -HUP {}", log.running.daemon.id()))
        .replace("    dateext\n", "");
    let config = folder.join("logrotate.conf");
    fs::write(&config, text).unwrap();
    let port = log.running.daemon.port();
    let question = json!({"token": token()}).to_string();
    thread::scope(|threads| {
        let asking = threads.spawn(|| {
            for _ in 0..2_000 {
                http::request(port, "POST", "/v1/verify", &question).unwrap();
            }
        });
        while !asking.is_finished() {
            rotate(folder, &config);
        }
    });
    until("all lines", || (all_lines(folder) == 2_000).then_some(()));
    assert!(
        folder.join("audit.jsonl.2.gz").exists(),
        "nothing was rotated"
    );
}

fn rotate(folder: &Path, config: &Path) {
    let mut logrotate = Command::new("/usr/sbin/logrotate");
    logrotate
        .args(["--force", "--state"])
        .arg(folder.join("state"))
        .arg(config);
    let output = logrotate.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn all_lines(folder: &Path) -> usize {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let of = |path: &Path| {
        let count = Command::new("sh")
            .args(["-c", "gzip -dcf < \"$0\" | wc -l"])
            .arg(path)
            .output()
            .unwrap();
        String::from_utf8(count.stdout)
            .unwrap()
            .trim()
            .parse::<usize>()
            .unwrap()
    };
    files
        .filter(|path| path.display().to_string().contains("audit.jsonl"))
        .map(|path| of(&path))
        .sum()
}

#[test]
fn the_document_shows_a_line_with_all_its_members() {
    let document = fs::read_to_string(root().join("docs/audit.md")).unwrap();
    let (_, shown) = document.split_once("```json\n").unwrap();
    let shown: Value = serde_json::from_str(shown.split_once("\n```").unwrap().0).unwrap();
    let log = audited("");
    log.verify(&json!({"token": token(), "room": "standup"}));
    let lines = until("the line", || {
        Some(log.lines()).filter(|lines| !lines.is_empty())
    });
    let names = |line: &Value| {
        line.as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&shown), names(&lines[0]));
    for name in names(&lines[0]) {
        assert!(document.contains(&format!("`{name}`")), "{name}");
    }
}
