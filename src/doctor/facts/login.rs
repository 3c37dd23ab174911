//! Logins that were tried.

/// A login that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub host: String,
    /// The issuer of the token, where it is not the one that the host's own options describe.
    pub issuer: Option<String>,
    /// Where Prosody was asked.
    pub url: String,
    pub outcome: LoginOutcome,
    /// Whether the daemon was asked about it; none where it does not tell.
    pub reached_daemon: Option<bool>,
}

/// What came of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginOutcome {
    /// It was let in.
    LetIn,
    /// It was refused: a condition, and a text.
    Refused(String, String),
    /// Logins are by these mechanisms alone.
    Otherwise(Vec<String>),
}

/// What was tried, and what was not: a host with the reason.
#[derive(Debug, Default)]
pub struct Logins {
    /// What came of those that were tried.
    pub tried: Vec<Login>,
    /// Why others were not.
    pub left_out: Vec<String>,
}

/// A place where Prosody takes logins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub url: String,
    /// The server's name that Prosody knows it by.
    pub server_name: String,
    pub transport: Transport,
}

/// How XMPP is spoken over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// XEP-0124.
    Bosh,
    /// RFC 7395.
    WebSocket,
}
