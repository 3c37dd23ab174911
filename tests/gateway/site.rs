//! An upstream, the daemon with a few gateways, and a proxy between them and the world.

use std::path::Path;

use serde_json::{Value, json};
use support::daemon::Daemon;
use support::http;
use support::time::in_seconds;
use support::token::{mint, with};
use tempfile::TempDir;

use crate::identity::{ALICE_ID, BOB_ID, GUEST_ID};
use crate::message::{Answer, Request};
use crate::proxy::{Proxy, Running, free_port};
use crate::upstream::{Arrival, Upstream};

/// What is between a client and the upstream, and the upstream.
pub struct Site {
    folder: TempDir,
    pub proxy: &'static Proxy,
    pub daemon: Daemon,
    administration: u16,
    pub upstream: Upstream,
}

/// A proxy that asks about one gateway.
pub struct Door<'site> {
    site: &'site Site,
    running: Running,
}

impl Site {
    pub fn start(proxy: &'static Proxy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let administration = free_port();
        let configuration = configuration(proxy, folder.path(), administration);
        let daemon = Daemon::start(BINARY.as_ref(), folder.path(), &configuration);
        let site = Self {
            folder,
            proxy,
            daemon,
            administration,
            upstream: Upstream::start(),
        };
        site.make_consumer(ALICE_ID, "alice", Some("a-1"));
        site.make_consumer(BOB_ID, "bob", None);
        site.make_consumer(GUEST_ID, "guest", None);
        site
    }

    /// Starts the proxy for one of the gateways.
    pub fn open(&self, gateway: &str) -> Door<'_> {
        let folder = self.folder.path();
        let (daemon, upstream) = (self.daemon.port(), self.upstream.port());
        let running = self.proxy.start(folder, daemon, gateway, upstream);
        Door {
            site: self,
            running,
        }
    }

    fn make_consumer(&self, id: &str, name: &str, custom_id: Option<&str>) {
        let consumer = json!({"username": name, "custom_id": custom_id});
        self.administer("PUT", &format!("/consumers/{id}"), &consumer);
        let credential = json!({"key": format!("{name}-key"), "secret": secret(name)});
        self.administer("POST", &format!("/consumers/{name}/jwt"), &credential);
    }

    /// Where Kong's Admin API is, and how services are told of that.
    pub fn kong_admin_url(&self) -> String {
        format!("http://admin:{ADMIN_KEY}@127.0.0.1:{}", self.administration)
    }

    /// Asks Kong's Admin API for something that it does.
    pub fn administer(&self, method: &str, path: &str, body: &Value) {
        let body = body.to_string();
        let answered = http::request_as(Some(ADMIN_KEY), self.administration, method, path, &body);
        let (status, answer) = answered.unwrap();
        assert!(
            matches!(status, 200 | 201 | 204),
            "{method} {path}: {answer}"
        );
    }

    /// Has this token taken back.
    pub fn revoke(&self, token: &str) {
        let body = json!({"token": token}).to_string();
        let port = self.daemon.port();
        let answered = http::request_as(Some(ADMIN_KEY), port, "POST", "/v1/revocations", &body);
        let (status, answer) = answered.unwrap();
        assert_eq!(status, 201, "{answer}");
    }
}

impl Door<'_> {
    pub const fn port(&self) -> u16 {
        self.running.port
    }

    /// What a client is answered, and what reached the upstream meanwhile.
    pub fn ask(&self, request: &Request) -> (Answer, Vec<Arrival>) {
        let answer = request.send(self.port());
        (answer, self.site.upstream.take())
    }
}

/// One gateway for each way in which tests ask.
fn configuration(proxy: &Proxy, folder: &Path, administration: u16) -> String {
    let store = folder.join("state.db");
    let gateway = |name: &str, options: &str| {
        format!("[gateways.{name}]\ncookie_names = [\"session\"]\n{options}\n")
    };
    [
        format!("admin_key = \"{ADMIN_KEY}\"\n[store]\npath = {store:?}\n"),
        format!("[admin]\nlisten = [\"127.0.0.1:{administration}\"]\n"),
        gateway("api", ""),
        gateway("declared", &format!("proxy = \"{}\"", proxy.name)),
        gateway("guests", "anonymous = \"guest\""),
        gateway("encoded", "secret_is_base64 = true"),
        gateway("preflight", "run_on_preflight = false"),
    ]
    .concat()
}

fn secret(name: &str) -> String {
    format!("the-secret-of-{name}-0123456789abcdef")
}

/// A token of a consumer that is good for an hour, with changes.
pub fn token_with(name: &str, changes: &Value) -> String {
    let claims =
        json!({"iss": format!("{name}-key"), "nbf": in_seconds(-60), "exp": in_seconds(3_600)});
    mint(&with(claims, changes), &secret(name))
}

pub fn token(name: &str) -> String {
    token_with(name, &json!({}))
}

const ADMIN_KEY: &str = "the-key-of-administrators-in-these-tests";
const BINARY: &str = env!("CARGO_BIN_EXE_prosody-tokend");
