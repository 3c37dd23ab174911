//! Ordinary breakages of a machine with Prosody and the daemon: what `doctor` finds first, and that it mends it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use support::machine::Machine;
use support::remedy;
use support::until;

const SECRET: &str = "the-secret-of-the-tests-of-breakages-0123456789";
const OTHER: &str = "another-secret-of-the-tests-of-breakages-012345";
const PROSODY: &str = "/etc/prosody/prosody.cfg.lua";
const OWN: &str = "/etc/prosody-tokend/config.toml";
const LUA: &str = "/usr/local/lib/prosody-tokend/lua";

fn prosody() -> String {
    format!(
        "plugin_paths = {{ \"{LUA}\", \"/srv/modules\" }}\npidfile = \"/run/prosody/prosody.pid\"\n\
         muc_mapper_domain_base = \"meet.example.com\"\nlog = {{ info = \"/var/log/prosody/prosody.log\" }}\n\n\
         VirtualHost \"meet.example.com\"\n\tauthentication = \"token\"\n\tapp_id = \"my_app\"\n\
         \tapp_secret = \"{SECRET}\"\n\tasap_accepted_audiences = {{ \"my_app\" }}\n\n\
         Component \"conference.meet.example.com\" \"muc\"\n\tmodules_enabled = {{ \"token_verification\" }}\n"
    )
}

const CONFIGURATION: &str = "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\n\
     app_secret_file = \"/etc/prosody-tokend/app_secret\"\n\
     muc_mapper_domain_base = \"meet.example.com\"\n";

/// Everything as it is to be, and running.
fn install(machine: &Machine) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_BIN_EXE_prosody-tokend"));
    machine.copy(program, "/usr/bin/prosody-tokend");
    for (from, to) in [
        (
            "systemd/prosody-tokend.service",
            "/etc/systemd/system/prosody-tokend.service",
        ),
        (
            "systemd/prosody-tokend.sysusers.conf",
            "/etc/sysusers.d/prosody-tokend.conf",
        ),
    ] {
        machine.write(to, fs::read(root.join(from)).unwrap());
    }
    machine.run(&["systemd-sysusers"]);
    for (name, text) in prosody_tokend::doctor::plugins::SHIM {
        machine.write(&format!("{LUA}/{name}"), text);
    }
    machine.write("/srv/modules/mod_none.lua", "");
    machine.write(PROSODY, prosody());
    machine.run(&["chown", "root:prosody", PROSODY]);
    machine.run(&["chmod", "640", PROSODY]);
    machine.write(OWN, CONFIGURATION);
    machine.write("/etc/prosody-tokend/app_secret", SECRET);
    machine.run(&["chgrp", "prosody-tokend", "/etc/prosody-tokend/app_secret"]);
    machine.run(&["chmod", "640", "/etc/prosody-tokend/app_secret"]);
    machine.run(&["systemctl", "daemon-reload"]);
    machine.run(&["systemctl", "restart", "prosody-tokend", "prosody"]);
    settled(machine);
}

/// As it was installed.
fn reset(machine: &Machine) {
    machine.overwrite(PROSODY, &prosody());
    machine.overwrite(OWN, CONFIGURATION);
    // Prosody's unit refuses to start too often within ten seconds.
    machine.run(&["systemctl", "reset-failed"]);
    machine.run(&["systemctl", "restart", "prosody-tokend", "prosody"]);
    settled(machine);
}

/// Whether Prosody listens by now; one that is told to reload before ends.
fn settled(machine: &Machine) {
    until("Prosody to run", || {
        let connected = machine.try_run(&["bash", "-c", ": < /dev/tcp/127.0.0.1/5222"]);
        connected.status.success().then_some(())
    });
    // The kernel counts starts in hundredths of a second, and what follows is later.
    machine.run(&["sleep", "0.2"]);
}

/// What `doctor` found.
fn findings(machine: &Machine) -> Vec<Value> {
    let output = machine.try_run(&["prosody-tokend", "doctor", "--json"]);
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let grave = |finding: &&Value| finding["severity"] != "note";
    said["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(grave)
        .cloned()
        .collect()
}

fn replace(machine: &Machine, path: &str, from: &str, to: &str) {
    let text = machine.run(&["cat", path]);
    assert!(text.contains(from), "{from} is not in {text}");
    machine.overwrite(path, &text.replace(from, to));
}

/// Breaks something.
type Break = fn(&Machine);

fn restart(machine: &Machine, unit: &str) {
    machine.try_run(&["systemctl", "restart", unit]);
    machine.run(&["sleep", "0.2"]);
}

fn rewritten(machine: &Machine, from: &str, to: &str) {
    replace(machine, PROSODY, from, to);
    restart(machine, "prosody");
}

fn reconfigured(machine: &Machine, from: &str, to: &str) {
    replace(machine, OWN, from, to);
    restart(machine, "prosody-tokend");
}

const BREAKAGES: [(&str, &str, Break); 19] = [
    (
        "a plugin path that came after the start",
        "prosody-not-restarted",
        |machine| {
            replace(
                machine,
                PROSODY,
                "\"/srv/modules\" }",
                "\"/srv/modules\", \"/srv\" }",
            );
        },
    ),
    (
        "a reload in place of a restart",
        "prosody-not-restarted",
        |machine| {
            replace(
                machine,
                PROSODY,
                "VirtualHost \"meet",
                "-- as it is\nVirtualHost \"meet",
            );
            machine.run(&["systemctl", "reload", "prosody"]);
        },
    ),
    (
        "files of the shim that came after the start",
        "prosody-not-restarted",
        |machine| {
            machine.run(&["touch", &format!("{LUA}/mod_auth_token.lua")]);
        },
    ),
    ("another secret", "policy-differs", |machine| {
        machine.overwrite("/etc/prosody-tokend/app_secret", OTHER);
        restart(machine, "prosody-tokend");
    }),
    ("another application", "policy-differs", |machine| {
        reconfigured(machine, "\"my_app\"", "\"myapp\"");
    }),
    ("another domain of rooms", "policy-differs", |machine| {
        reconfigured(
            machine,
            "base = \"meet.example.com\"",
            "base = \"meet.example.net\"",
        );
    }),
    (
        "a prefix that no component has",
        "policy-differs",
        |machine| {
            let text = "muc_mapper_domain_base";
            reconfigured(
                machine,
                text,
                &format!("muc_mapper_domain_prefix = \"muc\"\n{text}"),
            );
        },
    ),
    (
        "a host misspelt for the daemon",
        "host-misspelt",
        |machine| {
            reconfigured(machine, "[hosts.\"meet.", "[hosts.\"mete.");
        },
    ),
    ("a host misspelt for Prosody", "host-misspelt", |machine| {
        rewritten(machine, "VirtualHost \"meet.", "VirtualHost \"mete.");
    }),
    ("rooms misspelt", "host-misspelt", |machine| {
        rewritten(machine, "conference.meet.", "conference.mete.");
    }),
    (
        "a module misspelt",
        "token-verification-missing",
        |machine| {
            rewritten(machine, "token_verification", "token_verificaton");
        },
    ),
    (
        "a module on the wrong host",
        "token-verification-missing",
        |machine| {
            rewritten(
                machine,
                "\tmodules_enabled = { \"token_verification\" }\n",
                "",
            );
            let text = "authentication = \"token\"";
            rewritten(
                machine,
                text,
                &format!("{text}\n\tmodules_enabled = {{ \"token_verification\" }}"),
            );
        },
    ),
    (
        "an authentication misspelt",
        "authentication-not-token",
        |machine| {
            rewritten(machine, "\"token\"", "\"tokn\"");
        },
    ),
    (
        "a plugin path that is not there",
        "shim-not-found",
        |machine| {
            rewritten(machine, "lib/prosody-tokend/lua", "lib/prosody-tokend");
        },
    ),
    (
        "Jitsi's modules before the shim",
        "shim-shadowed",
        |machine| {
            machine.write(
                "/srv/modules/mod_auth_token.lua",
                "module:provides('auth', {});",
            );
            let (ours, theirs) = (format!("\"{LUA}\""), "\"/srv/modules\"");
            rewritten(
                machine,
                &format!("{ours}, {theirs}"),
                &format!("{theirs}, {ours}"),
            );
        },
    ),
    ("a daemon that is stopped", "daemon-down", |machine| {
        machine.run(&["systemctl", "stop", "prosody-tokend"]);
    }),
    ("a Prosody that is stopped", "prosody-down", |machine| {
        machine.run(&["systemctl", "stop", "prosody"]);
    }),
    ("another address", "tokend-url-wrong", |machine| {
        rewritten(
            machine,
            "pidfile",
            "tokend_url = \"http://127.0.0.1:5292\"\npidfile",
        );
    }),
    ("a port that another holds", "port-taken", |machine| {
        machine.run(&["systemctl", "stop", "prosody-tokend"]);
        machine.run(&[
            "systemd-run",
            "--unit=squatter",
            "python3",
            "-m",
            "http.server",
            "5290",
            "--bind=127.0.0.1",
        ]);
        until("the squatter", || {
            let answer = machine.try_run(&["curl", "-s", "http://127.0.0.1:5290/"]);
            answer.status.success().then_some(())
        });
        machine.try_run(&["systemctl", "start", "--no-block", "prosody-tokend"]);
        until("the daemon to fail at its start", || {
            let restarts = machine.run(&[
                "systemctl",
                "show",
                "--property=NRestarts",
                "--value",
                "prosody-tokend",
            ]);
            (restarts.trim() != "0").then_some(())
        });
    }),
];

#[test]
fn what_is_broken_is_found_first_and_mended_by_what_is_told_as_it_stands() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    assert_eq!(findings(&machine), [] as [Value; 0]);
    let words = BTreeMap::from([("write the app_secret that stands", "write")]);
    for (name, code, breakage) in BREAKAGES {
        reset(&machine);
        breakage(&machine);
        let found = findings(&machine);
        let first = found.first().cloned().unwrap_or_default();
        assert_eq!(first["code"], code, "{name}: {found:?}");
        let told = first["type"].as_str().unwrap();
        println!("{name}\n  {}\n  {told}", first["what"].as_str().unwrap());
        if name == "another secret" {
            assert!(
                told.contains("into the file that app_secret_file names"),
                "{told}"
            );
            machine.overwrite("/etc/prosody-tokend/app_secret", SECRET);
            machine.run(&["systemctl", "reload", "prosody-tokend"]);
        } else {
            remedy::apply(&machine, told, &words);
        }
        settled(&machine);
        let left = findings(&machine);
        assert_eq!(left, [] as [Value; 0], "{name}: {told}");
    }
}

/// A key server with a certificate of a private authority, and a daemon that is to have its keys from there.
fn install_key_server(machine: &Machine) {
    machine.run(&["sh", "-c", AUTHORITY]);
    machine.write("/srv/keys/serve.py", SERVER);
    let certificate = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rsa-certificate.pem");
    let keys = serde_json::json!({ "kid-1": fs::read_to_string(certificate).unwrap() });
    machine.write("/srv/keys/keys.json", keys.to_string());
    machine.run(&["sh", "-c", "echo 127.0.0.1 keys.internal >> /etc/hosts"]);
    machine.run(&[
        "systemd-run",
        "--unit=keys",
        "python3",
        "/srv/keys/serve.py",
    ]);
    until("the key server", || {
        let address = "https://keys.internal:8443/keys.json";
        let answer = machine.try_run(&["curl", "-sk", address]);
        answer.status.success().then_some(())
    });
    let text = "muc_mapper_domain_base";
    let url = "cache_keys_url = \"https://keys.internal:8443/keys.json\"";
    replace(
        machine,
        OWN,
        "app_secret_file = \"/etc/prosody-tokend/app_secret\"\n",
        "",
    );
    replace(machine, OWN, text, &format!("{url}\n{text}"));
    restart(machine, "prosody-tokend");
}

const AUTHORITY: &str = "cd /srv && mkdir -p keys && \
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=Private Authority' -keyout ca.key -out ca.pem && \
    openssl req -newkey rsa:2048 -nodes -subj '/CN=keys.internal' -keyout keys/key.pem -out keys/request.pem && \
    echo subjectAltName=DNS:keys.internal > keys/names && \
    openssl x509 -req -in keys/request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile keys/names -out keys/own.pem";

const SERVER: &str = r#"
import functools, http.server, ssl
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/srv/keys")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8443), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/keys/own.pem", "/srv/keys/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"#;

#[track_caller]
fn first(machine: &Machine, code: &str) -> String {
    let found = findings(machine);
    let first = found.first().cloned().unwrap_or_default();
    assert_eq!(first["code"], code, "{found:?}");
    first["type"].as_str().unwrap().to_owned()
}

#[test]
fn a_private_authority_is_trusted_once_what_is_told_is_typed() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    install_key_server(&machine);
    let told = first(&machine, "key-server-untrusted");
    let words = BTreeMap::from([("cp CA.pem", "cp /srv/ca.pem")]);
    // All but the restart: the daemon goes on with those that it trusted.
    let halfway = told.replace("&& systemctl restart prosody-tokend", "");
    remedy::apply(&machine, &halfway, &words);
    let restart = first(&machine, "daemon-distrusts");
    remedy::apply(&machine, &restart, &words);
    until("the keys to be there", || {
        findings(&machine).is_empty().then_some(())
    });
}

#[test]
fn a_unit_that_systemd_has_not_read_is_told_of() {
    let Some(machine) = Machine::boot() else {
        return;
    };
    install(&machine);
    let unit = "/etc/systemd/system/prosody-tokend.service";
    replace(&machine, unit, "UMask=0077", "UMask=0027");
    let told = first(&machine, "unit-not-read");
    remedy::apply(&machine, &told, &BTreeMap::new());
    assert_eq!(findings(&machine), [] as [Value; 0]);
}
