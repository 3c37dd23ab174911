//! A login over BOSH (XEP-0124, XEP-0206), as the web client makes it, up to the word of SASL (RFC 6120 section 6).

use reqwest::{Client, Method};
use roxmltree::Document;

use crate::doctor::facts::login::{LoginOutcome, Place};

use super::{http, sasl};

/// A session at one place.
struct Session<'a> {
    client: &'a Client,
    place: &'a Place,
    query: &'a str,
    id: String,
    request: u32,
}

/// Says hello as this user of a host would, with this query in the address, and leaves again.
pub async fn login(place: &Place, host: &str, query: &str) -> Result<LoginOutcome, String> {
    let client = http::client_of_servers_here()?;
    let mut session = Session {
        client: &client,
        place,
        query,
        id: String::new(),
        request: FIRST_REQUEST,
    };
    let outcome = session.log_in(host).await;
    if !session.id.is_empty() {
        // Whether Prosody takes note of it or not: it forgets the session by itself.
        let _ = session.exchange("type='terminate'", "").await;
    }
    outcome
}

impl Session<'_> {
    async fn log_in(&mut self, host: &str) -> Result<LoginOutcome, String> {
        let hello = format!(
            "to='{host}' ver='1.6' wait='{WAIT}' hold='1' xml:lang='en' xmpp:version='1.0' \
             xmlns:xmpp='urn:xmpp:xbosh'"
        );
        let mut answer = self.exchange(&hello, "").await?;
        self.id = session_id(&answer)?;
        for _ in 0..POLLS {
            if let Some(mechanisms) = sasl::mechanisms(&answer) {
                return self.authenticate(mechanisms).await;
            }
            answer = self.exchange("", "").await?;
        }
        Err("it did not say how to log in".to_owned())
    }

    async fn authenticate(&mut self, mechanisms: Vec<String>) -> Result<LoginOutcome, String> {
        if !mechanisms
            .iter()
            .any(|mechanism| mechanism == sasl::ANONYMOUS)
        {
            return Ok(LoginOutcome::Otherwise(mechanisms));
        }
        let mut answer = self.exchange("", &sasl::auth()).await?;
        for _ in 0..POLLS {
            if let Some(outcome) = outcome(&answer) {
                return Ok(outcome);
            }
            answer = self.exchange("", "").await?;
        }
        Err("it did not say what became of the login".to_owned())
    }

    async fn exchange(&mut self, attributes: &str, content: &str) -> Result<String, String> {
        self.request = self.request.wrapping_add(1);
        let session = match self.id.as_str() {
            "" => String::new(),
            id => format!("sid='{id}'"),
        };
        let body = format!(
            "<body xmlns='{BIND}' rid='{}' {session} {attributes}>{content}</body>",
            self.request
        );
        let url = format!("{}?{}", self.place.url, self.query);
        let request = self.client.request(Method::POST, url);
        let request = request
            .header("Host", &self.place.server_name)
            .header("Content-Type", "text/xml; charset=utf-8")
            // Prosody takes this from its own machine alone, where a proxy with TLS stands before it for everybody else.
            .header("X-Forwarded-Proto", "https")
            .body(body);
        let response = http::send(request).await?;
        let status = response.status();
        let answer = http::body(response).await?;
        if !status.is_success() {
            return Err(format!("status {status}"));
        }
        String::from_utf8(answer).map_err(|_| NOT_BOSH.to_owned())
    }
}

fn session_id(answer: &str) -> Result<String, String> {
    let document = Document::parse(answer).map_err(|_| NOT_BOSH.to_owned())?;
    let body = document.root_element();
    let id = body.attribute("sid").filter(|id| id.chars().all(is_plain));
    id.map(str::to_owned).ok_or_else(|| {
        let condition = body.attribute("condition").unwrap_or(NOT_BOSH);
        format!("it begins no session: {condition}")
    })
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.".contains(c)
}

/// What became of the login, once that is told; a session that is ended is a refusal.
fn outcome(answer: &str) -> Option<LoginOutcome> {
    sasl::outcome(answer).or_else(|| {
        let document = Document::parse(answer).ok()?;
        let body = document.root_element();
        let condition = body
            .attribute("condition")
            .unwrap_or("the session was ended");
        let is_over = body.attribute("type") == Some("terminate");
        is_over.then(|| LoginOutcome::Refused(condition.to_owned(), String::new()))
    })
}

const NOT_BOSH: &str = "what answers there speaks no BOSH";
const BIND: &str = "http://jabber.org/protocol/httpbind";
/// Any number will do that leaves room for the ones after it.
const FIRST_REQUEST: u32 = 1_000_000;
/// For how many seconds Prosody holds a request that it has no answer to yet.
const WAIT: u32 = 2;
/// How often to ask for an answer.
const POLLS: usize = 4;
