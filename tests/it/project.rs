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
fn the_files_for_prosody_and_the_package_are_of_the_programs_version() {
    let version = env!("CARGO_PKG_VERSION");
    let shim = fs::read_to_string(root().join("lua/token/version.lib.lua")).unwrap();
    assert!(shim.contains(&format!("return \"{version}\";")), "{shim}");
    let changelog = fs::read_to_string(root().join("debian/changelog")).unwrap();
    assert!(changelog.starts_with(&format!("prosody-tokend ({version}-1) ")));
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

#[test]
fn what_is_to_be_changed_for_something_new_is_listed_whole() {
    let lists = lists(&fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap());
    assert_eq!(lists.len(), 8, "{lists:?}");
    for (example, files) in lists {
        assert!(files.len() <= 4, "{example}: {files:?}");
        for file in &files {
            let text = fs::read_to_string(root().join(file));
            let text = text.unwrap_or_else(|error| panic!("{example}: {file}: {error}"));
            assert!(mentions(&text, &example), "{example} is not in {file}");
        }
        let sources = sources().into_iter();
        let forgotten: Vec<String> = sources
            .filter(|(file, text)| !is_part_of(file, &files) && mentions(text, &example))
            .map(|(file, _)| file)
            .collect();
        assert_eq!(forgotten, [""; 0], "{example} is there as well");
    }
}

/// The examples of "How to add", each with the first file of every line of its list.
fn lists(text: &str) -> Vec<(String, Vec<String>)> {
    let (_, section) = text.split_once("\n## How to add\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let quoted = |line: &str| line.split('`').nth(1).unwrap_or_default().to_owned();
    let last_quoted = |line: &str| line.rsplit('`').nth(1).unwrap_or_default().to_owned();
    let mut lists: Vec<(String, Vec<String>)> = Vec::new();
    for line in section.lines() {
        if let Some((_, example)) = line.split_once(", such as ") {
            lists.push((last_quoted(example), Vec::new()));
        } else if line.starts_with(|c: char| c.is_ascii_digit()) {
            lists.last_mut().unwrap().1.push(quoted(line));
        }
    }
    lists
}

/// Whether it is one of the files, or in the folder of one.
fn is_part_of(file: &str, files: &[String]) -> bool {
    let is_below =
        |listed: &String| file.starts_with(&format!("{}/", listed.trim_end_matches(".rs")));
    files
        .iter()
        .any(|listed| listed == file || is_below(listed))
}

/// Whether a text has the word, in any of the ways in which code writes it.
fn mentions(text: &str, word: &str) -> bool {
    let parts: Vec<String> = word.split('-').map(str::to_lowercase).collect();
    let capitals = |part: &String| part[..1].to_uppercase() + &part[1..];
    let type_name: String = parts.iter().map(capitals).collect();
    let forms = [word.to_owned(), parts.join("_"), type_name];
    forms.iter().any(|form| {
        let mut found = text.match_indices(form.as_str());
        found.any(|(at, _)| is_word(&text[..at], &text[at + form.len()..]))
    })
}

fn is_word(before: &str, after: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    !before.ends_with(is_part) && !after.starts_with(|c: char| c.is_lowercase() || c == '_')
}

/// Every file of the source without its tests. What explanations say follows from a reason, and is left out.
fn sources() -> Vec<(String, String)> {
    let listed = Command::new("find")
        .args(["src", "-name", "*.rs"])
        .current_dir(root())
        .output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let files = listed
        .lines()
        .filter(|file| !file.contains("/tests") && !file.contains("/explain/"));
    let read = files.map(|file| {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let code = text
            .split("\n#[cfg(test)]\n")
            .next()
            .unwrap_or_default()
            .to_owned();
        (file.to_owned(), code)
    });
    read.collect()
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
    // What stands between fences is code.
    let text: String = document.split("\n```").step_by(2).collect();
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let files = targets.filter_map(|target| target.split('#').next());
    files
        .filter(|file| !file.is_empty() && !file.contains("://"))
        .map(str::to_owned)
        .collect()
}
