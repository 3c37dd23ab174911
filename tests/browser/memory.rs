//! What the console costs while somebody looks at it.

use serde_json::json;
use support::time::in_seconds;
use support::token::{mint, with};

use crate::fixture::SECRET;
use crate::scenario::{guarded, play, without};
use crate::tokens;

/// In KiB.
const MOST_MORE: i64 = 4_096;

#[test]
fn with_two_hundred_joins_and_a_page_that_shows_them_a_daemon_takes_four_mebibytes_more_at_most() {
    let without = without();
    let other = &without.running.daemon;
    let now = json!({"iat": null, "nbf": null, "exp": in_seconds(600), "room": "*"});
    let more = json!({
        "other": {"base": format!("http://127.0.0.1:{}", other.port()), "process": other.id()},
        "token": mint(&with(tokens::claims(), &now), SECRET),
        "joins": 200,
    });
    let resident = play(&guarded("show_names = true\n"), "memory", &more);
    let [off, on] = ["off", "on"].map(|name| resident[name].as_i64().unwrap());
    assert!(
        on - off <= MOST_MORE,
        "{off} KiB without, {on} KiB with a console"
    );
}
