//! A daemon with its folder, and what is said to it byte by byte.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use support::PATIENCE;
use support::daemon::Daemon;

pub const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");
pub const SECRET: &str = "the-secret-of-the-daemon-tests-0123456789";
pub const HOST: &str = "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\n\
    app_secret = \"the-secret-of-the-daemon-tests-0123456789\"\nmuc_mapper_domain_base = \"meet.example.com\"\n";

pub struct Running {
    pub daemon: Daemon,
    pub folder: TempDir,
}

/// Starts a daemon with one host, and these settings before it.
pub fn start(settings: &str) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(
        Path::new(BINARY),
        folder.path(),
        &format!("{settings}\n{HOST}"),
    );
    Running { daemon, folder }
}

impl Running {
    pub fn connect(&self) -> Peer {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.daemon.port())).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Peer(stream)
    }

    /// Sends a request with these header lines, and reads the whole answer.
    pub fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
        self.sent(method, path, headers, body).answer()
    }

    /// Sends the same, and leaves it to the caller how much is read.
    pub fn sent(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Peer {
        let mut peer = self.connect();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        if !headers.iter().any(|header| header.starts_with("Host:")) {
            head.push_str("Host: localhost\r\n");
        }
        for header in headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        peer.send(&format!("{head}\r\n{body}"));
        peer
    }

    /// Posts JSON to a path.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(
            "POST",
            path,
            &["Content-Type: application/json"],
            &body.to_string(),
        )
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("daemon.log")).unwrap()
    }
}

/// The other end of a connection.
pub struct Peer(TcpStream);

impl Peer {
    pub fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap();
    }

    /// Sends, and does not mind if nobody listens any more.
    pub fn try_send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap_or_default();
    }

    /// Sends until nothing is taken any more.
    pub fn fill(&mut self, text: &str) {
        let moment = std::time::Duration::from_millis(300);
        self.0.set_write_timeout(Some(moment)).unwrap();
        let text = text.repeat(1_000);
        while self.0.write(text.as_bytes()).is_ok() {}
    }

    /// Sends again and again until the daemon closes the connection.
    pub fn send_until_refused(&mut self, text: &str) {
        self.0.set_write_timeout(Some(PATIENCE)).unwrap();
        let refused = loop {
            if let Err(error) = self.0.write(text.as_bytes()) {
                break error.kind();
            }
        };
        assert_ne!(refused, ErrorKind::WouldBlock, "the connection stays open");
    }

    /// Waits until the daemon asks for the body: the request is in flight then.
    pub fn await_continue(&mut self) {
        let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
        let mut bytes = vec![0; expected.len()];
        self.0.read_exact(&mut bytes).unwrap();
        assert_eq!(bytes, expected);
    }

    /// Reads until this has come, and gives all that did.
    pub fn read_until(&mut self, awaited: &str) -> String {
        let (mut read, mut bytes) = (Vec::new(), [0; 4_096]);
        loop {
            let count = self.0.read(&mut bytes).unwrap_or_else(|error| {
                let read = String::from_utf8_lossy(&read);
                panic!("{error} before {awaited:?}, after {read:?}")
            });
            read.extend(&bytes[..count]);
            let text = String::from_utf8_lossy(&read);
            assert!(
                count > 0 || text.contains(awaited),
                "the end came before {awaited:?}, after {text:?}"
            );
            if text.contains(awaited) {
                return text.into_owned();
            }
        }
    }

    /// Reads no more than the header, since what follows may have no end.
    pub fn head(&mut self) -> Answer {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            bytes.extend(byte);
        }
        Answer(String::from_utf8(bytes).unwrap())
    }

    /// Reads until the daemon closes the connection.
    pub fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        match self.0.read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("no answer: {error}"),
        }
        Answer(String::from_utf8(bytes).unwrap())
    }
}

/// An HTTP response as it came.
pub struct Answer(pub String);

impl Answer {
    pub fn status(&self) -> u16 {
        self.0
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        let (_, body) = self.0.split_once("\r\n\r\n").unwrap_or_default();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {:?}", self.0))
    }

    /// The value of the one header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.0.lines().take_while(|line| !line.is_empty());
        let line = lines.find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim())
    }

    pub fn has_header(&self, line: &str) -> bool {
        self.0.lines().any(|found| found.eq_ignore_ascii_case(line))
    }
}
