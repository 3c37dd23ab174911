//! The view that says what is wrong with a token.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::fixture::BINARY;
use crate::scenario::{Site, guarded, open, play};
use crate::tokens::{self, AT};

#[test]
fn what_is_wrong_with_a_token_is_said_first_and_in_the_words_of_explain() {
    let site = open("");
    let wrong: Vec<Value> = tokens::wrong()
        .into_iter()
        .map(|(name, token)| json!({"name": name, "says": headline(&site, &token), "token": token}))
        .collect();
    play(&site, "token-wrong", &json!({"at": AT, "tokens": wrong}));
}

/// What the command says first of a token.
fn headline(site: &Site, token: &str) -> String {
    let mut command = Command::new(BINARY)
        .args([
            "explain",
            "--host",
            "meet.example.com",
            "--room",
            "standup",
            "--at",
        ])
        .arg(AT.to_string())
        .arg("--config")
        .arg(site.running.daemon.configuration())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = command.stdin.take().unwrap();
    input.write_all(token.as_bytes()).unwrap();
    drop(input);
    let output = command.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let first = said.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    assert_eq!(words.first(), Some(&"denied"), "{token}: {said}");
    words.join(" ")
}

#[test]
fn nothing_that_stands_in_a_token_becomes_markup_or_script() {
    let tokens: Vec<Value> = tokens::hostile()
        .into_iter()
        .map(|(text, token)| json!({"text": text, "token": token}))
        .collect();
    let more = json!({"at": AT, "tokens": tokens, "named": tokens::named_markup()});
    play(&guarded(""), "token-hostile", &more);
}

#[test]
fn a_token_is_found_in_whatever_it_was_copied_with() {
    play(
        &open(""),
        "token-pasted",
        &json!({"at": AT, "token": tokens::good()}),
    );
}

#[test]
fn the_text_for_a_ticket_has_no_signature_and_no_token() {
    let more = json!({"at": AT, "token": tokens::but(&json!({"exp": AT - 30}))});
    play(&guarded(""), "token-ticket", &more);
}

#[test]
fn a_question_has_an_address_which_never_has_a_token() {
    play(
        &open(""),
        "token-address",
        &json!({"at": AT, "token": tokens::good()}),
    );
}

#[test]
fn everything_but_what_comes_live_works_without_scripts() {
    let more =
        json!({"at": AT, "token": tokens::good(), "wrong": tokens::but(&json!({"aud": "jitsi"}))});
    play(&guarded("mint = true\n"), "without-scripts", &more);
}
