//! Hostile room patterns, at the real daemon: whoever else asks is answered as if nothing was.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, reads their logs and measures time"
)]

#[path = "it/daemon/fixture.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod fixture;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fixture::{SECRET, start};
use support::http;
use support::time::in_seconds;
use support::token::mint;

/// How many hostile requests there are at any time.
const HOSTILE: usize = 4;

/// What an ordinary request may take.
const PROMPT: Duration = Duration::from_millis(10);

/// What else the machine does can only add to the times: one good round is enough.
const ROUNDS: usize = 5;

/// How many ordinary requests are measured, of each kind and in each round.
const ORDINARY: usize = 300;

#[test]
fn hostile_patterns_delay_no_other_request() {
    let running = start("");
    let port = running.daemon.port();
    let (over, busy) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..HOSTILE {
            scope.spawn(|| torment(port, &over, &busy));
        }
        let _end = End(&over);
        let slow = (0..ROUNDS).map(|_| slow_kinds(port, &busy));
        let slow: Vec<Vec<String>> = slow.take_while(|kinds| !kinds.is_empty()).collect();
        assert!(slow.len() < ROUNDS, "in every round: {slow:?}");
    });
}

/// The kinds of ordinary requests that are not prompt in 99 of 100 cases.
fn slow_kinds(port: u16, busy: &AtomicUsize) -> Vec<String> {
    let slow = measurements(port, busy)
        .into_iter()
        .filter_map(|(kind, mut times)| {
            times.sort_unstable();
            let percentile = |percent: usize| times[times.len() * percent / 100];
            let said = format!(
                "{kind}: median {:?}, 99 % within {:?}, all within {:?}",
                percentile(50),
                percentile(99),
                times[times.len() - 1]
            );
            println!("{said}");
            (percentile(99) >= PROMPT).then_some(said)
        });
    slow.collect()
}

#[test]
fn a_pattern_that_could_go_on_for_long_is_refused() {
    let running = start("");
    let port = running.daemon.port();
    let endless = format!("a-a-a-[{}]", "%d".repeat(5_000));
    let answer = ask(port, &endless, &"a".repeat(128));
    assert_eq!(room_code(&answer), "pattern-too-complex");
    assert!(
        answer.1.contains("begin the pattern with ^"),
        "{}",
        answer.1
    );
}

/// Lets the hostile ones stop, however the measurement ends.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How long requests of each kind took.
fn measurements(port: u16, busy: &AtomicUsize) -> [(&'static str, Vec<Duration>); 3] {
    let room = "meeting";
    let name = || ask_with(port, &claims(room, false), room);
    let pattern = || ask(port, "^meet%a+$", room);
    let health = || http::request(port, "GET", "/healthz", "").unwrap();
    [
        ("a room's name", measure(busy, name)),
        ("a cheap pattern", measure(busy, pattern)),
        ("whether it is alive", measure(busy, health)),
    ]
}

/// Asks for the worst pattern again and again.
fn torment(port: u16, over: &AtomicBool, busy: &AtomicUsize) {
    let (name, pattern) = worst();
    while !over.load(Ordering::Relaxed) {
        busy.fetch_add(1, Ordering::Relaxed);
        let answer = ask(port, &pattern, &name);
        busy.fetch_sub(1, Ordering::Relaxed);
        assert_eq!(room_code(&answer), "room-name-unmatched");
    }
}

/// Times requests that were answered while all hostile ones were under way.
fn measure(busy: &AtomicUsize, request: impl Fn() -> Asked) -> Vec<Duration> {
    let deadline = Instant::now() + support::PATIENCE;
    let mut times = Vec::new();
    while times.len() < ORDINARY {
        assert!(
            Instant::now() < deadline,
            "the hostile requests are seldom under way"
        );
        let before = busy.load(Ordering::Relaxed);
        let begun = Instant::now();
        let answer = request();
        let time = begun.elapsed();
        assert_eq!(answer.0, 200);
        if before == HOSTILE {
            times.push(time);
        }
    }
    times
}

/// Status and body of an answer.
type Asked = (u16, String);

/// A name and a pattern that are just within the bounds. None that is takes Lua noticeably longer.
fn worst() -> (String, String) {
    ("a".repeat(128), format!("a*a*[{}]", "%d".repeat(350)))
}

fn room_code((_, body): &Asked) -> String {
    let answer: Value = serde_json::from_str(body).unwrap();
    let code = answer["room"]["code"].as_str();
    code.unwrap_or_else(|| panic!("no code in {answer}"))
        .to_owned()
}

fn ask(port: u16, pattern: &str, room: &str) -> Asked {
    ask_with(port, &claims(pattern, true), room)
}

fn ask_with(port: u16, claims: &Value, room: &str) -> Asked {
    let body = json!({"token": mint(claims, SECRET), "room": room});
    http::request(port, "POST", "/v1/verify", &body.to_string()).unwrap()
}

fn claims(room: &str, is_pattern: bool) -> Value {
    json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": room, "exp": in_seconds(600),
        "context": {"room": {"regex": is_pattern}},
    })
}
