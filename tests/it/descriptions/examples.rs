//! The examples of the manual pages are typed as they stand there.

use std::process::Command;

use packaging::commands::notes::{self, Tried};
use packaging::{commands, configuration};
use prosody_tokend::config;
use prosody_tokend::config::layers::Inputs;

use crate::daemon::fixture::{BINARY, start};
use crate::kong;

/// The program, with the configuration of the test in place of the machine's.
const WRAPPER: &str = "prosody-tokend() {
    case $1 in
    keys) [ \"$2\" = name ] || set -- \"$@\" --config \"$CONFIG\" --url \"$URL\" ;;
    health | revoke | revocations | unrevoke) set -- \"$@\" --config \"$CONFIG\" --url \"$URL\" ;;
    credentials) set -- \"$@\" --config \"$CONFIG\" --url \"$ADMIN_URL\" ;;
    shim) ;;
    *) set -- \"$@\" --config \"$CONFIG\" ;;
    esac
    \"$BINARY\" \"$@\"
}
";

#[test]
fn each_example_does_what_the_page_says() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("state.db").display().to_string();
    let running = start(&format!(
        "admin_key = \"0123456789abcdef\"\n[store]\npath = {store:?}\n[admin]\nlisten = [\"127.0.0.1:0\"]\n[gateways.api]\n"
    ));
    let admin = kong::port(&running);
    let mut tried = 0;
    for command in commands::visible() {
        let name = commands::page_name(&command);
        let notes = notes::of(&name).unwrap();
        assert!(!notes.examples.is_empty(), "{name} has no example");
        for example in notes.examples {
            assert!(example.line.contains("prosody-tokend"), "{}", example.line);
            let Tried::Ends(status) = example.tried else {
                continue;
            };
            let output = Command::new("bash")
                .args(["-c", &format!("{WRAPPER}{}", example.line)])
                .env("BINARY", BINARY)
                .env("CONFIG", running.daemon.configuration())
                .env("ADMIN_URL", format!("http://127.0.0.1:{admin}"))
                .env("URL", format!("http://127.0.0.1:{}", running.daemon.port()))
                .current_dir(folder.path())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                output.status.code(),
                Some(i32::from(status)),
                "{}: {said}",
                example.line
            );
            tried += 1;
        }
    }
    assert!(tried > 10);
}

#[test]
fn the_example_of_the_configuration_is_one() {
    let text = configuration::EXAMPLE.replace(
        "app_secret_file = \"/etc/prosody-tokend/app_secret\"",
        "app_secret = \"0123456789abcdef0123456789abcdef\"",
    );
    assert_ne!(text, configuration::EXAMPLE);
    let inputs = Inputs {
        file: Some(("/etc/t.toml".into(), text)),
        ..Inputs::default()
    };
    let loaded = config::load(&inputs).unwrap_or_else(|refused| panic!("{refused}"));
    assert_eq!(loaded.hosts.len(), 1);
}
