//! What Kong's declarative file comes to within a configuration.
#![expect(
    clippy::disallowed_methods,
    reason = "writes the files that options name"
)]

use std::path::Path;

use tempfile::TempDir;

use super::super::Loaded;
use super::super::effective::Effective;
use super::super::gateways::Gateway;
use super::super::secret_files::Holder;
use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const TIMES: &str = "claims_to_verify = [\"exp\", \"nbf\"]\n";

/// A file of Kong's with a consumer who has a credential, and these lines.
fn kong(lines: &str) -> String {
    format!(
        "_format_version: \"3.0\"\nconsumers:\n- username: alice\n  jwt_secrets: [{{ key: k, secret: {SECRET} }}]\n{lines}\n"
    )
}

fn folder(kong: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kong.yml"), kong).unwrap();
    folder
}

fn sources(folder: &Path, text: &str) -> Inputs {
    Inputs {
        file: Some((folder.join("t.toml"), text.to_owned())),
        ..Inputs::default()
    }
}

fn loaded(kong: &str, lines: &str) -> Result<(Gateway, Vec<String>), String> {
    let folder = folder(kong);
    let text = format!("[gateways.api]\nkong_config = \"kong.yml\"\n{lines}\n");
    let loaded = load(&sources(folder.path(), &text));
    let place = folder.path().display().to_string();
    match loaded {
        Ok(config) => {
            let warnings = config.warnings.iter().map(|text| text.replace(&place, ""));
            Ok((Gateway::clone(&config.gateways["api"]), warnings.collect()))
        }
        Err(refused) => Err(refused.to_string().replace(&place, "")),
    }
}

#[test]
fn a_files_consumers_and_credentials_are_declared() {
    let (gateway, warnings) = loaded(&kong(""), TIMES).unwrap();
    let declared = gateway.declared.unwrap();
    assert_eq!((declared.len(), declared.consumers()), (1, 1));
    assert!(
        declared.find("k").is_some() && warnings.is_empty(),
        "{warnings:?}"
    );
    let shown = gateway.shown.iter().find(|row| row.option == "kong_config");
    assert_eq!(
        shown.unwrap().value,
        "kong.yml (1 consumers, 1 credentials)"
    );
}

#[test]
fn what_the_section_says_counts_before_what_the_plugin_says() {
    let plugin = kong(
        "plugins:\n- name: jwt\n  config: { claims_to_verify: [exp], realm: kong, cookie_names: [c], maximum_expiration: 60 }",
    );
    let (gateway, warnings) = loaded(&plugin, "realm = \"own\"").unwrap();
    let settings = &gateway.settings;
    assert_eq!(
        (settings.realm.as_deref(), &settings.cookie_names[..]),
        (Some("own"), &["c".to_owned()][..])
    );
    assert_eq!(
        (
            settings.maximum_expiration,
            settings.claims_to_verify.not_before
        ),
        (Some(60), false)
    );
    assert_eq!(warnings, [""; 0]);
    let row = |name: &str| -> Effective {
        gateway
            .shown
            .iter()
            .find(|row| row.option == name)
            .unwrap()
            .clone()
    };
    for (name, by, origin) in [
        ("realm", None, "t.toml:3"),
        ("cookie_names", Some("kong_config"), "kong.yml:7"),
        ("claims_to_verify", Some("kong_config"), "kong.yml:7"),
        ("key_claim_name", None, "default"),
    ] {
        let row = row(name);
        assert_eq!(row.by, by, "{name}");
        assert!(
            row.origin.to_string().ends_with(origin),
            "{name}: {}",
            row.origin
        );
    }
    let refused = loaded(&plugin, "claims_to_verify = [\"nbf\"]").unwrap_err();
    assert!(
        refused.contains("maximum_expiration of 60, and claims_to_verify without exp"),
        "{refused}"
    );
}

#[test]
fn times_that_a_plugin_does_not_check_are_not_checked_and_that_is_said() {
    let (gateway, warnings) = loaded(&kong("plugins: [{ name: jwt }]"), "").unwrap();
    let times = gateway.settings.claims_to_verify;
    assert!(!times.expiration && !times.not_before);
    assert!(
        warnings.len() == 1
            && warnings[0].starts_with("gateways.api.claims_to_verify: neither exp nor nbf is checked, since the jwt plugin does not check them")
            && warnings[0].ends_with("[/kong.yml:5]"),
        "{warnings:?}"
    );
    let (gateway, warnings) = loaded(&kong("plugins: [{ name: jwt }]"), TIMES).unwrap();
    assert!(gateway.settings.claims_to_verify.expiration && warnings.is_empty());
    // Without a plugin it is as if there were no file.
    let (gateway, warnings) = loaded(&kong(""), "").unwrap();
    assert!(gateway.settings.claims_to_verify.expiration);
    assert!(
        warnings[0].contains("exp and nbf are both checked"),
        "{warnings:?}"
    );
}

#[test]
fn every_mistake_of_the_file_has_its_line_and_no_secret() {
    let text = format!(
        "_format_version: \"3.0\"\nconsumers:\n- username: a\n  jwt_secrets:\n  - {{ key: k, secret: {SECRET}, algorithm: X }}\n  - {{ key: k, secrt: {SECRET} }}\n"
    );
    let refused = loaded(&text, "proxy = \"x\"").unwrap_err();
    for expected in [
        "the configuration has 5 mistakes:",
        "consumers[0].jwt_secrets[0].algorithm: found \"X\", expected one of HS256",
        "[/kong.yml:5]",
        "consumers[0].jwt_secrets[1].secrt: found an unknown name, expected a known name; the nearest is secret [/kong.yml:6]",
        "consumers[0].jwt_secrets[1].key: found the same key as in line 5",
        "gateways.api.proxy: ",
    ] {
        assert!(
            refused.contains(expected),
            "{expected}\nis not in\n{refused}"
        );
    }
    assert!(!refused.contains(SECRET));
}

#[test]
fn a_file_or_plugin_that_cannot_count_is_refused() {
    let several = kong(
        "plugins:\n- { name: jwt, service: a, config: { realm: a } }\n- { name: jwt, service: b, config: { realm: b } }",
    );
    for (kong, lines, expected) in [
        (
            several.as_str(),
            "",
            "gateways.api.kong_plugin: found several jwt plugins that differ: \"a\" (line 6), \"b\" (line 7)",
        ),
        (
            &several,
            "",
            "expected kong_plugin = \"NAME\", the service or route whose plugin counts",
        ),
        (
            &several,
            "kong_plugin = \"c\"",
            "found no jwt plugin of \"c\", but \"a\" (line 6), \"b\" (line 7)",
        ),
        (
            &several,
            "kong_plugin = 5",
            "kong_plugin: found 5, expected a string",
        ),
        (
            "a:\n\t- b\n",
            "",
            "the file: found a tab where lines are indented, expected a declarative configuration of Kong, in YAML or JSON [/kong.yml:2]",
        ),
    ] {
        let refused = loaded(kong, lines).unwrap_err();
        assert!(
            refused.contains(expected),
            "{expected}\nis not in\n{refused}"
        );
    }
    let (gateway, _) = loaded(&several, "kong_plugin = \"b\"").unwrap();
    assert_eq!(gateway.settings.realm.as_deref(), Some("b"));
    for (lines, expected) in [
        (
            "kong_config = \"/nowhere/kong.yml\"",
            "gateways.api.kong_config: found /nowhere/kong.yml: No such file",
        ),
        (
            "kong_config = \"/dev\"",
            "expected Kong's declarative file, which the daemon can read",
        ),
        ("kong_config = \"\"", "kong_config: found \"\""),
        (
            "kong_plugin = \"a\"\ncache_keys_url = \"https://k.example\"",
            "kong_plugin: found it, and no kong_config",
        ),
    ] {
        let refused = refusal(&format!("[gateways.api]\n{lines}\n"));
        assert!(
            refused.contains(expected),
            "{expected}\nis not in\n{refused}"
        );
    }
}

#[test]
fn an_anonymous_consumer_that_nobody_has_is_a_warning() {
    for (lines, is_known) in [
        ("anonymous = \"alice\"", true),
        ("anonymous = \"bob\"", false),
    ] {
        let (_, warnings) = loaded(&kong(""), &format!("{TIMES}{lines}")).unwrap();
        let expected = "gateways.api.anonymous: there is no consumer \"bob\", so that requests without a token that counts are answered with 500";
        assert_eq!(
            warnings,
            if is_known {
                Vec::new()
            } else {
                vec![expected.to_owned()]
            }
        );
    }
}

#[test]
fn the_file_is_watched_and_known_to_hold_secrets() {
    let folder = folder(&kong(""));
    let text = format!(
        "[gateways.api]\nkong_config = \"kong.yml\"\n{TIMES}[gateways.b]\nkong_config = \"kong.yml\"\n{TIMES}"
    );
    let loaded = Loaded::read(&sources(folder.path(), &text));
    let file = folder.path().join("kong.yml");
    assert!(loaded.files.contains(&file));
    let config = loaded.config.unwrap();
    assert!(config.secret_files.files.contains(&(file, Holder::Daemon)));
    // What several name is there once.
    let declared = |name: &str| config.gateways[name].declared.clone().unwrap();
    assert!(std::sync::Arc::ptr_eq(&declared("api"), &declared("b")));
    // A file that is wrong is watched as well, or it could not be mended.
    std::fs::write(folder.path().join("kong.yml"), "x").unwrap();
    let loaded = Loaded::read(&sources(folder.path(), &text));
    assert!(loaded.config.is_err() && loaded.files.contains(&folder.path().join("kong.yml")));
}
