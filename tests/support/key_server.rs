//! A key server that counts what it is asked, and can be slow, dead, lying or huge.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::PATIENCE;

/// What is answered under one path.
#[derive(Clone)]
pub struct Page {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Page {
    pub fn of(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::of("")
        }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub headers: HashMap<String, String>,
}

pub struct KeyServer {
    scheme: &'static str,
    port: u16,
    shared: Arc<Shared>,
    /// The certificate of the authority that vouches for the server, in PEM.
    pub authority: String,
}

#[derive(Default)]
struct Shared {
    pages: Mutex<BTreeMap<String, Page>>,
    asked: Mutex<Vec<Asked>>,
    /// Whether connections are closed without an answer.
    dead: AtomicBool,
    /// Whether answers wait until they are released.
    held: Mutex<Option<Receiver<()>>>,
    stopped: AtomicBool,
}

impl KeyServer {
    pub fn http() -> Self {
        Self::start(None, String::new())
    }

    /// Over TLS, with a certificate of an authority of its own.
    pub fn https() -> Self {
        Self::certified(|_| ())
    }

    /// The same, with a certificate that was good until 2020.
    pub fn expired() -> Self {
        Self::certified(|certificate| certificate.not_after = rcgen::date_time_ymd(2020, 1, 1))
    }

    fn certified(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, key).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut certificate = CertificateParams::new(names).unwrap();
        change(&mut certificate);
        let certificate = certificate.signed_by(&key, &authority).unwrap();
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let pem = pem::encode(&pem::Pem::new("CERTIFICATE", authority.der().to_vec()));
        Self::start(Some(Arc::new(config)), pem)
    }

    fn start(tls: Option<Arc<ServerConfig>>, authority: String) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let scheme = if tls.is_some() { "https" } else { "http" };
        let serving = Arc::clone(&shared);
        thread::spawn(move || serve(&listener, &serving, tls.as_ref()));
        Self {
            scheme,
            port,
            shared,
            authority,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.port)
    }

    pub fn put(&self, path: &str, page: Page) {
        let mut pages = self.shared.pages.lock().unwrap();
        pages.insert(path.to_owned(), page);
    }

    pub fn remove(&self, path: &str) {
        self.shared.pages.lock().unwrap().remove(path);
    }

    /// Closes connections without an answer from now on, or answers again.
    pub fn set_dead(&self, dead: bool) {
        self.shared.dead.store(dead, Ordering::SeqCst);
    }

    /// Keeps answers back until the returned sender goes.
    pub fn hold(&self) -> Sender<()> {
        let (sender, receiver) = channel();
        *self.shared.held.lock().unwrap() = Some(receiver);
        sender
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// How many requests there were so far.
    pub fn count(&self) -> usize {
        self.shared.asked.lock().unwrap().len()
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>, tls: Option<&Arc<ServerConfig>>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        let tls = tls.cloned();
        thread::spawn(move || {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            // A peer that goes away is nothing to complain about here.
            let _ = match tls {
                None => converse(stream, &shared),
                Some(config) => {
                    let connection = ServerConnection::new(config).unwrap();
                    converse(StreamOwned::new(connection, stream), &shared)
                }
            };
        });
    }
}

fn converse(stream: impl Read + Write, shared: &Shared) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = read_request(&mut stream)? {
        if shared.dead.load(Ordering::SeqCst) {
            shared.asked.lock().unwrap().push(asked);
            return Ok(());
        }
        let page = shared.pages.lock().unwrap().get(&asked.path).cloned();
        let page = page.unwrap_or_else(|| Page::status(404));
        let page = unchanged(&page, &asked).unwrap_or(page);
        shared.asked.lock().unwrap().push(asked);
        if let Some(held) = &*shared.held.lock().unwrap() {
            // Ends with an error once the sender has gone.
            let _ = held.recv_timeout(PATIENCE);
        }
        write_page(stream.get_mut(), &page)?;
    }
    Ok(())
}

/// 304 where the client has the page already, as its entity tag says.
fn unchanged(page: &Page, asked: &Asked) -> Option<Page> {
    let (_, tag) = page.headers.iter().find(|(name, _)| *name == "ETag")?;
    let known = asked.headers.get("if-none-match")?;
    (known == tag).then(|| Page {
        status: 304,
        headers: page.headers.clone(),
        body: Vec::new(),
    })
}

fn read_request(stream: &mut impl BufRead) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            return Ok(Some(Asked { path, headers }));
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
}

fn write_page(stream: &mut impl Write, page: &Page) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {} Whatever\r\n", page.status)?;
    for (name, value) in &page.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    if page.status != 304 {
        write!(stream, "Content-Length: {}\r\n", page.body.len())?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(&page.body)?;
    stream.flush()
}
