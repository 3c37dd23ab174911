//! Whoever asks too much is told so, and nobody else notices.

use std::net::TcpListener;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;

use super::fixture::{Running, start};
use support::until;

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
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let running = start(&format!(
        "limits = {{ requests_in_flight = 2 }}\n[hosts.slow]\napp_id = \"a\"\nasap_key_server = \"http://{address}\""
    ));
    let waiting = json!({"host": "slow", "token": token_with_kid()});
    let body = waiting.to_string();
    let mut held = running.connect();
    held.send(&format!(
        "{POST}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    until("the key to be asked for", || silent.accept().ok());
    let asked = json!({"host": "meet.example.com"});
    let refused = running.post("/v1/verify", &asked);
    assert_eq!(refused.status(), 503);
    assert!(refused.has_header("retry-after: 1"), "{}", refused.0);
    assert_serves(&running);
    assert_eq!(held.answer().status(), 200);
    assert_eq!(running.post("/v1/verify", &asked).status(), 200);
}

#[test]
fn a_body_on_its_way_keeps_no_other_request_from_being_decided() {
    let running = start("limits = { requests_in_flight = 2 }");
    let mut held: Vec<_> = (0..8).map(|_| running.connect()).collect();
    for peer in &mut held {
        peer.send(&format!(
            "{POST}Connection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        ));
        peer.await_continue();
    }
    assert_eq!(running.post("/v1/verify", &json!({})).status(), 200);
}

#[test]
fn a_connection_too_many_gets_the_place_of_the_one_that_was_idle_for_longest() {
    let running = start("limits = { connections = 2, header_timeout = 60 }");
    let mut held = [running.connect(), running.connect()];
    assert_serves(&running);
    assert_eq!(held[0].answer().0, "");
    held[1].send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(held[1].answer().status(), 200);
}

#[test]
fn whoever_asks_and_never_reads_is_cut_off() {
    let running = start("limits = { answer_timeout = 0.5, header_timeout = 60 }");
    let mut peer = running.connect();
    let asked = "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000);
    peer.send_until_refused(&asked);
    assert_serves(&running);
}

/// A token whose key has to be looked for.
fn token_with_kid() -> String {
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let header = encode(r#"{"alg":"RS256","typ":"JWT","kid":"k"}"#);
    format!("{header}.{}.{}", encode("{}"), encode("signature"))
}
