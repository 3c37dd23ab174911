//! The proxies, each with the recipe that the documents show.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use support::process::Process;
use support::{root, until};

/// A program that asks, and what differs from the others in what comes of it.
pub struct Proxy {
    pub name: &'static str,
    /// Its recipe in `contrib/gateway`.
    pub recipe: &'static str,
    /// How the recipe says where to listen, and how the tests say it.
    listen: (&'static str, &'static str),
    command: fn(&Path, &str) -> Command,
    /// Whether whoever is refused gets to know what the daemon says.
    pub passes_bodies: bool,
    /// The status for clients while the daemon cannot be asked.
    pub without_daemon: u16,
    /// The same while it takes the question, and does not answer.
    pub without_answer: u16,
    /// The status for a query of 100 kB with a good token.
    pub long_query: u16,
    /// The same of 400 kB.
    pub longer_query: u16,
    /// The status for a client's `X-Original-` headers where the gateway does not say which proxy asks; none where the proxy
    /// keeps them from the daemon.
    pub described: Option<u16>,
    /// The status for a header whose name has a `_`; none where it is removed.
    pub underscore: Option<u16>,
    /// The same of a `.`.
    pub dot: Option<u16>,
}

pub const NGINX: Proxy = Proxy {
    name: "nginx",
    recipe: "nginx.conf",
    listen: ("listen 8080;", "listen 127.0.0.1:{port};"),
    command: nginx,
    passes_bodies: false,
    without_daemon: 500,
    without_answer: 500,
    long_query: 200,
    longer_query: 414,
    described: None,
    underscore: None,
    dot: None,
};

pub const HAPROXY: Proxy = Proxy {
    name: "haproxy",
    recipe: "haproxy.cfg",
    listen: ("bind :8080", "bind 127.0.0.1:{port}"),
    command: haproxy,
    passes_bodies: true,
    without_daemon: 503,
    without_answer: 503,
    long_query: 200,
    longer_query: 400,
    described: None,
    underscore: Some(403),
    dot: Some(403),
};

pub const CADDY: Proxy = Proxy {
    name: "caddy",
    recipe: "Caddyfile",
    listen: ("\n:8080 {", "\n:{port} {\n\tbind 127.0.0.1"),
    command: caddy,
    passes_bodies: true,
    without_daemon: 502,
    without_answer: 504,
    long_query: 200,
    longer_query: 431,
    described: Some(403),
    underscore: Some(403),
    dot: Some(403),
};

pub const ENVOY: Proxy = Proxy {
    name: "envoy",
    recipe: "envoy.yaml",
    listen: (
        "address: 0.0.0.0, port_value: 8080",
        "address: 127.0.0.1, port_value: {port}",
    ),
    command: envoy,
    passes_bodies: true,
    without_daemon: 503,
    without_answer: 503,
    long_query: 414,
    longer_query: 431,
    described: None,
    underscore: Some(400),
    dot: Some(403),
};

/// What the recipes have where the tests have another one: the ports of the daemon and of the upstream, and the gateway.
const DAEMON: u16 = 5290;
const UPSTREAM: u16 = 8000;
const GATEWAY: &str = "/v1/forward-auth/api";

/// One that runs; it ends with its owner.
pub struct Running {
    _process: Process,
    pub port: u16,
}

impl Proxy {
    pub fn text(&self) -> String {
        fs::read_to_string(root().join("contrib/gateway").join(self.recipe)).unwrap()
    }

    /// Starts it with its recipe, asking the daemon on this port about one of its gateways.
    pub fn start(&self, folder: &Path, daemon: u16, gateway: &str, upstream: u16) -> Running {
        let port = free_port();
        let listen = self.listen.1.replace("{port}", &port.to_string());
        let text = replace(&self.text(), self.listen.0, &listen);
        let text = replace(&text, GATEWAY, &format!("/v1/forward-auth/{gateway}"));
        let text = lead(&lead(&text, DAEMON, daemon), UPSTREAM, upstream);
        let folder = folder.join(format!("{}-{port}", self.name));
        fs::create_dir(&folder).unwrap();
        let mut command = (self.command)(&folder, &text);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let log = folder.join("log");
        let mut process = Process::start(self.name, &mut command, &log);
        until(&format!("{} to listen", self.name), || {
            let log = || fs::read_to_string(&log).unwrap();
            assert!(process.is_running(), "{} ended: {}", self.name, log());
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        });
        Running {
            _process: process,
            port,
        }
    }
}

/// One process: its end is the end of all.
fn nginx(folder: &Path, recipe: &str) -> Command {
    let site = write(folder, "site.conf", recipe);
    let main = format!(
        "daemon off;\nmaster_process off;\npid {folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n\
         client_body_temp_path {folder}/body;\nproxy_temp_path {folder}/proxy;\nfastcgi_temp_path {folder}/fastcgi;\n\
         uwsgi_temp_path {folder}/uwsgi;\nscgi_temp_path {folder}/scgi;\ninclude {site};\n}}\n",
        folder = folder.display(),
    );
    let main = write(folder, "nginx.conf", &main);
    // It has its own place among those of the system, which is not everybody's path.
    let mut command = Command::new("/usr/sbin/nginx");
    command.args(["-e", "stderr", "-c", &main]);
    command
}

fn haproxy(folder: &Path, recipe: &str) -> Command {
    let script = root().join("contrib/gateway/forward_auth.lua");
    let installed = "/etc/haproxy/forward_auth.lua";
    let recipe = replace(recipe, installed, &script.display().to_string());
    let mut command = Command::new("/usr/sbin/haproxy");
    command.args(["-db", "-f", &write(folder, "haproxy.cfg", &recipe)]);
    command
}

fn caddy(folder: &Path, recipe: &str) -> Command {
    let recipe = format!("{{\n\tadmin off\n\tauto_https off\n}}\n{recipe}");
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]);
    command.arg(write(folder, "Caddyfile", &recipe));
    command.env("HOME", folder);
    command
}

fn envoy(folder: &Path, recipe: &str) -> Command {
    let mut command = Command::new(root().join("target/envoy/envoy/_bin/envoy"));
    command.args(["--config-path", &write(folder, "envoy.yaml", recipe)]);
    command.args([
        "--use-dynamic-base-id",
        "--disable-hot-restart",
        "--concurrency",
        "1",
    ]);
    command.args(["--log-level", "warning"]);
    command
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn replace(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "no {old:?} in {text}");
    text.replace(old, new)
}

/// Envoy has address and port apart.
fn lead(text: &str, old: u16, new: u16) -> String {
    let led = [":", ", port_value: "]
        .iter()
        .fold(text.to_owned(), |text, between| {
            let address = |port| format!("127.0.0.1{between}{port}");
            text.replace(&address(old), &address(new))
        });
    assert!(led != text, "no port {old} in {text}");
    led
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
