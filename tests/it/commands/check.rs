//! `prosody-tokend check`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use serde_json::Value;

use super::{Workplace, run, text};

const PROSODY: &str = "\
muc_mapper_domain_base = \"meet.example.com\"
asap_acepted_issuers = { \"x\" }
VirtualHost \"meet.example.com\"
    authentication = \"token\"
    app_id = \"my_app\"
    app_secret = \"a secret of less than 32 bytes\"
    allow_empty_token = true
    enable_domain_verification = false
VirtualHost \"bare.example.com\"
    authentication = \"token\"
    app_id = \"bare\"
";

fn workplace(own: &str, mode: u32) -> Workplace {
    let workplace = Workplace::new();
    workplace.write("prosody.cfg.lua", PROSODY);
    let prosody = workplace.path("prosody.cfg.lua");
    fs::set_permissions(&prosody, fs::Permissions::from_mode(mode)).unwrap();
    workplace.write(
        "config.toml",
        &format!("prosody_config = \"{}\"\n{own}", prosody.display()),
    );
    workplace
}

/// What was printed, in lines that are not broken.
fn said(output: &Output) -> String {
    let said = text(&output.stdout);
    let lines: Vec<&str> = said.split_whitespace().collect();
    lines.join(" ")
}

#[test]
fn every_option_is_shown_with_its_value_and_its_origin() {
    let workplace = workplace("[hosts.\"meet.example.com\"]\nleeway = 5\n", 0o600);
    let output = workplace.run(&["check"], "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let said = said(&output);
    let prosody = workplace.path("prosody.cfg.lua").display().to_string();
    let own = workplace.path("config.toml").display().to_string();
    for expected in [
        "meet.example.com signature_algorithm HS256 default".to_owned(),
        format!("app_secret set (30 bytes) {prosody}:6"),
        format!("leeway 5 {own}:3"),
        "require_exp false default".to_owned(),
        format!("asap_accepted_issuers my_app app_id, {prosody}:5"),
        "asap_accepted_audiences any Prosody's default".to_owned(),
        format!("allow_empty_token true {prosody}:7"),
        format!(
            "muc_mapper_domain conference.meet.example.com muc_mapper_domain_base, {prosody}:1"
        ),
    ] {
        assert!(said.contains(&expected), "{expected} is not in\n{said}");
    }
    assert!(!said.contains("a secret of less"), "{said}");
    assert!(text(&output.stderr).is_empty());
}

#[test]
fn what_is_no_hosts_is_shown_with_its_origin_and_defaults_in_one_place() {
    let own = "listen = [\"127.0.0.1:6001\"]\n[limits]\nbody_bytes = 2048\n";
    let workplace = workplace(own, 0o600);
    let file = workplace.path("config.toml").display().to_string();
    let said = said(&workplace.run(&["check"], ""));
    for expected in [
        format!("daemon listen 127.0.0.1:6001 {file}:2"),
        format!("limits.body_bytes 2048 {file}:4"),
        format!(
            "prosody_config {} {file}:1",
            workplace.path("prosody.cfg.lua").display()
        ),
        "default: server_names none, workers.threads 2, limits.token_bytes 16384, ".to_owned(),
        "log.level info, log.format auto".to_owned(),
    ] {
        assert!(said.contains(&expected), "{expected} is not in\n{said}");
    }
    let output = workplace.run(&["check", "--json"], "");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let settings = json["settings"].as_array().unwrap();
    let listen = settings
        .iter()
        .find(|row| row["option"] == "listen")
        .unwrap();
    assert_eq!(listen["origin"], format!("{file}:2"));
    assert_eq!(listen["value"], serde_json::json!(["127.0.0.1:6001"]));
}

#[test]
fn what_is_risky_is_warned_of() {
    let workplace = workplace(
        "[hosts.\"meet.exmaple.com\"]\napp_id = \"a\"\napp_secret = \"b\"\n",
        0o644,
    );
    let output = workplace.run(&["check"], "");
    assert_eq!(output.status.code(), Some(0));
    let said = said(&output);
    for expected in [
        "warning meet.example.com: any audience is accepted",
        "warning meet.example.com: clients without a token are let in as guests",
        "warning meet.example.com: sub is not compared",
        "warning hosts.\"meet.example.com\".app_secret: shorter than 32 bytes",
        "prosody.cfg.lua holds a secret, and can be read by every user of this machine",
        "warning bare.example.com: Prosody has no app_secret, asap_key_server or cache_keys_url",
        "warning unknown option asap_acepted_issuers; the nearest is asap_accepted_issuers",
        "warning Prosody has no host meet.exmaple.com",
    ] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    assert!(said.ends_with("10 warnings"), "{said}");
}

#[test]
fn a_configuration_without_risks_is_said_to_have_none() {
    let workplace = Workplace::new();
    let config = workplace.path("config.toml");
    fs::set_permissions(config, fs::Permissions::from_mode(0o600)).unwrap();
    let output = workplace.run(&["check"], "");
    assert_eq!(output.status.code(), Some(0));
    let said = said(&output);
    assert!(said.ends_with("nothing to mend"), "{said}");
    assert!(
        said.contains("asap_accepted_audiences my_app app_id, "),
        "{said}"
    );
}

#[test]
fn every_mistake_is_listed_and_the_status_is_that_of_a_bad_configuration() {
    let own =
        "listn = 5\n[hosts.\"meet.example.com\"]\nleeway = -1\nenable_domain_verifcation = true\n";
    let output = workplace(own, 0o600).run(&["check"], "");
    assert_eq!(output.status.code(), Some(78));
    let said = said(&output);
    for expected in [
        "error listn: found an unknown key with a number as value, expected a known key; the nearest is listen",
        "leeway: found -1",
        "the nearest is enable_domain_verification",
        "3 errors: the daemon does not take this",
    ] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    assert!(text(&output.stderr).is_empty());
}

#[test]
fn programs_get_the_same() {
    let output = workplace("", 0o600).run(&["check", "--json"], "");
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ok"], true);
    assert_eq!(report["hosts"][0]["host"], "meet.example.com");
    let options = report["hosts"][0]["options"].as_array().unwrap();
    let issuers = options
        .iter()
        .find(|option| option["option"] == "asap_accepted_issuers")
        .unwrap();
    assert_eq!(issuers["value"], serde_json::json!(["my_app"]));
    assert_eq!(issuers["by"], "app_id");
    let origin = issuers["origin"].as_str().unwrap();
    assert!(origin.ends_with("prosody.cfg.lua:5"), "{origin}");
    assert!(!report["warnings"].as_array().unwrap().is_empty());

    let broken = Workplace::new();
    broken.write("config.toml", "[hosts.a]\napp_id = 5\napp_secret = \"s\"\n");
    let output = broken.run(&["check", "--json"], "");
    assert_eq!(output.status.code(), Some(78));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ok"], false);
    let error = &report["errors"][0];
    assert_eq!(error["key"], "hosts.a.app_id");
    assert!(
        error["origin"].as_str().unwrap().ends_with("config.toml:2"),
        "{error}"
    );
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let workplace = Workplace::new();
    for (arguments, expected) in [
        (
            &["--config", "none.toml"][..],
            "error cannot read the configuration none.toml",
        ),
        (
            &["--prosody-config", "none.lua"],
            "error prosody_config: found cannot read",
        ),
        (
            &["--env-file", "none.env"],
            "error docker_env_file: found none.env",
        ),
    ] {
        let arguments = [&["check"][..], arguments].concat();
        let output = run(workplace.folder.path(), &arguments, "");
        assert_eq!(output.status.code(), Some(78), "{arguments:?}");
        let said = said(&output);
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
}

#[test]
fn without_certificates_of_authorities_an_address_with_https_is_a_mistake() {
    let workplace = Workplace::new();
    let with_keys = |url: &str| {
        let text =
            format!("[hosts.\"meet.example.com\"]\napp_id = \"a\"\ncache_keys_url = \"{url}\"\n");
        workplace.write("config.toml", &text);
        let output = Command::new(env!("CARGO_BIN_EXE_prosody-tokend"))
            .args(["check", "--config"])
            .arg(workplace.path("config.toml"))
            .envs([("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/nowhere")])
            .output();
        output.unwrap()
    };
    let output = with_keys("https://keys.example.com/jwks.json");
    assert!(!output.status.success());
    let told = said(&output);
    for expected in [
        "error hosts.\"meet.example.com\".cache_keys_url: found an address with https, and cannot set up TLS",
        "`apt install ca-certificates`",
        "SSL_CERT_FILE",
        "config.toml:3]",
        "tokens cannot be verified with this",
    ] {
        assert!(told.contains(expected), "{expected} is not in\n{told}");
    }
    let output = with_keys("http://127.0.0.1:9/jwks.json");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_file_of_another_kind_is_named_with_the_flag_for_it() {
    let workplace = Workplace::new();
    let lua = "VirtualHost \"a.example\"\n    authentication = \"token\"\n    app_id = \"a\"\n    app_secret = \"hunter2\"\n";
    let variables = "JWT_APP_ID=a\nJWT_APP_SECRET=hunter2\n";
    let toml = "[hosts.\"a.example\"]\napp_id = \"a\"\napp_secret = \"hunter2\"\n";
    let yaml = "services:\n  prosody:\n    environment:\n      - JWT_APP_SECRET=hunter2\n";
    for (flag, text, expected) in [
        ("--config", lua, "Lua), which is read with --prosody-config"),
        ("--config", variables, "which is read with --env-file"),
        ("--config", yaml, "found YAML, which is not read"),
        (
            "--config",
            "{\"a\": \"hunter2\"}",
            "found JSON, which is not read",
        ),
        (
            "--prosody-config",
            toml,
            "the daemon's own configuration, which is read with --config",
        ),
        (
            "--prosody-config",
            variables,
            "which is read with --env-file",
        ),
        ("--prosody-config", yaml, "found YAML"),
        (
            "--env-file",
            toml,
            "the daemon's own configuration, which is read with --config",
        ),
        (
            "--env-file",
            lua,
            "Lua), which is read with --prosody-config",
        ),
        ("--env-file", yaml, "found YAML"),
    ] {
        workplace.write("file", text);
        let path = workplace.path("file").display().to_string();
        let output = run(&workplace.path(""), &["check", flag, &path], "");
        let told = said(&output);
        assert!(!output.status.success(), "{told}");
        assert!(
            told.contains(expected),
            "{flag}: {expected} is not in\n{told}"
        );
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn who_has_variables_is_told_of_variables_with_their_lines() {
    let workplace = Workplace::new();
    let good = "ENABLE_AUTH=1\nAUTH_TYPE=jwt\n";
    for (text, expected) in [
        (
            "JWT_APP_ID=a\nJWT_APP_SECRET=\n",
            "found no JWT_APP_SECRET or JWT_ASAP_KEYSERVER, expected it among docker-jitsi-meet's variables, with a value [FILE]",
        ),
        (
            "JWT_APP_SECRET=hunter2\n",
            "found no JWT_APP_ID, expected it among",
        ),
        (
            "JWT_APP_ID=a\nJWT_ASAP_KEYSERVER=file:///config/keys\n",
            "JWT_ASAP_KEYSERVER (hosts.\"meet.jitsi\".asap_key_server): found neither http:// nor https://",
        ),
        (
            "JWT_APP_ID=a\nJWT_ASAP_KEYSERVER=keys.example.com\n",
            "[FILE:4]",
        ),
        (
            "JWT_APP_ID=a\nJWT_SIGN_TYPE=RS256\nJWT_APP_SECRET=hunter2\n",
            "JWT_APP_SECRET (hosts.\"meet.jitsi\".app_secret): found a secret that is no public key in PEM, beside JWT_SIGN_TYPE RS256 (FILE:4)",
        ),
        (
            "XMPP_DOMAIN=https://meet.example.com\nJWT_APP_ID=a\nJWT_APP_SECRET=hunter2\n",
            "XMPP_DOMAIN (line 3) is more than a domain's name, expected XMPP_DOMAIN=meet.example.com [FILE:3]",
        ),
        (
            "AUTH_TYPE=internal\nJWT_APP_ID=a\n",
            "hosts: found no host, expected ENABLE_AUTH=1, AUTH_TYPE=jwt, JWT_APP_ID, and JWT_APP_SECRET",
        ),
    ] {
        workplace.write("dot.env", &format!("{good}{text}"));
        let file = workplace.path("dot.env").display().to_string();
        let told = said(&run(
            &workplace.path(""),
            &["check", "--env-file", &file],
            "",
        ));
        let expected = expected.replace("FILE", &file);
        assert!(told.contains(&expected), "{expected} is not in\n{told}");
        assert!(
            !told.contains("in Prosody's configuration") && !told.contains("hunter2"),
            "{told}"
        );
    }
    workplace.write(
        "dot.env",
        &format!("{good}JWT_APP_ID=a\nJWT_APP_SECRET=0123456789abcdef\nJWT_ALLOW_EMPTY=1\n"),
    );
    let file = workplace.path("dot.env").display().to_string();
    let told = said(&run(
        &workplace.path(""),
        &["check", "--env-file", &file],
        "",
    ));
    for expected in [
        "list your own in JWT_ACCEPTED_AUDIENCES",
        "set JWT_ALLOW_EMPTY=0",
        "set JWT_ENABLE_DOMAIN_VERIFICATION=1",
    ] {
        assert!(told.contains(expected), "{expected} is not in\n{told}");
    }
}

#[test]
fn a_list_in_a_variable_stands_between_commas_or_in_json() {
    let workplace = Workplace::new();
    for (value, expected) in [
        ("a.example,b.example", "server_names a.example, b.example"),
        ("a.example, b.example", "server_names a.example, b.example"),
        (
            "[\"a.example\",\"b.example\"]",
            "server_names a.example, b.example",
        ),
        (
            "[\"a.example\"]",
            "server_names a.example environment variable",
        ),
        ("a.example", "server_names a.example environment variable"),
        (
            "[]",
            "error server_names: found \"[]\", expected a list with at least one string",
        ),
        ("a,,b", "error server_names"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_prosody-tokend"))
            .args(["check", "--config"])
            .arg(workplace.path("config.toml"))
            .env("PROSODY_TOKEND_SERVER_NAMES", value)
            .output();
        let told = said(&output.unwrap());
        assert!(told.contains(expected), "{expected} is not in\n{told}");
    }
}
