//! One request and its answer on a connection in memory: what the daemon does, without sockets.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prosody_tokend::clock;
use prosody_tokend::http::caller::Caller;
use prosody_tokend::http::seats::Seats;
use prosody_tokend::http::{Access, RequestLimits, Service, dispatch};
use prosody_tokend::keys::cache::KeyCache;
use prosody_tokend::peer::Peer;
use prosody_tokend::reload_status::Status;
use prosody_tokend::token::algorithm::Algorithm;
use prosody_tokend::token::signing::SigningKey;
use prosody_tokend::verifier::Verifier;
use prosody_tokend::verifier::policies::Policies;
use prosody_tokend::worker::Worker;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::runtime::{Builder, Runtime};

use super::Outcome;
use super::policies::{HOST, NOW, SECRET, claims, host, key_file, load};
use super::policies::{with_public_key, with_secret};

/// What is counted.
pub const CASES: [&str; 5] = [
    "hs256-allow-room",
    "hs256-deny-expired",
    "hs256-deny-signature",
    "rs256-allow",
    "room-allow",
];

/// How many exchanges are counted for one case.
pub const EXCHANGES: u64 = 100;

/// A part of the name of the one function whose instructions count.
pub const COUNTED: &str = "counted";

/// A connection to the daemon's HTTP server, and what is asked there.
pub struct Exchange {
    runtime: Runtime,
    connection: DuplexStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Exchange {
    /// Opens a connection, and asks often enough for everything to be in place.
    pub fn prepare(case: &str) -> Outcome<Self> {
        let (algorithm, path, body, expected) = asked(case)?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let service = runtime.block_on(async { service(algorithm) })?;
        let (connection, server) = tokio::io::duplex(65_536);
        runtime.spawn(serve(service, server));
        let mut exchange = Self {
            runtime,
            connection,
            request: request(path, &body),
            answer: vec![0; 65_536],
        };
        exchange.first(expected)?;
        for _ in 0..WARM_UPS {
            exchange.once()?;
        }
        Ok(exchange)
    }

    /// One exchange, whose instructions count.
    #[inline(never)]
    pub fn counted(&mut self) -> Outcome<()> {
        self.once()
    }

    fn once(&mut self) -> Outcome<()> {
        let Self {
            runtime,
            connection,
            request,
            answer,
        } = self;
        runtime.block_on(async {
            connection.write_all(request).await?;
            connection.read_exact(answer).await?;
            Ok(())
        })
    }

    /// The first exchange tells how long answers are, and whether the case is what it is called.
    fn first(&mut self, expected: &str) -> Outcome<()> {
        let Self {
            runtime,
            connection,
            request,
            answer,
        } = self;
        let length = runtime.block_on(async {
            connection.write_all(request).await?;
            connection.read(answer).await
        })?;
        answer.truncate(length);
        let text = String::from_utf8_lossy(answer);
        if text.contains(expected) && text.ends_with("}\n") {
            Ok(())
        } else {
            Err(format!("expected {expected} in the answer {text}").into())
        }
    }
}

/// The algorithm, the path and body of the request, and what the answer has to say.
fn asked(case: &str) -> Outcome<(Algorithm, &'static str, Value, &'static str)> {
    let secret = SigningKey::from_secret(SECRET.as_bytes());
    let guess = SigningKey::from_secret(b"another-secret-that-the-daemon-does-not-have");
    let hs256 = |key: &SigningKey, expiration| {
        key.sign(Algorithm::Hs256, None, &claims(expiration, &json!({})))
    };
    let verify = |token, room| json!({ "host": HOST, "token": token, "room": room });
    let room = Some("standup@conference.meet.example.com");
    let (current, expired) = (NOW + 60, NOW - 60);
    Ok(match case {
        "hs256-allow-room" => {
            let body = verify(hs256(&secret, current)?, room);
            (Algorithm::Hs256, VERIFY, body, ALLOWED)
        }
        "hs256-deny-expired" => {
            let body = verify(hs256(&secret, expired)?, room);
            (Algorithm::Hs256, VERIFY, body, r#""code":"expired""#)
        }
        "hs256-deny-signature" => {
            let body = verify(hs256(&guess, current)?, room);
            (
                Algorithm::Hs256,
                VERIFY,
                body,
                r#""code":"signature-invalid""#,
            )
        }
        "rs256-allow" => {
            let key = SigningKey::from_pem(&std::fs::read(key_file("rsa-private.pem"))?)?;
            let token = key.sign(Algorithm::Rs256, None, &claims(current, &json!({})))?;
            (Algorithm::Rs256, VERIFY, verify(token, None), ALLOWED)
        }
        "room-allow" => {
            let session = json!({ "auth_token": true, "jitsi_meet_room": "standup", "jitsi_meet_domain": HOST });
            let body = json!({ "host": HOST, "room": room, "session": session });
            (Algorithm::Hs256, "/v1/room", body, ALLOWED)
        }
        _ => return Err(format!("no case {case}").into()),
    })
}

fn service(algorithm: Algorithm) -> Outcome<Arc<Service>> {
    let key = match algorithm {
        Algorithm::Rs256 => with_public_key("RS256", "rsa-public.pem"),
        _ => with_secret("HS256"),
    };
    let config = load(&host(HOST, &key))?;
    let limits = RequestLimits {
        body_bytes: config.limits.body_bytes,
        header_timeout: config.limits.header_timeout,
        body_timeout: config.limits.body_timeout,
        answer_timeout: config.limits.answer_timeout,
        requests_in_flight: config.limits.requests_in_flight,
    };
    let access = Access {
        api_key: None,
        server_names: Vec::new(),
        signer: None,
    };
    let keys = KeyCache::start(clock::wall_clock);
    let policies = Policies::new(config.hosts, &config.allowed_key_urls);
    policies.configure(&keys, config.key_max_stale);
    let patterns = Arc::new(Worker::for_patterns()?);
    let verifier = Verifier::new(policies, keys, patterns, Box::new(|| NOW));
    let service = Service::new(verifier, limits, access, Arc::new(Status::default()));
    Ok(Arc::new(service))
}

/// As the daemon's listener serves a connection that it accepted.
async fn serve(service: Arc<Service>, stream: DuplexStream) {
    let Some(seat) = Seats::new(1).take(Peer::Own) else {
        return;
    };
    let answer = service_fn(|request| dispatch::answer(&service, Caller::ALL, request, &seat));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(5))
        .max_buf_size(16_384)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
    // The other end goes with the program.
    served.unwrap_or_default();
}

/// The request as Prosody sends it.
fn request(path: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:5290\r\nContent-Type: application/json\r\n\
         Accept: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

const VERIFY: &str = "/v1/verify";
const ALLOWED: &str = r#""allowed":true"#;
const WARM_UPS: usize = 50;
