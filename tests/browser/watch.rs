//! What all other tests rely on.

use serde_json::json;

use crate::scenario::{open, play};

#[test]
fn what_must_not_happen_in_a_page_is_seen_where_it_happens() {
    play(&open(""), "watched", &json!({}));
}
