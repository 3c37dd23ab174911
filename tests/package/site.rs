//! A server as Debian's and Jitsi's packages leave it.

use std::path::Path;

use serde_json::{Value, json};
use support::bosh::{Client, Error};
use support::login::Login;
use support::machine::Machine;
use support::root;
use support::time::in_seconds;
use support::token::{mint, with};
use support::until;

pub const HOST: &str = "meet.example.com";
pub const SITE: &str = "/etc/prosody/conf.avail/meet.example.com.cfg.lua";
const SECRET: &str = "the-secret-of-the-tests-of-the-package-0123456789";
const HTTP_PORT: u16 = 5280;

/// The releases that the package is tried on.
pub const RELEASES: [&str; 2] = ["bookworm", "trixie"];

/// A machine with this release of Debian and a Prosody that runs. None where no machine can be booted.
pub fn jitsi(release: &str) -> Option<Machine> {
    let machine = debian(release)?;
    machine.write("/usr/share/jitsi-meet/prosody-plugins/mod_none.lua", "");
    machine.write(SITE, configuration());
    machine.run(&["ln", "-s", SITE, "/etc/prosody/conf.d/"]);
    machine.run(&["systemctl", "restart", "prosody"]);
    Some(machine)
}

pub fn debian(release: &str) -> Option<Machine> {
    let files = root().join("target/roots").join(release);
    assert!(
        files.join("etc/prosody").exists(),
        "{} is not there: run `make setup`",
        files.display()
    );
    Machine::boot_with(&files)
}

pub fn configuration() -> String {
    format!(
        r#"plugin_paths = {{ "/usr/share/jitsi-meet/prosody-plugins/" }}
muc_mapper_domain_base = "{HOST}"
muc_mapper_domain_prefix = "conference"
http_default_host = "{HOST}"
consider_bosh_secure = true
http_interfaces = {{ "127.0.0.1" }}

VirtualHost "{HOST}"
    authentication = "token"
    app_id = "my_app"
    app_secret = "{SECRET}"
    modules_enabled = {{ "bosh" }}

Component "conference.{HOST}" "muc"
    modules_enabled = {{ "token_verification" }}
    muc_room_locking = false
"#
    )
}

/// Installs a package of this machine there for the first time, as the document says.
pub fn install_first(machine: &Machine, package: &Path) -> String {
    machine.copy(package, "/tmp/package.deb");
    // Without a network: all that it needs is there already.
    let said = machine.run(&["apt-get", "install", "--yes", "/tmp/package.deb"]);
    // apt has dpkg believe in a terminal.
    let said = said.replace('\r', "");
    assert!(said.contains("Setting up prosody-tokend"), "{said}");
    said
}

/// Installs a package of this machine there, whichever was there before.
pub fn install(machine: &Machine, package: &Path) -> String {
    machine.copy(package, "/tmp/package.deb");
    machine.run(&["dpkg", "--install", "/tmp/package.deb"])
}

pub fn await_prosody(machine: &Machine) {
    until("Prosody to listen", || {
        let connected = machine.try_run(&["bash", "-c", ": < /dev/tcp/127.0.0.1/5280"]);
        connected.status.success().then_some(())
    });
}

pub fn good() -> Value {
    json!({"iss": "my_app", "aud": "my_app", "sub": HOST, "room": "*", "exp": in_seconds(3_600)})
}

/// Tokens that let nobody in, and what Prosody says to that.
pub fn bad() -> [(Value, &'static str); 3] {
    [
        (with(good(), &json!({"exp": 1})), "Not acceptable by exp"),
        (with(good(), &json!({"iss": "other"})), "'iss' claim"),
        (
            with(good(), &json!({"room": "another"})),
            "Room and token mismatched",
        ),
    ]
}

/// Logs in and enters a room. To be called within the machine's network.
pub fn join(claims: &Value, room: &str) -> Result<(), Error> {
    let token = mint(claims, SECRET);
    let login = Login::to(HOST).room(room).token(&token);
    let mut client = Client::login(HTTP_PORT, &login)?;
    client.join(&format!("{room}@conference.{HOST}"), "somebody")
}

/// Who gets in, and who does not.
pub fn admits_the_right_ones(machine: &Machine) {
    machine.within_network(|| {
        join(&good(), "standup").unwrap();
        for (claims, reason) in bad() {
            let refused = join(&claims, "standup").unwrap_err().to_string();
            assert!(refused.contains(reason), "{claims}: {refused}");
        }
    });
}
