//! The manual pages and completions.

use std::process::Command;

use packaging::{commands, configuration};
use prosody_tokend::cli::statuses::STATUSES;
use prosody_tokend::options;

use super::{described, said, text, written};
use crate::daemon::fixture::BINARY;

#[test]
fn the_same_source_makes_the_same_files() {
    let (first, second) = (described(), described());
    assert!(first.len() > 15);
    for (first, second) in first.iter().zip(&second) {
        assert!(first.content == second.content, "{}", first.path.display());
    }
}

#[test]
fn mandoc_and_groff_find_nothing_in_any_page() {
    let folder = written();
    let pages = described().into_iter().map(|file| file.path);
    let pages = pages.filter(|path| path.starts_with("man"));
    for page in pages.map(|path| folder.path().join(path)) {
        let mut mandoc = Command::new("mandoc");
        assert_eq!(
            said(mandoc.args(["-T", "lint", "-W", "warning"]).arg(&page)),
            ""
        );
        let mut groff = Command::new("groff");
        let groff = groff.args(["-man", "-ww", "-K", "utf-8", "-T", "utf8", "-z"]);
        assert_eq!(said(groff.arg(&page)), "");
    }
}

#[test]
fn each_command_that_people_see_has_a_page_with_every_section() {
    let commands = commands::visible();
    assert!(commands.len() > 10);
    for command in &commands {
        let name = commands::page_name(command);
        let page = text(&format!("man/man1/{name}.1"));
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXIT STATUS",
            "EXAMPLES",
            "SEE ALSO",
        ] {
            let is_there = page.lines().any(|line| {
                line.trim_end() == format!(".SH {section}") || line == format!(".SH \"{section}\"")
            });
            assert!(is_there, "{name} has no {section}");
        }
        for status in STATUSES {
            assert!(
                page.contains(&format!("\\fB{}\\fR", status.code)),
                "{name} lacks {}",
                status.code
            );
        }
    }
    let program = text("man/man1/prosody-tokend.1");
    for command in commands.iter().skip(1) {
        let name = commands::page_name(command).replace('-', "\\-");
        assert!(program.contains(&name), "{name}");
    }
    assert!(!program.contains("evaluate"));
}

#[test]
fn the_page_of_the_configuration_says_of_every_option_all_that_the_table_has() {
    let page = text("man/man5/prosody-tokend.toml.5");
    let plain = page
        .replace("\\-", "-")
        .replace("\\*(Aq", "'")
        .replace("\\&", "");
    for option in options::all() {
        let name = format!("\\fB{}\\fR = ", option.path());
        assert!(plain.contains(&name), "{} is missing", option.name);
        assert!(
            plain.contains(option.meaning),
            "{}: {}",
            option.name,
            option.meaning
        );
        assert!(
            plain.contains(option.detail),
            "{}: {}",
            option.name,
            option.detail
        );
        if let Some(variable) = option.variable {
            assert!(plain.contains(variable), "{variable}");
        }
    }
    assert!(configuration::EXAMPLE.contains("app_secret_file"));
}

#[test]
fn shells_complete_the_commands_and_options_that_people_see() {
    let bash = text("bash-completion/completions/prosody-tokend");
    let zsh = text("zsh/vendor-completions/_prosody-tokend");
    let fish = text("fish/vendor_completions.d/prosody-tokend.fish");
    for completion in [&bash, &zsh, &fish] {
        for word in ["doctor", "env-file", "reload", "shim"] {
            assert!(completion.contains(word), "{word}");
        }
        assert!(!completion.contains("evaluate"));
    }
}

#[test]
fn bash_completes_a_command() {
    let folder = written();
    let script = "source \"$0\"; COMP_WORDS=(prosody-tokend do); COMP_CWORD=1; \
        _prosody__tokend prosody-tokend do prosody-tokend; echo \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    let completion = folder
        .path()
        .join("bash-completion/completions/prosody-tokend");
    let completed = said(bash.args(["-c", script]).arg(completion));
    assert_eq!(completed.trim(), "doctor");
    assert!(said(Command::new(BINARY).arg("--help")).contains("doctor"));
}
