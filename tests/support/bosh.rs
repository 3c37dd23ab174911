//! An XMPP client over BOSH (XEP-0124, XEP-0206): it logs in without a password, as Jitsi Meet does, and enters a room.
//!
//! The demo has it so that a look at the project takes nothing but Rust and Prosody, and machines of their own, where there
//! is no node. The other tests use Jitsi Meet's own library.

use std::io;

use roxmltree::{Document, Node};

use crate::http;
use crate::login::{Login, Transport};

/// What keeps a client out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Prosody's word.
    #[error("{text} ({condition})")]
    Refused { condition: String, text: String },
    #[error("Prosody cannot be reached: {0}")]
    Unreachable(#[from] io::Error),
    #[error("Prosody's answer is not XML: {0}")]
    Xml(#[from] roxmltree::Error),
    #[error("Prosody ended the session, or did not say what became of {0}")]
    Silent(&'static str),
}

pub struct Client {
    port: u16,
    path: String,
    host: String,
    session: String,
    request: u32,
}

impl Client {
    /// Logs in at the Prosody that listens on this port.
    pub fn login(port: u16, login: &Login) -> Result<Self, Error> {
        let mut client = Self {
            port,
            path: login.clone().over(Transport::Bosh).path(),
            host: login.host.clone(),
            session: String::new(),
            request: FIRST_REQUEST,
        };
        client.open()?;
        client.ask(
            "the login",
            "",
            &format!("<auth xmlns='{SASL}' mechanism='ANONYMOUS'/>"),
            |stanza| has_name(stanza, "success") || has_name(stanza, "failure"),
        )?;
        client.ask(
            "the new stream",
            "xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'",
            "",
            |stanza| has_name(stanza, "features"),
        )?;
        client.ask(
            "the address",
            "",
            &format!("<iq xmlns='{CLIENT}' type='set' id='bind'><bind xmlns='{BIND}'/></iq>"),
            |stanza| has_name(stanza, "iq") && stanza.attribute("id") == Some("bind"),
        )?;
        Ok(client)
    }

    /// Enters a room, and waits for Prosody's word on that.
    pub fn join(&mut self, room: &str, nick: &str) -> Result<(), Error> {
        let occupant = format!("{room}/{nick}");
        let presence =
            format!("<presence xmlns='{CLIENT}' to='{occupant}'><x xmlns='{MUC}'/></presence>");
        self.ask("the join", "", &presence, |stanza| {
            has_name(stanza, "presence") && stanza.attribute("from") == Some(&occupant)
        })
    }

    fn open(&mut self) -> Result<(), Error> {
        let attributes = format!(
            "to='{}' ver='1.6' wait='5' hold='1' xml:lang='en' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'",
            self.host
        );
        let answer = self.exchange(&attributes, "")?;
        let answer = Document::parse(&answer)?;
        let session = answer.root_element().attribute("sid");
        session
            .ok_or(Error::Silent("the session"))?
            .clone_into(&mut self.session);
        Ok(())
    }

    /// Sends a stanza, and asks on until the one comes that answers it.
    fn ask(
        &mut self,
        question: &'static str,
        attributes: &str,
        stanza: &str,
        answers: impl Fn(&Node<'_, '_>) -> bool,
    ) -> Result<(), Error> {
        let attributes = format!("sid='{}' {attributes}", self.session);
        let mut answer = self.exchange(&attributes, stanza)?;
        for _ in 0..POLLS {
            let document = Document::parse(&answer)?;
            let body = document.root_element();
            if let Some(found) = body.children().find(&answers) {
                return refusal(found).map_or(Ok(()), Err);
            }
            if body.attribute("type") == Some("terminate") {
                break;
            }
            let attributes = format!("sid='{}'", self.session);
            answer = self.exchange(&attributes, "")?;
        }
        Err(Error::Silent(question))
    }

    fn exchange(&mut self, attributes: &str, stanza: &str) -> Result<String, Error> {
        self.request = self.request.wrapping_add(1);
        let body = format!(
            "<body xmlns='http://jabber.org/protocol/httpbind' rid='{}' {attributes}>{stanza}</body>",
            self.request
        );
        let (_, answer) = http::request(self.port, "POST", &self.path, &body)?;
        Ok(answer)
    }
}

fn has_name(node: &Node<'_, '_>, name: &str) -> bool {
    node.tag_name().name() == name
}

/// A SASL failure, or the error of a stanza: a condition, and a text beside it.
fn refusal(stanza: Node<'_, '_>) -> Option<Error> {
    let mut nodes = stanza.descendants();
    let error = nodes.find(|node| has_name(node, "failure") || has_name(node, "error"))?;
    let parts = || error.children().filter(Node::is_element);
    let condition = parts().find(|part| !has_name(part, "text"));
    let text = parts().find(|part| has_name(part, "text"));
    Some(Error::Refused {
        condition: condition
            .map_or("", |part| part.tag_name().name())
            .to_owned(),
        text: text
            .and_then(|part| part.text())
            .unwrap_or_default()
            .to_owned(),
    })
}

const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
const CLIENT: &str = "jabber:client";
const MUC: &str = "http://jabber.org/protocol/muc";

/// Any number will do that leaves room for the ones after it.
const FIRST_REQUEST: u32 = 1_000_000;
/// How often to ask for an answer, each time for as long as Prosody holds the request.
const POLLS: usize = 6;
