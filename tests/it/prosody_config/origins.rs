//! Where each value came from.

use prosody_tokend::origin::Origin;
use prosody_tokend::prosody::model::ProsodyConfig;
use prosody_tokend::prosody::release::Release;

use prosody_tokend::prosody::sandbox::read;

use super::support::{corpus, evaluate, load, request};

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
fn an_option_that_two_files_set_is_told_of_with_both() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("prosody.cfg.lua");
    let more = folder.path().join("more.cfg.lua");
    for (first, second, told) in [
        (
            "VirtualHost 'h' app_id = 'a'",
            "VirtualHost 'h' app_id = 'b'",
            true,
        ),
        ("app_id = 'a'", "app_id = 'b'", true),
        ("app_id = 'a'", "app_id = 'a'", false),
        (
            "VirtualHost 'h' app_id = 'a'",
            "VirtualHost 'i' app_id = 'b'",
            false,
        ),
        ("admins = { 'a' }", "admins = { 'b' }", false),
    ] {
        std::fs::write(&main, format!("{first}\nInclude 'more.cfg.lua'\n")).unwrap();
        std::fs::write(&more, second).unwrap();
        let warnings = read(&request(&main, Release::V13)).unwrap().warnings;
        let is_told = warnings.iter().any(|warning| {
            warning.text.contains(&format!(
                "set in another file, too, at {}:1",
                main.display()
            )) && warning.origin == Origin::File(more.clone(), Some(1))
        });
        assert_eq!(is_told, told, "{first} {second}: {warnings:?}");
    }
}

#[test]
fn prosodys_own_environment_is_there() {
    for text in [
        "assert(prosody.version:match('^%d+%.'))",
        "assert(prosody.platform == 'posix')",
        "assert(prosody.paths.config and CFG_CONFIGDIR and CFG_SOURCEDIR and CFG_PLUGINDIR and CFG_DATADIR)",
        "assert(next(prosody.hosts) == nil)",
        "if prosody.version:match('^0%.') then modules_enabled = { 'posix' } end",
    ] {
        for release in [Release::V0_12, Release::V13] {
            let folder = tempfile::tempdir().unwrap();
            let main = folder.path().join("prosody.cfg.lua");
            let text = if release == Release::V13 {
                text.replace("assert", "Lua.assert")
                    .replace("next(", "Lua.next(")
            } else {
                text.to_owned()
            };
            let text = if release == Release::V13 {
                text.replace("prosody.", "Lua.prosody.")
                    .replace("CFG_", "Lua.CFG_")
            } else {
                text
            };
            std::fs::write(&main, &text).unwrap();
            let config = read(&request(&main, release));
            assert!(config.is_ok(), "{text}: {config:?}");
        }
    }
}

#[test]
fn an_error_names_the_variables_that_are_not_there() {
    for text in [
        "Lua.error('no key') x = ENV_A",
        "a = 'meet.' .. ENV_DEMO_DOMAIN",
        "a = Lua.os.getenv('DEMO_DOMAIN') or Lua.error('must be set')",
    ] {
        let refusal = evaluate(text).unwrap_err().to_string();
        assert_eq!(
            refusal.contains("may have: DEMO_DOMAIN"),
            text.contains("DEMO_DOMAIN"),
            "{refusal}"
        );
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
