//! Prosody, the daemon and clients together.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::client::{Client, Clients, Denial};
use super::daemon::Daemon;
use super::login::Login;
use super::prosody::{self, ADMINISTRATOR, ADMINISTRATOR_PASSWORD, Prosody};
use super::until;

/// Shorter parts of tokens may be in a log by chance.
const SHORTEST_SECRET: usize = 12;
const LINES_SHOWN: usize = 400;

/// A `VirtualHost` and its policy.
#[derive(Clone, Copy)]
pub struct Host {
    pub name: &'static str,
    pub app_id: &'static str,
    pub app_secret: &'static str,
    /// Further lines of its table in the daemon's configuration.
    pub policy: &'static str,
}

#[derive(Clone, Copy)]
pub struct Setup<'a> {
    pub hosts: &'a [Host],
    /// The command that starts Prosody.
    pub prosody: &'a str,
    /// What Prosody logs, at least.
    pub log_level: &'a str,
    /// The daemon's environment, which describes the hosts if there is any.
    pub environment: &'a [(&'static str, &'a str)],
    /// Whether the daemon's configuration is one line, which names Prosody's.
    pub inherits: bool,
    /// The first label of the MUC components.
    pub muc_prefix: &'a str,
    /// Lines before the hosts in the daemon's configuration.
    pub daemon_options: &'a str,
    /// Lines for the global section of Prosody's configuration.
    pub prosody_options: &'a str,
    /// Lines for each of the hosts.
    pub host_options: &'a str,
    /// Lines for each MUC component.
    pub muc_options: &'a str,
    /// Further hosts and components, as Prosody's configuration has them.
    pub more_hosts: &'a str,
    /// A folder of Lua libraries for Prosody to find, where there is one.
    pub libraries: Option<&'a str>,
    /// Errors with these texts may be in Prosody's log.
    pub expected_errors: &'a [&'a str],
}

impl<'a> Setup<'a> {
    pub fn of(hosts: &'a [Host]) -> Self {
        Self {
            hosts,
            prosody: prosody::program(),
            log_level: "debug",
            environment: &[],
            inherits: false,
            muc_prefix: "conference",
            daemon_options: "",
            prosody_options: "",
            host_options: "",
            muc_options: "",
            more_hosts: "",
            libraries: None,
            expected_errors: &[],
        }
    }

    pub fn default_host(&self) -> &str {
        self.hosts.first().expect("a host").name
    }

    pub fn administrator_host(&self) -> String {
        format!("auth.{}", self.default_host())
    }

    fn secrets(&self) -> BTreeSet<String> {
        let hosts = self.hosts.iter();
        hosts.map(|host| host.app_secret.to_owned()).collect()
    }

    /// The daemon's configuration.
    pub fn policy(&self, folder: &Path) -> String {
        if self.inherits {
            let path = prosody::config_file(folder);
            return format!("prosody_config = \"{}\"\n", path.display());
        }
        let mut policy = format!("{}\n", self.daemon_options);
        let described = self.hosts.iter().filter(|_| self.environment.is_empty());
        for host in described {
            writeln!(
                policy,
                "[hosts.\"{0}\"]\napp_id = \"{1}\"\napp_secret = \"{2}\"\nmuc_mapper_domain_base = \"{0}\"\n{3}",
                host.name, host.app_id, host.app_secret, host.policy
            )
            .unwrap();
        }
        policy
    }
}

pub struct Deployment {
    /// Started with the first client: what has none needs no node.
    clients: OnceCell<Clients>,
    pub prosody: Prosody,
    pub daemon: Daemon,
    administrator: Login,
    secrets: RefCell<BTreeSet<String>>,
    expected_errors: Vec<String>,
    folder: TempDir,
}

impl Deployment {
    pub fn start(daemon: &Path, setup: &Setup) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("prosody-tokend-")
            .tempdir()
            .unwrap();
        let environment = setup.environment.iter();
        let environment = environment.map(|(name, value)| (*name, (*value).to_owned()));
        let environment = environment.collect();
        if setup.inherits {
            prosody::announce(folder.path(), setup);
        }
        let policy = setup.policy(folder.path());
        let daemon = Daemon::start_with(daemon, folder.path(), &policy, environment);
        let prosody = Prosody::start(folder.path(), setup, daemon.port());
        Self {
            clients: OnceCell::new(),
            prosody,
            daemon,
            administrator: Login::to(&setup.administrator_host())
                .user(ADMINISTRATOR, ADMINISTRATOR_PASSWORD),
            secrets: RefCell::new(setup.secrets()),
            expected_errors: setup
                .expected_errors
                .iter()
                .map(|&text| text.to_owned())
                .collect(),
            folder,
        }
    }

    /// Sets a client on its way without waiting for what comes of it.
    pub fn connect(&self, login: &Login) -> Client<'_> {
        self.remember_secrets(login);
        let log = self.folder.path().join("client.log");
        let clients = self.clients.get_or_init(|| Clients::start(&log));
        clients.connect(login, self.prosody.port())
    }

    pub fn login(&self, login: &Login) -> Result<Client<'_>, Denial> {
        let client = self.connect(login);
        client.login().map(|_| client)
    }

    /// An administrator of Prosody, whom no token rule concerns.
    pub fn login_administrator(&self) -> Client<'_> {
        self.login(&self.administrator)
            .expect("the administrator's password is right")
    }

    /// Has a client lose its connection and come back for its stream: whether it got that back, or the SASL failure.
    pub fn resume(&self, client: &Client, login: &Login) -> Result<bool, Denial> {
        self.remember_secrets(login);
        client.resume(login, self.prosody.port())
    }

    /// Has a client lose its connection and come back for its stream, and waits until it is turned away.
    pub fn resume_in_vain(&self, client: &Client, login: &Login) {
        self.remember_secrets(login);
        let back = client.start_resumption(login, self.prosody.port(), false);
        client.wait_for_end(back);
    }

    /// Has a client lose its connection, come back, and stop short of asking for its stream.
    pub fn resume_later(&self, client: &Client, login: &Login) {
        self.remember_secrets(login);
        client.resume_later(login, self.prosody.port());
    }

    /// Changes Prosody's configuration, and has Prosody reload it; the daemon notices by itself.
    pub fn reconfigure(&self, changes: &[(&str, &str)]) {
        let path = prosody::config_file(self.folder.path());
        let mut text = fs::read_to_string(&path).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from} is not in\n{text}");
            text = text.replace(from, to);
        }
        fs::write(&path, text).unwrap();
        self.prosody.reload();
        self.wait_for_log_line(&["Reloading configuration file"]);
    }

    /// A file of this deployment.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn remember_secrets(&self, login: &Login) {
        self.secrets.borrow_mut().extend(login.secrets.clone());
    }

    pub fn prosody_log(&self) -> String {
        fs::read_to_string(prosody::log_file(self.folder.path())).unwrap()
    }

    pub fn count_log_lines(&self, text: &str) -> usize {
        let log = self.prosody_log();
        log.lines().filter(|line| line.contains(text)).count()
    }

    /// Waits for a line in Prosody's log that has all these texts in it.
    pub fn wait_for_log_line(&self, texts: &[&str]) -> String {
        until(&format!("a line in Prosody's log with {texts:?}"), || {
            let log = self.prosody_log();
            let line = log
                .lines()
                .find(|line| texts.iter().all(|text| line.contains(text)));
            line.map(str::to_owned)
        })
    }

    /// Ends everything in order, and sees to it that no log has an error or a secret in it.
    pub fn check(&mut self) {
        if let Some(clients) = self.clients.get_mut() {
            clients.stop();
        }
        self.prosody.settle();
        self.prosody.stop();
        self.daemon.stop();
        self.check_errors();
        self.check_secrets();
    }

    /// As it ends, Prosody 0.12 closes sessions twice and says so: then only what names this shim counts.
    fn check_errors(&self) {
        let log = self.prosody_log();
        let (living, ending) = log.rsplit_once("Received SIGTERM").unwrap_or((&log, ""));
        for line in living.lines() {
            let expected = self.expected_errors.iter().any(|text| line.contains(text));
            let bad = line.contains("\terror\t") || line.to_lowercase().contains("traceback");
            assert!(expected || !bad, "Prosody logged an error: {line}");
        }
        for line in ending.lines() {
            let names_shim = SHIM.iter().any(|file| line.contains(file));
            assert!(
                !names_shim || !line.contains(".lua:"),
                "the shim failed as Prosody ended: {line}"
            );
        }
    }

    fn check_secrets(&self) {
        let secrets = self.secrets.borrow();
        let parts = secrets
            .iter()
            .flat_map(|secret| secret.split('.').chain([secret.as_str()]));
        let parts: BTreeSet<&str> = parts.filter(|part| part.len() >= SHORTEST_SECRET).collect();
        for (name, log) in self.logs() {
            for part in &parts {
                assert!(!log.contains(part), "{name} has a secret in it: {part}");
            }
        }
    }

    fn logs(&self) -> Vec<(&'static str, String)> {
        let read = |name| {
            let bytes = fs::read(self.folder.path().join(name)).unwrap_or_default();
            (name, String::from_utf8_lossy(&bytes).into_owned())
        };
        ["daemon.log", "prosody.out", "prosody.log"]
            .map(read)
            .into()
    }

    pub fn show_logs(&self) {
        let clients = fs::read_to_string(self.folder.path().join("client.log")).unwrap_or_default();
        for (name, log) in self.logs().into_iter().chain([("client.log", clients)]) {
            let lines: Vec<&str> = log.lines().collect();
            let shown = lines.len().min(LINES_SHOWN);
            println!("==== {name}: the last {shown} of {} lines", lines.len());
            for line in lines.iter().skip(lines.len() - shown) {
                println!("{line}");
            }
        }
    }
}

/// What the names of the shim's files have in them.
const SHIM: [&str; 5] = [
    "mod_auth_token",
    "mod_token_sessions",
    "mod_token_verification",
    "mod_jitsi_session",
    "token/",
];
