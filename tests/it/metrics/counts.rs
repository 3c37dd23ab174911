//! What goes up with what is asked, and what does not.
#![expect(clippy::float_cmp, reason = "counts are whole numbers, and exact")]

use serde_json::{Value, json};

use super::scrape::{HOST, Scrape, token};
use crate::daemon::fixture::{Running, SECRET, start};
use support::time::in_seconds;

const DECISIONS: &str = "prosody_tokend_decisions_total";
const ROOM: &str = "standup@conference.meet.example.com";
const DOCTORS: &str = "prosody-tokend-doctor-0123abcd";

fn verify(running: &Running, changes: &Value, room: &str) {
    let question = json!({"host": HOST, "token": token(changes), "room": room});
    assert_eq!(running.post("/v1/verify", &question).status(), 200);
}

fn decision(kind: &str, code: &str) -> String {
    format!("{DECISIONS}{{host=\"{HOST}\",kind=\"{kind}\",code=\"{code}\"}}")
}

fn request(endpoint: &str, status: u16) -> String {
    format!("prosody_tokend_requests_total{{endpoint=\"{endpoint}\",status=\"{status}\"}}")
}

#[test]
fn counts_go_up_by_exactly_what_was_asked() {
    let running = start("");
    let before = Scrape::of(&running);
    for _ in 0..3 {
        verify(&running, &json!({}), ROOM);
    }
    verify(&running, &json!({"room": "other"}), ROOM);
    for _ in 0..2 {
        verify(&running, &json!({"exp": in_seconds(-60)}), ROOM);
    }
    let login = json!({"host": HOST, "token": token(&json!({"aud": "x"}))});
    running.post("/v1/verify", &login);
    let session = json!({"jitsi_meet_room": "standup", "jitsi_meet_domain": HOST});
    for (room, session) in [
        (ROOM, &session),
        ("retro@conference.meet.example.com", &session),
    ] {
        running.post(
            "/v1/room",
            &json!({"host": HOST, "room": room, "session": session}),
        );
    }
    running.post("/v1/explain", &login);
    let after = Scrape::of(&running);
    let expected = [
        (decision("explanation", "aud-not-accepted"), 1.0),
        (decision("room", "allowed"), 4.0),
        (decision("room", "room-mismatch"), 2.0),
        (decision("token", "allowed"), 4.0),
        (decision("token", "aud-not-accepted"), 1.0),
        (decision("token", "expired"), 2.0),
    ];
    let expected: Vec<(&str, f64)> = expected
        .iter()
        .map(|(name, n)| (name.as_str(), *n))
        .collect();
    assert_eq!(after.risen(&before, DECISIONS), expected);
    for (kind, count) in [("token", 7.0), ("room", 2.0), ("explanation", 1.0)] {
        let name = "prosody_tokend_decision_duration_seconds";
        let series = format!("{name}_count{{kind=\"{kind}\"}}");
        assert_eq!(after.number(&series), count, "{kind}");
        let all = format!("{name}_bucket{{kind=\"{kind}\",le=\"+Inf\"}}");
        assert_eq!(after.number(&all), count, "{}", after.text);
    }
    for (endpoint, count) in [
        ("/v1/verify", 7.0),
        ("/v1/room", 2.0),
        ("/v1/explain", 1.0),
        ("/metrics", 1.0),
    ] {
        let series = request(endpoint, 200);
        assert_eq!(
            after.number(&series) - before.number(&series),
            count,
            "{endpoint}"
        );
    }
}

#[test]
fn what_doctor_asks_is_no_users_denial() {
    let running = start("");
    let before = Scrape::of(&running);
    verify(&running, &json!({"jti": DOCTORS}), DOCTORS);
    verify(
        &running,
        &json!({"jti": DOCTORS, "exp": in_seconds(-60)}),
        DOCTORS,
    );
    let headers = [
        "Content-Type: application/json",
        "User-Agent: prosody-tokend-doctor-0.1.0",
    ];
    let question = json!({"token": token(&json!({"sub": null}))}).to_string();
    running.ask("POST", "/v1/explain", &headers, &question);
    let after = Scrape::of(&running);
    assert_eq!(after.risen(&before, DECISIONS), []);
    let doctors = "prosody_tokend_doctor_questions_total";
    let expected = [
        (
            "prosody_tokend_doctor_questions_total{kind=\"explanation\"}",
            1.0,
        ),
        ("prosody_tokend_doctor_questions_total{kind=\"token\"}", 2.0),
    ];
    assert_eq!(after.risen(&before, doctors), expected);
    let took = "prosody_tokend_decision_duration_seconds_count";
    assert_eq!(after.risen(&before, took), []);
}

#[test]
fn a_host_and_a_kind_are_told_before_anything_was_asked() {
    let running = start("");
    let scrape = Scrape::of(&running);
    for kind in ["token", "room"] {
        assert!(scrape.has(&decision(kind, "allowed")), "{}", scrape.text);
    }
    assert!(scrape.has(&request("/v1/verify", 200)));
}

#[test]
fn made_up_hosts_paths_rooms_users_and_kids_make_no_series() {
    let running = start("");
    let ask_all = |number: usize| {
        let made_up = format!("made-up-{number}");
        let claims = json!({"sub": made_up, "context": {"user": {"id": made_up, "name": made_up}}, "jti": made_up});
        let room = format!("{made_up}@conference.meet.example.com");
        verify(&running, &claims, &room);
        verify(&running, &json!({}), &room);
        running.post("/v1/verify", &json!({"host": made_up, "token": "x"}));
        running.post("/v1/room", &json!({"host": made_up, "room": room}));
        running.post("/v1/explain", &json!({"host": made_up, "token": "x"}));
        for path in [
            format!("/{made_up}"),
            format!("/v1/verify/{made_up}"),
            format!("/metrics?{made_up}"),
        ] {
            running.ask("GET", &path, &[], "");
        }
        running.ask("GET", "/v1/host?name=made-up", &[], "");
        running.ask("BREW", "/v1/verify", &[], "");
        running.ask("GET", "/readyz", &["Host: made-up.example"], "");
    };
    ask_all(0);
    let before = Scrape::of(&running);
    for number in 1..40 {
        ask_all(number);
    }
    let after = Scrape::of(&running);
    assert_eq!(before.series(), after.series());
    assert!(!after.text.contains("made-up"), "{}", after.text);
    let unknown = "prosody_tokend_undecided_total{kind=\"token\",code=\"host-not-configured\"}";
    assert_eq!(after.number(unknown), 40.0);
    assert_eq!(after.number(&request("other", 404)), 80.0);
    assert_eq!(after.number(&request("/v1/verify", 405)), 40.0);
}

#[test]
fn the_key_guards_the_metrics() {
    let running = start("api_key = \"the-key-of-the-callers\"");
    for (header, status) in [
        ("X-Nothing: x", 401),
        ("Authorization: Bearer wrong", 401),
        ("Authorization: Bearer the-key-of-the-callers", 200),
    ] {
        let answer = running.ask("GET", "/metrics", &[header], "");
        assert_eq!(answer.status(), status, "{header}");
        assert_eq!(
            answer.0.contains("prosody_tokend_"),
            status == 200,
            "{header}"
        );
    }
}

#[test]
fn a_host_that_leaves_at_a_reload_leaves_no_series() {
    let running = start("");
    verify(&running, &json!({}), ROOM);
    let file = running.folder.path().join("prosody-tokend.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    for number in 0..3 {
        let other = format!("host-{number}.example");
        std::fs::write(&file, text.replace(HOST, &other)).unwrap();
        let name = format!("{DECISIONS}{{host=\"{other}\",kind=\"token\",code=\"allowed\"}}");
        // What is read of counts and of keys may be from before and after a reload that comes in between.
        support::until("the other host, and no series of another one", || {
            let scrape = Scrape::of(&running);
            let mut series = scrape.series().into_iter();
            let is_left = series.any(|one| one.contains("host=\"") && !one.contains(&other));
            (scrape.has(&name) && !is_left).then_some(())
        });
    }
}

#[test]
fn reloads_are_counted_with_what_came_of_them() {
    let running = start("");
    let file = running.folder.path().join("prosody-tokend.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let reloads =
        |result: &str| format!("prosody_tokend_config_reloads_total{{result=\"{result}\"}}");
    let is_good = "prosody_tokend_config_last_reload_successful";
    let started = Scrape::of(&running);
    assert_eq!(
        (started.number(&reloads("ok")), started.number(is_good)),
        (0.0, 1.0)
    );
    assert!(!started.has("prosody_tokend_config_last_failure_timestamp_seconds"));
    assert!(started.number("prosody_tokend_config_last_success_timestamp_seconds") > 1.7e9);
    for (content, count, good) in [("[", "failed", 0.0), (text.as_str(), "ok", 1.0)] {
        std::fs::write(&file, content).unwrap();
        support::until("the reload", || {
            let scrape = Scrape::of(&running);
            (scrape.number(&reloads(count)) >= 1.0 && scrape.number(is_good) == good).then_some(())
        });
    }
    assert!(
        Scrape::of(&running).number("prosody_tokend_config_last_failure_timestamp_seconds") > 1.7e9
    );
}

#[test]
fn connections_are_told_while_they_are_open() {
    let running = start("[limits]\nconnections = 7\nrequests_in_flight = 5");
    let number = |name: &str| Scrape::of(&running).number(name);
    assert_eq!(number("prosody_tokend_connections_limit"), 7.0);
    assert_eq!(number("prosody_tokend_requests_in_flight_limit"), 5.0);
    let open = [running.connect(), running.connect()];
    let told = |expected: f64| {
        support::until("the connections", || {
            (number("prosody_tokend_connections") == expected).then_some(())
        });
    };
    told(3.0);
    drop(open);
    told(1.0);
}

#[test]
fn warnings_about_the_configuration_are_told() {
    let running = start("");
    let name = "prosody_tokend_config_warnings";
    assert_eq!(Scrape::of(&running).number(name), 0.0);
    let file = running.folder.path().join("prosody-tokend.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(SECRET, "short-secret")).unwrap();
    support::until("the warnings", || {
        (Scrape::of(&running).number(name) >= 1.0).then_some(())
    });
}
