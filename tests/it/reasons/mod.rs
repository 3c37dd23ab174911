//! The reasons to deny: their codes, conditions and texts never change, and each is described to operators.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes files of the project"
)]

mod document;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use prosody_tokend::token::reason::{Flaw, Reason};

const RECORD: &str = "tests/data/reasons.txt";
const DOCUMENT: &str = "docs/reasons.md";
const UPDATE: &str = "UPDATE=1 cargo nextest run --locked --test it reasons::";

/// Every reason, and of broken standards one for each rule.
fn reasons() -> Vec<Reason> {
    let of_one = |reason: &Reason| match reason {
        Reason::Flawed(_) => Flaw::ALL.iter().copied().map(Reason::Flawed).collect(),
        reason => vec![reason.clone()],
    };
    Reason::ALL.iter().flat_map(of_one).collect()
}

fn line(reason: &Reason) -> String {
    let (code, condition) = (reason.code(), reason.condition().unwrap_or("-"));
    format!(
        "{code}\t{condition}\t{}",
        reason.text().as_deref().unwrap_or("-")
    )
}

#[test]
fn a_code_its_condition_and_its_text_never_change() {
    let recorded = read(RECORD);
    let recorded: Vec<&str> = recorded.lines().collect();
    let lines: Vec<String> = reasons().iter().map(line).collect();
    let is_there = |recorded: &&&str| lines.iter().any(|line| line == **recorded);
    let (kept, changed): (Vec<&str>, Vec<&str>) = recorded.iter().partition(|line| is_there(line));
    assert!(
        changed.is_empty(),
        "{RECORD} promises what is not so any more; clients and dashboards go by it, so give it back:\n{}",
        changed.join("\n")
    );
    let added: Vec<&String> = lines
        .iter()
        .filter(|line| !kept.contains(&line.as_str()))
        .collect();
    if is_update() {
        write(RECORD, &(lines.join("\n") + "\n"));
        return;
    }
    assert!(
        added.is_empty(),
        "a reason is new, and its code, condition and text are promised from now on. If they are right, {UPDATE} adds \
         them to {RECORD}:\n{added:?}"
    );
}

#[test]
fn each_reason_has_a_code_of_its_own() {
    let codes: Vec<&str> = reasons().iter().map(Reason::code).collect();
    let different: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(different.len(), codes.len(), "{codes:?}");
    let is_plain = |code: &&str| {
        code.bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    assert!(codes.iter().all(is_plain), "{codes:?}");
}

#[test]
fn the_document_has_every_reason_as_the_code_has_it() {
    let expected = document::write(&reasons());
    if is_update() {
        write(DOCUMENT, &expected);
    }
    assert!(
        read(DOCUMENT) == expected,
        "{DOCUMENT} is out of date: {UPDATE}"
    );
}

fn is_update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

fn write(path: &str, text: &str) {
    fs::write(root().join(path), text).unwrap();
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
