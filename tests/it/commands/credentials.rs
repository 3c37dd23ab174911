//! `credentials`, at a daemon that runs and at one that does not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use serde_json::{Value, json};

use super::{run, text};
use crate::kong::{self, Kong};
use support::root;

const GATEWAYS: &str = "[gateways.api]\nclaims_to_verify = [\"exp\", \"nbf\"]\n[gateways.short]\nkey_claim_name = \"kid\"\n\
    claims_to_verify = [\"exp\"]\nmaximum_expiration = 600";

fn serving() -> Kong {
    kong::kong_with("", GATEWAYS)
}

/// Runs a command with the daemon's configuration, and the address that the system has given it.
fn ask(kong: &Kong, arguments: &[&str]) -> Output {
    let config = kong.running.daemon.configuration();
    let url = format!("http://127.0.0.1:{}", kong.port);
    let place = ["--config", config.to_str().unwrap(), "--url", &url];
    let arguments = [&["credentials"], arguments, &place].concat();
    run(kong.running.folder.path(), &arguments, "")
}

#[track_caller]
fn said(kong: &Kong, arguments: &[&str]) -> String {
    let output = ask(kong, arguments);
    let complaint = text(&output.stderr);
    assert_eq!(
        (output.status.code(), complaint.as_str()),
        (Some(0), ""),
        "{arguments:?}"
    );
    text(&output.stdout)
}

#[track_caller]
fn told(kong: &Kong, arguments: &[&str]) -> Value {
    let said = said(kong, &[arguments, &["--json"]].concat());
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error} in {said}"))
}

#[track_caller]
fn refused(kong: &Kong, arguments: &[&str], status: i32, words: &[&str]) {
    let output = ask(kong, arguments);
    let complaint = text(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(status),
        "{arguments:?}: {complaint}"
    );
    for word in words {
        assert!(
            complaint.contains(word),
            "{arguments:?}: {word} in {complaint}"
        );
    }
}

fn status_at(kong: &Kong, gateway: &str, token: &str) -> u16 {
    let bearer = format!("Authorization: Bearer {token}");
    let headers = ["X-Original-Method: GET", "X-Original-URI: /", &bearer];
    let path = format!("/v1/forward-auth/{gateway}");
    kong.running.ask("GET", &path, &headers, "").status()
}

#[test]
fn what_is_added_is_good_at_the_gateways_until_it_is_deleted() {
    let kong = serving();
    let added = told(
        &kong,
        &["add", "bob", "--token", "--tag", "a", "--tag", "b"],
    );
    assert_eq!(added["user"], "bob");
    assert_eq!(added["credential"]["tags"], json!(["a", "b"]));
    let (key, token) = (
        kong::text(&added["credential"], "key"),
        kong::text(&added, "token"),
    );
    for gateway in ["api", "short"] {
        assert_eq!(status_at(&kong, gateway, token), 200, "{gateway}");
    }
    assert_eq!(kong.get("/consumers/bob")["username"], "bob");
    let secret = kong::text(&added["credential"], "secret");
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["show", key],
        &["show", key, "--json"],
    ] {
        let shown = said(&kong, arguments);
        assert!(
            shown.contains(key) && !shown.contains(secret),
            "{arguments:?}: {shown}"
        );
    }
    let deleted = said(&kong, &["delete", key]);
    assert!(deleted.contains(key), "{deleted}");
    assert_eq!(status_at(&kong, "api", token), 401);
    refused(
        &kong,
        &["delete", key],
        1,
        &["there is no credential", key, "credentials list"],
    );
    refused(&kong, &["show", key], 1, &["there is no credential"]);
    // Who has had one has the other as well.
    told(&kong, &["add", "bob"]);
    assert_eq!(kong.get("/consumers")["data"].as_array().unwrap().len(), 1);
    assert!(!kong.written().contains(secret));
}

#[test]
fn people_see_the_secret_once_and_what_to_do_with_it() {
    let kong = serving();
    let said_once = said(
        &kong,
        &[
            "add",
            "bob",
            "--name",
            "it's a key",
            "--token",
            "--gateway",
            "api",
            "--expires",
            "30d",
        ],
    );
    for words in [
        "made for bob: tokens of HS256 are good from now on",
        "  key      it's a key\n",
        "  secret   ",
        "  token    ey",
        "  expires  ",
        "no command shows the secret again",
        "prosody-tokend credentials delete 'it'\\''s a key'",
    ] {
        assert!(said_once.contains(words), "{words} in {said_once}");
    }
    let listed = said(&kong, &["list"]);
    assert!(
        listed.starts_with("USER  KEY         ALGORITHM  TAGS  SINCE"),
        "{listed}"
    );
    let shown = said(&kong, &["show", "it's a key"]);
    assert!(
        shown.contains("user        bob") && shown.contains("algorithm   HS256"),
        "{shown}"
    );
    let short = said(&kong, &["add", "bob", "--token", "--expires", "30d"]);
    assert!(short.contains("maximum_expiration"), "{short}");
}

#[test]
fn a_list_has_what_is_asked_for() {
    let kong = serving();
    assert_eq!(said(&kong, &["list"]), "there are no credentials\n");
    told(&kong, &["add", "bob", "--name", "b", "--tag", "x"]);
    told(
        &kong,
        &["add", "ann", "--name", "a", "--tag", "x", "--tag", "y"],
    );
    told(&kong, &["add", "eve", "--name", "e"]);
    for (tag, expected) in [("x", 2), ("x,y", 1), ("z", 0)] {
        let lines = said(&kong, &["list", "--json", "--tag", tag]);
        assert_eq!(lines.lines().count(), expected, "{tag}: {lines}");
    }
    refused(
        &kong,
        &["list", "--tag", "a,b/c"],
        65,
        &["invalid filter syntax"],
    );
}

#[test]
fn what_does_not_show_in_names_is_shown() {
    let kong = serving();
    let hidden = "a\u{202e}b\u{200b}";
    let set = json!({ "key": hidden, "tags": ["\u{2066}t"] });
    kong.done(
        "POST",
        "/consumers",
        &json!({ "username": "\u{feff}x\u{2069}" }),
        201,
    );
    kong.credential("%EF%BB%BFx%E2%81%A9", &set);
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["show", hidden],
        &["show", hidden, "--json"],
        &["delete", hidden],
    ] {
        let shown = said(&kong, arguments);
        let is_hidden = |c: char| !c.is_ascii();
        assert!(
            !shown.contains(is_hidden) && shown.contains("202e"),
            "{arguments:?}: {shown:?}"
        );
    }
}

#[test]
fn whoever_signs_with_a_private_key_gives_the_public_one_alone() {
    let kong = serving();
    let pem = |name: &str| {
        root()
            .join(format!("tests/data/{name}.pem"))
            .display()
            .to_string()
    };
    for (name, algorithm) in [
        ("rsa-public", "RS256"),
        ("p256-public", "ES256"),
        ("ed25519-public", "EdDSA"),
    ] {
        let added = told(
            &kong,
            &["add", "bob", "--name", name, "--public-key", &pem(name)],
        );
        assert_eq!(added["credential"]["algorithm"], algorithm);
        assert!(added["credential"].get("secret").is_none(), "{added}");
        let shown = said(&kong, &["show", name]);
        assert!(shown.contains("bits"), "{shown}");
    }
    let ps = told(
        &kong,
        &[
            "add",
            "bob",
            "--public-key",
            &pem("rsa-public"),
            "--algorithm",
            "PS512",
        ],
    );
    assert_eq!(ps["credential"]["algorithm"], "PS512");
    let people = said(&kong, &["add", "bob", "--public-key", &pem("rsa-public")]);
    assert!(!people.contains("secret"), "{people}");
    refused(
        &kong,
        &["add", "bob", "--public-key", &pem("rsa-private")],
        65,
        &["a private key"],
    );
    refused(
        &kong,
        &["add", "bob", "--public-key", "nowhere.pem"],
        66,
        &["nowhere.pem"],
    );
    refused(
        &kong,
        &["add", "bob", "--public-key", &pem("rsa-1024-public")],
        65,
        &["1024 bits"],
    );
    refused(
        &kong,
        &["add", "bob", "--algorithm", "RS256"],
        2,
        &["--public-key FILE"],
    );
    refused(
        &kong,
        &["add", "bob", "--algorithm", "ES256", "--token"],
        2,
        &["--public-key FILE"],
    );
    refused(
        &kong,
        &["add", "bob", "--public-key", &pem("rsa-public"), "--token"],
        2,
        &["--token"],
    );
    refused(
        &kong,
        &["add", "bob", "--algorithm", "none"],
        2,
        &["none", "HS256"],
    );
}

#[test]
fn what_cannot_be_is_said_with_what_to_type_and_makes_nothing() {
    let kong = serving();
    told(&kong, &["add", "bob", "--name", "k"]);
    for (arguments, status, words) in [
        (&["add"][..], 2, &["USER"][..]),
        (&["add", ""], 2, &["USER"]),
        (
            &["add", "ann", "--name", "k"],
            65,
            &["UNIQUE violation", "409"],
        ),
        (&["add", "a\nb"], 65, &["control characters"]),
        (&["add", "ann", "--name", " k"], 65, &["blank"]),
        (&["add", "ann", "--secret", "s"], 2, &["--secret"]),
        (&["add", "ann", "--expires", "30d"], 2, &["--token"]),
        (
            &["add", "ann", "--token", "--expires", "yesterday"],
            2,
            &["12h or 7d"],
        ),
        (
            &["add", "ann", "--token", "--gateway", "x"],
            2,
            &["api, short"],
        ),
        (&["show"], 2, &["KEY|ID"]),
        (&["show", "nothing"], 1, &["credentials list"]),
        (
            &["delete", "../consumers/bob"],
            1,
            &["there is no credential"],
        ),
        (&[], 2, &["Usage"]),
    ] {
        refused(&kong, arguments, status, words);
    }
    assert_eq!(kong.get("/jwts")["data"].as_array().unwrap().len(), 1);
}

#[test]
fn what_the_configuration_lacks_is_said_before_anybody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let host = "[hosts.\"meet.example.com\"]\napp_id = \"a\"\napp_secret = \"0123456789abcdef0123456789abcdef\"\n";
    let store = format!(
        "[store]\npath = {:?}\n",
        folder.path().join("state.db").display().to_string()
    );
    let admin = "[admin]\nlisten = [\"127.0.0.1:1\"]\n";
    let key = "admin_key = \"0123456789abcdef\"\n";
    for (configuration, status, words) in [
        (
            host.to_owned(),
            78,
            &["[admin]", "listen = [\"127.0.0.1:8001\"]"][..],
        ),
        (format!("{key}{admin}{host}"), 78, &["[store]", "path = "]),
        (format!("{admin}{store}{host}"), 78, &["admin_key_file"]),
        (
            format!("{key}{admin}{store}{host}"),
            69,
            &["no answer", "http://127.0.0.1:1", "systemctl status"],
        ),
    ] {
        fs::write(&path, &configuration).unwrap();
        let output = run(
            folder.path(),
            &["credentials", "list", "--config", "config.toml"],
            "",
        );
        let complaint = text(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{configuration}: {complaint}"
        );
        for word in words {
            assert!(
                complaint.contains(word),
                "{configuration}: {word} in {complaint}"
            );
        }
    }
    let token = [
        "credentials",
        "add",
        "bob",
        "--token",
        "--config",
        "config.toml",
    ];
    let output = run(folder.path(), &token, "");
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{complaint}");
    assert!(complaint.contains("[gateways.NAME]"), "{complaint}");
}

#[test]
fn a_socket_is_asked_where_the_configuration_has_one_and_another_key_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("admin.sock");
    let store = folder.path().join("state.db").display().to_string();
    let running = crate::daemon::fixture::start(&format!(
        "admin_key = \"the-key-of-administrators\"\n[store]\npath = {store:?}\n[admin]\nlisten = [\"unix:{}\"]\n",
        socket.display()
    ));
    let config = running.daemon.configuration();
    let ask = |arguments: &[&str]| {
        let place = ["--config", config.to_str().unwrap()];
        run(
            folder.path(),
            &[&["credentials"], arguments, &place].concat(),
            "",
        )
    };
    let output = ask(&["add", "bob", "--name", "k"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mode = fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let wrong = fs::read_to_string(&config)
        .unwrap()
        .replace("the-key-of", "another-key-of");
    fs::write(folder.path().join("wrong.toml"), wrong).unwrap();
    let output = run(
        folder.path(),
        &["credentials", "list", "--config", "wrong.toml"],
        "",
    );
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{complaint}");
    assert!(
        complaint.contains("401") && complaint.contains("key of administrators"),
        "{complaint}"
    );
}
