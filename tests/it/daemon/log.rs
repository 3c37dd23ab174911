//! A log that cannot be written, or that nobody reads, costs lines of the log and nothing else.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::fixture::{self, Answer, BINARY, HOST};
use support::process::Process;
use support::time::in_seconds;
use support::token::mint;
use support::{PATIENCE, until};

/// A daemon on a Unix socket, for its log is no place to read a port from.
struct Logging {
    process: Process,
    folder: TempDir,
}

fn start(log: impl Into<Stdio>) -> Logging {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("http.sock");
    let config = folder.path().join("config.toml");
    let listen = format!("listen = [\"unix:{}\"]\n", socket.display());
    fs::write(&config, format!("{listen}{HOST}")).unwrap();
    let mut command = Command::new(BINARY);
    command.args(["serve", "--log-format", "json", "--config"]);
    command.arg(config).stdin(Stdio::null()).stderr(log);
    let mut process = Process::spawn("prosody-tokend", &mut command);
    // The command holds the log, too; with it goes the last writer but the daemon.
    drop(command);
    until("the socket", || {
        assert!(process.is_running(), "the daemon ended at once");
        UnixStream::connect(&socket).ok()
    });
    Logging { process, folder }
}

impl Logging {
    fn ask(&self, head: &str, body: &str) -> Answer {
        let mut stream = UnixStream::connect(self.socket()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        let head = format!("{head} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        let head = format!("{head}Content-Type: application/json\r\nContent-Length: {length}");
        write!(stream, "{head}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        Answer(answer)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("http.sock")
    }

    /// Has a token denied, which is logged.
    fn deny(&self) {
        let question = json!({"token": "x"}).to_string();
        let answer = self.ask("POST /v1/verify", &question);
        assert_eq!(answer.json()["allowed"], false, "{}", answer.0);
    }

    fn deny_many(&self, count: usize) {
        for number in 0..count {
            self.deny();
            if number % 100 == 0 {
                assert_eq!(self.ask("GET /healthz", "").status(), 200);
            }
        }
    }

    fn lost_lines(&self) -> u64 {
        let ready = self.ask("GET /readyz", "");
        assert_eq!(ready.status(), 200);
        ready.json()["log_lines_lost"].as_u64().unwrap_or_default()
    }

    fn stops_at_once(mut self) {
        let started = Instant::now();
        assert!(self.process.terminate().success());
        let took = started.elapsed();
        assert!(took < Duration::from_secs(5), "the stop took {took:?}");
    }
}

fn full_disk() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// More lines than may wait to be written.
const TOO_MANY: usize = 7_000;

#[test]
fn a_daemon_whose_log_cannot_be_written_starts_serves_and_counts_the_lines() {
    let daemon = start(full_disk());
    daemon.deny_many(10);
    until("the lost lines", || {
        (daemon.lost_lines() >= 10).then_some(())
    });
    daemon.stops_at_once();
}

#[test]
fn a_log_that_is_as_large_as_it_may_be_costs_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let log = File::create(folder.path().join("log")).unwrap();
    let mut daemon = start(log);
    let process = Pid::from_child(daemon.process.child());
    let maximum = getrlimit(Resource::Fsize).maximum;
    let limit = Rlimit {
        current: Some(4_096),
        maximum,
    };
    prlimit(Some(process), Resource::Fsize, limit).unwrap();
    daemon.deny_many(50);
    until("the lost lines", || (daemon.lost_lines() > 0).then_some(()));
    daemon.stops_at_once();
}

#[test]
fn a_daemon_whose_log_lost_its_reader_goes_on() {
    let (reader, writer) = io::pipe().unwrap();
    let daemon = start(writer);
    daemon.deny();
    drop(reader);
    daemon.deny_many(10);
    until("the lost lines", || {
        (daemon.lost_lines() >= 10).then_some(())
    });
    daemon.stops_at_once();
}

#[test]
fn a_log_that_nobody_reads_delays_no_answer_and_loses_no_line_uncounted() {
    let (mut reader, writer) = io::pipe().unwrap();
    let daemon = start(writer);
    daemon.deny_many(TOO_MANY);
    let lost = daemon.lost_lines();
    assert!(lost > 0, "so many lines cannot be kept");
    let lines = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        let parsed = text.lines().map(serde_json::from_str::<Value>);
        parsed.collect::<Result<Vec<_>, _>>().unwrap()
    });
    let lost = until("room for one more line", || {
        let before = daemon.lost_lines();
        daemon.deny();
        (daemon.lost_lines() == before).then_some(before)
    });
    daemon.stops_at_once();
    let lines = lines.join().unwrap();
    let told = lines.iter().filter_map(|line| {
        let message = line["message"].as_str().unwrap();
        let (lost, _) = message.split_once(" lines of the log were lost")?;
        lost.parse::<u64>().ok()
    });
    assert_eq!(told.sum::<u64>(), lost);
    let ids = lines.iter().filter_map(|line| line["id"].as_u64());
    assert!(ids.is_sorted(), "the lines have lost their order");
}

#[test]
fn a_log_that_nobody_reads_does_not_hold_a_stop() {
    let (reader, writer) = io::pipe().unwrap();
    let daemon = start(writer);
    daemon.deny_many(1_000);
    daemon.stops_at_once();
    drop(reader);
}

#[test]
fn a_failure_that_cannot_be_reported_keeps_its_status() {
    for command in ["serve", "explain", "keys"] {
        let mut process = Command::new(BINARY);
        process.args([command, "--config", "/nowhere/config.toml"]);
        process.stdin(Stdio::null()).stderr(full_disk());
        let status = process.status().unwrap();
        assert_eq!(status.code(), Some(78), "{command}");
    }
}

#[test]
fn a_log_that_lies_among_watched_files_does_not_feed_itself() {
    let running = fixture::start("[log]\nlevel = \"trace\"\n");
    let log = running.folder.path().join("daemon.log");
    fs::write(running.folder.path().join("another"), "a change").unwrap();
    let mut last = (0, 0);
    until("the log to rest", || {
        let length = fs::metadata(&log).unwrap().len();
        let same = if length == last.0 { last.1 + 1 } else { 0 };
        last = (length, same);
        (same == LOOKS).then_some(())
    });
}

/// So often in a row the log must be as long as before, to have come to rest.
const LOOKS: u32 = 50;

#[test]
fn a_login_with_an_odd_token_is_a_line_of_the_log_and_another_one_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let logging = start(File::create(&path).unwrap());
    let token = |exp: i64| {
        let claims = json!({"iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "a", "exp": exp});
        mint(&claims, fixture::SECRET)
    };
    for exp in [in_seconds(600), in_seconds(600) * 1_000] {
        let question = json!({"token": token(exp)}).to_string();
        assert_eq!(
            logging.ask("POST /v1/verify", &question).json()["allowed"],
            true
        );
    }
    let lines = until("the line", || {
        let log = fs::read_to_string(&path).unwrap();
        log.contains("\"warning\"").then_some(log)
    });
    let requests: Vec<&str> = lines
        .lines()
        .filter(|line| line.contains("\"verdict\""))
        .collect();
    assert_eq!(requests.len(), 1, "{lines}");
    assert!(requests[0].contains("exp is in milliseconds"), "{lines}");
}
