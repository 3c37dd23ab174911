//! What the daemon decided lately, what it says of itself, and the clock.

use serde_json::{Value, json};

use super::installation::{Installation, SECRET};
use support::http;
use support::key_server::{KeyServer, Page};
use support::time::in_seconds;
use support::token::{mint, with};

/// Has so many logins decided, with these changes to a good token's claims.
fn logins(installation: &Installation, count: usize, changes: &Value) {
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "*",
        "exp": in_seconds(9_000),
    });
    let token = mint(&with(claims, changes), SECRET);
    let question = json!({"token": token, "room": "standup"}).to_string();
    for _ in 0..count {
        let port = installation.daemon.port();
        let (status, _) = http::request(port, "POST", "/v1/verify", &question).unwrap();
        assert_eq!(status, 200);
    }
}

fn clock(installation: &Installation, said: &str) {
    let script = format!("#!/bin/sh\necho '{said}'\n");
    installation.write("bin/timedatectl", &script);
    installation.set_mode("bin/timedatectl", 0o755);
}

fn text(report: &Value) -> String {
    let words = ["what", "why", "type"].map(|part| report[part].as_str().unwrap().to_owned());
    words.join("\n")
}

#[test]
fn logins_that_were_all_denied_come_first_with_their_reason() {
    let installation = Installation::sound();
    logins(&installation, 41, &json!({"aud": "account"}));
    let report = installation.expect_first(
        "logins-denied",
        &[
            "41 of the last 41 logins at meet.example.com were denied: aud-not-accepted",
            "journalctl -u prosody-tokend --grep aud-not-accepted",
        ],
    );
    assert_eq!(report.status, 3);
    installation.remove("shim");
    let report = installation.expect_first("shim-not-found", &[]);
    assert!(report.codes().contains(&"logins-denied"), "{}", report.text);
}

#[test]
fn logins_at_the_wrong_time_come_before_all_that_files_tell() {
    let installation = Installation::sound();
    logins(&installation, 3, &json!({"nbf": in_seconds(600)}));
    installation.remove("shim");
    installation.expect_first("logins-denied", &["3 of the last 3", "not-yet-valid, by "]);
}

#[test]
fn a_clock_that_is_to_blame_is_the_issuers_only_if_this_one_is_known_to_be_right() {
    for (said, expected, unexpected) in [
        ("", "could not be seen", "not synchronised"),
        (
            "NTPSynchronized=yes",
            "the issuer's clock that is ahead by about 600 s",
            "could not be seen",
        ),
        (
            "NTPSynchronized=no",
            "the clock of this machine is not synchronised",
            "issuer's clock that is",
        ),
    ] {
        let installation = Installation::sound();
        clock(&installation, said);
        logins(&installation, 3, &json!({"nbf": in_seconds(600)}));
        let report = installation.expect_first(
            "logins-denied",
            &["3 of the last 3 logins", "not-yet-valid, by "],
        );
        let first = text(&report.first());
        assert!(first.contains(expected), "{said}: {first}");
        assert!(!first.contains(unexpected), "{said}: {first}");
    }
}

#[test]
fn few_denials_are_no_finding_and_stand_among_what_was_looked_at() {
    for (good, bad, expected) in [
        (0, 1, Some("warning")),
        (0, 2, Some("warning")),
        (0, 3, Some("error")),
        (1, 3, None),
        (5, 4, None),
        (5, 5, Some("warning")),
        (6, 5, None),
        (3, 0, None),
    ] {
        let installation = Installation::sound();
        logins(&installation, good, &json!({}));
        logins(&installation, bad, &json!({"sub": null}));
        let report = installation.doctor();
        report.check();
        let severity = report.first()["severity"].as_str().map(str::to_owned);
        assert_eq!(
            severity.as_deref(),
            expected,
            "{good} and {bad}: {}",
            report.text
        );
        let looked_at = report.json["examined"].to_string();
        let told = "at meet.example.com in the last 15 min, ";
        assert!(looked_at.contains(told), "{looked_at}");
        let denied = format!("{bad} denied (sub-missing)");
        assert_eq!(looked_at.contains(&denied), bad > 0, "{looked_at}");
    }
}

#[test]
fn what_doctor_tries_is_neither_a_login_nor_logged_as_a_denial() {
    let installation = Installation::sound();
    for _ in 0..2 {
        let report = installation.doctor();
        assert_eq!(report.codes(), [""; 0], "{}", report.text);
    }
    let (_, ready) = http::request(installation.daemon.port(), "GET", "/readyz", "").unwrap();
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(ready["recent"]["hosts"], json!({}));
    installation.daemon.stop();
    let log = std::fs::read_to_string(installation.path("daemon.log")).unwrap();
    assert!(!log.contains("\"request\""), "{log}");
}

#[test]
fn a_clock_that_nothing_keeps_right_is_a_note() {
    let installation = Installation::sound();
    for (said, remedy) in [
        ("NTPSynchronized=no", "timedatectl set-ntp true"),
        (
            "CanNTP=no\nNTPSynchronized=no",
            "apt-get install -y systemd-timesyncd",
        ),
    ] {
        clock(&installation, said);
        let report = installation.expect_first("clock-unsynchronised", &[remedy]);
        assert_eq!(report.status, 0, "{said}");
    }
    clock(&installation, "NTPSynchronized=yes");
    let report = installation.doctor();
    assert_eq!(report.codes(), [""; 0]);
    assert!(
        report
            .text
            .contains("the clock is synchronised (timedatectl)"),
        "{}",
        report.text
    );
    installation.write("bin/timedatectl", "#!/bin/sh\nkill -STOP $$\n");
    let report = installation.doctor();
    assert!(
        report
            .text
            .contains("neither timedatectl nor chronyc tells"),
        "{}",
        report.text
    );
}

#[test]
fn what_the_daemon_says_of_itself_is_passed_on() {
    for (member, said, code, text) in [
        (
            "not_watched",
            json!("no inotify"),
            "not-watched",
            "no inotify",
        ),
        ("log_lines_lost", json!(17), "log-lines-lost", "17 lines"),
        (
            "revocations_unknown",
            json!(true),
            "revocations-unknown",
            "what was revoked",
        ),
        (
            "store_failed",
            json!("no space left on device"),
            "store-failed",
            "no space left on device",
        ),
        (
            "store_damaged",
            json!("it was moved to /var/lib/x"),
            "store-damaged",
            "moved to /var/lib/x",
        ),
        (
            "cannot_admit",
            json!(["meet.example.com"]),
            "host-without-keys",
            "for meet.example.com",
        ),
    ] {
        let installation = Installation::sound();
        let server = KeyServer::http();
        let health = json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")});
        server.put("/healthz", Page::of(health.to_string()));
        let keys = json!({"hosts": [{"host": "meet.example.com"}]});
        server.put("/v1/keys", Page::of(keys.to_string()));
        server.put("/readyz", Page::of(json!({member: said}).to_string()));
        let url = format!("http://127.0.0.1:{}", installation.daemon.port());
        installation.replace("prosody.cfg.lua", &url, &server.url(""));
        let report = installation.expect_first(code, &[text]);
        assert_eq!(report.codes(), [code]);
    }
}

#[test]
fn what_was_not_looked_at_is_said() {
    let installation = Installation::sound();
    let report = installation.doctor();
    let left_out = report.json["not_examined"].to_string();
    for expected in [
        "a login at meet.example.com: neither bosh nor websocket",
        "timedatectl",
        "the issuer makes its tokens",
    ] {
        assert!(
            left_out.contains(expected),
            "{expected} is not in {left_out}"
        );
    }
    installation.daemon.stop();
    let report = installation.doctor();
    let left_out = report.json["not_examined"].to_string();
    for expected in [
        "decided lately: it does not answer",
        "a login at meet.example.com: no daemon answers",
    ] {
        assert!(
            left_out.contains(expected),
            "{expected} is not in {left_out}"
        );
    }
}
