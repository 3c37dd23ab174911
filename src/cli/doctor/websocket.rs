//! A login over WebSocket (RFC 7395), as the web client makes it, up to the word of SASL.

use std::net::TcpStream;
use std::time::Duration;

use tungstenite::client::IntoClientRequest as _;
use tungstenite::http::HeaderValue;
use tungstenite::http::header::USER_AGENT;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{HandshakeError, Message, WebSocket};

use crate::doctor::facts::login::{LoginOutcome, Place};

use super::{http, sasl};

/// Says hello as this user of a host would, with this query in the address, and leaves again.
pub fn login(place: &Place, host: &str, query: &str) -> Result<LoginOutcome, String> {
    let mut socket = connect(place, query)?;
    let outcome = log_in(&mut socket, host);
    // Whether Prosody takes note of it or not: the connection ends here.
    let close = format!("<close xmlns='{FRAMING}'/>");
    let _ = socket.send(Message::text(close));
    let _ = socket.close(None);
    outcome
}

fn connect(place: &Place, query: &str) -> Result<WebSocket<TcpStream>, String> {
    let address = place.url.strip_prefix("http://");
    let address = address.ok_or("WebSocket with TLS is not spoken here")?;
    let (server, path) = address.split_once('/').unwrap_or((address, ""));
    let stream = TcpStream::connect(server).map_err(|error| error.to_string())?;
    for set in [TcpStream::set_read_timeout, TcpStream::set_write_timeout] {
        set(&stream, Some(PATIENCE)).map_err(|error| error.to_string())?;
    }
    let url = format!("ws://{}/{path}?{query}", place.server_name);
    let mut request = url.into_client_request().map_err(|_| NOT_WEBSOCKET)?;
    let agent = HeaderValue::from_str(&http::agent()).map_err(|error| error.to_string())?;
    let headers = request.headers_mut();
    headers.insert("Sec-WebSocket-Protocol", HeaderValue::from_static("xmpp"));
    headers.insert(USER_AGENT, agent);
    // As a proxy with TLS says that stands before Prosody; taken from this machine alone.
    headers.insert("X-Forwarded-Proto", HeaderValue::from_static("https"));
    let bounds = WebSocketConfig::default().max_message_size(Some(MOST_BYTES));
    let shaken = tungstenite::client::client_with_config(request, stream, Some(bounds));
    shaken.map(|(socket, _)| socket).map_err(refused)
}

/// Nothing of the address, which has the token in it.
fn refused<R: tungstenite::handshake::HandshakeRole>(error: HandshakeError<R>) -> String {
    match error {
        HandshakeError::Failure(tungstenite::Error::Http(response)) => {
            format!("status {}", response.status())
        }
        HandshakeError::Failure(tungstenite::Error::Io(error)) => error.to_string(),
        HandshakeError::Failure(_) => NOT_WEBSOCKET.to_owned(),
        HandshakeError::Interrupted(_) => TOO_SLOW.to_owned(),
    }
}

fn log_in(socket: &mut WebSocket<TcpStream>, host: &str) -> Result<LoginOutcome, String> {
    let open = format!("<open xmlns='{FRAMING}' to='{host}' version='1.0'/>");
    say(socket, open)?;
    let mechanisms = hear(socket, sasl::mechanisms)?;
    if !mechanisms.iter().any(|name| name == sasl::ANONYMOUS) {
        return Ok(LoginOutcome::Otherwise(mechanisms));
    }
    say(socket, sasl::auth())?;
    hear(socket, sasl::outcome)
}

fn say(socket: &mut WebSocket<TcpStream>, text: String) -> Result<(), String> {
    socket
        .send(Message::text(text))
        .map_err(|error| broken(&error))
}

/// Waits for a message in which this is found.
fn hear<T>(socket: &mut WebSocket<TcpStream>, find: fn(&str) -> Option<T>) -> Result<T, String> {
    for _ in 0..MOST_MESSAGES {
        let message = socket.read().map_err(|error| broken(&error))?;
        let text = message.to_text().unwrap_or_default();
        if let Some(found) = find(text) {
            return Ok(found);
        }
    }
    Err("it did not come to the point".to_owned())
}

fn broken(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Io(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            TOO_SLOW.to_owned()
        }
        other => other.to_string(),
    }
}

const FRAMING: &str = "urn:ietf:params:xml:ns:xmpp-framing";
const NOT_WEBSOCKET: &str = "what answers there speaks no WebSocket";
const TOO_SLOW: &str = "no answer in time";
const PATIENCE: Duration = Duration::from_secs(5);
const MOST_BYTES: usize = 1_048_576;
const MOST_MESSAGES: usize = 8;
