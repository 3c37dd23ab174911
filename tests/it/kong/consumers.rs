//! `/consumers`.

use serde_json::{Value, json};

use super::{Client, FORM, JSON, Kong, NOBODY, body, kong, kong_with, text};

#[test]
fn a_consumer_is_made_shown_changed_replaced_and_deleted() {
    let kong = kong();
    let made = kong.ask(
        "POST",
        "/consumers",
        &json!({ "username": "bob", "tags": ["b", "a"] }),
    );
    assert_eq!(made.status(), 201, "{}", made.0);
    assert!(made.has_header("Content-Type: application/json; charset=utf-8"));
    let bob = made.json();
    let (id, created) = (
        text(&bob, "id").to_owned(),
        bob["created_at"].as_i64().unwrap(),
    );
    let expected = format!(
        "{{\"id\":\"{id}\",\"created_at\":{created},\"updated_at\":{created},\"username\":\"bob\",\"custom_id\":null,\"tags\":[\"b\",\"a\"]}}"
    );
    assert_eq!(body(&made), expected);
    for path in [
        "/consumers/bob".to_owned(),
        format!("/consumers/{id}"),
        "/consumers/bob/".to_owned(),
    ] {
        assert_eq!(kong.get(&path), bob, "{path}");
    }
    let changed = kong.done(
        "PATCH",
        "/consumers/bob",
        &json!({ "custom_id": "c1" }),
        200,
    );
    assert_eq!(
        (&changed["custom_id"], &changed["tags"]),
        (&json!("c1"), &json!(["b", "a"]))
    );
    assert_eq!(
        kong.get("/consumers?custom_id=c1"),
        json!({ "data": [changed], "next": null })
    );
    assert_eq!(
        kong.get("/consumers?custom_id=c2"),
        json!({ "data": [], "next": null })
    );
    let path = format!("/consumers/{id}");
    let replaced = kong.done("PUT", &path, &json!({ "username": "robert" }), 200);
    assert_eq!(
        (&replaced["id"], &replaced["custom_id"]),
        (&json!(id), &Value::Null)
    );
    kong.done("GET", "/consumers/bob", &Value::Null, 404);
    let made = kong.done(
        "PUT",
        "/consumers/carol",
        &json!({ "custom_id": "c3" }),
        200,
    );
    assert_eq!(
        (&made["username"], &made["custom_id"]),
        (&json!("carol"), &json!("c3"))
    );
    assert_eq!(
        kong.done("DELETE", "/consumers/robert", &Value::Null, 204),
        Value::Null
    );
    kong.done("GET", &path, &Value::Null, 404);
    kong.done("GET", "/consumers/carol", &Value::Null, 200);
}

#[test]
fn what_a_form_says_of_a_consumer_is_what_json_says() {
    let kong = kong();
    let made = kong.form(
        "POST",
        "/consumers",
        "username=b%C3%B6b+b&custom_id=&tags[]=x&tags[]=y",
    );
    assert_eq!(made.status(), 201, "{}", made.0);
    let made = made.json();
    assert_eq!(
        (&made["username"], &made["custom_id"]),
        (&json!("böb b"), &Value::Null)
    );
    assert_eq!(made["tags"], json!(["x", "y"]));
    assert_eq!(kong.get("/consumers/b%C3%B6b%20b"), made);
    let changed = kong.form("PATCH", "/consumers/b%C3%B6b%20b", "tags=one&custom_id=7");
    assert_eq!(changed.status(), 200, "{}", changed.0);
    assert_eq!(changed.json()["tags"], json!(["one"]));
    assert_eq!(changed.json()["custom_id"], "7");
    let put = kong.form("PUT", "/consumers/ann", "");
    assert_eq!(put.status(), 200, "{}", put.0);
    let parts = "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\npart\r\n--x--\r\n";
    let kind = "Content-Type: multipart/form-data; boundary=x";
    let made = kong.send("POST", "/consumers", &[super::ADMIN, kind], parts);
    assert_eq!(made.status(), 201, "{}", made.0);
    assert_eq!(made.json()["username"], "part");
}

#[test]
fn a_name_that_is_taken_stays_with_whoever_has_it() {
    let kong = kong();
    let bob = kong.done(
        "POST",
        "/consumers",
        &json!({ "username": "bob", "custom_id": "c" }),
        201,
    );
    let ann = kong.consumer("ann");
    let taken = |field: &str, value: &str| {
        json!({
            "message": format!("UNIQUE violation detected on '{{{field}=\"{value}\"}}'"),
            "name": "unique constraint violation", "code": 5, "fields": { field: value },
        })
    };
    for (method, path, set, told) in [
        (
            "POST",
            "/consumers",
            json!({ "username": "bob" }),
            taken("username", "bob"),
        ),
        (
            "POST",
            "/consumers",
            json!({ "custom_id": "c" }),
            taken("custom_id", "c"),
        ),
        (
            "PATCH",
            "/consumers/ann",
            json!({ "username": "bob" }),
            taken("username", "bob"),
        ),
        (
            "PATCH",
            "/consumers/ann",
            json!({ "custom_id": "c" }),
            taken("custom_id", "c"),
        ),
        (
            "PUT",
            "/consumers/ann",
            json!({ "custom_id": "c" }),
            taken("custom_id", "c"),
        ),
        (
            "PUT",
            &format!("/consumers/{NOBODY}"),
            json!({ "username": "bob" }),
            taken("username", "bob"),
        ),
    ] {
        assert_eq!(
            kong.done(method, path, &set, 409),
            told,
            "{method} {path} {set}"
        );
    }
    let again = json!({ "username": "other", "id": bob["id"] });
    let refused = kong.done("POST", "/consumers", &again, 400);
    assert_eq!(
        (&refused["name"], &refused["code"]),
        (&json!("primary key violation"), &json!(3))
    );
    assert_eq!(kong.get("/consumers/bob"), bob);
    assert_eq!(kong.get("/consumers/ann"), ann);
}

#[test]
fn what_is_no_consumer_is_told_field_by_field() {
    let kong = kong();
    kong.consumer("bob");
    for (set, message) in [
        (
            json!({}),
            "at least one of these fields must be non-empty: 'custom_id', 'username'",
        ),
        (
            json!({ "username": "" }),
            "username: length must be at least 1",
        ),
        (json!({ "username": 7 }), "username: expected a string"),
        (
            json!({ "username": "a\r\nX-Consumer-ID: 1" }),
            "username: expected no control characters",
        ),
        (
            json!({ "custom_id": "a\u{7f}" }),
            "custom_id: expected no control characters",
        ),
        (
            json!({ "username": "a", "tags": ["a/b"] }),
            "tags.1: invalid tag 'a/b'",
        ),
        (
            json!({ "username": "a", "tags": "a" }),
            "tags: expected a set",
        ),
        (
            json!({ "username": "a", "id": "1" }),
            "id: expected a valid UUID",
        ),
        (
            json!({ "username": "a", "password": "b" }),
            "password: unknown field",
        ),
    ] {
        let refused = kong.done("POST", "/consumers", &set, 400);
        assert_eq!(
            (&refused["name"], &refused["code"]),
            (&json!("schema violation"), &json!(2))
        );
        let found = text(&refused, "message");
        assert!(found.contains(message), "{set}: {found}");
        assert!(refused["fields"].is_object(), "{refused}");
    }
    let none = json!({ "username": null });
    kong.done("PATCH", "/consumers/bob", &none, 400);
    kong.done("PATCH", "/consumers/bob", &json!({ "id": NOBODY }), 400);
    kong.done("PUT", &format!("/consumers/{NOBODY}"), &json!({}), 400);
    kong.done("PUT", "/consumers/a%0Ab", &json!({}), 400);
    assert_eq!(kong.get("/consumers")["data"].as_array().unwrap().len(), 1);
}

#[test]
fn whoever_is_not_there_is_not_found_and_is_gone_already() {
    let kong = kong();
    let unknown = format!("/consumers/{NOBODY}");
    for path in [
        "/consumers/nobody",
        &unknown,
        "/consumers/bob/",
        "/consumers/%FF",
    ] {
        for (method, set) in [("GET", Value::Null), ("PATCH", json!({ "custom_id": "a" }))] {
            let told = kong.done(method, path, &set, 404);
            assert_eq!(told, json!({ "message": "Not found" }), "{method} {path}");
        }
    }
    for path in ["/consumers/nobody", &unknown] {
        kong.done("DELETE", path, &Value::Null, 204);
        for (below, methods) in [
            ("jwt", &["GET", "POST"][..]),
            ("jwt/", &["GET", "POST"]),
            ("jwt/a", &["GET", "PUT", "PATCH", "DELETE"]),
        ] {
            for method in methods {
                let answer = kong.ask(method, &format!("{path}/{below}"), &json!({}));
                assert_eq!(
                    answer.status(),
                    404,
                    "{method} {path}/{below}: {}",
                    answer.0
                );
            }
        }
    }
}

#[test]
fn with_a_consumer_go_the_credentials() {
    let kong = kong();
    let (bob, ann) = (kong.consumer("bob"), kong.consumer("ann"));
    kong.credential("bob", &json!({ "key": "b1" }));
    kong.credential("bob", &json!({ "key": "b2" }));
    let kept = kong.credential("ann", &json!({ "key": "a1" }));
    kong.done(
        "DELETE",
        &format!("/consumers/{}", text(&bob, "id")),
        &json!({}),
        204,
    );
    for path in [
        "/jwts/b1",
        "/jwts/b2",
        "/consumers/bob",
        "/consumers/bob/jwt",
    ] {
        kong.done("GET", path, &Value::Null, 404);
    }
    assert_eq!(kong.get("/jwts")["data"], json!([kept]));
    assert_eq!(kong.get("/jwts/a1/consumer"), ann);
    // The key is free again.
    kong.credential("ann", &json!({ "key": "b1" }));
}

#[test]
fn what_was_made_is_there_after_a_restart() {
    let kong = kong_with("", "");
    kong.consumer("bob");
    let made = kong.credential("bob", &json!({ "key": "k" }));
    kong.running.daemon.terminate();
    kong.running.daemon.wait();
    kong.running.daemon.restart();
    let log = kong.running.log();
    let ports: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("Kong's Admin API"))
        .filter_map(|line| {
            line.split_once("\"address\":\"127.0.0.1:")?
                .1
                .split('"')
                .next()
        })
        .collect();
    let Kong {
        running, folder, ..
    } = kong;
    let port = ports.last().unwrap().parse().unwrap();
    let kong = Kong {
        running,
        client: Client { port },
        folder,
    };
    assert_eq!(kong.get("/jwts/k"), made);
    let refused = kong.send("POST", "/consumers", &[super::ADMIN, FORM], "username=bob");
    assert_eq!(refused.status(), 409, "{}", refused.0);
    let refused = kong.send(
        "POST",
        "/consumers",
        &[super::ADMIN, JSON],
        "{\"username\":\"bob\"}",
    );
    assert_eq!(refused.status(), 409, "{}", refused.0);
}
