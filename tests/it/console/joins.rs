//! Who wanted to come in, as the console shows it: at once, and as it happens.
#![expect(
    clippy::disallowed_methods,
    reason = "writes configurations, and measures time"
)]

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::daemon::fixture::{Answer, HOST, Peer, Running, SECRET, start};
use support::time::in_seconds;
use support::token::{mint, with};
use support::until;

const KEY: &str = "the-key-of-administrators-0123456789";
const NAMES: &str = "show_names = true";
const ROOM: &str = "standup@conference.meet.example.com";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

/// A daemon with a console that has these options, and where nobody has to log in.
fn open(options: &str) -> Running {
    start(&console(options))
}

/// The same where people log in.
fn closed(options: &str) -> Running {
    start(&format!("admin_key = \"{KEY}\"\n{}", console(options)))
}

fn console(options: &str) -> String {
    format!("[console]\nenabled = true\n{options}\n")
}

/// A token that lets its user in, with these claims changed.
fn token(changes: &Value) -> String {
    let claims = json!({"iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "*", "exp": in_seconds(600),
        "context": {"user": {"name": "Ada"}}});
    mint(&with(claims, changes), SECRET)
}

/// Four logins: one is let in, and three are denied for different reasons. The tokens of all of them.
fn four(running: &Running) -> [String; 4] {
    let tokens = [
        token(&json!({"jti": "of-ada"})),
        token(&json!({"exp": in_seconds(-600)})),
        token(&json!({"room": "other"})),
        token(&json!({})) + "x",
    ];
    for token in &tokens {
        let answer = running.post("/v1/verify", &json!({"token": token, "room": ROOM}));
        assert_eq!(answer.status(), 200, "{}", answer.0);
    }
    tokens
}

const CODES: [&str; 3] = ["expired", "room-mismatch", "signature-invalid"];

impl Running {
    fn login(&self, token: &str) {
        let answer = self.post("/v1/verify", &json!({"token": token}));
        assert_eq!(answer.status(), 200, "{}", answer.0);
    }

    fn page(&self, query: &str) -> String {
        let answer = self.ask("GET", &format!("/console/joins{query}"), &[], "");
        assert_eq!(answer.status(), 200, "{}", answer.0);
        answer.0
    }

    /// Watches, and has come to the end of what was there already.
    fn watch(&self, query: &str, headers: &[&str]) -> (Peer, String) {
        let mut peer = self.try_watch(query, headers);
        let told = peer.read_until("event: place");
        assert!(told.starts_with("HTTP/1.1 200 OK\r\n"), "{told}");
        (peer, told)
    }

    fn try_watch(&self, query: &str, headers: &[&str]) -> Peer {
        let mut peer = self.connect();
        let lines = [
            "GET /console/joins/live",
            query,
            " HTTP/1.1\r\nHost: localhost\r\n",
        ]
        .concat();
        peer.send(&format!("{lines}{}\r\n\r\n", headers.join("\r\n")));
        peer
    }

    /// Logs in, and gives the cookie's header and what forms send along.
    fn log_in(&self) -> (String, String) {
        let answer = self.ask("POST", "/console/login", &[FORM], &format!("key={KEY}"));
        assert_eq!(answer.status(), 303, "{}", answer.0);
        let cookie = between(&answer.0, "set-cookie: ", ";");
        let cookie = format!("Cookie: {cookie}");
        let page = self.ask("GET", "/console/joins", &[&cookie], "").0;
        let form_token = between(&page, "name=\"form_token\" value=\"", "\"");
        (cookie, form_token.to_owned())
    }

    fn write(&self, options: &str) {
        let text = format!("{}{HOST}", console(options));
        fs::write(self.daemon.configuration(), text).unwrap();
    }
}

fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let found = text
        .split_once(begin)
        .and_then(|(_, rest)| rest.split_once(end));
    found.unwrap_or_else(|| panic!("no {begin:?} in {text}")).0
}

/// What each event says, by its ID.
fn told(text: &str) -> Vec<(String, Value)> {
    let events = text.split("event: message\nid: ").skip(1);
    let events = events.map(|event| {
        let (id, rest) = event.split_once("\ndata: ").unwrap();
        let data = rest.split('\n').next().unwrap_or_default();
        (id.to_owned(), serde_json::from_str(data).unwrap())
    });
    events.collect()
}

fn codes(told: &[(String, Value)]) -> Vec<&str> {
    let codes = told.iter().map(|(_, row)| row["code"].as_str());
    codes.map(|code| code.unwrap_or("let in")).collect()
}

/// The codes of the rows of a page.
fn shown(page: &str) -> Vec<&str> {
    let rows = page.split("<tr><th scope=\"row\">").skip(1);
    let cells = rows.map(|row| {
        row.split("<td>")
            .map(|cell| cell.split('<').next().unwrap_or_default())
    });
    let code = |cells: Vec<&'_ str>| {
        let codes = CODES.iter().copied().find(|code| cells.contains(code));
        codes.unwrap_or("let in")
    };
    cells.map(|cells| code(cells.collect())).collect()
}

#[test]
fn page_and_stream_have_what_became_of_each_and_nothing_of_any_token() {
    let running = open("");
    let tokens = four(&running);
    let page = running.page("");
    assert_eq!(
        shown(&page),
        ["signature-invalid", "room-mismatch", "expired", "let in"]
    );
    let (_, stream) = running.watch("", &[]);
    let events = told(&stream);
    assert_eq!(
        codes(&events),
        ["let in", "expired", "room-mismatch", "signature-invalid"]
    );
    assert_eq!(events[0].1["token"], "of-ada");
    for text in [page, stream] {
        assert!(text.contains("of-ada"), "{text}");
        let parts = tokens.iter().flat_map(|token| token.split('.').skip(1));
        for part in parts {
            assert!(!text.contains(part), "{part} is in {text}");
        }
        for never in ["eyJ", "Ada", "standup"] {
            assert!(!text.contains(never), "{never} is in {text}");
        }
    }
}

#[test]
fn a_row_leads_to_the_explanation_with_everything_but_the_token() {
    let running = open(NAMES);
    four(&running);
    let page = running.page("?code=expired");
    let link = between(&page, "<a href=\"/console/token?", "\"").replace("&amp;", "&");
    assert!(
        link.starts_with("host=meet.example.com&room=standup%40conference.meet.example.com&at="),
        "{link}"
    );
    assert!(link.contains("&code=expired&id="), "{link}");
    let answer = running.ask("GET", &format!("/console/token?{link}"), &[], "");
    assert_eq!(answer.status(), 200, "{}", answer.0);
}

#[test]
fn rooms_and_names_stand_there_where_they_are_to_and_are_texts() {
    let running = open(NAMES);
    let markup = "<script>alert(1)</script>\u{202e}";
    let named = json!({"context": {"user": {"name": markup}}});
    let expired = with(named.clone(), &json!({"exp": in_seconds(-600)}));
    for token in [token(&named), token(&expired)] {
        let room = "<b>x</b>@conference.meet.example.com";
        running.post("/v1/verify", &json!({"token": token, "room": room}));
    }
    let session = json!({"auth_token": true, "jitsi_meet_room": "*", "jitsi_meet_context_user": {"name": markup}});
    running.post("/v1/room", &json!({"room": ROOM, "session": session}));
    let page = running.page("");
    let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}";
    assert_eq!(page.matches(escaped).count(), 3, "{page}");
    assert_eq!(page.matches("&lt;b&gt;x&lt;/b&gt;").count(), 2, "{page}");
    assert!(
        !page.contains("<script>a") && !page.contains("<b>") && !page.contains('\u{202e}'),
        "{page}"
    );
    let (_, stream) = running.watch("", &[]);
    let rows = told(&stream);
    assert!(
        rows.iter()
            .all(|(_, row)| row["name"] == "<script>alert(1)</script>\\u{202e}"),
        "{stream}"
    );
    assert_eq!(rows[2].1["room"], "standup");
}

#[test]
fn a_name_that_is_a_token_is_not_kept() {
    let running = open(NAMES);
    let inner = token(&json!({}));
    for changes in [json!({}), json!({"exp": 1})] {
        let named = json!({"context": {"user": {"name": inner}}});
        running.login(&token(&with(named, &changes)));
    }
    let page = running.page("");
    assert_eq!(page.matches("something like a token").count(), 2, "{page}");
    assert!(!page.contains("eyJ"), "{page}");
}

#[test]
fn page_and_stream_show_what_is_looked_for_and_nothing_else() {
    let running = open(NAMES);
    four(&running);
    for (query, expected) in [
        ("?code=expired", &["expired"][..]),
        ("?code=let-in", &["let in"]),
        (
            "?code=denied",
            &["expired", "room-mismatch", "signature-invalid"],
        ),
        ("?text=OF-ada", &["let in"]),
        ("?text=mismatch&code=denied", &["room-mismatch"]),
        (
            "?host=meet.example.com&text=STANDUP",
            &["let in", "expired", "room-mismatch", "signature-invalid"],
        ),
        (
            "?code=&host=&text=",
            &["let in", "expired", "room-mismatch", "signature-invalid"],
        ),
        ("?code=nonsense", &[]),
        ("?host=other.example.com", &[]),
        ("?text=nobody", &[]),
        ("?code=expired&text=of-ada", &[]),
        (
            "?code=expired&code=let-in",
            &["let in", "expired", "room-mismatch", "signature-invalid"],
        ),
    ] {
        let page = running.page(query);
        let mut rows = shown(&page);
        rows.reverse();
        assert_eq!(rows, expected, "{query}");
        let (_, stream) = running.watch(query, &[]);
        assert_eq!(codes(&told(&stream)), expected, "{query}");
    }
}

#[test]
fn whoever_watches_learns_of_a_decision_at_once_where_it_is_looked_for() {
    let running = open("");
    let (mut peer, first) = running.watch("?code=expired", &[]);
    assert_eq!(told(&first), []);
    four(&running);
    let told = told(&peer.read_until("}\n\n"));
    assert_eq!(codes(&told), ["expired"]);
}

#[test]
fn whoever_was_cut_off_goes_on_where_they_were() {
    let running = open("");
    four(&running);
    let (_, first) = running.watch("", &[]);
    let ids: Vec<String> = told(&first).into_iter().map(|(id, _)| id).collect();
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), 4);
    let last_seen = format!("Last-Event-ID: {}", ids[1]);
    let after = format!("?after={}", ids[2]);
    for (query, headers, expected) in [
        ("", &[last_seen.as_str()][..], 2),
        (&after, &[], 1),
        // What the browser says is newer than what the page was made with.
        (&after, &[&last_seen], 2),
        ("", &["Last-Event-ID: 1.99"], 4),
        ("", &["Last-Event-ID: nonsense"], 4),
        ("?after=", &[], 4),
    ] {
        let (_, stream) = running.watch(query, headers);
        assert_eq!(told(&stream).len(), expected, "{query} {headers:?}");
        assert!(!stream.contains("event: missed"), "{stream}");
    }
    let page = running.page("");
    assert_eq!(between(&page, "data-after=\"", "\""), ids[3]);
}

#[test]
fn the_last_two_hundred_are_kept_and_whoever_saw_less_is_told_how_many_are_gone() {
    let running = open("");
    let expired = token(&json!({"exp": 1}));
    running.login(&expired);
    let (_, first) = running.watch("", &[]);
    let seen = format!("Last-Event-ID: {}", told(&first)[0].0);
    for _ in 0..205 {
        running.login(&expired);
    }
    let page = running.page("");
    assert_eq!(shown(&page).len(), 200);
    assert!(
        page.contains("Shown: 200 of 200 decisions since "),
        "{page}"
    );
    let (_, all) = running.watch("", &[]);
    assert_eq!(told(&all).len(), 200);
    let (_, rest) = running.watch("", &[&seen]);
    assert_eq!(told(&rest).len(), 200);
    assert!(rest.contains("event: missed\ndata: 5\n"), "{rest}");
}

#[test]
fn nobody_sees_it_who_has_not_logged_in() {
    let running = closed("");
    four(&running);
    let page = running.ask("GET", "/console/joins?code=expired", &[], "");
    assert_eq!(page.status(), 303);
    assert!(
        page.has_header("location: /console/login?to=%2Fconsole%2Fjoins%3Fcode%3Dexpired"),
        "{}",
        page.0
    );
    let key = format!("Authorization: Bearer {KEY}");
    for headers in [
        &[][..],
        &[key.as_str()],
        &["Cookie: prosody-tokend-console=guessed"],
    ] {
        let stream = running.ask("GET", "/console/joins/live", headers, "");
        assert_eq!(stream.status(), 403, "{headers:?}");
        assert!(!stream.0.contains("expired"), "{}", stream.0);
    }
    let (cookie, _) = running.log_in();
    let (_, stream) = running.watch("", &[&cookie]);
    assert_eq!(told(&stream).len(), 4);
}

#[test]
fn no_page_of_another_site_watches() {
    let running = closed("");
    let (cookie, _) = running.log_in();
    for header in [
        "Origin: https://evil.example",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ] {
        for path in ["/console/joins", "/console/joins/live"] {
            let answer = running.ask("GET", path, &[&cookie, header], "");
            assert_eq!(answer.status(), 403, "{path} {header}");
        }
    }
}

#[test]
fn nobody_watches_any_longer_who_has_logged_out() {
    let running = closed("");
    let (cookie, form_token) = running.log_in();
    let (other, _) = running.log_in();
    let (mut peer, _) = running.watch("", &[&cookie]);
    let (mut others, _) = running.watch("", &[&other]);
    let form = format!("form_token={form_token}");
    let answer = running.ask("POST", "/console/logout", &[FORM, &cookie], &form);
    assert_eq!(answer.status(), 303, "{}", answer.0);
    let rest = peer.read_until("0\r\n\r\n");
    assert!(rest.contains("event: ended\n"), "{rest}");
    four(&running);
    assert_eq!(told(&others.read_until("signature-invalid")).len(), 4);
}

#[test]
fn nobody_watches_for_longer_than_a_login_lasts() {
    let running = closed("session = 2");
    let (cookie, _) = running.log_in();
    let (mut peer, _) = running.watch("", &[&cookie]);
    let rest = peer.read_until("0\r\n\r\n");
    assert!(rest.contains("event: ended\n"), "{rest}");
    let answer = running.ask("GET", "/console/joins/live", &[&cookie], "");
    assert_eq!(answer.status(), 403, "{}", answer.0);
}

#[test]
fn where_no_decisions_are_kept_there_are_sums() {
    let running = open("recent = 0");
    four(&running);
    let unknown = json!({"host": "unknown.example.com", "token": token(&json!({}))});
    assert_eq!(running.post("/v1/verify", &unknown).status(), 404);
    let page = running.page("");
    for expected in [
        "recent = 0",
        "1 were let in and 3 denied.",
        "1. Most were asked at ",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    let (_, stream) = running.watch("", &[]);
    assert_eq!(told(&stream), []);
}

#[test]
fn what_doctor_tries_is_no_join() {
    let running = open(NAMES);
    let jti = json!({"jti": "prosody-tokend-doctor-1"});
    running.login(&token(&jti));
    let page = running.page("");
    assert!(page.contains("Nobody wanted to come in"), "{page}");
}

#[test]
fn what_is_shown_after_a_reload_is_kept_as_that_says_and_who_watches_is_told() {
    let running = open(NAMES);
    four(&running);
    for (options, is_kept) in [
        ("", |page: &Answer| {
            page.0.contains("of-ada") && !page.0.contains("Ada") && !page.0.contains("standup")
        }),
        (NAMES, |page: &Answer| {
            page.0.contains("data-cell=\"room\"") && !page.0.contains("standup")
        }),
        ("recent = 2", |page: &Answer| {
            page.0.contains("Shown: 2 of 2 ")
        }),
        ("recent = 0", |page: &Answer| page.0.contains("recent = 0")),
        ("recent = 3", |page: &Answer| {
            page.0.contains("Nobody wanted to come in")
        }),
        ("#", |page: &Answer| page.status() == 404),
    ] as [(&str, fn(&Answer) -> bool); 6]
    {
        let (mut peer, _) = running.watch("", &[]);
        running.write(options);
        if options == "#" {
            fs::write(running.daemon.configuration(), HOST).unwrap();
        }
        running.daemon.hang_up();
        let rest = peer.read_until("0\r\n\r\n");
        assert!(rest.contains("event: changed\n"), "{options}: {rest}");
        let page = running.ask("GET", "/console/joins", &[], "");
        assert!(is_kept(&page), "{options}: {}", page.0);
    }
}

#[test]
fn who_watches_does_not_keep_the_daemon_from_ending() {
    let running = open("");
    let (mut peer, _) = running.watch("", &[]);
    running.daemon.terminate();
    let rest = peer.answer().0;
    assert!(rest.ends_with("0\r\n\r\n"), "{rest:?}");
    assert_eq!(running.daemon.wait().code(), Some(0));
    let log = running.log();
    assert!(!log.contains("were cut before their end"), "{log}");
}

#[test]
fn so_many_may_watch_and_whoever_goes_makes_room() {
    let running = open("");
    let mut all: Vec<Peer> = (0..32).map(|_| running.watch("", &[]).0).collect();
    let answer = running.ask("GET", "/console/joins/live", &[], "");
    assert_eq!(answer.status(), 503);
    assert!(
        answer.0.contains("32 pages show joins as they happen"),
        "{}",
        answer.0
    );
    all.truncate(31);
    let expired = token(&json!({"exp": 1}));
    until("a place to be free", || {
        running.login(&expired);
        let mut peer = running.try_watch("", &[]);
        let answer = peer.read_until("\r\n\r\n");
        answer.starts_with("HTTP/1.1 200").then_some(())
    });
}

#[test]
fn who_watches_may_do_so_for_longer_than_an_answer_may_take() {
    let limit = Duration::from_millis(200);
    let running = start(&format!("{}[limits]\nanswer_timeout = 0.2\n", console("")));
    let (mut peer, _) = running.watch("", &[]);
    let (began, expired) = (Instant::now(), token(&json!({"exp": 1})));
    until(
        "several times what an answer may take to have passed",
        || {
            running.login(&expired);
            peer.read_until("}\n\n");
            (began.elapsed() > limit * 5).then_some(())
        },
    );
    until("the same without anything to tell", || {
        (began.elapsed() > limit * 10).then_some(())
    });
    running.login(&expired);
    peer.read_until("}\n\n");
}
