//! What people read who paste a token.
#![expect(
    clippy::disallowed_methods,
    reason = "runs the command, to compare its words, and writes credentials"
)]

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::daemon::fixture::{Answer, BINARY, Running, SECRET, start};
use support::time::in_seconds;
use support::token::{encode, mint, seal, with};

const CONSOLE: &str = "[console]\nenabled = true\n";
const ROOM: &str = "standup";

fn claims() -> Value {
    json!({
        "iss": "my_app",
        "aud": "my_app",
        "sub": "meet.example.com",
        "room": ROOM,
        "exp": in_seconds(7_250),
        "jti": "ticket-1",
        "context": {"user": {"name": "Ann", "moderator": true}},
    })
}

fn changed(changes: &Value) -> String {
    mint(&with(claims(), changes), SECRET)
}

/// Sends the form as a browser does.
fn post(running: &Running, fields: &[(&str, &str)]) -> Answer {
    let form = serde_urlencoded::to_string(fields).unwrap();
    let headers = ["Content-Type: application/x-www-form-urlencoded"];
    running.ask("POST", "/console/token", &headers, &form)
}

fn get(running: &Running, query: &str) -> Answer {
    running.ask("GET", &format!("/console/token{query}"), &[], "")
}

/// What a person reads: the text of a page, with one blank between words.
fn text(answer: &Answer) -> String {
    let (_, page) = answer.0.split_once("\r\n\r\n").unwrap();
    let mut text = String::new();
    for part in page.split('<') {
        let (_, shown) = part.split_once('>').unwrap_or_default();
        text.push(' ');
        text.push_str(shown);
    }
    let text = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (escaped, sign)| text.replace(escaped, sign));
    single_spaced(&text)
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the command says of a token with these options, with one blank between words.
fn said_by_command(running: &Running, token: &str, options: &[&str]) -> String {
    let mut command = Command::new(BINARY)
        .arg("explain")
        .args(options)
        .arg("--config")
        .arg(running.daemon.configuration())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    command
        .stdin
        .take()
        .unwrap()
        .write_all(token.as_bytes())
        .unwrap();
    let output = command.wait_with_output().unwrap();
    single_spaced(&String::from_utf8(output.stdout).unwrap())
}

/// Tokens that let nobody in, each with a word of why.
fn wrong_tokens() -> Vec<(&'static str, String, &'static str)> {
    let good = mint(&claims(), SECRET);
    let parts: Vec<&str> = good.split('.').collect();
    let none = encode(br#"{"alg":"none","typ":"JWT"}"#);
    let encrypted = encode(br#"{"alg":"dir","enc":"A256GCM"}"#);
    let twice = seal(
        jsonwebtoken::Algorithm::HS256,
        br#"{"alg":"HS256","typ":"JWT"}"#,
        br#"{"iss":"my_app","aud":"my_app","sub":"meet.example.com","room":"other","room":"standup"}"#,
        SECRET,
    );
    vec![
        (
            "expired",
            changed(&json!({"exp": in_seconds(-300_000)})),
            "exp",
        ),
        (
            "not yet valid",
            changed(&json!({"nbf": in_seconds(7_200)})),
            "nbf",
        ),
        (
            "of another secret",
            mint(&claims(), "another-secret-of-32-bytes-or-more"),
            "signature",
        ),
        (
            "for another audience",
            changed(&json!({"aud": "jitsi"})),
            "aud",
        ),
        (
            "of another issuer",
            changed(&json!({"iss": "other_app"})),
            "iss",
        ),
        (
            "for another domain",
            changed(&json!({"sub": "other.example.com"})),
            "domain",
        ),
        (
            "for another room",
            changed(&json!({"room": "retro"})),
            "room name",
        ),
        (
            "without a signature",
            format!("{none}.{}.", parts[1]),
            "token",
        ),
        (
            "with alg none",
            format!("{none}.{}.{}", parts[1], parts[2]),
            "alg",
        ),
        ("truncated", good[..good.len() - 20].to_owned(), "signature"),
        (
            "cut in its claims",
            good[..parts[0].len() + 40].to_owned(),
            "token",
        ),
        ("no token at all", "my password".to_owned(), "token"),
        (
            "encrypted",
            format!("{encrypted}..aXY.Y2lwaGVy.dGFn"),
            "token",
        ),
        ("with a member twice", twice, "JSON"),
    ]
}

#[test]
fn a_wrong_token_has_the_words_of_the_command_and_the_cause_of_the_api() {
    let running = start(CONSOLE);
    let now = in_seconds(0);
    let at = now.to_string();
    for (name, token, word) in wrong_tokens() {
        let answer = post(&running, &[("token", &token), ("room", ROOM), ("at", &at)]);
        assert_eq!(answer.status(), 200, "{name}");
        let page = text(&answer);
        let said = said_by_command(&running, &token, &["--room", ROOM, "--at", &at]);
        let (headline, _) = said.split_once(" host meet.example.com").unwrap();
        assert!(headline.starts_with("denied "), "{name}: {headline}");
        let headline = format!("{headline} host meet.example.com");
        assert!(page.contains(&headline), "{name}: {headline}\n{page}");
        let question = json!({"token": token, "room": ROOM, "at": now});
        let body = running.post("/v1/explain", &question).json();
        let checks = body["checks"].as_array().unwrap();
        let failed = checks.iter().find(|check| check["ok"] == false).unwrap();
        let is_right = failed["check"] == word || failed["claim"] == word;
        assert!(is_right, "{name}: {failed}");
        for part in ["found", "expected", "hint"] {
            let words = single_spaced(failed[part].as_str().unwrap());
            assert!(page.contains(&words), "{name}: {words}\n{page}");
        }
    }
}

#[test]
fn a_token_at_a_gateway_has_the_words_of_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let kong = folder.path().join("kong.yml");
    let credentials = format!(
        "_format_version: \"3.0\"\nconsumers:\n- username: alice\n  jwt_secrets:\n  - key: alice-key\n    secret: {SECRET}\n"
    );
    fs::write(&kong, credentials).unwrap();
    let gateway = "claims_to_verify = [\"exp\"]\nkong_config =";
    let running = start(&format!("{CONSOLE}[gateways.api]\n{gateway} {kong:?}\n"));
    let form = get(&running, "?gateway=api").0;
    assert!(form.contains("value=\"api\" selected"), "{form}");
    for (key, exp, verdict) in [
        ("alice-key", 600, "allowed 200, as alice"),
        ("alice-key", -600, "denied 401"),
        ("bob-key", 600, "denied 401"),
    ] {
        let claims = json!({"iss": key, "exp": in_seconds(exp)});
        let (token, at) = (mint(&claims, SECRET), in_seconds(0).to_string());
        let page = text(&post(
            &running,
            &[("token", &token), ("gateway", "api"), ("at", &at)],
        ));
        let said = said_by_command(&running, &token, &["--gateway", "api", "--at", &at]);
        let (headline, _) = said.split_once(" gateway api").unwrap();
        assert!(headline.starts_with(verdict), "{headline}");
        assert!(
            page.contains(&format!("{headline} gateway api")),
            "{headline}\n{page}"
        );
    }
}

#[test]
fn markup_in_every_place_of_a_token_and_a_question_is_text() {
    let running = start(CONSOLE);
    let markup = "\"><img src=x onerror=alert(1)><script>alert(1)</script>\u{202e}\u{1b}";
    let header = json!({"alg": "HS256", "typ": markup, "kid": markup, markup: markup});
    let claims = json!({
        "iss": markup, "aud": [markup], "sub": markup, "room": markup, "jti": markup, "exp": markup, markup: markup,
        "context": {"user": {"name": markup, "id": markup, "moderator": markup}, "features": {markup: true}, "group": markup},
    });
    let [header, claims] = [header, claims].map(|part| part.to_string());
    let algorithm = jsonwebtoken::Algorithm::HS256;
    let token = seal(algorithm, header.as_bytes(), claims.as_bytes(), SECRET);
    let fields = ["host", "room", "tenant", "at", "gateway", "code", "id"];
    for field in fields {
        let query = serde_urlencoded::to_string([(field, markup)]).unwrap();
        for answer in [
            post(&running, &[("token", &token), (field, markup)]),
            post(&running, &[("token", markup), (field, markup)]),
            get(&running, &format!("?{query}")),
        ] {
            let (_, page) = answer.0.split_once("\r\n\r\n").unwrap();
            assert!(
                !page.contains("<img") && !page.contains("<script>"),
                "{field}: {page}"
            );
            let is_hidden = |c: char| c == '\u{202e}' || (c.is_control() && c != '\n');
            assert!(!page.contains(is_hidden), "{field}: {page:?}");
        }
    }
}

#[test]
fn what_stands_in_a_denied_token_is_vouched_for_by_nobody() {
    let running = start(CONSOLE);
    for (name, token, _) in wrong_tokens() {
        let page = text(&post(&running, &[("token", &token)]));
        if page.contains("Token denied") {
            assert!(page.contains("nobody has vouched for it"), "{name}: {page}");
        }
    }
    let page = text(&post(
        &running,
        &[
            ("token", &changed(&json!({"room": "retro"}))),
            ("room", ROOM),
        ],
    ));
    assert!(page.contains("Token denied"), "{page}");
    assert!(!page.contains("vouched"), "its signature has: {page}");
}

#[test]
fn a_token_that_is_good_is_let_in_however_it_was_pasted() {
    let running = start(CONSOLE);
    let token = mint(&claims(), SECRET);
    let link = format!("https://meet.example.com/{ROOM}?jwt={token}#config.x=1");
    for (pasted, around) in [
        (token.clone(), None),
        (format!("  {token}\r\n"), None),
        (format!("Bearer {token}"), Some("\"Bearer \" before")),
        (format!("Authorization: Bearer {token}"), Some("before")),
        (format!("\"{token}\""), Some("quotes")),
        (
            format!("{}\r\n{}\r\n", &token[..60], &token[60..]),
            Some("line breaks"),
        ),
        (link.clone(), Some("web address")),
        (format!("\"{link}\""), Some("around")),
        (format!("<a href=\"{link}\">join</a>"), Some("HTML")),
    ] {
        let page = text(&post(
            &running,
            &[("token", &pasted), ("host", "meet.example.com")],
        ));
        assert!(page.contains("Token allowed"), "{pasted}: {page}");
        assert!(page.contains("token ticket-1 ("), "{page}");
        let is_told = page.contains("the token alone is explained");
        assert_eq!(is_told, around.is_some(), "{pasted}: {page}");
        assert!(
            page.contains(around.unwrap_or_default()),
            "{pasted}: {page}"
        );
    }
}

#[test]
fn the_room_of_a_pasted_link_is_looked_at_where_none_is_named() {
    let running = start(CONSOLE);
    let token = mint(&claims(), SECRET);
    for (link, room, is_allowed) in [
        (
            format!("https://meet.example.com/{ROOM}?jwt={token}"),
            "",
            true,
        ),
        (
            format!("https://meet.example.com/retro?jwt={token}"),
            "",
            false,
        ),
        (
            format!("https://meet.example.com/retro?jwt={token}"),
            ROOM,
            true,
        ),
        (
            format!("https://portal.example.com/retro?jwt={token}"),
            "",
            true,
        ),
    ] {
        let page = text(&post(&running, &[("token", &link), ("room", room)]));
        assert_eq!(page.contains("Token allowed"), is_allowed, "{link}: {page}");
    }
}

#[test]
fn the_members_of_a_token_are_laid_out_with_dates_and_what_becomes_of_the_user() {
    let running = start(CONSOLE);
    let page = text(&post(&running, &[("token", &mint(&claims(), SECRET))]));
    for said in [
        "context.user.name \"Ann\"",
        "UTC, in 2 hours",
        "What the token makes of the user name \"Ann\" id none",
        "moderator yes – context.user.moderator is true (read by mod_token_affiliation)",
        "alg \"HS256\"",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[test]
fn a_text_for_a_ticket_lets_nobody_in() {
    let running = start(CONSOLE);
    let token = mint(
        &with(claims(), &json!({"access_token": mint(&claims(), SECRET)})),
        SECRET,
    );
    let answer = post(&running, &[("token", &token), ("room", ROOM)]);
    let (_, ticket) = answer
        .0
        .split_once("<textarea class=\"code\" id=\"ticket\"")
        .unwrap();
    let (ticket, _) = ticket.split_once("</textarea>").unwrap();
    assert!(ticket.contains("allowed"), "{ticket}");
    assert!(
        ticket.contains("&quot;room&quot;: &quot;standup&quot;"),
        "{ticket}"
    );
    for part in token.split('.') {
        assert!(!ticket.contains(part), "{ticket}");
    }
    assert!(!ticket.contains("eyJ"), "{ticket}");
}

#[test]
fn what_is_wrong_with_a_field_is_told_beside_it_and_nothing_is_lost() {
    let running = start(CONSOLE);
    let long = "r".repeat(3_000);
    for (fields, told) in [
        (
            vec![("token", "a.b.c"), ("room", ROOM), ("at", "tomorrow")],
            "found \"tomorrow\", expected a date and a time in UTC",
        ),
        (
            vec![("token", "a.b.c"), ("room", &long)],
            "at most 2047 bytes long",
        ),
        (
            vec![("token", "a.b.c"), ("tenant", &long)],
            "at most 2047 bytes long",
        ),
        (
            vec![("token", " \r\n"), ("room", ROOM)],
            "there is no token: paste one",
        ),
        (
            vec![("token", "a.b.c"), ("room", ROOM), ("gateway", "door")],
            "a gateway has no hosts and rooms",
        ),
    ] {
        let answer = post(&running, &fields);
        assert_eq!(answer.status(), 400, "{told}");
        let page = text(&answer);
        assert!(page.contains("Nothing was explained"), "{page}");
        assert!(page.contains(told), "{told}: {page}");
        for (name, value) in &fields {
            assert!(answer.0.contains(value.trim()), "{name} is lost");
        }
    }
}

#[test]
fn what_has_no_answer_is_told_in_the_page_with_the_form_filled() {
    let running = start(CONSOLE);
    for (fields, told) in [
        (
            [("token", "a.b.c"), ("host", "meet.example.org")],
            "no policy for host \"meet.example.org\"; there is one for meet.example.com",
        ),
        ([("token", "a.b.c"), ("gateway", "door")], "door"),
    ] {
        let answer = post(&running, &fields);
        assert_eq!(answer.status(), 404, "{told}");
        let page = text(&answer);
        assert!(page.contains(told), "{told}: {page}");
        assert!(answer.0.contains(">\na.b.c</textarea>"), "{page}");
    }
}

#[test]
fn the_form_is_filled_from_the_address_and_never_with_a_token() {
    let running = start(CONSOLE);
    let token = mint(&claims(), SECRET);
    let query = format!(
        "?host=meet.example.com&room=a%20b&at=1769860800&token={token}&tenant={token}&jwt={token}"
    );
    let answer = get(&running, &query);
    assert_eq!(answer.status(), 200);
    for filled in [
        "value=\"a b\"",
        "value=\"1769860800\"",
        "value=\"meet.example.com\" selected",
    ] {
        assert!(answer.0.contains(filled), "{filled}: {}", answer.0);
    }
    assert!(!answer.0.contains("eyJ"), "{}", answer.0);
    let answer = get(&running, "?room=a&room=b&at=%ff");
    assert_eq!(answer.status(), 200);
}

#[test]
fn who_comes_from_a_join_is_told_which_and_whether_it_is_another_token() {
    let running = start(CONSOLE);
    let page = text(&get(&running, "?code=expired&id=ticket-1&room=standup"));
    assert!(
        page.contains("The join was denied with the code expired ; its token is named ticket-1 ."),
        "{page}"
    );
    assert!(page.contains("Tokens are never kept"), "{page}");
    let token = mint(&claims(), SECRET);
    let digest =
        running.post("/v1/explain", &json!({"token": token})).json()["token_digest"].clone();
    let expired = changed(&json!({"exp": in_seconds(-60)}));
    for (token, id, is_another) in [
        (&token, "ticket-1", false),
        (&token, digest.as_str().unwrap(), false),
        (&expired, "ticket-1", false),
        (&token, "ticket-2", true),
        (&token, "0123abcd", true),
        (&token, "", false),
    ] {
        let page = text(&post(
            &running,
            &[("token", token), ("code", "expired"), ("id", id)],
        ));
        assert_eq!(
            page.contains("This is another token than that of the join"),
            is_another,
            "{id}: {page}"
        );
    }
}

#[test]
fn an_explanation_of_the_console_is_counted_and_logged_as_one_of_the_api_without_the_token() {
    let running = start(CONSOLE);
    let token = changed(&json!({"aud": "jitsi"}));
    let answer = post(&running, &[("token", &token), ("room", ROOM)]);
    assert_eq!(answer.status(), 200);
    let metrics = running.ask("GET", "/metrics", &[], "").0;
    let counted = metrics
        .lines()
        .find(|line| line.contains("explanation") && line.contains("aud-not-accepted"));
    assert!(
        counted.is_some_and(|line| line.ends_with(" 1")),
        "{metrics}"
    );
    let log = running.log();
    assert!(
        log.contains("\"path\":\"/console/token\"")
            && log.contains("\"verdict\":\"aud-not-accepted\""),
        "{log}"
    );
    assert!(!log.contains("eyJ"), "{log}");
}
