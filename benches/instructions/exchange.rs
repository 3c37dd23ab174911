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
use prosody_tokend::token::revocation::ledger::{Change, Ledger};
use prosody_tokend::token::revocation::{Name, Revocation, Target, TokenDigest};
use prosody_tokend::token::signing::SigningKey;
use prosody_tokend::verifier::policies::Policies;
use prosody_tokend::verifier::{InForce, Revoked, Verifier};
use prosody_tokend::worker::Worker;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::runtime::{Builder, Runtime};

use super::Outcome;
use super::policies::{HOST, NOW, SECRET, claims, host, key_file, load};
use super::policies::{
    KEYCLOAK, further, further_iss, further_secret, keycloaks_claims, secret_of,
};
use super::policies::{with_further, with_public_key, with_secret};

/// What is counted.
pub const CASES: [&str; 11] = [
    "hs256-allow-room",
    "hs256-allow-room-10-issuers",
    "hs256-allow-room-1000-issuers",
    "hs256-allow-room-mapped",
    "hs256-allow-room-none-revoked",
    "hs256-allow-room-100000-revoked",
    "hs256-deny-expired",
    "hs256-deny-signature",
    "rs256-allow",
    "rs256-allow-10-issuers",
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
        let Asked {
            configuration,
            path,
            body,
            expected,
        } = asked(case)?;
        let revoked = revoked(case)?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let service = runtime.block_on(async { service(&configuration, revoked) })?;
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

/// One case: how the daemon is configured, what is asked of it, and what the answer has to say.
struct Asked {
    configuration: String,
    path: &'static str,
    body: Value,
    expected: &'static str,
}

fn asked(case: &str) -> Outcome<Asked> {
    let secret = with_secret("HS256");
    let (own, public) = (
        host(HOST, &secret),
        with_public_key("RS256", "rsa-public.pem"),
    );
    let room = Some(ROOM);
    let (current, expired) = (NOW + 60, NOW - 60);
    Ok(match case {
        "hs256-allow-room" | NONE_REVOKED | MANY_REVOKED => {
            verify(own, &hs256(SECRET, &claims(current, &json!({})))?, room)
        }
        "hs256-allow-room-10-issuers" => of_last_issuer(9, own, &further_secret, current)?,
        "hs256-allow-room-1000-issuers" => of_last_issuer(999, own, &further_secret, current)?,
        "hs256-allow-room-mapped" => {
            let issuer = further("keycloak", KEYCLOAK, &further_secret("keycloak"));
            let claims = keycloaks_claims(current);
            let token = hs256(&secret_of("keycloak"), &claims)?;
            verify(
                format!("{own}{issuer}claims = \"keycloak\"\n"),
                &token,
                room,
            )
        }
        "hs256-deny-expired" => Asked {
            expected: r#""code":"expired""#,
            ..verify(own, &hs256(SECRET, &claims(expired, &json!({})))?, room)
        },
        "hs256-deny-signature" => {
            let token = hs256(ANOTHER_SECRET, &claims(current, &json!({})))?;
            Asked {
                expected: r#""code":"signature-invalid""#,
                ..verify(own, &token, room)
            }
        }
        "rs256-allow" => {
            let token = rs256(&claims(current, &json!({})))?;
            verify(host(HOST, &public), &token, None)
        }
        "rs256-allow-10-issuers" => {
            let (own, last) = (host(HOST, &public), further_iss(9));
            let configuration = with_further(9, own, &|_| {
                let path = key_file("rsa-public.pem");
                format!("public_key_file = \"{}\"", path.display())
            });
            let token = rs256(&claims(current, &json!({ "iss": last })))?;
            verify(configuration, &token, None)
        }
        "room-allow" => {
            let session = json!({ "auth_token": true, "jitsi_meet_room": "standup", "jitsi_meet_domain": HOST });
            Asked {
                configuration: own,
                path: "/v1/room",
                body: json!({ "host": HOST, "room": room, "session": session }),
                expected: ALLOWED,
            }
        }
        _ => return Err(format!("no case {case}").into()),
    })
}

/// What was taken back, none of which is the token that is asked about. Those of every kind have to be looked up.
fn revoked(case: &str) -> Outcome<Revoked> {
    let count = match case {
        NONE_REVOKED => 0,
        MANY_REVOKED => 100_000,
        _ => return Ok(Revoked::Nothing),
    };
    let all: Vec<Revocation> = (0..count).map(revocation).collect::<Outcome<_>>()?;
    Ok(Revoked::Set(
        Ledger::default().apply(all.iter().map(Change::Made)),
    ))
}

fn revocation(number: usize) -> Outcome<Revocation> {
    let name = Name::new(&format!("revoked-{number}"))?;
    let target = match number % 6 {
        0 => Target::Token(TokenDigest::of(&format!("a.{name}.b")).map_err(|_| "no token")?),
        1 => Target::TokenId(name),
        2 => Target::User {
            id: name,
            issued_before: None,
        },
        3 => Target::Key(name),
        4 => Target::Issuer(name),
        _ => Target::Room(name),
    };
    Ok(Revocation {
        target,
        host: None,
        until: None,
        reason: None,
        made_by: Name::new("root")?,
        made_at: NOW,
    })
}

/// A token of the last of so many further issuers, which are looked for by its `iss`.
fn of_last_issuer(
    count: usize,
    own: String,
    keys: &dyn Fn(&str) -> String,
    expiration: i64,
) -> Outcome<Asked> {
    let iss = further_iss(count);
    let token = hs256(
        &secret_of(&iss),
        &claims(expiration, &json!({ "iss": iss })),
    )?;
    Ok(verify(with_further(count, own, keys), &token, Some(ROOM)))
}

fn verify(configuration: String, token: &str, room: Option<&str>) -> Asked {
    Asked {
        configuration,
        path: "/v1/verify",
        body: json!({ "host": HOST, "token": token, "room": room }),
        expected: ALLOWED,
    }
}

fn hs256(secret: &str, claims: &Map<String, Value>) -> Outcome<String> {
    let key = SigningKey::from_secret(secret.as_bytes());
    Ok(key.sign(Algorithm::Hs256, None, claims)?)
}

fn rs256(claims: &Map<String, Value>) -> Outcome<String> {
    let key = SigningKey::from_pem(&std::fs::read(key_file("rsa-private.pem"))?)?;
    Ok(key.sign(Algorithm::Rs256, None, claims)?)
}

fn service(configuration: &str, revoked: Revoked) -> Outcome<Arc<Service>> {
    let config = load(configuration)?;
    let limits = RequestLimits {
        body_bytes: config.limits.body_bytes,
        header_timeout: config.limits.header_timeout,
        body_timeout: config.limits.body_timeout,
        answer_timeout: config.limits.answer_timeout,
        requests_in_flight: config.limits.requests_in_flight,
    };
    let access = Access {
        api_key: None,
        admin_key: None,
        server_names: Vec::new(),
        signer: None,
        has_gateways: false,
        console: None,
    };
    let keys = KeyCache::start(clock::wall_clock);
    let policies = Policies::new(config.hosts, &config.allowed_key_urls);
    policies.configure(&keys, config.key_max_stale);
    let patterns = Arc::new(Worker::for_patterns()?);
    let in_force = Arc::new(InForce::default());
    in_force.replace(revoked);
    let verifier = Verifier::new(policies, keys, patterns, Box::new(|| NOW)).going_by(in_force);
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

const ROOM: &str = "standup@conference.meet.example.com";
const NONE_REVOKED: &str = "hs256-allow-room-none-revoked";
const MANY_REVOKED: &str = "hs256-allow-room-100000-revoked";
const ANOTHER_SECRET: &str = "another-secret-that-the-daemon-does-not-have";
const ALLOWED: &str = r#""allowed":true"#;
const WARM_UPS: usize = 50;
