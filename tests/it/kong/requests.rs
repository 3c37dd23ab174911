//! Methods, bodies and their types.

use serde_json::json;

use super::{ADMIN, FORM, JSON, body, kong, kong_with};

#[test]
fn what_is_done_nowhere_is_405_with_what_is_done() {
    let kong = kong();
    kong.consumer("bob");
    kong.credential("bob", &json!({ "key": "k" }));
    for (method, path, allowed) in [
        ("PUT", "/consumers", "GET, HEAD, POST"),
        ("DELETE", "/consumers", "GET, HEAD, POST"),
        ("PATCH", "/consumers/", "GET, HEAD, POST"),
        ("POST", "/consumers/bob", "GET, HEAD, PUT, PATCH, DELETE"),
        ("PUT", "/consumers/bob/jwt", "GET, HEAD, POST"),
        ("DELETE", "/consumers/bob/jwt/", "GET, HEAD, POST"),
        (
            "POST",
            "/consumers/bob/jwt/k",
            "GET, HEAD, PUT, PATCH, DELETE",
        ),
        ("PUT", "/jwts", "GET, HEAD, POST"),
        ("DELETE", "/jwts", "GET, HEAD, POST"),
        ("POST", "/jwts/k", "GET, HEAD, PUT, PATCH, DELETE"),
        ("POST", "/jwts/k/consumer", "GET, HEAD, PUT, PATCH"),
        ("DELETE", "/jwts/k/consumer", "GET, HEAD, PUT, PATCH"),
        ("DELETE", "/", "GET, HEAD"),
        ("OPTIONS", "/consumers", "GET, HEAD, POST"),
        ("PROPFIND", "/jwts", "GET, HEAD, POST"),
        ("get", "/jwts", "GET, HEAD, POST"),
    ] {
        let answer = kong.send(method, path, &[ADMIN, JSON], "{}");
        assert_eq!(answer.status(), 405, "{method} {path}: {}", answer.0);
        assert_eq!(body(&answer), "{\"message\":\"Method not allowed\"}");
        assert!(
            answer.has_header(&format!("Allow: {allowed}")),
            "{path}: {}",
            answer.0
        );
    }
    let head = kong.send("HEAD", "/jwts/k", &[ADMIN], "");
    assert_eq!((head.status(), body(&head)), (200, ""));
}

#[test]
fn a_body_that_is_not_what_it_is_said_to_be_changes_nothing() {
    let kong = kong();
    kong.consumer("bob");
    let before = kong.credential("bob", &json!({ "key": "k" }));
    for (method, path) in [
        ("POST", "/consumers"),
        ("PUT", "/consumers/bob"),
        ("PATCH", "/consumers/bob"),
        ("POST", "/consumers/bob/jwt"),
        ("PUT", "/jwts/k"),
        ("PATCH", "/jwts/k"),
    ] {
        for text in [
            "",
            "{",
            "key=a",
            "null",
            "1",
            "[1]",
            "\"a\"",
            "{\"key\": \"a\",}",
            "{} {}",
        ] {
            let answer = kong.send(method, path, &[ADMIN, JSON], text);
            assert_eq!(answer.status(), 400, "{method} {path} {text}: {}", answer.0);
            assert_eq!(body(&answer), "{\"message\":\"Cannot parse JSON body\"}");
        }
        for kind in [
            "",
            "Content-Type: text/plain",
            "Content-Type: application/xml",
            "Content-Type: multipart/form-data",
        ] {
            let headers: Vec<&str> = [ADMIN, kind]
                .into_iter()
                .filter(|line| !line.is_empty())
                .collect();
            let answer = kong.send(method, path, &headers, "{\"key\": \"a\"}");
            assert_eq!(answer.status(), 415, "{method} {path} {kind}: {}", answer.0);
        }
    }
    assert_eq!(kong.get("/jwts/k"), before);
    // What a request that changes nothing brings along is not looked at.
    assert_eq!(
        kong.send("GET", "/jwts/k", &[ADMIN, JSON], "{").status(),
        200
    );
    assert_eq!(
        kong.send("DELETE", "/jwts/k", &[ADMIN, JSON], "{").status(),
        204
    );
}

#[test]
fn a_body_that_is_too_long_is_not_read() {
    let kong = kong_with("", "[limits]\nbody_bytes = 1024\ntoken_bytes = 512");
    let long = format!("{{\"username\":\"{}\"}}", "a".repeat(2_000));
    let answer = kong.send("POST", "/consumers", &[ADMIN, JSON], &long);
    assert_eq!(answer.status(), 413, "{}", answer.0);
    assert!(
        body(&answer).starts_with("{\"message\":\"the body is longer than"),
        "{}",
        answer.0
    );
    let form = format!("username={}", "a.".repeat(400));
    assert_eq!(
        kong.send("POST", "/consumers", &[ADMIN, FORM], &form)
            .status(),
        201
    );
    let nested = format!("{}=1", "a.".repeat(400));
    assert_eq!(
        kong.send("POST", "/consumers", &[ADMIN, FORM], &nested)
            .status(),
        400
    );
    let deep = "[".repeat(900);
    assert_eq!(
        kong.send("POST", "/consumers", &[ADMIN, JSON], &deep)
            .status(),
        400
    );
}
