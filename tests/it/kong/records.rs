//! What is written of changes, and what never is.

use std::fs;

use serde_json::{Value, json};

use super::{Kong, kong, text};
use support::until;

fn lines(kong: &Kong, count: usize) -> Vec<Value> {
    until("the lines of the audit log", || {
        let written = fs::read_to_string(kong.audit()).ok()?;
        let lines: Vec<Value> = written
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        (lines.len() >= count).then_some(lines)
    })
}

#[test]
fn each_change_has_a_line_and_nothing_else_has() {
    let kong = kong();
    let bob = kong.consumer("bob");
    let made = kong.credential("bob", &json!({ "key": "k", "secret": "hunter2hunter2" }));
    kong.done(
        "PATCH",
        "/jwts/k",
        &json!({ "secret": "hunter3hunter3" }),
        200,
    );
    kong.done("PUT", "/jwts/k", &json!({ "consumer": bob }), 400);
    kong.done("PUT", "/consumers/bob/jwt/l", &json!({}), 200);
    kong.done("POST", "/consumers/bob/jwt", &json!({ "key": "k" }), 409);
    kong.done("DELETE", "/jwts/nothing", &Value::Null, 204);
    kong.done("DELETE", "/jwts/k", &Value::Null, 204);
    kong.done("DELETE", "/consumers/bob", &Value::Null, 204);
    kong.get("/jwts");
    let lines = lines(&kong, 6);
    let told: Vec<_> = lines
        .iter()
        .map(|line| (text(line, "kind"), text(line, "change"), text(line, "name")))
        .collect();
    let expected = [
        ("consumer", "made", "bob"),
        ("credential", "made", "k"),
        ("credential", "changed", "k"),
        ("credential", "made", "l"),
        ("credential", "deleted", "k"),
        ("consumer", "deleted", "bob"),
    ];
    assert_eq!(told, expected);
    assert_eq!(
        (&lines[1]["id"], &lines[1]["consumer"]),
        (&made["id"], &bob["id"])
    );
    assert_eq!(lines[0]["consumer"], Value::Null);
    let me = format!("user {}", rustix::process::geteuid().as_raw());
    assert_eq!(lines[0]["by"], me.as_str());
}

#[test]
fn no_secret_and_no_key_of_administrators_is_written_anywhere() {
    let kong = kong();
    kong.consumer("bob");
    let made = kong.credential("bob", &json!({ "key": "k" }));
    let generated = text(&made, "secret").to_owned();
    for set in [
        json!({ "secret": "hunter2hunter2", "algorithm": "RS256" }),
        json!({ "secret": ["hunter2hunter2"] }),
        json!({ "secret": "hunter2hunter2", "x": 1 }),
    ] {
        let refused = kong.ask("POST", "/consumers/bob/jwt", &set);
        assert_eq!(refused.status(), 400);
        assert!(!refused.0.contains("hunter2"), "{}", refused.0);
    }
    kong.done(
        "PATCH",
        "/jwts/k",
        &json!({ "secret": "hunter2hunter2" }),
        200,
    );
    lines(&kong, 3);
    for text in [generated.as_str(), "hunter2", "the-key-of-administrators"] {
        assert!(!kong.written().contains(text), "{text}");
    }
}
