//! What the documents promise is there.
#![expect(clippy::disallowed_methods, reason = "reads the documents from disk")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_make_command_in_the_documents_has_a_target() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    for document in documents() {
        for target in make_targets(&fs::read_to_string(&document).unwrap()) {
            let known = makefile
                .lines()
                .any(|line| line.starts_with(&format!("{target}:")));
            assert!(
                known,
                "{}: `make {target}` does not exist",
                document.display()
            );
        }
    }
}

#[test]
fn every_link_in_the_documents_leads_to_a_file() {
    for document in documents() {
        let folder = document.parent().unwrap();
        for link in local_links(&fs::read_to_string(&document).unwrap()) {
            assert!(
                folder.join(&link).exists(),
                "{}: {link} does not exist",
                document.display()
            );
        }
    }
}

#[test]
fn commands_and_links_are_found_in_a_document() {
    let text = "Run `make test`, then\n\n    DEMO_EXIT=1 make demo   # or `make` alone\n\n\
                ```sh\nmake lint\n```\n\
                We make do. [a](docs/a.md#part) [b](https://example.com) [c](#part)";
    assert_eq!(make_targets(text), ["test", "demo", "lint"]);
    assert_eq!(local_links(text), ["docs/a.md"]);
}

#[test]
fn the_demo_is_set_up_where_there_is_neither_node_nor_npm() {
    let commands = tempfile::tempdir().unwrap();
    symlink("/usr/bin/dirname", commands.path().join("dirname")).unwrap();
    for there in ["cc", "prosody", "cargo"] {
        symlink("/bin/true", commands.path().join(there)).unwrap();
    }
    let mut setup = Command::new("/bin/bash");
    setup.arg(root().join(".ci/setup")).arg("demo");
    let output = setup.env("PATH", commands.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{output:?}");
    assert_eq!(said, "", "nothing is to be installed");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<PathBuf> {
    let folders = [root().to_owned(), root().join("docs")];
    let entries = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    assert!(found.contains(&root().join("CONTRIBUTING.md")), "{found:?}");
    found
}

/// The targets of the `make` commands in code: fenced or indented lines and backquoted words.
fn make_targets(document: &str) -> Vec<String> {
    let (mut found, mut fenced) = (Vec::new(), false);
    for line in document.lines() {
        fenced ^= line.starts_with("```");
        let code = if fenced || line.starts_with("    ") {
            line
        } else {
            ""
        };
        let quoted = line.split('`').skip(1).step_by(2);
        for command in quoted.chain([code.split('#').next().unwrap()]) {
            let mut words = command
                .split_whitespace()
                .skip_while(|word| *word != "make");
            found.extend(words.nth(1).map(str::to_owned));
        }
    }
    found
}

fn local_links(document: &str) -> Vec<String> {
    let targets = document
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let files = targets.filter_map(|target| target.split('#').next());
    files
        .filter(|file| !file.is_empty() && !file.contains("://"))
        .map(str::to_owned)
        .collect()
}
