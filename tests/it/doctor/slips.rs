//! Names that slipped: of a host, of a module, of an option. One finding each, and what it says mends it.

use super::installation::{Installation, SECRET};

const MODULES: &str = "modules_enabled = { \"token_verification\" }";

/// Applies what a finding has one write: `at FILE:LINE write: …`, in place of what begins there.
fn write_as_told(installation: &Installation, told: &str) {
    let line = told.split(":\u{20}").nth(1).unwrap();
    let line = line.split("; then").next().unwrap();
    let number: usize = told
        .split("prosody.cfg.lua:")
        .nth(1)
        .and_then(|rest| rest.split([' ', ',', ')']).next())
        .unwrap()
        .parse()
        .unwrap();
    let text = std::fs::read_to_string(installation.path("prosody.cfg.lua")).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if told.starts_with("below") {
        lines.insert(number, line.to_owned());
    } else {
        lines[number - 1] = line.to_owned();
    }
    installation.write("prosody.cfg.lua", &lines.join("\n"));
}

/// Changes the configuration; what is found says this, and is gone once what it has one write is written.
#[track_caller]
fn mended(from: &str, to: &str, code: &str, texts: &[&str]) {
    let installation = Installation::sound();
    installation.replace("prosody.cfg.lua", from, to);
    let report = installation.expect_first(code, texts);
    assert_eq!(report.codes(), [code], "{}", report.text);
    let first = report.first();
    let told = first["type"].as_str().unwrap();
    assert!(told.ends_with("systemctl restart prosody"), "{told}");
    write_as_told(&installation, told);
    let report = installation.doctor();
    assert_eq!(report.codes(), [""; 0], "{told}\n{}", report.text);
}

#[test]
fn a_list_is_told_whole_so_that_nothing_is_dropped() {
    for (to, whole) in [
        (
            "modules_enabled = { \"muc_meeting_id\", \"muc_domain_mapper\" }",
            "modules_enabled = { \\\"muc_meeting_id\\\", \\\"muc_domain_mapper\\\", \\\"token_verification\\\" }",
        ),
        (
            "modules_enabled = { \"muc_meeting_id\"; \"token_verificaton\"; \"polls\" }",
            "modules_enabled = { \\\"muc_meeting_id\\\", \\\"token_verification\\\", \\\"polls\\\" }",
        ),
        (
            "storage = \"memory\"",
            "write: modules_enabled = { \\\"token_verification\\\" }",
        ),
        (
            "modules_enabled = { \"token_verification\", \"polls\" } modules_disabled = { \"token_verification\" }",
            "in place of the whole of modules_disabled that begins there: modules_disabled = {}",
        ),
    ] {
        let installation = Installation::sound();
        installation.replace("prosody.cfg.lua", MODULES, to);
        installation.expect_first("token-verification-missing", &[whole, "prosody.cfg.lua:"]);
    }
}

#[test]
fn a_module_that_is_misspelt_is_named_and_mended() {
    for name in [
        "token_verificaton",
        "token-verification",
        "mod_token_verification",
        "tokenverification",
        "Token_Verification",
    ] {
        mended(
            MODULES,
            &format!("modules_enabled = {{ \"polls\", \"{name}\" }}"),
            "token-verification-missing",
            &[name, "which is no module"],
        );
    }
}

#[test]
fn a_module_on_the_virtual_host_is_named_where_it_is_and_told_where_it_belongs() {
    for name in ["token_verification", "token_verificatoin"] {
        let installation = Installation::sound();
        installation.replace("prosody.cfg.lua", MODULES, "");
        let host = "authentication = \"token\"";
        installation.replace(
            "prosody.cfg.lua",
            host,
            &format!("{host}\n\tmodules_enabled = {{ \"{name}\" }}"),
        );
        let report = installation.expect_first(
            "token-verification-missing",
            &[
                "VirtualHost \\\"meet.example.com\\\" has it",
                "prosody.cfg.lua:6",
                "below Component \\\"conference.meet.example.com\\\"",
            ],
        );
        write_as_told(&installation, report.first()["type"].as_str().unwrap());
        assert_eq!(installation.doctor().codes(), [""; 0]);
    }
}

#[test]
fn an_option_that_is_misspelt_is_named_and_mended() {
    for name in ["module_enabled", "modules_enable", "modules_enabld"] {
        mended(
            "modules_enabled",
            name,
            "token-verification-missing",
            &[&format!("what is there is called {name}")],
        );
    }
    for (name, value) in [
        ("authenticaton", "token"),
        ("authentication", "tokens"),
        ("authentication", "jwt"),
    ] {
        mended(
            "authentication = \"token\"",
            &format!("{name} = \"{value}\""),
            "authentication-not-token",
            &[name],
        );
    }
}

#[test]
fn a_host_that_is_misspelt_in_one_place_is_one_finding() {
    let rooms = "Component \"conference.meet.example.com\"";
    for (from, to, texts) in [
        (
            rooms,
            "Component \"conference.meet.exmaple.com\"",
            &["conference.meet.exmaple.com", "prosody.cfg.lua:7"][..],
        ),
        (
            "VirtualHost \"meet.example.com\"",
            "VirtualHost \"meet.exmaple.com\"",
            &[
                "called \\\"meet.example.com\\\" everywhere else",
                "prosody.cfg.lua:4",
            ],
        ),
        (
            "VirtualHost \"meet.example.com\"",
            "VirtualHost \"mete.example.com\"",
            &["prosody.cfg.lua:4"],
        ),
    ] {
        mended(from, to, "host-misspelt", texts);
    }
}

#[test]
fn a_host_that_is_misspelt_in_the_daemons_file_is_one_finding_with_its_line() {
    for name in ["mete.example.com", "meet.exmaple.com", "video.other.net"] {
        let installation = Installation::sound();
        let (from, to) = ("\"meet.example.com\"", format!("\"{name}\""));
        installation.replace("config.toml", from, &to);
        installation.replace("prosody-tokend.toml", from, &to);
        installation.daemon.kill();
        installation.daemon.restart();
        let report = installation.expect_first(
            "host-misspelt",
            &[
                name,
                "config.toml:2",
                "write: [hosts.\\\"meet.example.com\\\"]",
                "systemctl reload prosody-tokend",
            ],
        );
        assert_eq!(report.codes(), ["host-misspelt"], "{}", report.text);
    }
}

#[test]
fn two_hosts_with_names_alike_and_a_policy_each_are_no_slip() {
    let installation = Installation::sound();
    let second = format!(
        "\n[hosts.\"mete.example.com\"]\napp_id = \"b\"\napp_secret_file = \"{}\"\n",
        installation.path("app_secret").display()
    );
    installation.append("config.toml", &second);
    let report = installation.doctor();
    assert_eq!(report.codes(), ["host-not-in-prosody"], "{}", report.text);
    assert!(!report.text.contains(SECRET));
}

#[test]
fn the_rooms_of_another_host_are_that_hosts() {
    let jaas =
        "VirtualHost \"jigasi.meet.jitsi\"\n\tauthentication = \"token\"\n\tapp_id = \"jitsi\"\n";
    for (base, anonymous) in [(true, false), (false, false), (true, true)] {
        let installation = Installation::sound();
        let policy = "\n[hosts.\"jigasi.meet.jitsi\"]\napp_id = \"jitsi\"\napp_secret_file = \"";
        let policy = format!("{policy}{}\"\n", installation.path("app_secret").display());
        installation.append("prosody.cfg.lua", jaas);
        if base {
            installation.replace(
                "prosody.cfg.lua",
                "tokend_url",
                "muc_mapper_domain_base = \"meet.example.com\"\ntokend_url",
            );
        }
        installation.append("config.toml", &policy);
        if anonymous {
            // As in Jitsi's template without tokens.
            let host = "\"meet.example.com\"\n\tauthentication = \"token\"";
            let other = "\"meet.example.com\"\n\tauthentication = \"jitsi-anonymous\"";
            installation.replace("prosody.cfg.lua", host, other);
            installation.replace("prosody.cfg.lua", MODULES, "");
        }
        let report = installation.doctor();
        let codes = report.codes();
        let unwanted = [
            "muc-not-below-host",
            "muc-missing",
            "token-verification-missing",
        ];
        assert!(
            !codes.iter().any(|code| unwanted.contains(code)),
            "{}",
            report.text
        );
    }
}

#[test]
fn a_component_with_options_that_nobody_asks_for_is_a_note() {
    let installation = Installation::sound();
    installation.append("prosody.cfg.lua", "\tapp_id = \"my_app\"\n");
    let report = installation.expect_first(
        "component-with-options",
        &[
            "conference.meet.example.com",
            "prosody.cfg.lua:9",
            "take out app_id",
        ],
    );
    assert_eq!((report.status, report.codes().len()), (0, 1));
}

#[test]
fn a_module_that_looks_at_tokens_by_itself_is_told_apart() {
    for (name, why) in [
        ("hybrid_matrix_token", "decides by itself"),
        ("auth_token", "nobody looks at tokens"),
        ("internal_hashed", "nobody looks at tokens"),
    ] {
        let installation = Installation::sound();
        installation.replace("prosody.cfg.lua", "= \"token\"", &format!("= \"{name}\""));
        installation.expect_first("authentication-not-token", &[name, why]);
    }
}

#[test]
fn a_slip_comes_before_what_the_daemon_refuses_because_of_it() {
    let installation = Installation::sound();
    installation.replace(
        "prosody.cfg.lua",
        "authentication = \"token\"",
        "authentication = \"token\" app_id = \"my_app\"",
    );
    let own = format!(
        "{}[hosts.\"mete.example.com\"]\napp_secret_file = \"{}\"\n",
        installation.inheriting(),
        installation.path("app_secret").display()
    );
    installation.write("config.toml", &own);
    let report = installation.expect_first("host-misspelt", &["mete.example.com", "config.toml:3"]);
    assert!(
        !report.codes().contains(&"daemon-config-refused"),
        "{}",
        report.text
    );
}

#[test]
fn a_host_whose_file_nothing_leads_to_is_told_with_the_link_to_make() {
    let installation = Installation::sound();
    let text = std::fs::read_to_string(installation.path("prosody.cfg.lua")).unwrap();
    let (global, host) = text.split_at(text.find("VirtualHost").unwrap());
    installation.write(
        "prosody.cfg.lua",
        &format!("{global}Include \"conf.d/*.cfg.lua\"\n"),
    );
    installation.write("conf.avail/meet.cfg.lua", host);
    installation.write(
        "conf.avail/example.cfg.lua",
        "VirtualHost \"example.com\"\n",
    );
    installation.write(
        "conf.d/other.cfg.lua",
        "VirtualHost \"other.example.com\"\n",
    );
    let (file, folder) = (
        installation.path("conf.avail/meet.cfg.lua"),
        installation.path("conf.d"),
    );
    let link = format!(
        "ln -s {} {}/ && systemctl restart prosody",
        file.display(),
        folder.display()
    );
    let report = installation.expect_first(
        "host-not-included",
        &["\\\"meet.example.com\\\"", "conf.avail/meet.cfg.lua", &link],
    );
    assert_eq!(report.codes(), ["host-not-included"], "{}", report.text);
    std::os::unix::fs::symlink(&file, folder.join("meet.cfg.lua")).unwrap();
    assert_eq!(installation.doctor().codes(), [""; 0]);
}
