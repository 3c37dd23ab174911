//! Kong's Admin API, as programs that know Kong ask it: consumers, their JWT credentials, and what these open and no longer open.
#![expect(clippy::disallowed_methods, reason = "reads the daemon's log")]

mod callers;
mod consumers;
mod credentials;
mod crowds;
mod explanations;
mod lists;
mod records;
mod requests;
mod tokens;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::ops::Deref;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::daemon::fixture::{Answer, Running, start};
use support::{PATIENCE, until};

pub const JSON: &str = "Content-Type: application/json";
pub const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
pub const ADMIN: &str = "Authorization: Bearer the-key-of-administrators";
/// One that nothing has.
pub const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// A daemon that serves the Admin API.
pub struct Kong {
    pub running: Running,
    client: Client,
    folder: TempDir,
}

/// Who asks there.
#[derive(Clone, Copy)]
pub struct Client {
    pub port: u16,
}

impl Deref for Kong {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

pub fn kong() -> Kong {
    kong_with("", "")
}

/// The same, with these lines in its section, and these sections.
pub fn kong_with(lines: &str, sections: &str) -> Kong {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("state.db").display().to_string();
    let audit = folder.path().join("audit.jsonl").display().to_string();
    let running = start(&format!(
        "api_key = \"the-key-of-prosody\"\nadmin_key = \"the-key-of-administrators\"\naudit = {{ file = {audit:?} }}\n\
         [store]\npath = {store:?}\n[admin]\nlisten = [\"127.0.0.1:0\"]\n{lines}\n{sections}"
    ));
    let port = port(&running);
    Kong {
        running,
        client: Client { port },
        folder,
    }
}

pub fn port(running: &Running) -> u16 {
    until("the address of the Admin API", || {
        let log = running.log();
        let line = log.lines().find(|line| line.contains("Kong's Admin API"))?;
        let (_, rest) = line.split_once("\"address\":\"127.0.0.1:")?;
        rest.split('"').next()?.parse().ok()
    })
}

impl Kong {
    pub fn audit(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    /// Everything that this daemon has written but into its store.
    pub fn written(&self) -> String {
        self.running.log() + &fs::read_to_string(self.audit()).unwrap_or_default()
    }
}

impl Client {
    /// Sends a request with these header lines, and reads the whole answer.
    pub fn send(self, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !body.is_empty() {
            write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        if !headers.iter().any(|header| header.starts_with("Host:")) {
            head += "Host: localhost\r\n";
        }
        for header in headers {
            head += header;
            head += "\r\n";
        }
        stream
            .write_all(format!("{head}\r\n{body}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        Answer(answer)
    }

    /// Asks as an administrator, with a body of JSON where there is one.
    pub fn ask(self, method: &str, path: &str, body: &Value) -> Answer {
        if body.is_null() {
            return self.send(method, path, &[ADMIN], "");
        }
        self.send(method, path, &[ADMIN, JSON], &body.to_string())
    }

    /// The same with a form.
    pub fn form(self, method: &str, path: &str, body: &str) -> Answer {
        self.send(method, path, &[ADMIN, FORM], body)
    }

    /// Asks for what is answered with this status, and gives back what is.
    #[track_caller]
    pub fn done(self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let answer = self.ask(method, path, body);
        assert_eq!(
            answer.status(),
            status,
            "{method} {path} {body}: {}",
            answer.0
        );
        told(&answer)
    }

    #[track_caller]
    pub fn get(self, path: &str) -> Value {
        self.done("GET", path, &Value::Null, 200)
    }

    /// A consumer of this name, who is new.
    #[track_caller]
    pub fn consumer(self, name: &str) -> Value {
        self.done("POST", "/consumers", &json!({ "username": name }), 201)
    }

    /// A credential of a consumer, which is new.
    #[track_caller]
    pub fn credential(self, of: &str, set: &Value) -> Value {
        self.done("POST", &format!("/consumers/{of}/jwt"), set, 201)
    }
}

/// What an answer says; an empty body is no JSON.
pub fn told(answer: &Answer) -> Value {
    let (_, body) = answer.0.split_once("\r\n\r\n").unwrap_or_default();
    if body.is_empty() {
        return Value::Null;
    }
    answer.json()
}

/// The text of an answer's body.
pub fn body(answer: &Answer) -> &str {
    answer.0.split_once("\r\n\r\n").unwrap_or_default().1
}

/// A member that is a text.
pub fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member]
        .as_str()
        .unwrap_or_else(|| panic!("{member} of {value}"))
}
