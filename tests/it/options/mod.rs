//! The file of settings that is shipped is made from the table of options.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes a file of the project"
)]

mod shipped;

use std::fs;
use std::path::PathBuf;

use prosody_tokend::config::layers::Inputs;
use prosody_tokend::config::{self, Config};
use prosody_tokend::options::{self, DefaultValue, Place};

const SHIPPED: &str = "config/prosody-tokend.toml";
const UPDATE: &str = "UPDATE=1 cargo nextest run --locked --test it options";

#[test]
fn the_shipped_file_has_every_option_as_the_table_has_it() {
    let expected = shipped::write();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(SHIPPED);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    assert!(
        fs::read_to_string(path).unwrap() == expected,
        "{SHIPPED} is out of date: {UPDATE}"
    );
}

#[test]
fn the_shipped_file_means_the_same_with_its_defaults_written_out() {
    let text = with_a_host_of_its_own(&shipped::write());
    let has_default = |line: &str| {
        // Of one name, what has a default stands before what has none.
        let mut options = options::all().filter(|option| option.place != Place::Prosody);
        let option = options.find(|option| line == format!("{} = {}", option.name, option.example));
        let default = option.map(|option| option.default);
        matches!(
            default,
            Some(DefaultValue::Always | DefaultValue::From(_) | DefaultValue::Depends(_))
        )
    };
    let written_out = |line: &str| {
        let setting = line.strip_prefix("# ").filter(|line| has_default(line));
        format!("{}\n", setting.unwrap_or(line))
    };
    // An accepted type is looked at in any case where the option is set, and to the letter where it is not.
    let differs = |line: &&str| !line.contains("accepted_types = ");
    let written_out: String = text.lines().filter(differs).map(written_out).collect();
    assert!(written_out.lines().filter(|line| has_default(line)).count() > 25);
    assert_eq!(described(&written_out), described(&text));
}

/// The file of a server whose Prosody says nothing of tokens.
fn with_a_host_of_its_own(text: &str) -> String {
    let changes = [
        ("\nprosody_config = ", "\n# prosody_config = "),
        ("\n# [hosts.", "\n[hosts."),
        ("\n# app_id = ", "\napp_id = "),
        (
            "\n# app_secret = \"at least 32 random characters\"",
            "\napp_secret = \"0123456789abcdef\"",
        ),
        (
            "\n# muc_mapper_domain_base = ",
            "\nmuc_mapper_domain_base = ",
        ),
    ];
    changes
        .iter()
        .fold(text.to_owned(), |text, (shipped, changed)| {
            assert!(text.contains(shipped), "{shipped}");
            text.replace(shipped, changed)
        })
}

/// What a configuration comes to, apart from where its values are from.
fn described(text: &str) -> String {
    let sources = Inputs {
        file: Some(("/etc/t.toml".into(), text.to_owned())),
        ..Inputs::default()
    };
    let config: Config = config::load(&sources).unwrap_or_else(|refused| panic!("{refused}"));
    let hosts = config.hosts.values();
    let hosts: Vec<String> = hosts
        .map(|host| format!("{:?} {:?}", host.policy, host.sources))
        .collect();
    let Config {
        listen,
        server_names,
        threads,
        limits,
        log,
        key_max_stale,
        warnings,
        ..
    } = config;
    format!(
        "{listen:?} {server_names:?} {threads} {limits:?} {log:?} {key_max_stale:?} {warnings:?} {hosts:#?}"
    )
}

/// Prosody's own, which is none of a token's options.
const OF_PROSODY: &str = "restrict_room_creation";

#[test]
fn every_option_that_an_explanation_names_has_a_row() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/token/explain");
    let mut named = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for list in text.split(".by(&[").skip(1) {
            let (list, _) = list.split_once(']').unwrap();
            for option in list.split('"').skip(1).step_by(2) {
                let name = option.rsplit('.').next().unwrap();
                let is_issuers = || options::of_issuers().any(|option| option.name == name);
                let is_known =
                    options::named(name).is_some() || is_issuers() || option == OF_PROSODY;
                assert!(is_known, "{}: {option} has no row", path.display());
                named += 1;
            }
        }
    }
    assert!(named > 15, "only {named} options are named");
}
