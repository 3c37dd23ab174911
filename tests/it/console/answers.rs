//! What is answered to whoever asks in another way than pages do.

use super::site::{CONSOLE, FORM, KEYS, assert_guarded, log_in};
use crate::daemon::fixture::start;

#[test]
fn what_is_asked_in_another_way_is_a_page_that_says_so() {
    let running = start(&format!("{KEYS}{CONSOLE}"));
    let session = log_in(&running);
    let token = format!("form_token={}", session.form_token);
    let large = format!("{token}&token={}", "a".repeat(100_000));
    for (method, path, kind, body, status, allowed) in [
        ("POST", "/console/", FORM, "", 405, Some("GET")),
        ("POST", "/console/joins", FORM, "", 405, Some("GET")),
        ("PUT", "/console/token", FORM, "", 405, Some("GET, POST")),
        ("DELETE", "/console/server", FORM, "", 405, Some("GET")),
        ("GET", "/console/logout", FORM, "", 405, Some("POST")),
        ("GET", "/console/server/revoke", FORM, "", 405, Some("POST")),
        (
            "POST",
            "/console/assets/console.css",
            FORM,
            "",
            405,
            Some("GET"),
        ),
        (
            "OPTIONS",
            "/console/token",
            FORM,
            "",
            405,
            Some("GET, POST"),
        ),
        ("GET", "/console/nothing", FORM, "", 404, None),
        ("GET", "/console/assets/", FORM, "", 404, None),
        ("GET", "/console/assets/../token", FORM, "", 404, None),
        ("GET", "/console/assets/nothing.js", FORM, "", 404, None),
        ("GET", "/console//token", FORM, "", 404, None),
        ("GET", "/console/token/", FORM, "", 404, None),
        ("GET", "/console/Token", FORM, "", 404, None),
        (
            "POST",
            "/console/token",
            "Content-Type: application/json",
            "{}",
            415,
            None,
        ),
        (
            "POST",
            "/console/token",
            "Content-Type: text/plain",
            &token,
            415,
            None,
        ),
        (
            "POST",
            "/console/login",
            "Content-Type: text/plain",
            "key=the-key-of-administrators",
            415,
            None,
        ),
        ("POST", "/console/login", FORM, &token, 400, None),
        ("POST", "/console/token", FORM, &large, 413, None),
    ] {
        let answer = running.ask(method, path, &[kind, &session.cookie], body);
        assert_eq!(answer.status(), status, "{method} {path}: {}", answer.0);
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        assert!(
            answer.has_header("content-type: text/html; charset=utf-8"),
            "{}",
            answer.0
        );
        assert_guarded(&answer, path);
        assert!(!answer.0.contains("the-key-of"), "{}", answer.0);
    }
}

#[test]
fn whoever_asks_for_the_header_alone_gets_that_of_the_page_and_no_body() {
    let running = start(&format!("{KEYS}{CONSOLE}"));
    let session = log_in(&running);
    for (path, status) in [
        ("/console/", 303),
        ("/console/login", 303),
        ("/console/token", 200),
        ("/console/joins", 200),
        ("/console/joins/live", 200),
        ("/console/server", 200),
        ("/console/assets/console.css", 200),
        ("/console/nothing", 404),
    ] {
        let answer = running.ask("HEAD", path, &[&session.cookie], "");
        assert_eq!(answer.status(), status, "{path}: {}", answer.0);
        assert!(answer.0.ends_with("\r\n\r\n"), "{path}: {}", answer.0);
        assert_guarded(&answer, path);
    }
}
