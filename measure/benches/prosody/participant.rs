//! A client that does what a participant does and nothing else: connects over a WebSocket (RFC 7395), joins, leaves.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

const SHORT_LENGTH: usize = 125;
const FINAL_TEXT: u8 = 0x81;
const MASKED: u8 = 0x80;
const LENGTH_OF_TWO_BYTES: u8 = 126;

pub struct Participant {
    stream: BufReader<TcpStream>,
}

impl Participant {
    /// Logs in anonymously, as Jitsi Meet does: with room and token in the query of the URL.
    pub fn connect(port: u16, host: &str, query: &str) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut participant = Self {
            stream: BufReader::new(stream),
        };
        participant.upgrade(query);
        participant.open(host);
        participant.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
        participant.await_text("<success");
        participant.open(host);
        participant.send("<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
        participant.await_text("<jid>");
        participant.send("<iq xmlns='jabber:client' type='set' id='session'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>");
        participant.await_text("id='session'");
        participant
    }

    /// Enters the room, and waits until the room says so.
    pub fn join(&mut self, room: &str, nick: &str) {
        self.send(&format!(
            "<presence xmlns='jabber:client' to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
        ));
        self.await_text("code='110'");
    }

    /// Ends the stream, and waits until Prosody has ended the connection.
    pub fn leave(mut self) {
        self.send("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).unwrap();
    }

    fn upgrade(&mut self, query: &str) {
        write!(
            self.stream.get_mut(),
            "GET /xmpp-websocket?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n"
        )
        .unwrap();
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 101"), "{line}");
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
        }
    }

    fn open(&mut self, host: &str) {
        self.send(&format!(
            "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{host}' version='1.0'/>"
        ));
        self.await_text("<stream:features");
    }

    /// Sends one frame. Its mask is zero, which changes nothing.
    fn send(&mut self, text: &str) {
        let length = text.len();
        let mut frame = vec![FINAL_TEXT];
        if length <= SHORT_LENGTH {
            frame.push(MASKED | u8::try_from(length).unwrap());
        } else {
            frame.push(MASKED | LENGTH_OF_TWO_BYTES);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.stream.get_mut().write_all(&frame).unwrap();
    }

    fn await_text(&mut self, awaited: &str) {
        loop {
            let frame = self.receive();
            assert!(
                !frame.contains("<failure") && !frame.contains("type='error'"),
                "waited for {awaited}, got {frame}"
            );
            if frame.contains(awaited) {
                return;
            }
        }
    }

    fn receive(&mut self) -> String {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head).unwrap();
        assert_eq!(head[0], FINAL_TEXT, "a frame that is no whole text");
        let length = if head[1] == LENGTH_OF_TWO_BYTES {
            let mut length = [0; 2];
            self.stream.read_exact(&mut length).unwrap();
            u16::from_be_bytes(length)
        } else {
            u16::from(head[1])
        };
        let mut text = vec![0; usize::from(length)];
        self.stream.read_exact(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    }
}
