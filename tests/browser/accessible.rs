//! Pages for everybody: what axe-core finds, in light and in dark, on a wide and on a narrow screen, and with the keyboard alone.

use serde_json::json;

use crate::fixture::SECRET;
use crate::scenario::{guarded, play};
use crate::tokens::{self, AT};

fn look_at(states: &[&str]) {
    let long = json!({"context": {"user": {"name": "n".repeat(300), "id": "an id"}}, "a".repeat(120): "b".repeat(500), "aud": "jitsi"});
    let more = json!({
        "states": states,
        "at": AT,
        "allowed": tokens::good(),
        "denied": tokens::but(&json!({"exp": AT - 3_600, "aud": "jitsi", "sub": "other.example.com"})),
        "long": tokens::but(&long),
        "secret": SECRET,
    });
    play(
        &guarded("mint = true\nshow_names = true\n"),
        "accessible",
        &more,
    );
}

#[test]
fn everybody_can_log_in_and_read_what_went_wrong() {
    look_at(&["login", "login, wrong key", "no such page"]);
}

#[test]
fn everybody_can_ask_about_a_token() {
    look_at(&["token", "token, nothing pasted"]);
}

#[test]
fn everybody_can_read_what_is_wrong_with_a_token() {
    look_at(&["token, denied", "token, allowed", "token, long words"]);
}

#[test]
fn everybody_can_see_who_joins() {
    look_at(&["joins", "joins, some", "joins, filtered"]);
}

#[test]
fn everybody_can_see_how_the_server_is_and_revoke() {
    look_at(&[
        "server",
        "server, to be confirmed",
        "server, with revocations",
    ]);
}

#[test]
fn everybody_can_make_a_token() {
    look_at(&["mint", "mint, made"]);
}
