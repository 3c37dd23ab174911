//! Debian's `PostgreSQL`, with a user and a database for the daemon, on a free port.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustix::process::Signal;
use tempfile::TempDir;

use super::process::Process;
use super::until;

/// The daemon's user, its password and its database.
pub const USER: &str = "tokend";
pub const PASSWORD: &str = "correct horse battery";
pub const DATABASE: &str = "tokend";

pub struct Postgres {
    process: Option<Process>,
    folder: TempDir,
    port: u16,
}

impl Postgres {
    /// Over TCP without TLS.
    pub fn start() -> Self {
        Self::make(|_| ())
    }

    /// Over TLS as well, with a certificate for `localhost` of an authority of its own.
    pub fn start_with_tls() -> Self {
        Self::make(|folder| {
            let authority = certify(folder);
            fs::write(folder.join("authority.pem"), authority).unwrap();
            let data = folder.join("data");
            for name in ["server.pem", "server.key"] {
                own(&data.join(name), 0o600);
            }
            let lines = "ssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'\n";
            append(&data.join("postgresql.conf"), lines);
        })
    }

    fn make(configure: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The server's own user has to get to what is its.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).unwrap();
        let data = folder.path().join("data");
        for path in [&data, &folder.path().join("sockets")] {
            fs::create_dir(path).unwrap();
            own(path, 0o700);
        }
        initialize(&data);
        configure(folder.path());
        let mut server = Self {
            process: None,
            folder,
            port: 0,
        };
        server.go_on();
        server.sql_in(
            "postgres",
            &format!(
                "SET password_encryption = 'scram-sha-256'; CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'"
            ),
        );
        server.sql_in(
            "postgres",
            &format!("CREATE DATABASE {DATABASE} OWNER {USER}"),
        );
        server
    }

    /// Starts the server, after it was killed or stopped; at the port that it had.
    pub fn go_on(&mut self) {
        until("PostgreSQL to start", || {
            if self.port == 0 || !is_free(self.port) {
                self.port = free_port();
            }
            let mut process = spawn(self.folder.path(), self.port);
            let answers = until("PostgreSQL to answer, or to end", || {
                if !process.is_running() {
                    return Some(false);
                }
                self.is_ready().then_some(true)
            });
            // What a server left that was killed holds the next one up for a moment.
            answers.then(|| self.process = Some(process))
        });
    }

    fn is_ready(&self) -> bool {
        let mut command = as_its_user("pg_isready");
        command.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command.status().unwrap().success()
    }

    /// Kills the server as it stands.
    pub fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    /// Stops it without ending it: connections stay, and nobody answers.
    pub fn freeze(&self) {
        self.process.as_ref().unwrap().freeze();
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The daemon's address of it, over the port of whatever is in between.
    pub fn url(&self, port: u16) -> String {
        format!("postgres://{USER}@localhost:{port}/{DATABASE}?sslmode=disable")
    }

    /// The certificate of the authority that vouches for it.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// What its administrator says to the daemon's database.
    pub fn sql(&self, statements: &str) -> String {
        self.sql_in(DATABASE, statements)
    }

    pub fn sql_in(&self, database: &str, statements: &str) -> String {
        let mut command = self.client("psql");
        command.args(["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database]);
        run(command.args(["-c", statements]), "")
    }

    /// All of the daemon's database.
    pub fn dump(&self) -> String {
        let mut command = self.client("pg_dump");
        run(command.args(["--clean", "--if-exists", DATABASE]), "")
    }

    /// Puts the daemon's database back as it was.
    pub fn restore(&self, dump: &str) {
        let mut command = self.client("psql");
        command.args(["-q", "-v", "ON_ERROR_STOP=1", "--single-transaction"]);
        run(command.args(["-d", DATABASE]), dump);
    }

    /// Over its socket nobody needs a password.
    fn client(&self, program: &str) -> Command {
        let mut command = as_its_user(program);
        let sockets = self.folder.path().join("sockets");
        command.arg("-h").arg(sockets);
        command.args(["-p", &self.port.to_string(), "-U", "postgres"]);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            process.signal(Signal::CONT);
            // At once, with all of its processes.
            process.signal(Signal::QUIT);
            process.wait();
        }
    }
}

fn spawn(folder: &Path, port: u16) -> Process {
    let mut command = as_its_user("postgres");
    command.arg("-D").arg(folder.join("data"));
    command
        .args(["-p", &port.to_string(), "-k"])
        .arg(folder.join("sockets"));
    // Nobody has these data but for a test; the disk is not what is tried.
    for setting in [
        "fsync=off",
        "listen_addresses=127.0.0.1",
        "max_connections=50",
    ] {
        command.args(["-c", setting]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Process::start("PostgreSQL", &mut command, &folder.join("postgres.log"))
}

fn initialize(data: &Path) {
    let mut command = as_its_user("initdb");
    command.args([
        "--no-sync",
        "--username=postgres",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]);
    command.args(["--auth-local=trust", "--auth-host=scram-sha-256", "-D"]);
    run(command.arg(data), "");
}

/// Nobody may be root in there.
fn as_its_user(program: &str) -> Command {
    let program = programs().join(program);
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=postgres",
        "--regid=postgres",
        "--clear-groups",
        "--",
    ]);
    command.arg(program).current_dir("/");
    command
}

fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions.map(|version| version.unwrap().path()).max();
    newest
        .expect("PostgreSQL is not installed: run `make setup`")
        .join("bin")
}

fn own(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    if rustix::process::geteuid().is_root() {
        let id = |flag| run(Command::new("id").args([flag, "postgres"]), "");
        let [user, group] = ["-u", "-g"].map(|flag| id(flag).trim().parse().unwrap());
        chown(path, Some(user), Some(group)).unwrap();
    }
}

fn run(command: &mut Command, input: &str) -> String {
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A certificate for the server, and the one of the authority that made it.
fn certify(folder: &Path) -> String {
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, key).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    let data = folder.join("data");
    let certificate = in_pem("CERTIFICATE", certificate.der());
    fs::write(data.join("server.pem"), certificate).unwrap();
    let key = in_pem("PRIVATE KEY", &key.serialize_der());
    fs::write(data.join("server.key"), key).unwrap();
    in_pem("CERTIFICATE", authority.der())
}

fn in_pem(label: &str, contents: &[u8]) -> String {
    pem::encode(&pem::Pem::new(label, contents))
}

fn append(path: &Path, lines: &str) {
    let mut file = fs::File::options().append(true).open(path).unwrap();
    file.write_all(lines.as_bytes()).unwrap();
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
