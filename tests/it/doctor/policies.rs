//! The daemon's own options against those of Prosody's configuration.

use super::installation::{Installation, SECRET};

const OTHER: &str = "another-secret-of-the-doctor-tests-0123456789";

/// A host that both configurations describe: `own` in the daemon's, `prosody` below the `VirtualHost`.
fn both(own: &str, prosody: &str) -> Installation {
    let installation =
        Installation::with_policy(&format!("app_secret_file = \"app_secret\"\n{own}"));
    let text = "authentication = \"token\"";
    installation.replace("prosody.cfg.lua", text, &format!("{text}\n\t{prosody}"));
    installation.replace(
        "prosody.cfg.lua",
        "plugin_paths",
        "run_as_root = true; plugin_paths",
    );
    installation.set_mode("prosody.cfg.lua", 0o640);
    installation
}

fn prosody(options: &str) -> String {
    format!("app_id = \"my_app\" app_secret = \"{SECRET}\" {options}")
}

#[test]
fn what_both_say_alike_is_no_finding() {
    for (own, theirs) in [
        ("", ""),
        ("allow_empty_token = true", "allow_empty_token = true"),
        (
            "muc_mapper_domain_base = \"meet.example.com\"",
            "muc_mapper_domain_base = \"meet.example.com\"",
        ),
        // What Prosody does without, and is right all the same.
        ("muc_mapper_domain_base = \"meet.example.com\"", ""),
        ("leeway = 5", ""),
    ] {
        let report = both(own, &prosody(theirs)).doctor();
        assert_eq!(report.codes(), [""; 0], "{own}: {}", report.text);
    }
}

#[test]
fn issuers_that_only_the_daemon_has_differ_from_nothing_of_prosodys() {
    let partner = "[[hosts.\"meet.example.com\".issuers]]\nname = \"partner\"\nissuer = \"https://partner.example/\"\n\
        audiences = [\"meet\"]\napp_secret = \"the-secret-of-the-partner-0123456789\"";
    let sound = both(partner, &prosody(""));
    sound.set_mode("config.toml", 0o640);
    let report = sound.doctor();
    assert_eq!(report.codes(), [""; 0], "{}", report.text);
    let other = format!("app_id = \"my_app\" app_secret = \"{OTHER}\"");
    let broken = both(partner, &other);
    broken.set_mode("config.toml", 0o640);
    let report = broken.doctor();
    assert!(report.text.contains("app_secret_file"), "{}", report.text);
}

#[test]
fn what_differs_is_told_option_by_option_with_both_places_and_a_line_that_mends_it() {
    for (own, theirs, texts, severity) in [
        (
            "",
            format!("app_id = \"my_app\" app_secret = \"{OTHER}\""),
            vec![
                "app_secret_file (Prosody's app_secret)",
                "differs",
                "config.toml:4",
                "prosody.cfg.lua:6",
            ],
            "warning",
        ),
        (
            "",
            format!("app_id = \"other_app\" app_secret = \"{SECRET}\""),
            vec![
                "app_id of",
                "write: app_id = \\\"other_app\\\"",
                "config.toml:3",
            ],
            "warning",
        ),
        (
            "muc_mapper_domain_base = \"meet.example.com\"\nmuc_mapper_domain_prefix = \"muc\"",
            prosody("muc_mapper_domain_base = \"meet.example.com\""),
            vec![
                "muc_mapper_domain_prefix",
                "\\\"muc\\\"",
                "config.toml:6",
                "write: muc_mapper_domain_prefix = \\\"conference\\\"",
            ],
            "error",
        ),
        (
            "muc_mapper_domain_base = \"meet.example.net\"",
            prosody("muc_mapper_domain_base = \"meet.example.com\""),
            vec![
                "muc_mapper_domain_base",
                "conference.meet.example.net",
                "conference.meet.example.com",
            ],
            "error",
        ),
        (
            "",
            prosody("muc_mapper_domain_base = \"meet.example.com\""),
            vec![
                "muc_mapper_domain_base",
                "the daemon's is none",
                "below [hosts.\\\"meet.example.com\\\"] write: muc_mapper_domain_base = \\\"meet.example.com\\\"",
            ],
            "warning",
        ),
        (
            "muc_mapper_domain_prefix = \"muc\"",
            prosody(""),
            vec![
                "muc_mapper_domain_prefix",
                "write: muc_mapper_domain_prefix = \\\"conference\\\"",
            ],
            "error",
        ),
        (
            "",
            prosody("allow_empty_token = true"),
            vec![
                "allow_empty_token",
                "below [hosts.\\\"meet.example.com\\\"] write: allow_empty_token = true",
            ],
            "warning",
        ),
        (
            "asap_accepted_issuers = [\"a\"]",
            prosody("asap_accepted_issuers = { \"b\" }"),
            vec!["asap_accepted_issuers", "\\\"a\\\"", "\\\"b\\\""],
            "warning",
        ),
        (
            "signature_algorithm = \"HS512\"",
            prosody("signature_algorithm = \"HS384\""),
            vec![
                "signature_algorithm",
                "HS512",
                "write: signature_algorithm = \\\"HS384\\\"",
            ],
            "warning",
        ),
    ] {
        let installation = both(own, &theirs);
        let report = installation.expect_first("policy-differs", &texts);
        assert_eq!(report.codes(), ["policy-differs"], "{}", report.text);
        assert_eq!(report.first()["severity"], severity, "{}", report.text);
        assert!(!report.text.contains(OTHER), "{}", report.text);
        assert!(
            report.first()["type"]
                .as_str()
                .unwrap()
                .contains("systemctl reload prosody-tokend")
        );
    }
}

#[test]
fn what_the_daemons_section_changes_on_purpose_is_a_note_and_a_secret_is_a_warning() {
    let own = "allow_empty_token = true";
    let installation = both(own, &prosody(""));
    let line = format!(
        "prosody_config = \"{}\"\n",
        installation.path("prosody.cfg.lua").display()
    );
    for name in ["prosody-tokend.toml", "config.toml"] {
        let before = std::fs::read_to_string(installation.path(name)).unwrap();
        installation.write(name, &format!("{line}{before}"));
    }
    installation.daemon.kill();
    installation.daemon.restart();
    let report = installation.expect_first(
        "policy-differs",
        &["take out allow_empty_token", "config.toml:6"],
    );
    assert_eq!(report.status, 0, "{}", report.text);
    installation.replace("prosody.cfg.lua", SECRET, OTHER);
    let report = installation.expect_first(
        "policy-differs",
        &["take out app_secret_file", "config.toml:5"],
    );
    assert_eq!(report.status, 1, "{}", report.text);
}
