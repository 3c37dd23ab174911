//! Sockets of browsers through the proxies.

use std::net::{Ipv4Addr, TcpStream};

use http::Request;
use support::PATIENCE;
use tungstenite::handshake::client::generate_key;
use tungstenite::{HandshakeError, Message, WebSocket};

use crate::identity::{ALICE, identity_of, listed};
use crate::proxy::Proxy;
use crate::site::{Site, token};

pub fn websockets(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    let door = site.open("api");
    let alice = token("alice");
    for (query, authorization) in [
        (format!("?jwt={alice}"), None),
        (String::new(), Some(&alice)),
    ] {
        let mut socket = open(door.port(), &query, authorization).unwrap();
        let arrivals = site.upstream.take();
        assert_eq!(arrivals.len(), 1, "{arrivals:?}");
        assert_eq!(identity_of(&arrivals[0]), listed(ALICE));
        for text in ["hello", "again"] {
            socket.send(Message::from(text)).unwrap();
            assert_eq!(socket.read().unwrap(), Message::from(text));
        }
    }
    for (query, authorization) in [
        ("", None),
        ("?jwt=a.b.c", None),
        ("", Some(&"a.b.c".to_owned())),
    ] {
        assert_eq!(open(door.port(), query, authorization).err(), Some(401));
        assert!(site.upstream.take().is_empty());
    }
}

/// An open socket, or the status in its place.
fn open(port: u16, query: &str, token: Option<&String>) -> Result<WebSocket<TcpStream>, u16> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut request = Request::get(format!("ws://127.0.0.1:{port}/socket{query}"))
        .header("Host", format!("127.0.0.1:{port}"))
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", generate_key());
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    match tungstenite::client(request.body(()).unwrap(), stream) {
        Ok((socket, _)) => Ok(socket),
        Err(HandshakeError::Failure(tungstenite::Error::Http(answer))) => {
            Err(answer.status().as_u16())
        }
        Err(error) => panic!("{error}"),
    }
}
