//! Who may see the console, and for how long.

use serde_json::json;

use crate::scenario::{guarded, open, play};

#[test]
fn the_right_key_leads_to_the_page_that_was_wanted_and_a_wrong_one_to_no_page() {
    play(&guarded(""), "login", &json!({}));
}

#[test]
fn whoever_tries_many_keys_is_told_how_long_to_wait() {
    play(&guarded(""), "attempts", &json!({}));
}

#[test]
fn no_script_and_no_other_site_gets_the_cookie_of_a_session() {
    play(&guarded(""), "cookie", &json!({}));
}

#[test]
fn a_session_ends_by_itself_and_the_next_step_says_so() {
    play(&guarded("session = 3\n"), "expiry", &json!({}));
}

#[test]
fn who_logs_out_ends_the_session_for_whoever_has_a_copy_of_its_cookie() {
    play(&guarded(""), "logout", &json!({}));
}

#[test]
fn another_key_of_administrators_ends_all_sessions_and_other_changes_end_none() {
    play(&guarded(""), "changed-key", &json!({}));
}

#[test]
fn where_no_key_is_set_everybody_here_may_look_and_nobody_is_asked_for_a_key() {
    play(&open(""), "open", &json!({}));
}

#[test]
fn a_link_on_another_site_leads_to_the_page_for_whoever_has_logged_in() {
    play(&guarded(""), "link", &json!({}));
}

#[test]
fn a_page_of_another_site_can_do_nothing_to_whoever_has_logged_in() {
    play(
        &guarded("mint = true\n"),
        "attack",
        &json!({"logsIn": true}),
    );
}

#[test]
fn a_page_of_another_site_can_do_nothing_where_nobody_has_to_log_in() {
    play(&open(""), "attack", &json!({"logsIn": false}));
}
