//! What is behind the proxy: it takes everything, and remembers what came.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use support::PATIENCE;
use tungstenite::WebSocket;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::Role;

use crate::message::{header, values};

/// A request that came.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// It answers each request with [`GREETING`], and sends each message of a WebSocket back.
pub struct Upstream {
    port: u16,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

/// Nobody else answers that.
pub const GREETING: &str = "this is the upstream";

impl Upstream {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let arrivals = Arc::<Mutex<Vec<Arrival>>>::default();
        let shared = Arc::clone(&arrivals);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { port, arrivals }
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What came since this was asked last.
    pub fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.arrivals.lock().unwrap())
    }
}

/// One request for each connection.
fn serve(stream: TcpStream, arrivals: &Mutex<Vec<Arrival>>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    // A proxy may open a connection, and use it for nothing.
    let Some(arrival) = read(&mut reader) else {
        return;
    };
    let wants_socket = !values(&arrival.headers, "Sec-WebSocket-Key").is_empty();
    arrivals.lock().unwrap().push(arrival.clone());
    let stream = reader.into_inner();
    if wants_socket {
        echo(stream, &arrival);
    } else {
        greet(stream, &arrival);
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Arrival> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|&read| read > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut request = lines.first()?.split(' ');
    let (method, target) = (request.next()?.to_owned(), request.next()?.to_owned());
    let headers: Vec<_> = lines
        .iter()
        .skip(1)
        .filter_map(|line| header(line))
        .collect();
    let length = values(&headers, "Content-Length")
        .first()
        .map_or("0", |text| *text);
    let mut body = vec![0; length.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Arrival {
        method,
        target,
        headers,
        body,
    })
}

fn greet(mut stream: TcpStream, arrival: &Arrival) {
    let length = GREETING.len();
    let body = if arrival.method == "HEAD" {
        ""
    } else {
        GREETING
    };
    // The proxy may have left.
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
}

fn echo(mut stream: TcpStream, arrival: &Arrival) {
    let key = values(&arrival.headers, "Sec-WebSocket-Key")[0];
    let accept = derive_accept_key(key.as_bytes());
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .unwrap();
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    while let Ok(message) = socket.read() {
        if socket.send(message).is_err() {
            return;
        }
    }
}
