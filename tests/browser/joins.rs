//! The view that says what was decided lately.

use serde_json::{Value, json};
use support::time::in_seconds;
use support::token::{mint, with};

use crate::fixture::SECRET;
use crate::scenario::{guarded, open, play};
use crate::tokens;

#[test]
fn of_two_hundred_joins_those_appear_that_somebody_looks_for_and_none_is_missed() {
    let [good, expired, audience] = [
        json!({}),
        json!({"exp": in_seconds(-60)}),
        json!({"aud": "another"}),
    ]
    .map(|changes| current(&changes));
    let more = json!({"good": good, "expired": expired, "audience": audience, "tokens": [good, expired, audience]});
    play(&guarded("show_names = true\n"), "joins-live", &more);
}

#[test]
fn names_are_shown_where_they_are_to_be_and_never_become_markup() {
    play(
        &guarded("show_names = true\n"),
        "joins-names",
        &hostile(true),
    );
}

#[test]
fn names_are_not_shown_where_nobody_wants_them() {
    play(&guarded(""), "joins-names", &hostile(false));
}

#[test]
fn whoever_watches_is_told_that_the_login_has_ended() {
    play(
        &guarded("show_names = true\nsession = 4\n"),
        "joins-ended",
        &json!({"good": current(&json!({}))}),
    );
}

#[test]
fn where_decisions_are_not_kept_there_are_their_sums() {
    play(
        &open("recent = 0\n"),
        "joins-none",
        &json!({"good": current(&json!({}))}),
    );
}

fn hostile(are_shown: bool) -> Value {
    let named = |text: &str| {
        let user =
            json!({"context": {"user": {"name": text, "id": text}}, "jti": text, "room": "*"});
        json!({"text": text, "token": current(&user)})
    };
    let tokens: Vec<Value> = tokens::hostile()
        .iter()
        .map(|(text, _)| named(text))
        .collect();
    json!({"tokens": tokens, "areShown": are_shown})
}

/// A token that is good now, but for these claims.
fn current(changes: &Value) -> String {
    let now = json!({"iat": null, "nbf": null, "exp": in_seconds(600), "room": "*"});
    mint(&with(with(tokens::claims(), &now), changes), SECRET)
}
