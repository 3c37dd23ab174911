//! The view in which a token is made for trying things.

use serde_json::json;

use crate::scenario::{guarded, open, play};

#[test]
fn a_token_that_is_made_lets_somebody_in_and_is_kept_nowhere() {
    let site = guarded("mint = true\nshow_names = true\n");
    let token = play(&site, "mint", &json!({}));
    let (signed, signature) = token.as_str().unwrap().rsplit_once('.').unwrap();
    let log = site.running.log();
    assert!(log.contains("made a token at the console"), "{log}");
    for part in signed.split('.').chain([signature]) {
        assert!(!log.contains(part), "{log}");
    }
}

#[test]
fn no_token_is_made_where_none_is_to_be() {
    play(&guarded(""), "no-mint", &json!({"logsIn": true}));
    play(&open(""), "no-mint", &json!({"logsIn": false}));
}
