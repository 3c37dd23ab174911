//! Who sees and does what: every address of the console, by every kind of visitor.

use super::site::{FORM, KEYS, assert_guarded, complete, log_in};
use crate::daemon::fixture::{Answer, Running, start};

const OTHER_FORM: &str = "form_token=guessed";

/// Who comes, beside what the browser shows of a login.
const VISITORS: [(&str, Shown, &[&str]); 13] = [
    ("nobody", Shown::Nothing, &[]),
    (
        "Prosody's key",
        Shown::Nothing,
        &["Authorization: Bearer the-key-of-those-who-may-ask"],
    ),
    (
        "the administrators' key",
        Shown::Nothing,
        &["Authorization: Bearer the-key-of-administrators"],
    ),
    ("a wrong cookie", Shown::Cookie("wrong"), &[]),
    ("an empty cookie", Shown::Cookie(""), &[]),
    ("a session", Shown::Session, &[]),
    (
        "a session's own page",
        Shown::Session,
        &["Sec-Fetch-Site: same-origin", "Origin: null"],
    ),
    ("Origin", Shown::Session, &["Origin: https://evil.example"]),
    ("no Origin", Shown::Session, &["Origin: null"]),
    (
        "cross-site",
        Shown::Session,
        &["Sec-Fetch-Site: cross-site"],
    ),
    (
        "same-site",
        Shown::Session,
        &["Sec-Fetch-Site: same-site", "Origin: http://localhost"],
    ),
    (
        "a frame elsewhere",
        Shown::Session,
        &[
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Mode: navigate",
            "Sec-Fetch-Dest: iframe",
        ],
    ),
    (
        "foreign Host",
        Shown::Session,
        &["Host: evil.example", "Sec-Fetch-Site: same-origin"],
    ),
];

/// What a visitor shows of a login.
#[derive(Clone, Copy)]
enum Shown {
    Nothing,
    Cookie(&'static str),
    Session,
}

/// What comes of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// What was asked for.
    There,
    /// The way to the login.
    LogIn,
    /// Nothing but an error.
    Refused,
}

use Outcome::{LogIn, Refused, There};

/// What each visitor gets of what is for everybody, of pages, and of what else takes a login.
const EVERYBODY: [Outcome; 13] = [
    There, There, There, There, There, There, There, Refused, Refused, Refused, Refused, Refused,
    Refused,
];

const PAGE: [Outcome; 13] = [
    LogIn, LogIn, LogIn, LogIn, LogIn, There, There, Refused, Refused, Refused, Refused, Refused,
    Refused,
];

const ACTION: [Outcome; 13] = [
    Refused, Refused, Refused, Refused, Refused, There, There, Refused, Refused, Refused, Refused,
    Refused, Refused,
];

/// What is asked for, and by whom it is seen or done.
const ADDRESSES: [(&str, &str, &str, [Outcome; 13]); 15] = [
    ("GET", "/console", "", EVERYBODY),
    ("GET", "/console/", "", EVERYBODY),
    ("GET", "/console/assets/console.css", "", EVERYBODY),
    ("GET", "/console/assets/console.js", "", EVERYBODY),
    ("GET", "/console/login", "", EVERYBODY),
    ("GET", "/console/token", "", PAGE),
    ("GET", "/console/joins?code=expired", "", PAGE),
    ("GET", "/console/joins/live", "", ACTION),
    ("GET", "/console/server", "", PAGE),
    ("GET", "/console/mint", "", PAGE),
    (
        "POST",
        "/console/token",
        "token=a.b.c&host=meet.example.com",
        ACTION,
    ),
    ("POST", "/console/server/revoke", "jti=a", ACTION),
    (
        "POST",
        "/console/server/take-back",
        "id=0123456789abcdef0123456789abcdef",
        ACTION,
    ),
    (
        "POST",
        "/console/mint",
        "host=meet.example.com&room=*",
        ACTION,
    ),
    ("POST", "/console/logout", "", EVERYBODY),
];

#[test]
fn each_address_is_there_for_those_who_may_see_it_and_for_nobody_else() {
    let (running, _store) = complete();
    for (method, path, body, expected) in ADDRESSES {
        for ((visitor, shown, headers), expected) in VISITORS.into_iter().zip(expected) {
            let answer = visit(&running, (method, path, body), shown, headers);
            assert_eq!(
                outcome(&answer),
                expected,
                "{method} {path} with {visitor}: {}",
                answer.0
            );
            assert_guarded(&answer, path);
        }
    }
}

#[test]
fn where_there_is_no_console_its_addresses_are_as_any_that_are_not_there() {
    for settings in ["", "[console]\nenabled = false\nmint = true\n"] {
        let running = start(&format!("{KEYS}{settings}"));
        let other = running.ask("GET", "/nothing", &[], "");
        assert_eq!(other.status(), 404);
        for (method, path, body, _) in ADDRESSES {
            for (visitor, _, headers) in VISITORS {
                let answer = running.ask(method, path, headers, body);
                assert_eq!(
                    without_date(&answer),
                    without_date(&other),
                    "{method} {path} with {visitor}"
                );
            }
        }
        let answer = running.ask(
            "POST",
            "/console/login",
            &[FORM],
            "key=the-key-of-administrators",
        );
        assert_eq!(without_date(&answer), without_date(&other));
    }
}

#[test]
fn without_a_key_everybody_here_may_look_and_nobody_changes_anything() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("state.db").display().to_string();
    let running = start(&format!(
        "[store]\npath = {store:?}\n[console]\nenabled = true\n"
    ));
    for (method, path, body, _) in ADDRESSES {
        for (number, (visitor, _, headers)) in VISITORS.into_iter().enumerate() {
            let changes = path.starts_with("/console/server/") || path.ends_with("/mint");
            let is_foreign = EVERYBODY[number] == Refused;
            let expected = if changes || is_foreign {
                Refused
            } else {
                There
            };
            let answer = running
                .sent(method, path, &[headers, &[FORM]].concat(), body)
                .head();
            assert_eq!(
                outcome(&answer),
                expected,
                "{method} {path} with {visitor}: {}",
                answer.0
            );
            assert_guarded(&answer, path);
            let cookie = answer.header("set-cookie").unwrap_or("Max-Age=0");
            assert!(cookie.contains("Max-Age=0"), "{path}: {cookie}");
        }
    }
    let answer = running.ask("POST", "/console/login", &[FORM], "key=anything");
    assert_eq!(answer.header("set-cookie"), None, "{}", answer.0);
}

/// Asks as this visitor does, who has logged in anew where a session is shown.
fn visit(running: &Running, asked: (&str, &str, &str), shown: Shown, headers: &[&str]) -> Answer {
    let (method, path, body) = asked;
    let (cookie, form_token) = match shown {
        Shown::Nothing => (String::new(), OTHER_FORM.to_owned()),
        Shown::Cookie(value) => (
            format!("Cookie: prosody-tokend-console={value}"),
            OTHER_FORM.to_owned(),
        ),
        Shown::Session => {
            let session = log_in(running);
            (session.cookie, format!("form_token={}", session.form_token))
        }
    };
    let mut lines = headers.to_vec();
    if !cookie.is_empty() {
        lines.push(&cookie);
    }
    let body = if method == "POST" {
        format!("{body}&{form_token}")
    } else {
        String::new()
    };
    lines.push(FORM);
    running.sent(method, path, &lines, &body).head()
}

fn outcome(answer: &Answer) -> Outcome {
    let leads_to_login = answer
        .header("location")
        .is_some_and(|to| to.starts_with("/console/login?to="));
    match answer.status() {
        403 => Refused,
        303 if leads_to_login => LogIn,
        _ => There,
    }
}

fn without_date(answer: &Answer) -> String {
    let lines = answer.0.lines().filter(|line| !line.starts_with("date:"));
    lines.collect::<Vec<&str>>().join("\n")
}
