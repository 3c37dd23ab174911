//! Requests as they are on the wire, and what is answered.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use support::PATIENCE;

/// A request, line by line.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: &'static str,
    /// What stands behind the method: a path and a query, or a whole URL.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn get(target: impl Into<String>) -> Self {
        Self {
            method: "GET",
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    /// One more header; several may have one name.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    pub fn body(mut self, body: Vec<u8>) -> Self {
        let length = body.len().to_string();
        self.body = body;
        self.header("Content-Length", length)
    }

    /// Sends it to this port on a connection of its own.
    pub fn send(&self, port: u16) -> Answer {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        // Whoever refuses a long request may not read it whole.
        let _ = stream.write_all(&self.bytes());
        let mut answer = Vec::new();
        let ended = stream.read_to_end(&mut answer);
        Answer::parse(&answer)
            .unwrap_or_else(|| panic!("no answer to {self:?}: {ended:?}, {answer:?}"))
    }

    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let has = |sought: &str| {
            let mut names = self.headers.iter().map(|(name, _)| name);
            names.any(|name| name.eq_ignore_ascii_case(sought))
        };
        if !has("Host") {
            head.push_str("Host: api.example.com\r\n");
        }
        if !has("Connection") {
            head.push_str("Connection: close\r\n");
        }
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        [format!("{head}\r\n").as_bytes(), &self.body].concat()
    }
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        Some(Self {
            status,
            headers: lines.filter_map(header).collect(),
            body: body.to_owned(),
        })
    }

    /// All that there is of a header.
    pub fn all(&self, sought: &str) -> Vec<&str> {
        values(&self.headers, sought)
    }
}

/// A line of a head.
pub fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.to_owned(), value.trim().to_owned()))
}

/// All that there is of a header.
pub fn values<'a>(headers: &'a [(String, String)], sought: &str) -> Vec<&'a str> {
    let named = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(sought));
    named.map(|(_, value)| value.as_str()).collect()
}
