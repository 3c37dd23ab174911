//! What a client brings when it connects.

use std::fmt::Write;

/// How a client reaches Prosody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    WebSocket,
    Bosh,
}

pub const TRANSPORTS: [Transport; 2] = [Transport::WebSocket, Transport::Bosh];

/// A connection to a `VirtualHost`, as Jitsi Meet makes it: room, tenant and token in the query of the URL.
#[derive(Clone, Debug)]
pub struct Login {
    pub host: String,
    pub credentials: Option<(String, String)>,
    pub authorization: Option<String>,
    pub secrets: Vec<String>,
    /// Whether the client can come back for its stream (XEP-0198).
    pub resumable: bool,
    transport: Transport,
    query: String,
}

impl Login {
    pub fn to(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            credentials: None,
            authorization: None,
            secrets: Vec::new(),
            resumable: false,
            transport: Transport::WebSocket,
            query: String::new(),
        }
    }

    pub fn at(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    pub fn over(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    pub fn resumable(mut self) -> Self {
        self.resumable = true;
        self
    }

    pub fn room(self, name: &str) -> Self {
        self.parameter("room", name.as_bytes())
    }

    pub fn tenant(self, prefix: &str) -> Self {
        self.parameter("prefix", prefix.as_bytes())
    }

    pub fn token(self, token: impl AsRef<[u8]>) -> Self {
        let mut login = self.parameter("token", token.as_ref());
        login
            .secrets
            .push(String::from_utf8_lossy(token.as_ref()).into_owned());
        login
    }

    /// The token as a header in place of the query.
    pub fn authorization(mut self, token: &str) -> Self {
        self.authorization = Some(format!("Bearer {token}"));
        self.secrets.push(token.to_owned());
        self
    }

    /// An `Authorization` header as it stands.
    pub fn header(mut self, authorization: &str) -> Self {
        self.authorization = Some(authorization.to_owned());
        self
    }

    /// A user with a password, as Jitsi's own components are.
    pub fn user(mut self, name: &str, password: &str) -> Self {
        self.credentials = Some((name.to_owned(), password.to_owned()));
        self
    }

    pub fn url(&self, port: u16) -> String {
        let scheme = match self.transport {
            Transport::WebSocket => "ws",
            Transport::Bosh => "http",
        };
        format!("{scheme}://127.0.0.1:{port}{}", self.path())
    }

    /// The path and query of the URL.
    pub fn path(&self) -> String {
        let path = match self.transport {
            Transport::WebSocket => "xmpp-websocket",
            Transport::Bosh => "http-bind",
        };
        format!("/{path}?{}", self.query)
    }

    fn parameter(mut self, name: &str, value: &[u8]) -> Self {
        let separator = if self.query.is_empty() { "" } else { "&" };
        write!(self.query, "{separator}{name}=").unwrap();
        for &byte in value {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                    self.query.push(char::from(byte));
                }
                _ => write!(self.query, "%{byte:02X}").unwrap(),
            }
        }
        self
    }
}
