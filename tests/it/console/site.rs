//! A console that shows everything, and a browser at it.

use tempfile::TempDir;

use crate::daemon::fixture::{Answer, Running, start};

pub const KEYS: &str =
    "api_key = \"the-key-of-those-who-may-ask\"\nadmin_key = \"the-key-of-administrators\"\n";
pub const CONSOLE: &str = "[console]\nenabled = true\nmint = true\n";
pub const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

/// A daemon whose console shows everything, and the folder of its store.
pub fn complete() -> (Running, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("state.db").display().to_string();
    let running = start(&format!("{KEYS}[store]\npath = {store:?}\n{CONSOLE}"));
    (running, folder)
}

/// A browser that has logged in.
pub struct Session {
    pub cookie: String,
    pub form_token: String,
}

pub fn log_in(running: &Running) -> Session {
    let answer = running.ask(
        "POST",
        "/console/login",
        &[FORM],
        "key=the-key-of-administrators",
    );
    assert_eq!(answer.status(), 303, "{}", answer.0);
    let cookie = answer.header("set-cookie").unwrap();
    let cookie = format!("Cookie: {}", cookie.split(';').next().unwrap());
    let page = running.ask("GET", "/console/token", &[&cookie], "").0;
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
    Session {
        form_token: rest.split('"').next().unwrap().to_owned(),
        cookie,
    }
}

/// What browsers are told with every answer, whatever it is.
pub fn assert_guarded(answer: &Answer, path: &str) {
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        ),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(
            answer.header(name),
            Some(value),
            "{name} of {path}: {}",
            answer.0
        );
    }
    for name in ["access-control-allow-origin", "server"] {
        assert_eq!(answer.header(name), None, "{path}");
    }
}
