//! A daemon whose one line of configuration names Prosody's.

use super::installation::{Installation, SECRET};

/// An installation in which Prosody and the daemon read the same file.
fn sound() -> Installation {
    let installation = Installation::sound();
    let options = format!(
        "\tauthentication = \"token\"\n\tapp_id = \"my_app\"\n\tapp_secret = \"{SECRET}\"\n\
         \tasap_accepted_audiences = {{ \"my_app\" }}\n"
    );
    installation.replace(
        "prosody.cfg.lua",
        "\tauthentication = \"token\"\n",
        &options,
    );
    installation.set_mode("prosody.cfg.lua", 0o640);
    installation.write("config.toml", &installation.inheriting());
    installation
}

#[test]
fn nothing_is_said_of_a_sound_one() {
    let report = sound().doctor();
    report.check();
    let codes = report.codes();
    // Whether Prosody's user can read a test's folder is the machine's.
    let told = codes
        .iter()
        .filter(|code| **code != "prosody-secret-unreadable");
    assert_eq!(told.count(), 0, "{}", report.text);
}

#[test]
fn the_secret_is_looked_for_where_it_stands() {
    let installation = sound();
    installation.set_mode("config.toml", 0o644);
    assert!(!installation.doctor().text.contains("config.toml (mode"));
    installation.set_mode("prosody.cfg.lua", 0o644);
    installation.expect_first("secret-exposed", &["prosody.cfg.lua (mode 0644)"]);
}

/// Breaks Prosody's configuration in one place, and expects that to be told first.
#[track_caller]
fn broken(from: &str, to: &str, code: &str, texts: &[&str]) {
    let installation = sound();
    installation.replace(
        "prosody.cfg.lua",
        "\nVirtualHost",
        "run_as_root = true\nVirtualHost",
    );
    installation.replace("prosody.cfg.lua", from, to);
    installation.set_mode("prosody.cfg.lua", 0o640);
    installation.expect_first(code, texts);
}

#[test]
fn an_option_that_nobody_knows_is_named_with_the_nearest() {
    broken(
        "app_secret =",
        "app_secrets =",
        "daemon-config-refused",
        &["found no app_secret", "prosody.cfg.lua:4"],
    );
    broken(
        "asap_accepted_audiences",
        "asap_acepted_audiences",
        "policy-stale",
        &["prosody.cfg.lua"],
    );
    let installation = sound();
    installation.append("prosody.cfg.lua", "allow_empty_tokens = true\n");
    installation.set_mode("prosody.cfg.lua", 0o640);
    let report = installation.doctor();
    assert!(
        report.codes().contains(&"config-doubtful"),
        "{}",
        report.text
    );
    assert!(report.text.contains("the nearest is allow_empty_token"));
}

#[test]
fn a_domain_of_rooms_that_do_not_exist_is_named() {
    broken(
        "tokend_url",
        "muc_mapper_domain_base = \"meet.exmple.com\"\ntokend_url",
        "muc-mapper-domain",
        &[
            "conference.meet.exmple.com",
            "does not exist",
            "prosody.cfg.lua:2",
        ],
    );
}

#[test]
fn a_host_that_is_disabled_is_told_of_before_what_follows_from_it() {
    broken(
        "\tapp_id",
        "\tenabled = false\n\tapp_id",
        "host-disabled",
        &["is disabled"],
    );
}

#[test]
fn a_module_that_is_disabled_does_not_verify() {
    broken(
        "modules_enabled = { \"token_verification\" }",
        "modules_enabled = { \"token_verification\" } modules_disabled = { \"token_verification\" }",
        "token-verification-missing",
        &["conference.meet.example.com"],
    );
}

#[test]
fn what_cannot_be_evaluated_is_told_once() {
    for (text, texts) in [
        ("x = {", ["not Lua", "Prosody does not start with it"]),
        (
            "os.execute('true')",
            ["asks for os.execute", "Prosody may run it"],
        ),
    ] {
        let installation = sound();
        installation.append("prosody.cfg.lua", text);
        let report = installation.expect_first("prosody-config-refused", &texts);
        assert_eq!(report.findings().len(), 1, "{}", report.text);
    }
}

#[test]
fn a_user_that_does_not_exist_is_named() {
    let mut installation = sound();
    installation.user = Some("nobody-of-this-name");
    installation.expect_first("daemon-user-missing", &["nobody-of-this-name"]);
}

#[test]
fn what_the_daemon_will_do_once_it_starts_anew_is_told_before() {
    let installation = Installation::sound();
    installation.write("key", "a-key-that-is-long-enough-0123456789");
    installation.set_mode("key", 0o640);
    let key = format!(
        "api_key_file = \"{}\"\n",
        installation.path("key").display()
    );
    let own = std::fs::read_to_string(installation.path("config.toml")).unwrap();
    installation.write("config.toml", &(key + &own));
    installation.expect_first("api-key-unset", &["does not ask for it yet"]);

    let installation = Installation::sound();
    let port = installation.daemon.port();
    installation.replace("config.toml", &format!("127.0.0.1:{port}"), "127.0.0.1:1");
    installation.expect_first("listen-stale", &["127.0.0.1:1, where nobody answers"]);
}

#[test]
fn a_daemon_that_nobody_configured_is_told_so() {
    let installation = sound();
    installation.write("config.toml", "");
    installation.expect_first("daemon-config-refused", &["no host"]);
}
