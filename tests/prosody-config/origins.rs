//! Where each value came from.

use prosody_tokend::config::problem::Origin;
use prosody_tokend::config::prosody::model::ProsodyConfig;
use prosody_tokend::config::prosody::release::Release;

use crate::support::{corpus, evaluate, load};

#[test]
fn an_option_has_the_file_and_line_where_its_assignment_begins() {
    let config = load("jitsi-debian", Release::V0_12);
    for (host, option, origin) in [
        ("*", "authentication", "prosody.cfg.lua:4"),
        (
            "*",
            "muc_mapper_domain_base",
            "conf.d/meet.example.com.cfg.lua:4",
        ),
        (
            "*",
            "external_services",
            "conf.d/meet.example.com.cfg.lua:7",
        ),
        (
            "meet.example.com",
            "app_id",
            "conf.d/meet.example.com.cfg.lua:27",
        ),
        (
            "meet.example.com",
            "app_secret",
            "conf.d/meet.example.com.cfg.lua:28",
        ),
        (
            "meet.example.com",
            "modules_enabled",
            "conf.d/meet.example.com.cfg.lua:34",
        ),
        (
            "meet.example.com",
            "muc_mapper_domain_base",
            "conf.d/meet.example.com.cfg.lua:4",
        ),
        (
            "conference.meet.example.com",
            "modules_enabled",
            "conf.d/meet.example.com.cfg.lua:47",
        ),
        (
            "conference.meet.example.com",
            "component_module",
            "conf.d/meet.example.com.cfg.lua:44",
        ),
    ] {
        assert_eq!(
            place(&config, "jitsi-debian", host, option),
            origin,
            "{host} {option}"
        );
    }
    let host = &config.hosts["meet.example.com"];
    assert_eq!(
        shown(&host.origin(), "jitsi-debian"),
        "conf.d/meet.example.com.cfg.lua:25"
    );
}

#[test]
fn an_option_that_a_function_or_a_table_sets_has_a_line_too() {
    let config = load("multi-host", Release::V0_12);
    for (host, option, origin) in [
        ("red.example.org", "app_secret", "prosody.cfg.lua:20"),
        (
            "conference.red.example.org",
            "restrict_room_creation",
            "prosody.cfg.lua:24",
        ),
        ("table.example.org", "app_id", "prosody.cfg.lua:37"),
        ("table.example.org", "app_secret", "prosody.cfg.lua:38"),
        (
            "table.example.org",
            "token_regex_enabled",
            "prosody.cfg.lua:50",
        ),
        ("a.example.org", "app_id", "conf.d/10-a.cfg.lua:3"),
        ("*", "limits", "shared/limits.lua:1"),
        ("old.example.org", "app_secret", "prosody.cfg.lua:32"),
    ] {
        assert_eq!(
            place(&config, "multi-host", host, option),
            origin,
            "{host} {option}"
        );
    }
}

#[test]
fn a_warning_says_what_and_where() {
    for (text, expected) in [
        (
            "a = 1\nb = 2\na = 3",
            "a is set twice; the last one counts 3",
        ),
        (
            "\na = ENV_NONE",
            "the environment of this process has no NONE; that of Prosody may 2",
        ),
        (
            "a = Lua.os.getenv 'NONE'",
            "the environment of this process has no NONE; that of Prosody may 1",
        ),
        (
            "a = 1\nb = os.time()",
            "direct use of Lua's os is deprecated; write Lua.os 2",
        ),
        (
            "a = {}\na.b = 1",
            "assigning to a part of a has no effect; use a:append 2",
        ),
    ] {
        let warnings = evaluate(text).unwrap().warnings;
        let shown: Vec<String> = warnings
            .iter()
            .map(|warning| match &warning.origin {
                Origin::File(_, Some(line)) => format!("{} {line}", warning.text),
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(shown, [expected], "{text}");
    }
}

#[test]
fn the_same_option_in_another_section_or_file_is_no_duplicate() {
    let config = load("debian", Release::V0_12);
    assert_eq!(config.warnings, []);
    let text = "a = 1 VirtualHost 'h' a = 2 VirtualHost 'i' a = 3";
    assert_eq!(evaluate(text).unwrap().warnings, []);
}

fn place(config: &ProsodyConfig, name: &str, host: &str, option: &str) -> String {
    shown(&config.get(host, option).unwrap().origin, name)
}

/// An origin, its file below the configuration's folder.
fn shown(origin: &Origin, name: &str) -> String {
    let folder = corpus(name).parent().unwrap().display().to_string() + "/";
    origin.to_string().replace(&folder, "")
}
