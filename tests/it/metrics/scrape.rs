//! Metrics as they were told, apart into series.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::daemon::fixture::{Answer, Running, SECRET};
use support::time::in_seconds;
use support::token::{mint, with};

pub const HOST: &str = "meet.example.com";

/// Each series with its labels as text, and its number.
pub struct Scrape {
    pub text: String,
    series: BTreeMap<String, f64>,
}

impl Scrape {
    /// Asks the daemon in the older format.
    pub fn of(running: &Running) -> Self {
        let answer = running.ask("GET", "/metrics", &[], "");
        assert_eq!(answer.status(), 200, "{}", answer.0);
        Self::read(body(&answer))
    }

    pub fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let series = lines.map(|line| {
            let (name, number) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
            (name.to_owned(), number.parse().unwrap())
        });
        Self {
            text: text.to_owned(),
            series: series.collect(),
        }
    }

    /// The number of a series, as `name{label="value",…}`; 0 where there is none.
    pub fn number(&self, series: &str) -> f64 {
        self.series.get(series).copied().unwrap_or_default()
    }

    pub fn has(&self, series: &str) -> bool {
        self.series.contains_key(series)
    }

    pub fn series(&self) -> BTreeSet<&str> {
        self.series.keys().map(String::as_str).collect()
    }

    /// By how much each series went up since an earlier scrape, of those that did and whose name begins so.
    pub fn risen(&self, before: &Self, prefix: &str) -> Vec<(&str, f64)> {
        let series = self.series.iter();
        let series = series.filter(|(name, _)| name.starts_with(prefix));
        let risen = series.map(|(name, number)| (name.as_str(), number - before.number(name)));
        risen.filter(|(_, difference)| *difference > 0.0).collect()
    }
}

pub fn body(answer: &Answer) -> &str {
    answer.0.split_once("\r\n\r\n").unwrap().1
}

/// A good token, but for these changes.
pub fn token(changes: &Value) -> String {
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": HOST, "room": "*", "exp": in_seconds(600),
    });
    mint(&with(claims, changes), SECRET)
}

/// What an address of its own answers to a request with this `Host`.
pub fn ask_there(port: u16, path: &str, host: &str, more: &str) -> Answer {
    use std::io::{Read as _, Write as _};
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(support::PATIENCE)).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    Answer(text)
}
