//! What lies between a client and a server, and can be cut, or swallow everything.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub struct Wire {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    server: AtomicU16,
    state: AtomicU8,
    streams: Mutex<Vec<TcpStream>>,
}

/// Everything passes.
const WHOLE: u8 = 0;
/// Connections are closed, and none is taken.
const CUT: u8 = 1;
/// Connections stay, and nothing passes.
const STALLED: u8 = 2;
/// It is no more.
const GONE: u8 = 3;

impl Wire {
    /// A wire to a port of this machine.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            server: AtomicU16::new(server),
            state: AtomicU8::new(WHOLE),
            streams: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || serve(&listener, &serving));
        Self { port, shared }
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Leads elsewhere from now on.
    pub fn lead_to(&self, server: u16) {
        self.shared.server.store(server, Ordering::SeqCst);
    }

    /// Closes all connections, and takes none.
    pub fn cut(&self) {
        self.set(CUT);
        for stream in self.shared.streams.lock().unwrap().drain(..) {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Passes nothing on, and says so to nobody.
    pub fn stall(&self) {
        self.set(STALLED);
    }

    /// Passes everything on again, with what was kept back.
    pub fn heal(&self) {
        self.set(WHOLE);
    }

    fn set(&self, state: u8) {
        self.shared.state.store(state, Ordering::SeqCst);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
        self.set(GONE);
        // It waits for somebody.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl Shared {
    fn state(&self) -> u8 {
        self.state.load(Ordering::SeqCst)
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        match shared.state() {
            GONE => return,
            CUT => continue,
            _ => {}
        }
        let Ok(client) = client else { continue };
        let port = shared.server.load(Ordering::SeqCst);
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
            continue;
        };
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(PAUSE)).unwrap();
            let mut streams = shared.streams.lock().unwrap();
            streams.push(stream.try_clone().unwrap());
        }
        pass(
            client.try_clone().unwrap(),
            server.try_clone().unwrap(),
            shared,
        );
        pass(server, client, shared);
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        loop {
            let length = match from.read(&mut bytes) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    continue;
                }
                Err(_) => break,
            };
            while shared.state() == STALLED {
                thread::sleep(PAUSE);
            }
            if to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        // What ends on one side ends on the other.
        while shared.state() == STALLED {
            thread::sleep(PAUSE);
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    });
}

const PAUSE: Duration = Duration::from_millis(5);
