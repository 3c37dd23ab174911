//! Whoever asks too much is told so, and nobody else notices.

use crate::fixture::{Running, start};

const POST: &str =
    "POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const SHORT: &str = "limits = { body_bytes = 2048, body_timeout = 0.5, header_timeout = 0.5, requests_in_flight = 2 }";

fn assert_serves(running: &Running) {
    assert_eq!(running.ask("GET", "/healthz", &[], "").status(), 200);
}

#[test]
fn a_body_over_the_limit_is_refused_with_413() {
    let running = start(SHORT);
    for length in ["2049", "99999999999"] {
        let mut peer = running.connect();
        peer.send(&format!("{POST}Content-Length: {length}\r\n\r\n"));
        assert_eq!(peer.answer().status(), 413, "{length}");
    }
    assert_serves(&running);
}

#[test]
fn a_body_that_grows_over_the_limit_is_refused_with_413() {
    let running = start(SHORT);
    let mut peer = running.connect();
    let chunk = format!("400\r\n{}\r\n", " ".repeat(0x400));
    peer.send(&format!(
        "{POST}Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}"
    ));
    peer.try_send(&chunk);
    assert_eq!(peer.answer().status(), 413);
    assert_serves(&running);
}

#[test]
fn a_body_that_does_not_come_is_given_up_with_408() {
    let running = start(SHORT);
    let mut peer = running.connect();
    peer.send(&format!("{POST}Content-Length: 10\r\n\r\n{{"));
    assert_serves(&running);
    assert_eq!(peer.answer().status(), 408);
}

#[test]
fn a_header_that_does_not_end_is_given_up_with_408() {
    let running = start(SHORT);
    let mut peer = running.connect();
    peer.send(POST);
    assert_serves(&running);
    assert_eq!(peer.answer().status(), 408);
}

#[test]
fn a_connection_that_says_nothing_is_closed_without_an_answer() {
    let running = start(SHORT);
    assert_eq!(running.connect().answer().0, "");
}

#[test]
fn a_header_over_the_limit_is_refused_with_431() {
    let running = start(SHORT);
    let mut peer = running.connect();
    peer.try_send(&format!("{POST}X: {}\r\n\r\n", "x".repeat(20_000)));
    assert_eq!(peer.answer().status(), 431);
    assert_serves(&running);
}

#[test]
fn a_request_too_many_is_refused_with_503_until_another_ends() {
    let running = start("limits = { requests_in_flight = 2 }");
    let mut held = [running.connect(), running.connect()];
    for peer in &mut held {
        peer.send(&format!(
            "{POST}Connection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        ));
    }
    for peer in &mut held {
        peer.await_continue();
    }
    let refused = running.post("/v1/verify", &serde_json::json!({}));
    assert_eq!(refused.status(), 503);
    assert!(refused.has_header("retry-after: 1"), "{}", refused.0);
    assert_serves(&running);
    for peer in &mut held {
        peer.send("{}");
        assert_eq!(peer.answer().status(), 200);
    }
    assert_eq!(
        running.post("/v1/verify", &serde_json::json!({})).status(),
        200
    );
}

#[test]
fn more_connections_than_allowed_wait_for_their_turn() {
    let running = start("limits = { connections = 1, header_timeout = 0.5 }");
    let held = running.connect();
    assert_serves(&running);
    drop(held);
}
