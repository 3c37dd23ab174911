//! What grows: hosts, issuers, keys, tokens, connections.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use prosody_tokend::token::algorithm::Algorithm;
use prosody_tokend::token::signing::SigningKey;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::dimension::{Dimension, Point};
use super::instance::Instance;
use super::load::Load;
use measure::policies::{HOST, SECRET, claims, host, with_secret};
use measure::policies::{further_iss, further_secret, secret_of, with_further};
use measure::system::MEASURED_CORE;
use support::issuer::{alice, jwks};
use support::key_server::{KeyServer, Page};
use support::time::in_seconds;

/// The folder of everything that a measurement writes.
pub struct Files(TempDir);

impl Files {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder of its own for one daemon.
    pub fn folder(&self, name: &str) -> std::path::PathBuf {
        let folder = self.0.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    }
}

/// 1 to 1,000 hosts, each with a secret of its own, asked in turn.
pub fn hosts(files: &Files) -> Dimension {
    let mut points = Vec::new();
    for hosts in [1, 10, 100, 1_000] {
        let folder = files.folder(&format!("hosts-{hosts}"));
        let instance = start(&folder, &configuration_of_hosts(hosts));
        let body = |number: usize, secret: &str| {
            let token = hs256(secret, &json!({ "sub": "*" }));
            json!({ "host": host_name(number), "token": token, "room": "standup" })
        };
        let good = (0..hosts).map(|number| body(number, &host_secret(number)));
        let forged = (0..hosts).map(|number| body(number, FORGED));
        points.push(point(hosts, ALLOWED, &instance, &folder, good));
        points.push(point(hosts, FORGERY, &instance, &folder, forged));
    }
    Dimension {
        title: "Hosts",
        unit: "hosts",
        points: by_series(points),
        base: 0,
    }
}

/// The configuration of so many hosts.
pub fn configuration_of_hosts(hosts: usize) -> String {
    let sections = (0..hosts).map(|number| {
        let secret = format!("app_secret = \"{}\"", host_secret(number));
        host(&host_name(number), &secret)
    });
    sections.collect()
}

/// 1 to 1,000 issuers of one host, each with a secret of its own, asked in turn.
pub fn issuers(files: &Files) -> Dimension {
    let mut points = Vec::new();
    for issuers in [1, 10, 100, 1_000] {
        let folder = files.folder(&format!("issuers-{issuers}"));
        let own = host(HOST, &with_secret("HS256"));
        let configuration = with_further(issuers - 1, own, &further_secret);
        let instance = start(&folder, &configuration);
        let body = |iss: &str, secret: &str| {
            let token = hs256(secret, &json!({ "iss": iss }));
            json!({ "host": HOST, "token": token, "room": "standup" })
        };
        let all = || (0..issuers).map(issuer_and_secret);
        let good = all().map(|(iss, secret)| body(&iss, &secret));
        let forged = all().map(|(iss, _)| body(&iss, FORGED));
        points.push(point(issuers, ALLOWED, &instance, &folder, good));
        points.push(point(issuers, FORGERY, &instance, &folder, forged));
    }
    Dimension {
        title: "Issuers of a host",
        unit: "issuers",
        points: by_series(points),
        base: 0,
    }
}

/// The `iss` of the issuer of this number, of which the first is the host's own, and its secret.
fn issuer_and_secret(number: usize) -> (String, String) {
    if number == 0 {
        return ("my_app".to_owned(), SECRET.to_owned());
    }
    let iss = further_iss(number);
    let secret = secret_of(&iss);
    (iss, secret)
}

/// 1 to 10,000 keys, each in a file of a folder. The key is the same one: that is of no matter to who looks it up.
pub fn keys_in_folder(files: &Files) -> Dimension {
    let mut points = Vec::new();
    let public = alice().public_pem();
    for keys in [1, 10, 100, 1_000, 10_000] {
        let folder = files.folder(&format!("folder-{keys}"));
        let key_folder = files.folder(&format!("folder-{keys}-keys"));
        for number in 0..keys {
            fs::write(key_folder.join(format!("{}.pem", kid(number))), &public).unwrap();
        }
        let option = format!("key_folder = \"{}\"", key_folder.display());
        let instance = start(&folder, &host(HOST, &option));
        points.extend(points_of_keys(keys, &instance, &folder));
    }
    Dimension {
        title: "Keys in a folder",
        unit: "kids",
        points: by_series(points),
        base: 0,
    }
}

/// 1 to 2,000 keys in a JWK Set: a document of 1 MiB, the most that is fetched, has no room for many more.
pub fn keys_in_set(files: &Files) -> (Dimension, KeyServer) {
    let server = KeyServer::http();
    let mut points = Vec::new();
    for keys in [1, 10, 100, 1_000, 2_000] {
        let folder = files.folder(&format!("set-{keys}"));
        let path = format!("/{keys}.json");
        let members: Vec<Value> = (0..keys).map(|number| alice().jwk(&kid(number))).collect();
        server.put(&path, Page::of(jwks(&members)));
        let option = format!("cache_keys_url = \"{}\"", server.url(&path));
        let instance = start(&folder, &host(HOST, &option));
        points.extend(points_of_keys(keys, &instance, &folder));
    }
    let dimension = Dimension {
        title: "Keys in a JWK Set",
        unit: "kids",
        points: by_series(points),
        base: 0,
    };
    (dimension, server)
}

/// Tokens of 10 B, which can be none, to 16 kB, and the first that is too long.
pub fn token_sizes(files: &Files) -> Dimension {
    let folder = files.folder("sizes");
    let instance = start(&folder, &host(HOST, &with_secret("HS256")));
    let ask = |token: String| std::iter::once(json!({ "host": HOST, "token": token }));
    let mut points = Vec::new();
    for size in [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384] {
        let bodies = ask(token_of(size));
        points.push(point(size, ALLOWED, &instance, &folder, bodies));
    }
    for (size, series) in [
        (10, NO_TOKEN),
        (100, NO_TOKEN),
        (1_024, NO_TOKEN),
        (16_384, NO_TOKEN),
        (16_385, "too long"),
    ] {
        let bodies = ask(format!("{}.a.b", "x".repeat(size - 4)));
        points.push(point(size, series, &instance, &folder, bodies));
    }
    Dimension {
        title: "Size of the token",
        unit: "bytes",
        points,
        base: 0,
    }
}

/// 1 to 2,000 connections at the same time.
pub fn connections(files: &Files) -> Dimension {
    let folder = files.folder("connections");
    let limits = "[limits]\nconnections = 4096\n";
    let instance = start(
        &folder,
        &format!("{}{limits}", host(HOST, &with_secret("HS256"))),
    );
    let mut points = Vec::new();
    for connections in [1, 10, 100, 1_000, 2_000] {
        let token = hs256(SECRET, &json!({}));
        let bodies = std::iter::once(json!({ "host": HOST, "token": token, "room": "standup" }));
        let mut point = point(connections, ALLOWED, &instance, &folder, bodies);
        point.load.connections = connections;
        points.push(point);
    }
    Dimension {
        title: "Connections",
        unit: "connections",
        points,
        base: 0,
    }
}

/// A token that is signed with this secret.
pub fn hs256(secret: &str, others: &Value) -> String {
    let key = SigningKey::from_secret(secret.as_bytes());
    let claims = claims(in_seconds(LIFETIME), others);
    key.sign(Algorithm::Hs256, None, &claims).unwrap()
}

fn start(folder: &Path, configuration: &str) -> Rc<Instance> {
    Rc::new(Instance::start(folder, configuration, Some(MEASURED_CORE)))
}

/// One size of a dimension, which answers as it should.
fn point(
    size: usize,
    series: &'static str,
    instance: &Rc<Instance>,
    folder: &Path,
    bodies: impl Iterator<Item = Value>,
) -> Point {
    let bodies: Vec<String> = bodies.map(|body| body.to_string()).collect();
    instance.verify(&bodies[bodies.len() - 1], series == ALLOWED);
    let file = folder.join(format!("{}-{size}.jsonl", series.replace(' ', "-")));
    let mut text = String::new();
    for body in bodies {
        writeln!(text, "{body}").unwrap();
    }
    fs::write(&file, text).unwrap();
    Point {
        size,
        series,
        instance: Rc::clone(instance),
        load: Load {
            bodies: file,
            connections: CONNECTIONS,
        },
    }
}

fn points_of_keys(keys: usize, instance: &Rc<Instance>, folder: &Path) -> [Point; 2] {
    let key = SigningKey::from_pem(alice().private_pem().as_bytes()).unwrap();
    let ask = |number: usize, forged: bool| {
        let claims = |others| claims(in_seconds(LIFETIME), &others);
        let sign = |others| {
            key.sign(Algorithm::Rs256, Some(&kid(number)), &claims(others))
                .unwrap()
        };
        let mut token = sign(json!({}));
        if forged {
            let (input, _) = token.rsplit_once('.').unwrap();
            token = format!(
                "{input}.{}",
                sign(json!({ "room": "other" })).rsplit_once('.').unwrap().1
            );
        }
        json!({ "host": HOST, "token": token })
    };
    let step = keys.div_ceil(MOST_TOKENS);
    let numbers = || (0..keys).step_by(step);
    [
        point(
            keys,
            ALLOWED,
            instance,
            folder,
            numbers().map(|number| ask(number, false)),
        ),
        point(
            keys,
            FORGERY,
            instance,
            folder,
            numbers().map(|number| ask(number, true)),
        ),
    ]
}

/// A token with claims so long that it has this size, or a byte or two less: base64 has no others.
fn token_of(size: usize) -> String {
    let of = |padding: usize| {
        let key = SigningKey::from_secret(SECRET.as_bytes());
        let claims = json!({"iss": "my_app", "aud": "my_app", "sub": HOST, "room": "*",
            "exp": in_seconds(LIFETIME), "pad": "x".repeat(padding)});
        key.sign(Algorithm::Hs256, None, claims.as_object().unwrap())
            .unwrap()
    };
    let room = size - of(0).len();
    let padding = (room * 3 / 4).saturating_sub(2)..=room;
    let tokens = padding.map(of).take_while(|token| token.len() <= size);
    tokens.last().unwrap()
}

fn by_series(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by_key(|point| (point.series, point.size));
    points
}

fn host_name(number: usize) -> String {
    format!("meet{number}.example.com")
}

fn host_secret(number: usize) -> String {
    format!("{SECRET}-{number}")
}

fn kid(number: usize) -> String {
    format!("issuer-key-{number:05}")
}

const ALLOWED: &str = "allowed";
const NO_TOKEN: &str = "no token";
const FORGERY: &str = "wrong signature";
const FORGED: &str = "a-secret-that-no-host-of-the-daemon-has-anywhere";
const CONNECTIONS: usize = 16;
const LIFETIME: i64 = 86_400;
/// So many tokens are enough for what the daemon looks up to be all over the place.
const MOST_TOKENS: usize = 100;
