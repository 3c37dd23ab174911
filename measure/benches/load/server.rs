//! The verifiers that are compared, each as a process on a core of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::tokens::{KID, Tokens};
use measure::policies::{HOST, SECRET, host, with_secret};
use measure::root;
use measure::system::{MEASURED_CORE, free_port, released_daemon};
use measure::wrk::Asked;
use support::process::Process;
use support::{http, until};

/// Who verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// This project's daemon.
    Daemon,
    /// HAProxy's `jwt_verify`.
    HaProxy,
    /// Envoy's `jwt_authn`.
    Envoy,
}

/// What the tokens are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signatures {
    /// HMAC with SHA-256.
    Hs256,
    /// RSA with 2048 bits and SHA-256.
    Rs256,
}

/// One that runs; it ends with its owner.
pub struct Server {
    process: Process,
    pub port: u16,
    pub program: Program,
}

impl Program {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daemon => "prosody-tokend",
            Self::HaProxy => "HAProxy",
            Self::Envoy => "Envoy",
        }
    }
}

impl Server {
    /// Starts it with so many workers on so many cores, and waits until it answers.
    pub fn start(
        program: Program,
        by: Signatures,
        tokens: &Tokens,
        folder: &Path,
        cores: usize,
    ) -> Self {
        let port = free_port();
        let folder = folder.join(format!("{}-{port}", program.name()));
        fs::create_dir(&folder).unwrap();
        let write = |text: String| {
            let path = folder.join("configuration.json");
            fs::write(&path, text).unwrap();
            path
        };
        let mut command = pinned(cores);
        match program {
            Program::Daemon => {
                let file = write(daemon(by, tokens, &folder, port, cores));
                command
                    .arg(released_daemon())
                    .args(["serve", "--config"])
                    .arg(file);
            }
            Program::HaProxy => {
                let file = write(haproxy(by, tokens, port));
                command.args(["haproxy", "-db", "-f"]).arg(file);
            }
            Program::Envoy => {
                let file = write(envoy(by, tokens, port).to_string());
                command.arg(envoy_binary()).arg("--config-path").arg(file);
                command.args([
                    "--concurrency",
                    "1",
                    "--log-level",
                    "error",
                    "--use-dynamic-base-id",
                ]);
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let log = folder.join("log");
        let mut process = Process::start(program.name(), &mut command, &log);
        until(&format!("{} to answer", program.name()), || {
            assert!(
                process.is_running(),
                "{} ended: {}",
                program.name(),
                fs::read_to_string(&log).unwrap()
            );
            http::request(port, "GET", "/healthz", "")
                .is_ok()
                .then_some(())
        });
        Self {
            process,
            port,
            program,
        }
    }

    /// Whether a line of a file of tokens is let in.
    pub fn admits(&self, line: &str) -> bool {
        let (room, token) = line.split_once(' ').unwrap();
        if self.program == Program::Daemon {
            let room = format!("{room}@conference.{HOST}");
            let body = json!({"host": HOST, "token": token, "room": room}).to_string();
            let (_, answer) = http::request(self.port, "POST", "/v1/verify", &body).unwrap();
            let answer: Value = serde_json::from_str(&answer).unwrap();
            return answer["allowed"] == true;
        }
        let path = format!("/?room={room}");
        let (status, _) = http::request_as(Some(token), self.port, "GET", &path, "").unwrap();
        status == 200
    }
}

impl Asked for Server {
    fn process(&self) -> &Process {
        &self.process
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn name(&self) -> &'static str {
        self.program.name()
    }

    fn requests(&self) -> &'static str {
        match self.program {
            Program::Daemon => "verify",
            Program::HaProxy | Program::Envoy => "bearer",
        }
    }
}

/// Envoy, where it could be had.
pub fn envoy_binary() -> PathBuf {
    root().join("target/envoy/envoy/_bin/envoy")
}

fn pinned(cores: usize) -> Command {
    let mut command = Command::new("taskset");
    let last = MEASURED_CORE + cores - 1;
    command.args(["--cpu-list", &format!("{MEASURED_CORE}-{last}")]);
    command
}

fn daemon(by: Signatures, tokens: &Tokens, folder: &Path, port: u16, workers: usize) -> String {
    let keys = match by {
        Signatures::Hs256 => with_secret("HS256"),
        Signatures::Rs256 => {
            let keys = folder.join("keys");
            fs::create_dir(&keys).unwrap();
            fs::copy(&tokens.public_key, keys.join(format!("{KID}.pem"))).unwrap();
            format!("key_folder = \"{}\"", keys.display())
        }
    };
    format!(
        "listen = [\"127.0.0.1:{port}\"]\nworkers.threads = {workers}\n{}",
        host(HOST, &keys)
    )
}

fn haproxy(by: Signatures, tokens: &Tokens, port: u16) -> String {
    let (algorithm, key) = match by {
        Signatures::Hs256 => ("HS256", SECRET.to_owned()),
        Signatures::Rs256 => ("RS256", tokens.public_key.display().to_string()),
    };
    include_str!("haproxy.cfg")
        .replace("{port}", &port.to_string())
        .replace("{algorithm}", algorithm)
        .replace("{key}", &key)
}

/// Envoy checks signature, `iss`, `aud`, `exp` and `nbf`; room and `sub` it does not.
fn envoy(by: Signatures, tokens: &Tokens, port: u16) -> Value {
    let jwks = match by {
        Signatures::Hs256 => &tokens.secret_jwks,
        Signatures::Rs256 => &tokens.public_jwks,
    };
    let filter = |name: &str, kind: &str, mut settings: Value| {
        settings["@type"] = format!("type.googleapis.com/envoy.extensions.filters.{kind}").into();
        json!({"name": format!("envoy.filters.{name}"), "typed_config": settings})
    };
    let authentication = filter(
        "http.jwt_authn",
        "http.jwt_authn.v3.JwtAuthentication",
        json!({
            "providers": {"issuer": {"issuer": "my_app", "audiences": ["my_app"], "local_jwks": {"inline_string": jwks}}},
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "issuer"}}],
        }),
    );
    let routes = json!({"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
        {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": "ok"}}},
    ]}]});
    let connections = filter(
        "network.http_connection_manager",
        "network.http_connection_manager.v3.HttpConnectionManager",
        json!({
            "stat_prefix": "tokens", "route_config": routes,
            "http_filters": [authentication, filter("http.router", "http.router.v3.Router", json!({}))],
        }),
    );
    json!({"static_resources": {"listeners": [{
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [connections]}],
    }]}})
}
