//! Logins: where they lead, what browsers keep of them, and what nobody else gets to know.

use support::until;

use super::site::{CONSOLE, FORM, KEYS, assert_guarded, complete, log_in};
use crate::daemon::fixture::start;

#[test]
fn the_key_leads_where_somebody_wanted_to_and_to_no_other_site() {
    let running = start(&format!("{KEYS}{CONSOLE}"));
    for (to, leads_to) in [
        ("", "/console/token"),
        (
            "&to=%2Fconsole%2Fjoins%3Fcode%3Dexpired",
            "/console/joins?code=expired",
        ),
        ("&to=https%3A%2F%2Fevil.example", "/console/token"),
        ("&to=%2F%2Fevil.example", "/console/token"),
        (
            "&to=%2Fconsole%2Fjoins%0D%0ASet-Cookie%3A%20a%3Db",
            "/console/token",
        ),
        ("&to=%2Fv1%2Frevocations", "/console/token"),
        ("&to=javascript%3Aalert(1)", "/console/token"),
    ] {
        let answer = running.ask(
            "POST",
            "/console/login",
            &[FORM],
            &format!("key=the-key-of-administrators{to}"),
        );
        assert_eq!(
            (answer.status(), answer.header("location")),
            (303, Some(leads_to)),
            "{to}"
        );
    }
}

#[test]
fn a_cookie_goes_over_tls_alone_but_on_this_machine_itself() {
    let running = start(&format!(
        "server_names = [\"tokend.example.com\"]\n{KEYS}{CONSOLE}"
    ));
    let own = "Sec-Fetch-Site: same-origin";
    for (host, is_secure) in [
        ("Host: localhost", false),
        ("Host: 127.0.0.1:5290", false),
        ("Host: [::1]:5290", false),
        ("Host: tokend.example.com", true),
        ("Host: tokend.example.com:8443", true),
    ] {
        let answer = running.ask(
            "POST",
            "/console/login",
            &[FORM, host, own],
            "key=the-key-of-administrators",
        );
        let cookie = answer
            .header("set-cookie")
            .unwrap_or_else(|| panic!("{host}: {}", answer.0));
        let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
        let mut expected = vec![
            "Path=/console/",
            "Max-Age=28800",
            "HttpOnly",
            "SameSite=Strict",
        ];
        expected.extend(is_secure.then_some("Secure"));
        assert_eq!(attributes, expected, "{host}");
    }
}

#[test]
fn a_form_without_the_secret_of_its_session_does_nothing() {
    let (running, _store) = complete();
    let (session, other) = (log_in(&running), log_in(&running));
    for path in [
        "/console/token",
        "/console/server/revoke",
        "/console/server/take-back",
        "/console/mint",
        "/console/logout",
    ] {
        for token in [
            "",
            "form_token=",
            "form_token=guessed",
            &format!("form_token={}", other.form_token),
            &format!("x={}", session.form_token),
        ] {
            let answer = running.ask("POST", path, &[FORM, &session.cookie], token);
            assert_eq!(answer.status(), 403, "{path} with {token:?}: {}", answer.0);
            assert_guarded(&answer, path);
        }
    }
    let answer = running.ask("GET", "/console/token", &[&session.cookie], "");
    assert_eq!(answer.status(), 200, "nobody has been logged out");
}

#[test]
fn neither_keys_nor_sessions_nor_tokens_are_in_the_log() {
    let running = start(&format!("{KEYS}{CONSOLE}"));
    let session = log_in(&running);
    let pasted = format!(
        "form_token={}&token=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl",
        session.form_token
    );
    running.ask("POST", "/console/token", &[FORM, &session.cookie], &pasted);
    running.ask("POST", "/console/token", &[FORM], &pasted);
    running.ask(
        "GET",
        "/console/token?token=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl",
        &[&session.cookie],
        "",
    );
    running.ask(
        "POST",
        "/console/login",
        &[FORM],
        "key=a-key-that-was-mistyped",
    );
    let log = until("what was tried to be in the log", || {
        let log = running.log();
        log.contains("wrong key at the console").then_some(log)
    });
    assert!(log.contains("logged in at the console"), "{log}");
    let (_, id) = session.cookie.split_once('=').unwrap();
    for secret in [
        id,
        &session.form_token,
        "the-key-of",
        "a-key-that",
        "eyJ",
        "c2ln",
    ] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
