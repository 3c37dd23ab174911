//! A real Prosody with the shim, on loopback.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::deployment::{Host, Setup};
use super::process::Process;
use super::{http, root, until};

/// The user that stands for Jitsi's own components, an administrator of Prosody.
pub const ADMINISTRATOR: &str = "focus";
pub const ADMINISTRATOR_PASSWORD: &str = "the-password-of-focus";

/// Debian 12's, as a rule.
pub const INSTALLED_PROSODY: &str = "prosody";
pub const PROSODY_13: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/prosody-13");

/// A port that was free may be taken a moment later.
const ATTEMPTS: usize = 5;

pub struct Prosody {
    process: Process,
    port: u16,
}

impl Prosody {
    /// Starts Prosody with everything it writes in `folder`.
    pub fn start(folder: &Path, setup: &Setup, daemon_port: u16) -> Self {
        write_account(folder, &setup.administrator_host());
        fs::create_dir_all(folder.join("certs")).unwrap();
        (0..ATTEMPTS)
            .find_map(|_| Self::try_start(folder, setup, daemon_port))
            .expect("no free port for Prosody")
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops Prosody without ending it.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    pub fn thaw(&self) {
        self.process.signal(Signal::CONT);
    }

    /// How long Prosody has had a processor.
    pub fn processor_time(&self) -> Duration {
        self.process.processor_time()
    }

    /// Has Prosody take note of the connections that have ended: it stumbles over those that end while it stops.
    pub fn settle(&self) {
        http::request(self.port, "GET", "/http-bind", "").unwrap();
    }

    /// What the session with this full address has on it, as `mod_observe` tells it.
    pub fn session(&self, jid: &str) -> Value {
        let sessions = self.observe("GET", "sessions");
        sessions.get(jid).cloned().unwrap_or_default()
    }

    /// The affiliation of a full address with a room, and its role in there: nothing where it is not.
    pub fn standing(&self, room: &str, jid: &str) -> String {
        let standing = self.observe("GET", &format!("standing?room={room}&jid={jid}"));
        let text = |name: &str| standing[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("affiliation"), text("role"))
    }

    /// The events that other modules rely on, as `mod_observe` has seen them.
    pub fn events(&self) -> Vec<Value> {
        serde_json::from_value(self.observe("GET", "events")).unwrap()
    }

    /// Has `mod_observe` hook an event, or unhook it: heed or ignore.
    pub fn observe_event(&self, action: &str, event: &str) {
        let outcome = self.observe("POST", &format!("{action}?event={event}"));
        assert_eq!(outcome, json!({}), "{action} {event}");
    }

    /// Loads, reloads or unloads a module.
    pub fn change_module(&self, action: &str, module: &str, host: &str) {
        let outcome = self.observe("POST", &format!("{action}?module={module}&host={host}"));
        assert_eq!(outcome, json!({}), "{action} {module}");
    }

    /// Has `mod_conduct` change a room.
    pub fn conduct(&self, action: &str, parameters: &str) {
        self.request("POST", &format!("conduct/{action}?{parameters}"), None);
    }

    /// What a test module answers over HTTP.
    pub fn get(&self, path: &str, token: &str) -> Value {
        self.request("GET", path, Some(token))
    }

    fn observe(&self, method: &str, path: &str) -> Value {
        self.request(method, &format!("observe/{path}"), None)
    }

    fn request(&self, method: &str, path: &str, token: Option<&str>) -> Value {
        let (status, body) =
            http::request_as(token, self.port, method, &format!("/{path}"), "").unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Has Prosody read its configuration again.
    pub fn reload(&self) {
        self.process.signal(Signal::HUP);
    }

    pub fn stop(&mut self) {
        let status = self.process.terminate();
        assert!(status.success(), "Prosody ended with {status}");
    }

    fn try_start(folder: &Path, setup: &Setup, daemon_port: u16) -> Option<Self> {
        let port = free_port();
        let configuration = config_file(folder);
        fs::write(&configuration, configure(folder, setup, port, daemon_port)).unwrap();
        // What an earlier attempt wrote there says nothing about this one.
        fs::write(log_file(folder), "").unwrap();
        let mut process = spawn(folder, &configuration, setup);
        let has_port = until("Prosody to open its port, or to fail", || {
            let output = || fs::read_to_string(folder.join("prosody.out")).unwrap();
            assert!(process.is_running(), "Prosody ended at once:\n{}", output());
            port_opened(&fs::read_to_string(log_file(folder)).unwrap())
        });
        if !has_port {
            return None;
        }
        until("Prosody to answer", || {
            http::request(port, "GET", "/http-bind", "").ok()
        });
        Some(Self { process, port })
    }
}

/// Whether Prosody got its HTTP port, once its log says so.
fn port_opened(log: &str) -> Option<bool> {
    if log.contains("Failed to open server port") {
        return Some(false);
    }
    log.contains("Activated service 'http'").then_some(true)
}

pub fn config_file(folder: &Path) -> PathBuf {
    folder.join("prosody.cfg.lua")
}

/// Writes Prosody's configuration before anybody knows who will listen where.
pub fn announce(folder: &Path, setup: &Setup) {
    fs::write(config_file(folder), configure(folder, setup, 0, 0)).unwrap();
}

pub fn log_file(folder: &Path) -> PathBuf {
    folder.join("prosody.log")
}

/// Whether the tests are to run with Debian 13's Prosody in place of the installed one.
pub fn is_prosody_13() -> bool {
    match env::var("TEST_PROSODY").as_deref() {
        Ok("13") => true,
        Ok(other) => panic!("TEST_PROSODY is {other:?}, expected 13 or nothing"),
        Err(_) => false,
    }
}

/// The command that the tests start Prosody with.
pub fn program() -> &'static str {
    if is_prosody_13() {
        PROSODY_13
    } else {
        INSTALLED_PROSODY
    }
}

fn spawn(folder: &Path, configuration: &Path, setup: &Setup) -> Process {
    let mut command = Command::new(setup.prosody);
    if let Some(libraries) = setup.libraries {
        command.env("LUA_PATH", format!("{libraries}/?.lua;;"));
    }
    command.args(["-F", "--config"]).arg(configuration);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Process::start("prosody", &mut command, &folder.join("prosody.out"))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn write_account(folder: &Path, host: &str) {
    let accounts = folder
        .join("data")
        .join(host.replace('.', "%2e"))
        .join("accounts");
    fs::create_dir_all(&accounts).unwrap();
    let account = format!("return {{ password = \"{ADMINISTRATOR_PASSWORD}\" }};\n");
    fs::write(accounts.join(format!("{ADMINISTRATOR}.dat")), account).unwrap();
}

fn configure(folder: &Path, setup: &Setup, port: u16, daemon_port: u16) -> String {
    let global = configure_global(folder, setup, port, daemon_port);
    let hosts = setup.hosts.iter().map(|host| configure_host(setup, host));
    hosts.fold(global, |all, host| all + &host) + setup.more_hosts
}

fn configure_global(folder: &Path, setup: &Setup, port: u16, daemon_port: u16) -> String {
    let folder = folder.display();
    let shim = root().join("lua");
    let shim = shim.display();
    let modules = concat!(env!("CARGO_MANIFEST_DIR"), "/modules");
    let administrators = setup.administrator_host();
    let default_host = setup.default_host();
    let options = setup.prosody_options;
    let log_level = setup.log_level;
    format!(
        r#"
run_as_root = true
daemonize = false
data_path = "{folder}/data"
certificates = "{folder}/certs"
pidfile = "{folder}/prosody.pid"
log = {{ {{ to = "file", filename = "{folder}/prosody.log", levels = {{ min = "{log_level}" }} }} }}
plugin_paths = {{ "{shim}", "{modules}" }}
tokend_url = "http://127.0.0.1:{daemon_port}"

interfaces = {{ "127.0.0.1" }}
http_interfaces = {{ "127.0.0.1" }}
http_ports = {{ {port} }}
https_ports = {{}}
c2s_ports = {{}}
c2s_direct_tls_ports = {{}}
s2s_ports = {{}}
http_default_host = "{default_host}"
consider_bosh_secure = true
consider_websocket_secure = true

modules_enabled = {{ "roster", "saslauth", "disco", "bosh", "websocket", "smacks", "observe", "conduct", "bring_key" }}
modules_disabled = {{ "offline", "s2s" }}
admins = {{ "{ADMINISTRATOR}@{administrators}" }}
{options}

VirtualHost "{administrators}"
    authentication = "internal_plain"
"#
    )
}

/// Rooms as Jitsi has them: open for others as soon as the first is in.
fn configure_host(setup: &Setup, host: &Host) -> String {
    let policy = if setup.inherits {
        format!(
            "app_id = \"{}\"\n    app_secret = \"{}\"",
            host.app_id, host.app_secret
        )
    } else {
        String::new()
    };
    let host = host.name;
    let Setup {
        host_options,
        muc_options: options,
        muc_prefix,
        ..
    } = setup;
    format!(
        r#"
VirtualHost "{host}"
    authentication = "token"
    {policy}
    {host_options}

Component "{muc_prefix}.{host}" "muc"
    modules_enabled = {{ "token_verification", "report_occupant" }}
    muc_room_locking = false
    muc_room_default_public_jids = true
    {options}
"#
    )
}
