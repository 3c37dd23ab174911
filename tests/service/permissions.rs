//! Each way in which the wrong people can read a file, or the right ones cannot, on a machine as Debian and Jitsi set it
//! up: what `doctor`, `check` and the log say is typed as it stands, and people get in after that.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::{SECRET, asked, mint};
use support::machine::Machine;
use support::until;

const HOST: &str = "meet.example.com";

/// As Jitsi's packages write it, with one line for the daemon.
fn site() -> String {
    format!(
        r#"plugin_paths = {{ "/usr/lib/prosody-tokend/lua" }}
consider_bosh_secure = true
http_interfaces = {{ "127.0.0.1" }}
http_default_host = "{HOST}"

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

const CONFIGURATION: &str = r#"prosody_config = "/etc/prosody/prosody.cfg.lua"
api_key_file = "/etc/prosody-tokend/api_key"
"#;

/// How Debian's and Jitsi's packages leave the files, with the daemon in Prosody's group.
const STOCK: &str = "
set -e
cd /etc/prosody
if [ -L conf.avail/meet.example.com.cfg.lua ]; then mv /srv/sites/meet.example.com.cfg.lua conf.avail/; fi
chown root:prosody . conf.d conf.avail prosody.cfg.lua && chown root:root conf.avail/meet.example.com.cfg.lua
chmod 755 . && chmod 754 conf.d conf.avail
chmod 640 prosody.cfg.lua && chmod 644 conf.avail/meet.example.com.cfg.lua
for folder in /home/ann /var/tmp; do
    if [ -e $folder/api_key ]; then mv $folder/api_key /etc/prosody-tokend/; fi
done
chown -R root:prosody-tokend /etc/prosody-tokend
chmod 750 /etc/prosody-tokend && chmod 640 /etc/prosody-tokend/*
chown -R root:root /usr/lib/prosody-tokend
chmod -R u=rwX,go=rX /usr/lib/prosody-tokend
gpasswd -a prosody-tokend prosody
gpasswd -d prosody prosody-tokend || true
gpasswd -d prosody-tokend www-data || true
rm -rf /etc/systemd/system/prosody-tokend.service.d
systemctl daemon-reload
";

/// The daemon in Prosody's group by its unit alone.
const BY_THE_UNIT: &str = "
set -e
gpasswd -d prosody-tokend prosody
mkdir /etc/systemd/system/prosody-tokend.service.d
printf '[Service]\\nSupplementaryGroups=prosody\\n' > /etc/systemd/system/prosody-tokend.service.d/a.conf
systemctl daemon-reload
systemctl restart prosody-tokend
";

/// What is done to Prosody's files: a name, the commands, the codes that `doctor` has for it.
const OF_PROSODY: &[(&str, &str, &[&str])] = &[
    (
        "the daemon is not in Prosody's group",
        "gpasswd -d prosody-tokend prosody",
        &["prosody-config-unreadable"],
    ),
    (
        "folders that are open to all, with a secret in them",
        "chmod 755 /etc/prosody/conf.d /etc/prosody/conf.avail",
        &["secret-exposed"],
    ),
    (
        "the same before the daemon is in Prosody's group",
        "chmod 755 /etc/prosody/conf.d /etc/prosody/conf.avail && gpasswd -d prosody-tokend prosody",
        &["prosody-config-unreadable", "secret-exposed"],
    ),
    (
        "a site that root alone can read",
        "chmod 600 /etc/prosody/conf.avail/meet.example.com.cfg.lua",
        &["prosody-secret-unreadable"],
    ),
    (
        "a site that was given to the daemon's group",
        "cd /etc/prosody/conf.avail && chgrp prosody-tokend meet.example.com.cfg.lua && chmod 640 meet.example.com.cfg.lua",
        &["prosody-secret-unreadable"],
    ),
    (
        "Prosody's own file that root alone can read",
        "chown root:root /etc/prosody/prosody.cfg.lua && chmod 600 /etc/prosody/prosody.cfg.lua",
        &["prosody-config-unreadable"],
    ),
    (
        "a folder of sites that cannot be listed",
        "chmod 710 /etc/prosody/conf.d",
        &["prosody-config-unreadable"],
    ),
    (
        "Prosody's folder that root alone can enter",
        "chown root:root /etc/prosody && chmod 700 /etc/prosody",
        &["prosody-secret-unreadable"],
    ),
];

/// The same of the daemon's own files, and of the modules.
const OF_THE_DAEMON: &[(&str, &str, &[&str])] = &[
    (
        "the daemon's folder that root alone can enter",
        "chown root:root /etc/prosody-tokend && chmod 700 /etc/prosody-tokend",
        &["secret-unreadable"],
    ),
    (
        "the daemon's files that root alone can read",
        "chown root:root /etc/prosody-tokend/* && chmod 600 /etc/prosody-tokend/*",
        &["secret-unreadable"],
    ),
    (
        "a secret of the daemon that everybody can read",
        "chmod 755 /etc/prosody-tokend && chown root:root /etc/prosody-tokend/api_key && chmod 644 /etc/prosody-tokend/api_key",
        &["secret-exposed"],
    ),
    (
        "a secret of the daemon that is for the web server, too",
        "chgrp www-data /etc/prosody-tokend/api_key",
        &["secret-unreadable"],
    ),
    (
        "a user that systemd makes",
        "mkdir /etc/systemd/system/prosody-tokend.service.d \
         && printf '[Service]\\nUser=made\\nDynamicUser=yes\\n' > /etc/systemd/system/prosody-tokend.service.d/a.conf \
         && systemctl daemon-reload",
        &["secret-unreadable"],
    ),
    (
        "a link to a site in a folder of somebody's own",
        "install -d -o www-data -m 750 /srv/sites && cd /etc/prosody \
         && cp conf.avail/meet.example.com.cfg.lua /srv/sites/ && chmod 640 /srv/sites/* \
         && ln -sf /srv/sites/meet.example.com.cfg.lua conf.avail/",
        &["prosody-secret-unreadable"],
    ),
    (
        "a secret in a home, which the unit hides",
        "install -d -m 700 /home/ann && cd /etc/prosody-tokend && cp -p api_key /home/ann/ \
         && ln -sf /home/ann/api_key .",
        &["secret-unreadable"],
    ),
    (
        "a secret among what is passed on, which the unit hides",
        "cd /etc/prosody-tokend && cp -p api_key /var/tmp/ && ln -sf /var/tmp/api_key .",
        &["secret-unreadable"],
    ),
    (
        "modules that were copied with a strict umask",
        "chmod -R go= /usr/lib/prosody-tokend",
        &["shim-unreadable"],
    ),
    (
        "modules in a folder that root alone can enter",
        "chmod 700 /usr/lib/prosody-tokend",
        &["shim-unreadable"],
    ),
];

#[test]
fn every_remedy_for_prosodys_files_lets_people_in_as_it_stands() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    restore(&machine);
    assert_eq!(permission_findings(&machine), Vec::new());
    machine.run(&["sh", "-c", BY_THE_UNIT]);
    assert_eq!(permission_findings(&machine), Vec::new());
    assert_eq!(exposed_by_check(&machine), [""; 0]);
    assert!(!machine.journal().contains("holds a secret"));
    join(&machine, "stock");
    for breakage in OF_PROSODY {
        mended(&machine, breakage);
    }
}

#[test]
fn every_remedy_for_the_daemons_files_and_the_modules_lets_people_in_as_it_stands() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    for breakage in OF_THE_DAEMON {
        mended(&machine, breakage);
    }
}

/// Breaks the machine, and types what it is told.
fn mended(machine: &Machine, (name, breakage, codes): &(&str, &str, &[&str])) {
    restore(machine);
    machine.run(&["sh", "-c", breakage]);
    restart(machine);
    let findings = permission_findings(machine);
    let found: Vec<&str> = findings.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(&found, codes, "{name}: {findings:?}");
    if let Some(code) = codes.first().filter(|code| code.ends_with("-unreadable")) {
        // What else there is follows from it.
        assert_eq!(&first_code(machine), code, "{name}");
    }
    told_alike(machine, name, &findings);
    for (_, remedy) in &findings {
        machine.run(&["systemctl", "reset-failed"]);
        machine.run(&["sh", "-c", remedy]);
    }
    join(machine, name);
    assert_eq!(permission_findings(machine), Vec::new(), "{name}");
    restart(machine);
    join(machine, name);
}

/// Whatever `doctor` calls exposed, `check` and the log do, with the same remedy.
fn told_alike(machine: &Machine, name: &str, findings: &[(String, String)]) {
    let exposed = findings.iter().filter(|(code, _)| code == "secret-exposed");
    let remedies: Vec<&String> = exposed.map(|(_, remedy)| remedy).collect();
    let checked = exposed_by_check(machine);
    for remedy in remedies {
        let is_told =
            |line: &str| line.contains(&format!("by every user of this machine: {remedy}"));
        // Alone it may take more, which another finding of doctor's has already.
        assert!(
            checked.iter().any(|line| line.contains(remedy.as_str())),
            "{name}: {checked:?}"
        );
        if machine.is_active("prosody-tokend") {
            until("the log to tell", || {
                machine.journal().lines().any(is_told).then_some(())
            });
        }
    }
}

fn install(machine: &Machine) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let binary = Path::new(env!("CARGO_BIN_EXE_prosody-tokend"));
    machine.copy(binary, "/usr/bin/prosody-tokend");
    let unit = fs::read(root.join("systemd/prosody-tokend.service")).unwrap();
    machine.write("/etc/systemd/system/prosody-tokend.service", unit);
    let users = fs::read(root.join("systemd/prosody-tokend.sysusers.conf")).unwrap();
    machine.write("/etc/sysusers.d/prosody-tokend.conf", users);
    machine.run(&["systemd-sysusers"]);
    for folder in ["", "token/"] {
        for entry in fs::read_dir(root.join("lua").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap();
                machine.write(
                    &format!("/usr/lib/prosody-tokend/lua/{folder}{name}"),
                    fs::read(&path).unwrap(),
                );
            }
        }
    }
    machine.write("/etc/prosody-tokend/config.toml", CONFIGURATION);
    machine.write("/etc/prosody-tokend/api_key", crate::API_KEY);
    let key = format!("tokend_api_key = \"{}\"\n", crate::API_KEY);
    machine.write(
        "/etc/prosody/conf.avail/meet.example.com.cfg.lua",
        key + &site(),
    );
    machine.run(&[
        "ln",
        "-s",
        "../conf.avail/meet.example.com.cfg.lua",
        "/etc/prosody/conf.d/",
    ]);
    machine.run(&["systemctl", "daemon-reload"]);
}

/// Puts everything back, and starts both anew.
fn restore(machine: &Machine) {
    machine.run(&["sh", "-c", STOCK]);
    restart(machine);
}

/// Either may fail to start.
fn restart(machine: &Machine) {
    machine.run(&["systemctl", "reset-failed"]);
    machine.try_run(&["systemctl", "restart", "prosody-tokend"]);
    machine.try_run(&["systemctl", "restart", "prosody"]);
}

fn doctor(machine: &Machine) -> Value {
    let report = machine.try_run(&["prosody-tokend", "doctor", "--json"]);
    serde_json::from_slice(&report.stdout).unwrap()
}

/// What `doctor` has put right first.
fn first_code(machine: &Machine) -> String {
    let report = doctor(machine);
    report["findings"][0]["code"].as_str().unwrap().to_owned()
}

/// What `doctor` says of permissions: code and remedy.
fn permission_findings(machine: &Machine) -> Vec<(String, String)> {
    let report = doctor(machine);
    let findings = report["findings"].as_array().unwrap().iter();
    let parts = findings.map(|finding| {
        let part = |name: &str| finding[name].as_str().unwrap().to_owned();
        (part("code"), part("type"))
    });
    let is_of_permissions =
        |(code, _): &(String, String)| code.ends_with("-unreadable") || code.ends_with("-exposed");
    parts.filter(is_of_permissions).collect()
}

/// What `check` says of secrets that everybody can read.
fn exposed_by_check(machine: &Machine) -> Vec<String> {
    let report = machine.try_run(&["prosody-tokend", "check", "--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let warnings = report["warnings"].as_array().unwrap().iter();
    let warnings = warnings.map(|warning| warning.as_str().unwrap().to_owned());
    warnings
        .filter(|warning| warning.contains("by every user of this machine"))
        .collect()
}

/// Logs in with a token, and enters a room. A machine that has a lot to do may ask to try again.
#[track_caller]
fn join(machine: &Machine, name: &str) {
    let mut heard = String::new();
    for _ in 0..MOST_TRIES {
        heard = tried(machine);
        if heard.contains("code='110'") {
            return;
        }
        if !heard.contains("temporary-auth-failure") {
            break;
        }
    }
    let log = machine.run(&["tail", "-n", "20", "/var/log/prosody/prosody.log"]);
    panic!("{name}: {heard}\n{log}\n{}", machine.journal());
}

const MOST_TRIES: usize = 5;

/// What Prosody says to a login over BOSH, and to a join.
#[track_caller]
fn tried(machine: &Machine) -> String {
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": HOST, "room": "standup", "exp": crate::in_seconds(3_600)
    });
    let token = mint(&claims, SECRET);
    let session = until("Prosody to open a session", || {
        let attributes = format!("to='{HOST}' ver='1.6' wait='5' hold='1' xmpp:version='1.0'");
        let opened = exchange(machine, &token, 1, &attributes, "")?;
        let (_, rest) = opened.split_once(" sid='")?;
        Some(rest.split_once('\'')?.0.to_owned())
    });
    let said = |number, attributes: &str, stanza: &str| {
        let attributes = format!("sid='{session}' {attributes}");
        exchange(machine, &token, number, &attributes, stanza).unwrap_or_default()
    };
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
    let mut heard = said(2, "", auth);
    heard += &said(3, "xmpp:restart='true'", "");
    let bind = "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
    heard += &said(4, "", bind);
    // Who was in before may not be out yet: each has a name of its own.
    let presence = format!(
        "<presence xmlns='jabber:client' to='standup@conference.{HOST}/{session}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    );
    heard += &said(5, "", &presence);
    for number in 6..9 {
        if heard.contains("code='110'") {
            break;
        }
        heard += &said(number, "", "");
    }
    heard
}

fn exchange(
    machine: &Machine,
    token: &str,
    number: u32,
    attributes: &str,
    stanza: &str,
) -> Option<String> {
    let body = format!(
        "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' rid='{}' {attributes}>{stanza}</body>",
        1_000 + number
    );
    let url = format!("http://127.0.0.1:5280/http-bind?room=standup&token={token}");
    asked(
        machine,
        &["--header", "Content-Type: text/xml", "--data", &body, &url],
    )
}
