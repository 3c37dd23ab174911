//! The daemon and its configuration.

use serde_json::json;

use super::installation::Installation;
use support::key_server::{KeyServer, Page};

/// Something that answers as a daemon would, with these answers.
fn stand_in(installation: &Installation, answers: &[(&str, serde_json::Value)]) -> KeyServer {
    let server = KeyServer::http();
    for (path, answer) in answers {
        server.put(path, Page::of(answer.to_string()));
    }
    let url = format!("http://127.0.0.1:{}", installation.daemon.port());
    installation.replace("prosody.cfg.lua", &url, &server.url(""));
    server
}

#[test]
fn a_daemon_that_is_down_is_told_with_how_to_start_it() {
    let installation = Installation::sound();
    installation.daemon.stop();
    let report = installation.expect_first(
        "daemon-down",
        &["refused", "systemctl start prosody-tokend"],
    );
    assert_eq!(report.codes(), ["daemon-down"]);
    assert!(!report.text.contains("has it listen"), "{}", report.text);
    installation.replace("prosody.cfg.lua", "http://127.0.0.1", "http://127.0.0.2");
    installation.expect_first(
        "daemon-down",
        &["config.toml has it listen at http://127.0.0.1:"],
    );
}

#[test]
fn a_wrong_address_is_told_with_the_right_one() {
    let installation = Installation::sound();
    let right = format!("http://127.0.0.1:{}", installation.daemon.port());
    installation.replace("prosody.cfg.lua", &right, "http://127.0.0.1:1");
    installation.expect_first(
        "tokend-url-wrong",
        &["http://127.0.0.1:1 [", "prosody.cfg.lua:2", &right],
    );
}

#[test]
fn an_address_that_is_set_on_the_component_does_not_count() {
    let installation = Installation::sound();
    let right = format!("http://127.0.0.1:{}", installation.daemon.port());
    installation.replace(
        "prosody.cfg.lua",
        &format!("tokend_url = \"{right}\""),
        "tokend_url = \"http://127.0.0.1:1\"",
    );
    installation.append("prosody.cfg.lua", &format!("\ttokend_url = \"{right}\"\n"));
    installation.expect_first("tokend-url-wrong", &["prosody.cfg.lua:2"]);
}

#[test]
fn an_address_with_https_cannot_work() {
    let installation = Installation::sound();
    installation.replace("prosody.cfg.lua", "http://127", "https://127");
    installation.expect_first(
        "tokend-url-unusable",
        &["plain HTTP", "tokend_url = \\\"http://127.0.0.1"],
    );
}

#[test]
fn a_unix_socket_cannot_work() {
    let installation = Installation::sound();
    installation.replace("prosody.cfg.lua", "http://127", "unix:/run/127");
    installation.expect_first("tokend-url-unusable", &["over HTTP only"]);
}

#[test]
fn something_else_at_the_address_is_not_taken_for_the_daemon() {
    let installation = Installation::sound();
    let _server = stand_in(&installation, &[("/healthz", json!({ "hello": "world" }))]);
    installation.expect_first("tokend-url-wrong", &["status 200", "the daemon listens at"]);
}

#[test]
fn a_daemon_of_another_version_is_a_warning() {
    for version in [json!("0.0.9"), json!(null)] {
        let installation = Installation::sound();
        let _server = stand_in(
            &installation,
            &[
                ("/healthz", json!({ "status": "ok", "version": version })),
                (
                    "/v1/keys",
                    json!({ "hosts": [{ "host": "meet.example.com" }] }),
                ),
            ],
        );
        let shown = version.as_str().unwrap_or("does not tell");
        let report = installation.expect_first(
            "daemon-version",
            &[shown, "systemctl restart prosody-tokend"],
        );
        assert_eq!((report.status, report.codes().len()), (1, 1));
    }
}

#[test]
fn what_does_not_show_in_an_answer_is_escaped() {
    let installation = Installation::sound();
    let version = "0.0.9\u{9b}31m\u{202e}\u{1b}[2J\u{200b}";
    let _server = stand_in(
        &installation,
        &[
            ("/healthz", json!({ "status": "ok", "version": version })),
            (
                "/v1/keys",
                json!({ "hosts": [{ "host": "meet.example.com" }] }),
            ),
        ],
    );
    let report = installation.doctor();
    let hidden = ['\u{9b}', '\u{202e}', '\u{1b}', '\u{200b}'];
    assert!(!report.text.contains(hidden), "{:?}", report.text);
    assert!(report.text.contains("0.0.9\\u{9b}31m"), "{}", report.text);
}

#[test]
fn a_daemon_without_the_host_is_told() {
    let installation = Installation::sound();
    let _server = stand_in(
        &installation,
        &[
            (
                "/healthz",
                json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }),
            ),
            (
                "/v1/keys",
                json!({ "hosts": [{ "host": "other.example.com" }] }),
            ),
        ],
    );
    installation.expect_first(
        "host-unknown-to-daemon",
        &["does not know \\\"meet.example.com\\\"", "systemctl reload"],
    );
}

#[test]
fn a_policy_that_is_not_in_force_is_told() {
    let installation = Installation::sound();
    installation.write_policy("app_secret_file = \"app_secret\"\nallow_empty_token = true");
    installation.expect_first(
        "policy-stale",
        &["policy of \\\"meet.example.com\\\"", "systemctl reload"],
    );
}

#[test]
fn a_secret_that_is_not_in_force_is_told_and_not_shown() {
    let installation = Installation::sound();
    installation.write(
        "new_secret",
        "another-secret-of-the-doctor-tests-0123456789",
    );
    installation.set_mode("new_secret", 0o640);
    installation.write_policy("app_secret_file = \"new_secret\"");
    let report = installation.expect_first("policy-stale", &["secret of \\\"meet.example.com\\\""]);
    assert!(!report.text.contains("another-secret"), "{}", report.text);
}

/// A host whose own tokens are verified with this, and an issuer whose secret is in a file.
fn with_partner(own: &str, secret: &str) -> String {
    format!(
        "{own}\n[[hosts.\"meet.example.com\".issuers]]\nname = \"partner\"\nissuer = \"https://partner.example/\"\n\
         audiences = [\"meet\"]\napp_secret_file = \"{secret}\""
    )
}

#[test]
fn a_secret_of_an_issuer_that_is_not_in_force_is_told_with_its_name() {
    let public = "cache_keys_url = \"http://127.0.0.1:1\"";
    for own in ["app_secret_file = \"app_secret\"", public] {
        let installation = Installation::with_policy(&with_partner(own, "app_secret"));
        let told = |report: &super::installation::Report| report.codes().contains(&"policy-stale");
        let report = installation.doctor();
        assert!(!told(&report), "{}", report.text);
        installation.write("new_secret", "another-secret-of-the-partner-0123456789");
        installation.set_mode("new_secret", 0o640);
        installation.write_policy(&with_partner(own, "new_secret"));
        let report = installation.doctor();
        assert!(told(&report), "{}", report.text);
        let says = "the running daemon's secret of the issuer partner of";
        let text = report.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(says), "{}", report.text);
        assert!(!text.contains("another-secret"), "{}", report.text);
    }
}

#[test]
fn a_reload_that_failed_is_told_with_its_reason() {
    let installation = Installation::sound();
    installation.replace("prosody-tokend.toml", "app_id", "ap_id");
    support::until("the reload to fail", || {
        installation.daemon.hang_up();
        let ready = support::http::request(installation.daemon.port(), "GET", "/readyz", "");
        ready.unwrap().1.contains("reload_failed").then_some(())
    });
    let report = installation.expect_first("reload-failed", &["ap_id"]);
    assert_eq!(report.status, 1);
}

#[test]
fn a_mistake_in_the_daemons_configuration_is_named_with_its_line() {
    let installation = Installation::sound();
    installation.replace("config.toml", "app_id", "ap_id");
    installation.expect_first("daemon-config-refused", &["ap_id", "config.toml:3"]);
}

#[test]
fn a_configuration_of_the_daemon_that_is_not_there_is_named() {
    let installation = Installation::sound();
    installation.remove("config.toml");
    installation.expect_first("daemon-config-refused", &["No such file", "config.toml"]);
}

#[test]
fn a_key_that_prosody_does_not_send_is_told() {
    let installation = Installation::sound();
    installation.write("api_key", "the-key-of-prosody");
    installation.set_mode("api_key", 0o640);
    let line = format!(
        "api_key_file = \"{}\"\n",
        installation.path("api_key").display()
    );
    let before = std::fs::read_to_string(installation.path("prosody-tokend.toml")).unwrap();
    installation.write("prosody-tokend.toml", &format!("{line}{before}"));
    installation.write(
        "config.toml",
        &format!(
            "{line}listen = [\"127.0.0.1:{}\"]\n{before}",
            installation.daemon.port()
        ),
    );
    installation.daemon.kill();
    installation.daemon.restart();
    installation.expect_first("api-key", &["tokend_api_key"]);
    installation.replace(
        "prosody.cfg.lua",
        "tokend_url",
        "tokend_api_key = \"the-key-of-prosody\"\ntokend_url",
    );
    assert_eq!(installation.doctor().codes(), [""; 0]);
}
