//! How long decisions take in themselves, without sockets: `cargo bench -p prosody-tokend-measure --bench pure`.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "reads keys, a variable and what Criterion wrote"
)]

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use criterion::Criterion;
use jsonwebtoken::{EncodingKey, crypto};
use prosody_tokend::config::host::Host;
use prosody_tokend::token::decision::{self, Moment, Presented};
use prosody_tokend::token::explain::Examined;
use prosody_tokend::token::explain::checks;
use prosody_tokend::token::explain::room_checks;
use prosody_tokend::token::room::{self, Join, Participant, RoomState};
use prosody_tokend::token::session::Session;
use serde_json::{Value, json};

use exchange::Exchange;
use measure::policies::{self, HOST, NOW, SECRET, claims, key_file};
use measure::report::replace_section;
use measure::root;

#[path = "../../benches/instructions/exchange.rs"]
#[expect(dead_code, reason = "the count of instructions needs more of it")]
mod exchange;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Algorithms, with the private and the public key's file where it is no secret.
const ALGORITHMS: [(&str, Option<&str>); 9] = [
    ("HS256", None),
    ("HS384", None),
    ("HS512", None),
    ("RS256", Some("rsa")),
    ("RS512", Some("rsa")),
    ("PS256", Some("rsa")),
    ("ES256", Some("p256")),
    ("ES384", Some("p384")),
    ("EdDSA", Some("ed25519")),
];

const BASE: &str = "token, HS256, allowed";
const ROOM: &str = "standup@conference.meet.example.com";

fn main() {
    let mut bench = Bench::new();
    for (algorithm, key) in ALGORITHMS {
        bench.decisions(algorithm, key);
    }
    bench.early_denials();
    bench.rooms();
    bench.explanations();
    bench.exchanges();
    bench.write_table();
}

/// What was measured so far, in order.
struct Bench {
    criterion: Criterion,
    names: Vec<String>,
}

impl Bench {
    fn new() -> Self {
        let seconds = std::env::var("BENCH_SECONDS").ok();
        let seconds: f64 = seconds.map_or(1.0, |seconds| seconds.parse().unwrap());
        let criterion = Criterion::default()
            .without_plots()
            .output_directory(&output())
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs_f64(seconds))
            .sample_size(30);
        Self {
            criterion,
            names: Vec::new(),
        }
    }

    fn measure<T>(&mut self, name: &str, mut work: impl FnMut() -> T) {
        let id = file_name(name);
        self.criterion
            .bench_function(&id, |bencher| bencher.iter(|| black_box(work())));
        self.names.push(name.to_owned());
    }

    fn decisions(&mut self, algorithm: &str, key: Option<&str>) {
        let host = host(algorithm, key);
        let good = token(algorithm, key, &json!({}));
        // The claims of one token with the signature of another.
        let (input, _) = good.rsplit_once('.').unwrap();
        let other = token(algorithm, key, &json!({"room": "other"}));
        let forged = format!("{input}.{}", other.rsplit_once('.').unwrap().1);
        assert!(decide(&host, &good) && !decide(&host, &forged));
        self.measure(&format!("token, {algorithm}, allowed"), || {
            decide(&host, &good)
        });
        self.measure(&format!("token, {algorithm}, wrong signature"), || {
            decide(&host, &forged)
        });
    }

    fn early_denials(&mut self) {
        let host = host("HS256", None);
        for (name, token) in [
            ("expired", token("HS256", None, &json!({"exp": NOW - 60}))),
            ("not a token", "no.token.at-all".to_owned()),
        ] {
            assert!(!decide(&host, &token));
            self.measure(&format!("token, HS256, {name}"), || decide(&host, &token));
        }
    }

    fn rooms(&mut self) {
        let host = host("HS256", None);
        for (name, fields, jid) in [
            (
                "by name",
                json!({"jitsi_meet_room": "standup", "jitsi_meet_domain": HOST}),
                ROOM,
            ),
            (
                "of a tenant",
                json!({"jitsi_meet_room": "standup", "jitsi_meet_domain": "acme"}),
                "[acme]standup@conference.meet.example.com",
            ),
            (
                "by pattern",
                json!({"jitsi_meet_room": "^stand.*$", "jitsi_meet_domain": HOST,
                    "jitsi_meet_context_room": {"regex": true}}),
                ROOM,
            ),
            (
                "denied",
                json!({"jitsi_meet_room": "other", "jitsi_meet_domain": HOST}),
                ROOM,
            ),
        ] {
            let session: Session = serde_json::from_value(fields).unwrap();
            let enter = || {
                let join = Join {
                    room_jid: jid,
                    state: RoomState::default(),
                    query_prefix: None,
                    participant: Participant::Member(&session),
                };
                room::decide(&host.policy, &join).decision
            };
            assert_eq!(enter().is_ok(), name != "denied", "{name}: {:?}", enter());
            self.measure(&format!("room, {name}"), enter);
        }
    }

    fn explanations(&mut self) {
        let host = host("HS256", None);
        for (name, changes) in [
            ("allowed", json!({})),
            (
                "denied",
                json!({"exp": NOW - 60, "aud": "other", "sub": "meet.jit.si"}),
            ),
        ] {
            let token = token("HS256", None, &changes);
            self.measure(&format!("explanation, {name}"), || explain(&host, &token));
        }
    }

    fn exchanges(&mut self) {
        for (name, case) in [
            ("HS256 with a room, allowed", "hs256-allow-room"),
            ("HS256, expired", "hs256-deny-expired"),
            ("room, allowed", "room-allow"),
        ] {
            let mut exchange = Exchange::prepare(case).unwrap();
            self.measure(&format!("exchange, {name}"), || exchange.counted().unwrap());
        }
    }

    fn write_table(&self) {
        let base = Estimate::read(BASE).unwrap();
        let mut table =
            format!("| what | cost, `{BASE}` = 1 | 95 % interval |\n| --- | ---: | ---: |\n");
        for name in &self.names {
            let Estimate { low, middle, high } = Estimate::read(name).unwrap();
            let [low, middle, high] = [low, middle, high].map(|time| time / base.middle);
            writeln!(table, "| {name} | {middle:.2} | {low:.2} to {high:.2} |").unwrap();
        }
        let document = root().join("docs/performance.md");
        replace_section(&document, "pure", &table).unwrap();
    }
}

/// Criterion's estimate of a median, in nanoseconds.
struct Estimate {
    low: f64,
    middle: f64,
    high: f64,
}

impl Estimate {
    fn read(name: &str) -> Outcome<Self> {
        let path = output().join(file_name(name)).join("new/estimates.json");
        let estimates: Value = serde_json::from_slice(&fs::read(path)?)?;
        let median = |pointer: &str| {
            let number = estimates.pointer(pointer).and_then(Value::as_f64);
            number.ok_or_else(|| format!("{name}: no {pointer}"))
        };
        Ok(Self {
            low: median("/median/confidence_interval/lower_bound")?,
            middle: median("/median/point_estimate")?,
            high: median("/median/confidence_interval/upper_bound")?,
        })
    }
}

fn output() -> PathBuf {
    root().join("target/criterion")
}

fn file_name(name: &str) -> String {
    name.replace(", ", "-").replace(' ', "_")
}

fn host(algorithm: &str, key: Option<&str>) -> Arc<Host> {
    let options = match key {
        Some(key) => policies::with_public_key(algorithm, &format!("{key}-public.pem")),
        None => policies::with_secret(algorithm),
    };
    let config = policies::load(&policies::host(HOST, &options)).unwrap();
    Arc::clone(&config.hosts[HOST])
}

fn token(algorithm: &str, key: Option<&str>, changes: &Value) -> String {
    let pem = |name| fs::read(key_file(&format!("{name}-private.pem"))).unwrap();
    let key = match key {
        None => EncodingKey::from_secret(SECRET.as_bytes()),
        Some("rsa") => EncodingKey::from_rsa_pem(&pem("rsa")).unwrap(),
        Some("ed25519") => EncodingKey::from_ed_pem(&pem("ed25519")).unwrap(),
        Some(curve) => EncodingKey::from_ec_pem(&pem(curve)).unwrap(),
    };
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({"alg": algorithm, "typ": "JWT"}));
    let input = format!("{header}.{}", part(claims(NOW + 60, changes).into()));
    let signature = crypto::sign(input.as_bytes(), &key, algorithm.parse().unwrap()).unwrap();
    format!("{input}.{signature}")
}

fn decide(host: &Host, token: &str) -> bool {
    let presented = Presented {
        token: Some(token),
        other_scheme: None,
        context_required: false,
    };
    decision::decide(&host.policy, presented, &None, &Moment::at(NOW)).is_ok()
}

fn explain(host: &Host, token: &str) -> usize {
    let examined = Examined::alone("meet.example.com", &host.policy, token, &None, NOW);
    let session = room_checks::claimed(&host.policy, token).unwrap();
    let join = Join {
        room_jid: ROOM,
        state: RoomState::default(),
        query_prefix: None,
        participant: Participant::Member(&session),
    };
    checks::token(&examined).len() + room_checks::all(&host.policy, &join).len()
}
