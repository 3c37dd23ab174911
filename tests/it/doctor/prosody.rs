//! Prosody and its configuration.

use super::installation::Installation;

/// Breaks Prosody's configuration in one place.
#[track_caller]
fn broken(from: &str, to: &str, code: &str, texts: &[&str]) {
    let installation = Installation::sound();
    installation.replace("prosody.cfg.lua", from, to);
    let report = installation.expect_first(code, texts);
    assert_eq!(report.status, 3, "{}", report.text);
}

#[test]
fn nothing_is_said_of_a_sound_installation() {
    let report = Installation::sound().doctor();
    report.check();
    assert_eq!(report.findings(), [""; 0], "{}", report.text);
    assert_eq!(report.status, 0);
}

#[test]
fn an_option_of_the_daemons_where_it_does_not_look_is_named_with_its_place() {
    let installation = Installation::sound();
    installation.append("prosody.cfg.lua", "\tleeway = 5\n");
    let text = "authentication = \"token\"";
    installation.replace(
        "prosody.cfg.lua",
        text,
        &format!("{text} require_exp = true"),
    );
    let report = installation.doctor();
    let found: Vec<&serde_json::Value> = report
        .findings()
        .iter()
        .map(|found| &found["what"])
        .collect();
    assert_eq!(report.codes(), ["option-not-read"; 2], "{}", report.text);
    for (what, name, line) in [(found[0], "leeway", 9), (found[1], "require_exp", 5)] {
        let what = what.as_str().unwrap();
        assert!(
            what.starts_with(name) && what.contains(&format!("prosody.cfg.lua:{line}")),
            "{what}"
        );
    }
}

#[test]
fn a_machine_without_prosody_is_told_so() {
    let installation = Installation::sound();
    installation.remove("bin/prosody");
    installation.expect_first("prosody-missing", &["prosody", "$PATH"]);
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let installation = Installation::sound();
    installation.remove("prosody.cfg.lua");
    installation.expect_first(
        "prosody-config-missing",
        &["/prosody.cfg.lua", "--prosody-config"],
    );
}

#[test]
fn a_syntax_error_is_named_with_its_line() {
    let installation = Installation::sound();
    installation.replace(
        "prosody.cfg.lua",
        "VirtualHost \"meet",
        "VirtualHost = = \"meet",
    );
    installation.expect_first("prosody-config-refused", &["not Lua", "prosody.cfg.lua:4"]);
}

#[test]
fn a_prosody_without_any_token_host_is_told_so() {
    broken(
        "VirtualHost \"meet.example.com\"\n\tauthentication = \"token\"",
        "VirtualHost \"other.example.com\"",
        "no-token-host",
        &["no VirtualHost", "authentication = \\\"token\\\""],
    );
}

#[test]
fn a_host_without_authentication_is_named() {
    broken(
        "\tauthentication = \"token\"\n",
        "",
        "authentication-not-token",
        &["has no authentication set", "prosody.cfg.lua:4"],
    );
}

#[test]
fn a_host_with_another_authentication_is_named_with_its_line() {
    broken(
        "= \"token\"",
        "= \"internal_hashed\"",
        "authentication-not-token",
        &["internal_hashed", "prosody.cfg.lua:5"],
    );
}

#[test]
fn a_disabled_host_is_named() {
    broken(
        "authentication =",
        "enabled = false\n\tauthentication =",
        "host-disabled",
        &["is disabled", "prosody.cfg.lua:5"],
    );
}

#[test]
fn a_muc_component_that_does_not_verify_is_named() {
    broken(
        "modules_enabled = { \"token_verification\" }",
        "modules_enabled = { \"muc_meeting_id\" }",
        "token-verification-missing",
        &[
            "conference.meet.example.com",
            "prosody.cfg.lua:8",
            "opens every room",
        ],
    );
}

#[test]
fn verification_on_another_component_only_is_noticed() {
    broken(
        "\tmodules_enabled = { \"token_verification\" }\n",
        "Component \"lobby.other.example.com\" \"muc\"\n\tmodules_enabled = { \"token_verification\" }\n",
        "token-verification-missing",
        &["\\\"lobby.other.example.com\\\" has it"],
    );
}

#[test]
fn verification_among_the_global_modules_does_not_count() {
    let installation = Installation::sound();
    installation.replace(
        "prosody.cfg.lua",
        "\tmodules_enabled = { \"token_verification\" }\n",
        "",
    );
    installation.replace(
        "prosody.cfg.lua",
        "plugin_paths",
        "modules_enabled = { \"token_verification\" }\nplugin_paths",
    );
    installation.expect_first(
        "token-verification-missing",
        &["conference.meet.example.com"],
    );
}

#[test]
fn a_mapped_domain_that_leads_nowhere_is_named_with_its_line() {
    broken(
        "authentication = \"token\"",
        "authentication = \"token\"\n\tmuc_mapper_domain = \"muc.meet.example.com\"",
        "muc-mapper-domain",
        &[
            "muc.meet.example.com",
            "prosody.cfg.lua:6",
            "conference.meet.example.com",
        ],
    );
}

#[test]
fn a_host_without_rooms_is_told_so() {
    broken(
        "\"muc\"",
        "\"pubsub\"",
        "muc-missing",
        &["no MUC component"],
    );
}

#[test]
fn a_muc_component_that_is_named_after_another_host_is_refused() {
    broken(
        "Component \"conference.meet.example.com\"",
        "muc_mapper_domain = \"rooms.example.com\"\nComponent \"rooms.example.com\"",
        "muc-not-below-host",
        &["rooms.example.com", "prosody.cfg.lua:8"],
    );
}

#[test]
fn a_second_host_without_a_policy_is_named() {
    let installation = Installation::sound();
    installation.append(
        "prosody.cfg.lua",
        "VirtualHost \"second.example.com\"\n\tauthentication = \"token\"\n\
         Component \"conference.second.example.com\" \"muc\"\n\tmodules_enabled = { \"token_verification\" }\n",
    );
    let report =
        installation.expect_first("host-without-policy", &["second.example.com", "[hosts."]);
    assert_eq!(
        report.codes(),
        ["host-without-policy", "host-unknown-to-daemon"]
    );
}

#[test]
fn of_two_hosts_the_one_that_does_not_verify_is_named() {
    let installation = Installation::sound();
    let second = "\n[hosts.\"second.example.com\"]\napp_id = \"b\"\napp_secret = \"another-secret-of-the-tests-0123456789\"\n";
    installation.append("config.toml", second);
    installation.set_mode("config.toml", 0o640);
    installation.append(
        "prosody.cfg.lua",
        "VirtualHost \"second.example.com\"\n\tauthentication = \"token\"\n\
         Component \"conference.second.example.com\" \"muc\"\n",
    );
    let report = installation.expect_first(
        "token-verification-missing",
        &["conference.second.example.com", "prosody.cfg.lua:11"],
    );
    assert_eq!(
        report.codes(),
        ["token-verification-missing", "host-unknown-to-daemon"]
    );
}

#[test]
fn a_policy_without_a_host_is_a_warning() {
    let installation = Installation::sound();
    installation.append(
        "config.toml",
        "[hosts.\"mete.example.com\"]\napp_id = \"a\"\napp_secret_file = \"/dev/null\"\n",
    );
    installation.replace(
        "config.toml",
        "/dev/null",
        installation.path("app_secret").to_str().unwrap(),
    );
    let report = installation.expect_first("host-not-in-prosody", &["mete.example.com"]);
    assert_eq!(report.status, 1);
}

#[test]
fn a_host_that_is_meant_to_admit_otherwise_is_left_alone() {
    let installation = Installation::sound();
    installation.append(
        "prosody.cfg.lua",
        "VirtualHost \"jigasi.meet.jitsi\"\n\tenabled = false\n\tauthentication = \"jitsi-shared-secret\"\n\tapp_id = \"x\"\n",
    );
    assert_eq!(installation.doctor().codes(), [""; 0]);
}

#[test]
fn a_daemon_is_examined_where_prosody_does_not_ask_it() {
    let installation = Installation::sound();
    installation.remove("prosody.cfg.lua");
    installation.daemon.stop();
    let report = installation.expect_first("prosody-config-missing", &[]);
    assert_eq!(report.codes(), ["prosody-config-missing", "daemon-down"]);
}
