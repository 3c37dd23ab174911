//! Any bytes on a connection: whoever has no token is not let in, and each answer is whole HTTP.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use prosody_tokend::clock;
use prosody_tokend::config::layers::Inputs;
use prosody_tokend::config::{self, Config};
use prosody_tokend::http::caller::Caller;
use prosody_tokend::http::listener::Serving;
use prosody_tokend::http::seats::Seats;
use prosody_tokend::http::{Access, RequestLimits, Service};
use prosody_tokend::keys::cache::KeyCache;
use prosody_tokend::peer::Peer;
use prosody_tokend::reload_status::Status;
use prosody_tokend::verifier::Verifier;
use prosody_tokend::verifier::policies::Policies;
use prosody_tokend::worker::Worker;
use prosody_tokend_fuzz::NOW;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::{Builder, Runtime};

const CONFIGURATION: &str = "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\n\
    app_secret = \"the-secret-of-the-fuzz-targets-0123456789\"\n\
    muc_mapper_domain_base = \"meet.example.com\"\n";
const PEER: Peer = Peer::User(1);

struct Daemon {
    runtime: Runtime,
    serving: Serving,
}

static DAEMON: LazyLock<Daemon> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let serving = {
        let _entered = runtime.enter();
        Serving::new(service(), Seats::new(1))
    };
    Daemon { runtime, serving }
});

fn service() -> Service {
    let sources = Inputs {
        file: Some(("/config.toml".into(), CONFIGURATION.to_owned())),
        ..Inputs::default()
    };
    let config = config::load(&sources).expect("the configuration is right");
    let limits = limits(&config);
    let keys = KeyCache::start(clock::wall_clock);
    let policies = Policies::new(config.hosts, &config.allowed_key_urls);
    policies.configure(&keys, config.key_max_stale);
    let patterns = Arc::new(Worker::for_patterns().expect("threads"));
    let verifier = Verifier::new(policies, keys, patterns, Box::new(|| NOW));
    let access = Access {
        api_key: None,
        admin_key: None,
        server_names: Vec::new(),
        signer: None,
        has_gateways: false,
        console: None,
    };
    Service::new(verifier, limits, access, Arc::new(Status::default()))
}

fn limits(config: &Config) -> RequestLimits {
    RequestLimits {
        body_bytes: config.limits.body_bytes,
        header_timeout: config.limits.header_timeout,
        body_timeout: config.limits.body_timeout,
        answer_timeout: config.limits.answer_timeout,
        requests_in_flight: config.limits.requests_in_flight,
    }
}

/// All that is answered to what a connection brings before it ends.
fn exchange(bytes: &[u8]) -> Vec<u8> {
    let Daemon { runtime, serving } = &*DAEMON;
    let seat = serving.seats.take(PEER).expect("the only connection");
    let connection = serving.connection(seat, Caller::ALL);
    runtime.block_on(async {
        let (mut client, server) = tokio::io::duplex(1 << 20);
        client.write_all(bytes).await.expect("room for the input");
        client.shutdown().await.expect("an end");
        connection.serve(server).await;
        let mut answers = Vec::new();
        client.read_to_end(&mut answers).await.expect("answers");
        answers
    })
}

/// The head and the body of the first answer, and what follows it.
fn split(answers: &[u8]) -> (&str, &[u8], &[u8]) {
    assert!(answers.starts_with(b"HTTP/1."), "no answer of HTTP's");
    let end = answers.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, rest) = answers.split_at(end.expect("the end of a head") + 4);
    let head = std::str::from_utf8(head).expect("a head of ASCII");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().expect("a length"));
    // An answer to HEAD has the length and no body.
    let (body, rest) = rest.split_at(if rest.len() < length || rest.starts_with(b"HTTP/1.") {
        0
    } else {
        length
    });
    (head, body, rest)
}

fuzz_target!(|bytes: &[u8]| {
    let answers = exchange(bytes);
    let mut rest = answers.as_slice();
    while !rest.is_empty() {
        let (head, body, next) = split(rest);
        rest = next;
        // Metrics are text.
        if body.is_empty() || head.contains("\r\ncontent-type: text/plain") {
            continue;
        }
        let answer: Value = serde_json::from_slice(body).expect("an answer is JSON");
        if answer.get("auth").is_some() {
            assert_eq!(answer["allowed"], false, "a token that nobody signed");
        }
        assert!(answer.get("claims").is_none(), "claims that nobody signed");
    }
});
