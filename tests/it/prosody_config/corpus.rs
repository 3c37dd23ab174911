//! What the configurations of the corpus mean.

use std::path::Path;

use prosody_tokend::prosody::coercion;
use prosody_tokend::prosody::model::{HostKind, ProsodyConfig};
use prosody_tokend::prosody::release::Release;
use prosody_tokend::prosody::request::Request;
use prosody_tokend::prosody::sandbox::read;
use prosody_tokend::prosody::value::Value;

use super::support::{corpus, evaluate, load, request};

#[test]
fn debians_default_has_its_hosts_and_no_tokens() {
    let config = load("debian", Release::V0_12);
    let hosts: Vec<(&str, &HostKind)> = config
        .hosts
        .iter()
        .map(|(n, h)| (n.as_str(), &h.kind))
        .collect();
    let component = |module: &str| HostKind::Component(module.to_owned());
    assert_eq!(
        hosts,
        [
            ("conference.example.com", &component("muc")),
            ("example.com", &HostKind::VirtualHost),
            ("gateway.example.com", &component("component")),
            ("localhost", &HostKind::VirtualHost),
        ]
    );
    assert_eq!(config.token_hosts().count(), 0);
    assert!(config.is_enabled("localhost") && !config.is_enabled("example.com"));
}

#[test]
fn jitsis_debian_packages_have_one_host_with_tokens_and_its_rooms() {
    for release in [Release::V0_12, Release::V13] {
        let config = load("jitsi-debian", release);
        let host = "meet.example.com";
        assert_eq!(config.token_hosts().collect::<Vec<_>>(), [host]);
        assert_eq!(config.string(host, "app_id").as_deref(), Some("my_app"));
        assert_eq!(
            config.string(host, "app_secret").map(|secret| secret.len()),
            Some(36)
        );
        assert_eq!(
            config.muc_component(host).as_deref(),
            Some("conference.meet.example.com")
        );
        assert_eq!(
            config.muc_components_by_host()[host],
            [
                "breakout.meet.example.com",
                "conference.meet.example.com",
                "lobby.meet.example.com"
            ]
        );
        assert!(config.verifies_tokens("conference.meet.example.com"));
        assert!(!config.verifies_tokens("lobby.meet.example.com"));
    }
}

#[test]
fn the_docker_image_has_its_host_and_rooms_under_other_names() {
    for release in [Release::V0_12, Release::V13] {
        let config = load("docker", release);
        assert_eq!(config.token_hosts().collect::<Vec<_>>(), ["meet.jitsi"]);
        assert_eq!(
            config.muc_component("meet.jitsi").as_deref(),
            Some("muc.meet.jitsi")
        );
        assert_eq!(
            config.muc_component("guest.meet.jitsi").as_deref(),
            Some("muc.meet.jitsi")
        );
        assert_eq!(
            strings(&config, "meet.jitsi", "asap_accepted_issuers"),
            ["my_web_client", "my_app_client"]
        );
        let verify = config
            .get("meet.jitsi", "enable_domain_verification")
            .unwrap();
        assert_eq!(verify.value, Value::Boolean(false));
    }
}

#[test]
fn each_of_several_hosts_has_rooms_of_its_own() {
    let config = load("multi-host", Release::V0_12);
    for (host, rooms) in [
        ("red.example.org", Some("conference.red.example.org")),
        ("a.example.org", Some("conference.a.example.org")),
        ("table.example.org", None),
        ("unknown.example.org", None),
    ] {
        assert_eq!(config.muc_component(host).as_deref(), rooms, "{host}");
    }
    assert_eq!(
        config.string("unknown.example.org", "app_id").as_deref(),
        Some("everyone")
    );
    assert_eq!(config.token_hosts().count(), 3);
}

#[test]
fn rooms_are_where_the_mapper_or_their_name_says() {
    let rooms = |text: &str| evaluate(text).unwrap().muc_component("h");
    for (text, expected) in [
        ("VirtualHost 'h'", None),
        ("VirtualHost 'h' Component 'rooms.h' 'muc'", Some("rooms.h")),
        (
            "VirtualHost 'h' Component 'rooms.h' 'http_file_share'",
            None,
        ),
        ("VirtualHost 'h' Component 'rooms.x.h' 'muc'", None),
        ("Component 'a.h' 'muc' Component 'b.h' 'muc'", None),
        (
            "Component 'a.h' 'muc' Component 'conference.h' 'muc'",
            Some("conference.h"),
        ),
        (
            "Component 'a.h' 'muc' modules_enabled = { 'token_verification' } Component 'conference.h' 'muc'",
            Some("a.h"),
        ),
        ("muc_mapper_domain_base = 'h'", Some("conference.h")),
        (
            "muc_mapper_domain_base = 'h' muc_mapper_domain_prefix = 'muc'",
            Some("muc.h"),
        ),
        (
            "muc_mapper_domain = 'rooms.x' muc_mapper_domain_base = 'h'",
            Some("rooms.x"),
        ),
        (
            "VirtualHost 'h' muc_mapper_domain = 'rooms.x'",
            Some("rooms.x"),
        ),
        ("muc_mapper_domain_base = 'x'", Some("conference.x")),
        (
            "muc_mapper_domain_base = 'x' Component 'muc.h' 'muc'",
            Some("muc.h"),
        ),
    ] {
        assert_eq!(rooms(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn what_13_0_added_works() {
    let config = load("thirteen", Release::V13);
    let host = "meet.example.net";
    assert_eq!(config.token_hosts().collect::<Vec<_>>(), [host]);
    for (option, expected) in [
        ("app_id", "thirteen"),
        ("app_secret", "app secret"),
        ("external_service_secret", "turn secret"),
        ("first_line", "issuer-a"),
        ("token", "a credential"),
        ("year", "1970"),
        ("count", "2"),
    ] {
        assert_eq!(
            config.string(host, option).as_deref(),
            Some(expected),
            "{option}"
        );
    }
    for (option, expected) in [
        (
            "modules_enabled",
            &["disco", "tls", "ping", "bosh", "websocket"][..],
        ),
        ("asap_accepted_issuers", &["issuer-a", "issuer-b"]),
        ("own", &["a", "b"]),
        ("copied", &["a", "b"]),
    ] {
        assert_eq!(strings(&config, host, option), expected, "{option}");
    }
    assert_eq!(config.get(host, "inherited_reads_as_nil"), None);
    assert!(config.verifies_tokens("conference.meet.example.net"));
    let Some(Value::Table(limits)) = config.get(host, "limits").map(|setting| &setting.value)
    else {
        panic!("limits");
    };
    assert_eq!(limits.fields.keys().collect::<Vec<_>>(), ["c2s", "s2sin"]);
}

#[test]
fn an_option_can_stand_for_another_one_in_13_0() {
    let config = evaluate("a = { 'x' } b = a a { 'y' } c = 5 d = c e = { a }").unwrap();
    assert_eq!(strings(&config, "*", "b"), ["x", "y"]);
    assert_eq!(config.string("*", "d").as_deref(), Some("5"));
    let Value::Table(e) = &config.get("*", "e").unwrap().value else {
        panic!("e");
    };
    assert_eq!(coercion::strings(e.items.first()).value.unwrap().len(), 2);
}

#[test]
fn what_13_0_ignores_is_ignored() {
    for text in [
        "a = { 'x' } a.y = 1",
        "a = { 'x' } table.insert(a, 'y')",
        "a = { 'x' } a[1] = 'y'",
        "a = { 'x' } b = #a",
        "a = { 'x' } b = type(a)",
        "a = { 'x' } VirtualHost 'h' b = a",
    ] {
        let config = evaluate(text).unwrap();
        assert_eq!(strings(&config, "*", "a"), ["x"], "{text}");
    }
    let config = evaluate("a = { 'x' } b = #a c = type(a)").unwrap();
    assert_eq!(config.string("*", "b").as_deref(), Some("0"));
    assert_eq!(config.string("*", "c").as_deref(), Some("table"));
}

#[test]
fn an_option_that_stands_for_itself_is_refused() {
    let refusal = evaluate("a = { 'x' } a = a").expect_err("a = a");
    assert!(refusal.to_string().contains("contains itself"), "{refusal}");
    assert!(evaluate("a = { 'x' } b = a a = b").is_err());
}

#[test]
fn a_file_that_only_prosody_may_read_costs_its_own_option_alone() {
    let path = corpus("thirteen");
    let request = Request {
        credentials: None,
        ..request(&path, Release::V13)
    };
    let config = read(&request).unwrap();
    let token = config
        .get("meet.example.net", "token")
        .map(|setting| &setting.value);
    let complaint = coercion::string(token).complaint.unwrap().to_string();
    assert!(
        complaint.contains("no $CREDENTIALS_DIRECTORY"),
        "{complaint}"
    );
    assert!(complaint.contains("LoadCredential="), "{complaint}");
    assert_eq!(
        config.string("meet.example.net", "app_secret").as_deref(),
        Some("app secret")
    );
}

#[test]
fn every_file_and_folder_that_was_read_is_named() {
    let names = |name: &str, release| -> Vec<String> {
        let folder = corpus(name).parent().unwrap().to_owned();
        let config = load(name, release);
        let name = |path: &Path| path.strip_prefix(&folder).unwrap().display().to_string();
        config.files.iter().map(|path| name(path)).collect()
    };
    assert_eq!(
        names("debian", Release::V0_12),
        [
            "prosody.cfg.lua",
            "conf.d",
            "conf.d/example.com.cfg.lua",
            "conf.d/localhost.cfg.lua"
        ]
    );
    assert_eq!(
        names("thirteen", Release::V13),
        [
            "prosody.cfg.lua",
            "secrets/turn",
            "secrets/app_secret",
            "secrets/issuers",
            "secrets/token"
        ]
    );
    assert_eq!(
        names("secrets", Release::V0_12),
        [
            "prosody.cfg.lua",
            "secrets/app_secret",
            "secrets/issuers",
            "secrets/none",
            "secrets/more.lua"
        ]
    );
}

#[test]
fn what_is_behind_a_link_is_named_too() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for name in ["conf.avail", "conf.d"] {
        std::fs::create_dir(root.join(name)).unwrap();
    }
    std::fs::write(root.join("conf.avail/h.cfg.lua"), "VirtualHost 'h'").unwrap();
    std::os::unix::fs::symlink("../conf.avail/h.cfg.lua", root.join("conf.d/h.cfg.lua")).unwrap();
    std::fs::write(root.join("prosody.cfg.lua"), "Include 'conf.d/*.cfg.lua'").unwrap();
    let config = read(&request(&root.join("prosody.cfg.lua"), Release::V0_12)).unwrap();
    let expected = [
        "prosody.cfg.lua",
        "conf.d",
        "conf.d/h.cfg.lua",
        "conf.avail/h.cfg.lua",
    ];
    assert_eq!(config.files, expected.map(|name| root.join(name)));
    let origin = config.hosts["h"].origin().to_string();
    assert!(origin.ends_with("conf.d/h.cfg.lua:1"), "{origin}");
}

#[test]
fn the_folder_of_the_main_file_is_known_as_prosody_knows_it() {
    let config = evaluate("Include(CFG_CONFIGDIR .. '/*.none') folder = CFG_CONFIGDIR").unwrap();
    let folder = config.files[0].parent().unwrap().display().to_string();
    assert_eq!(config.string("*", "folder"), Some(folder));
}

#[test]
fn wildcards_are_read_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prosody.cfg.lua");
    for name in ["b", "c", "a", "10", "9", "B"] {
        std::fs::write(
            folder.path().join(name.to_owned() + ".lua"),
            format!("o {{ '{name}' }}"),
        )
        .unwrap();
    }
    std::fs::write(&path, "o = {} Include '?.lua' Include '??.lua'").unwrap();
    let config = read(&request(&path, Release::V13)).unwrap();
    assert_eq!(strings(&config, "*", "o"), ["9", "B", "a", "b", "c", "10"]);
}

#[test]
fn every_shape_of_configuration_means_the_same_in_both_releases() {
    for name in ["debian", "jitsi-debian", "docker", "sections"] {
        let (before, after) = (load(name, Release::V0_12), load(name, Release::V13));
        assert_eq!(
            (before.global, before.hosts),
            (after.global, after.hosts),
            "{name}"
        );
    }
}

fn strings(config: &ProsodyConfig, host: &str, option: &str) -> Vec<String> {
    let value = config.get(host, option).map(|setting| &setting.value);
    let texts = coercion::strings(value).value.unwrap_or_default();
    texts
        .into_iter()
        .map(|text| String::from_utf8(text).unwrap())
        .collect()
}
