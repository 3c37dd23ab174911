//! The view that says how the server is.

use serde_json::json;
use support::token::{mint, with};

use crate::fixture::SECRET;
use crate::scenario::{guarded, open, play};
use crate::tokens;

#[test]
fn something_is_revoked_and_taken_back_by_keyboard_and_not_before_it_was_confirmed() {
    let claims =
        json!({"jti": "the-jti", "iat": null, "nbf": null, "exp": support::time::in_seconds(600)});
    let token = mint(&with(tokens::claims(), &claims), SECRET);
    play(&guarded(""), "revocation", &json!({"token": token}));
}

#[test]
fn where_nobody_logs_in_the_server_is_shown_and_nothing_can_be_changed() {
    play(&open(""), "open-server", &json!({}));
}
