//! The pictures of the documents are of pages as they are.

use std::path::PathBuf;

use serde_json::json;
use support::token::{mint, with};

use crate::fixture::SECRET;
use crate::scenario::{guarded, play};
use crate::tokens::{self, AT};

const UPDATE: &str = "UPDATE=1 cargo nextest run --locked --test browser pictures";

#[test]
fn the_pictures_in_the_documents_show_the_pages_as_they_are() {
    // Good for ever, so that they are the same each time.
    let now = |changes| {
        let current = json!({"iat": null, "nbf": null, "exp": null, "room": "*"});
        mint(&with(with(tokens::claims(), &current), &changes), SECRET)
    };
    let more = json!({
        "at": AT,
        "denied": tokens::but(&json!({"iat": AT - 10_800, "nbf": AT - 10_800, "exp": AT - 3_600, "jti": "5f0c7c1e"})),
        "joins": [
            {"room": "standup", "token": now(json!({"jti": "5f0c7c1e"}))},
            {"room": "standup", "token": now(json!({"jti": "b81d03aa", "exp": AT - 3_600}))},
            {"room": "retro", "token": now(json!({"jti": "77e0c2d4", "room": "planning"}))},
            {"room": "planning", "token": now(json!({"jti": "0e9c41bd", "context": {"user": {"name": "Grace Hopper"}}}))},
            {"room": "lecture", "token": now(json!({"jti": "c2d4f00d", "aud": "account"}))},
            {"room": "lecture", "token": now(json!({"jti": "91aa73e2", "context": {"user": {"name": "Katherine Johnson"}}}))},
        ],
        "pictures": support::root().join("docs/console"),
        "update": std::env::var_os("UPDATE").is_some(),
        "hint": UPDATE,
    });
    let site = guarded("show_names = true\n");
    let folder: PathBuf = site.running.folder.path().to_owned();
    play(&site, "pictures", &with(more, &json!({"folder": folder})));
}
