//! What is read of the console.
#![expect(
    clippy::disallowed_methods,
    reason = "writes the file that an option names"
)]

use std::time::Duration;

use super::*;

const API_KEY: &str = "api_key = \"the-key-of-prosody\"\n";
const ADMIN_KEY: &str = "admin_key = \"the-key-of-administrators\"\n";

/// A configuration with these lines above all sections, and these in the section.
fn text(above: &str, lines: &str) -> String {
    format!("{above}[console]\n{lines}{HOST}")
}

#[test]
fn there_is_no_console_that_nobody_asked_for() {
    for text in [
        HOST.to_owned(),
        text(API_KEY, ""),
        text("", "mint = true\n"),
        text(API_KEY, "enabled = false\n"),
    ] {
        let config = with(&text, &[]).unwrap();
        assert!(!config.console.enabled, "{text}");
        assert!(!said(&config).contains("console"), "{text}");
    }
}

#[test]
fn what_is_not_said_of_the_console_is_usual() {
    let config = with(&text(ADMIN_KEY, "enabled = true\n"), &[]).unwrap();
    assert_eq!(
        config.console,
        super::super::console::Console {
            enabled: true,
            recent: 200,
            show_names: false,
            mint: false,
            session: Duration::from_hours(8),
        }
    );
    assert!(!said(&config).contains("console"), "{}", said(&config));
}

#[test]
fn where_others_need_a_key_people_need_one_as_well_and_what_is_said_to_be_done_helps() {
    for (above, lines) in [
        (API_KEY, "enabled = true\n"),
        ("", "enabled = true\nmint = true\n"),
        (API_KEY, "enabled = true\nmint = true\n"),
    ] {
        let refused = refusal(&text(above, lines));
        assert!(refused.contains("no admin_key"), "{refused}");
        assert!(
            refused.contains("admin_key_file above all sections"),
            "{refused}"
        );
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("admin_key");
        std::fs::write(
            &key,
            "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\n",
        )
        .unwrap();
        let above = format!("admin_key_file = {:?}\n{above}", key.display().to_string());
        let config = with(&text(&above, lines), &[]).unwrap();
        assert!(
            config.console.enabled && !said(&config).contains("console.enabled"),
            "{}",
            said(&config)
        );
    }
}

#[test]
fn that_everybody_may_look_is_said() {
    let config = with(&text("", "enabled = true\n"), &[]).unwrap();
    let said = said(&config);
    assert!(
        said.contains("console.enabled: every user of this machine can see the console"),
        "{said}"
    );
    assert!(said.contains("admin_key_file"), "{said}");
}

#[test]
fn settings_without_sense_are_refused() {
    for (line, found) in [
        ("recent = -1", "recent"),
        ("recent = 10001", "recent"),
        ("recent = \"many\"", "recent"),
        ("session = 0", "session"),
        ("session = 604801", "session"),
        ("enabled = \"yes\"", "enabled"),
        ("show_names = 1", "show_names"),
        ("mint = 1", "mint"),
        ("names = true", "names"),
    ] {
        let refused = refusal(&text(ADMIN_KEY, &format!("{line}\n")));
        assert!(refused.contains(found), "{line}: {refused}");
    }
}

fn said(config: &Config) -> String {
    config.warnings.join("\n")
}
