//! What callers rely on in every answer: the name of its request, and a length.

use serde_json::{Map, Value, json};

use super::fixture::{Answer, HOST, Running, SECRET, start};
use support::time::in_seconds;
use support::token::mint;

const JSON: &str = "Content-Type: application/json";
/// Half of what the module in Prosody takes.
const MOST: usize = 49_152 + 4_096;

fn claims() -> Map<String, Value> {
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "*", "exp": in_seconds(600),
    });
    claims.as_object().unwrap().clone()
}

#[test]
fn every_answer_has_the_name_of_its_request_whatever_its_status() {
    let running = start("");
    let good = json!({"token": mint(&Value::Object(claims()), SECRET)}).to_string();
    for (method, path, headers, body, status) in [
        ("POST", "/v1/verify", vec![JSON], good.as_str(), 200),
        ("POST", "/v1/verify", vec![JSON], "{}", 200),
        ("POST", "/v1/room", vec![JSON], "{\"room\":\"a@b\"}", 200),
        ("GET", "/v1/host?name=meet.example.com", vec![], "", 200),
        ("GET", "/v1/keys", vec![], "", 200),
        ("GET", "/readyz", vec![], "", 200),
        ("POST", "/v1/verify", vec![JSON], "{", 400),
        ("POST", "/v1/verify", vec![JSON, "Origin: x"], "{}", 403),
        ("POST", "/v1/nothing", vec![JSON], "{}", 404),
        ("PUT", "/v1/verify", vec![JSON], "{}", 405),
        ("POST", "/v1/verify", vec![], "{}", 415),
    ] {
        let headers = [headers, vec!["X-Request-Id: 0123456789abcdef-42"]].concat();
        let answer = running.ask(method, path, &headers, body);
        assert_eq!(answer.status(), status, "{}", answer.0);
        assert!(
            answer.0.contains("x-request-id: 0123456789abcdef-42\r\n"),
            "{}",
            answer.0
        );
    }
}

#[test]
fn a_name_that_is_none_is_not_repeated() {
    let running = start("");
    let token = mint(&Value::Object(claims()), SECRET);
    let too_long = "x".repeat(33);
    for name in [
        "",
        "a b",
        "a\"b",
        "a,b",
        &token,
        &too_long,
        "one\r\nX-Request-Id: two",
    ] {
        let header = format!("X-Request-Id: {name}");
        let answer = running.ask("POST", "/v1/verify", &[JSON, &header], "{}");
        assert_eq!(answer.status(), 200);
        assert!(!answer.0.contains("x-request-id"), "{}", answer.0);
    }
}

#[test]
fn whether_a_host_is_known_is_told_in_few_words_however_many_there_are() {
    let hosts = (0..500).map(|number| {
        let name = format!("host-{number}.{}.example.com", "long".repeat(15));
        HOST.replace("meet.example.com\"]", &format!("{name}\"]"))
    });
    let hosts: String = hosts.collect();
    let running = start(&hosts);
    let ask = |query: &str| running.ask("GET", &format!("/v1/host{query}"), &[], "");
    let known = ask("?name=Meet.example.com");
    assert_eq!(known.status(), 200);
    assert_eq!(
        known.json(),
        json!({"host": "meet.example.com", "version": env!("CARGO_PKG_VERSION")})
    );
    let unknown = ask("?name=other.example.com");
    assert_eq!(unknown.status(), 404);
    assert!(unknown.0.contains("other.example.com"), "{}", unknown.0);
    assert!(unknown.0.len() < 4_096, "{}", unknown.0.len());
    for query in ["", "?", "?name", "?host=meet.example.com", "?name=a&name=b"] {
        assert!(matches!(ask(query).status(), 400 | 404), "{query}");
    }
}

/// Claims with as many of these as make them so many bytes long.
fn filled(member: &str, value: &Value, bytes: usize) -> Value {
    let mut claims = claims();
    let each = value.to_string().len() + 1;
    let count = bytes.saturating_sub(json!(claims).to_string().len() + 40) / each;
    claims.insert(
        "context".to_owned(),
        json!({member: vec![value.clone(); count]}),
    );
    json!(claims)
}

fn verify(running: &Running, token: &str) -> Answer {
    let room = format!("{}@conference.meet.example.com", "r".repeat(1_000));
    let body = json!({"token": token, "room": room, "session": {"jitsi_web_query_prefix": "t".repeat(1_000)}});
    running.post("/v1/verify", &body)
}

#[test]
fn the_answer_to_the_longest_claims_is_far_below_what_prosody_takes() {
    let running = start("limits.token_bytes = 1048576\nlimits.body_bytes = 8388608");
    for member in ["user", "group", "features", "room", "other"] {
        for value in [
            json!("pic\u{1}ture"),
            json!("é\"\\"),
            json!(1e15),
            json!(7),
            json!({"a": null}),
            json!("x".repeat(900)),
        ] {
            let (longest, too_long) = [24_000, 26_000]
                .map(|bytes| filled(member, &value, bytes))
                .into();
            let answer = verify(&running, &mint(&longest, SECRET));
            assert_eq!(answer.json()["auth"]["ok"], true, "{}", answer.0);
            assert!(
                answer.0.len() <= MOST,
                "{member} {value}: {}",
                answer.0.len()
            );
            let answer = verify(&running, &mint(&too_long, SECRET));
            assert_eq!(
                answer.json()["auth"]["code"],
                "claims-too-long",
                "{member} {value}"
            );
            assert!(answer.0.len() < 4_096, "{}", answer.0.len());
        }
    }
}

#[test]
fn a_short_token_whose_claims_grow_is_refused() {
    let running = start("");
    let numbers = vec!["1e15"; 2_400].join(",");
    let text = json!(claims()).to_string();
    let text = format!(
        "{},\"context\":{{\"user\":[{numbers}]}}}}",
        text.trim_end_matches('}')
    );
    let token = support::token::seal(
        jsonwebtoken::Algorithm::HS256,
        br#"{"alg":"HS256","typ":"JWT"}"#,
        text.as_bytes(),
        SECRET,
    );
    assert!(token.len() < 16_384 + 200, "{}", token.len());
    let answer = verify(&running, &token);
    assert_eq!(
        answer.json()["auth"]["code"],
        "claims-too-long",
        "{}",
        answer.0.len()
    );
}

#[test]
fn names_that_no_address_can_have_are_refused_and_not_repeated() {
    let running = start("limits.body_bytes = 8388608");
    let name = "x".repeat(2_048);
    for (path, body) in [
        ("/v1/verify", json!({"room": name})),
        (
            "/v1/verify",
            json!({"room": "a", "session": {"jitsi_web_query_prefix": name}}),
        ),
        ("/v1/explain", json!({"room": name})),
        ("/v1/room", json!({"room": name})),
        (
            "/v1/room",
            json!({"room": "a@b", "session": {"jitsi_web_query_prefix": name}}),
        ),
    ] {
        let answer = running.post(path, &body);
        assert_eq!(answer.status(), 400, "{}", answer.0);
        assert!(answer.0.contains("at most 2047 bytes"), "{}", answer.0);
    }
    let form = "Content-Type: application/x-www-form-urlencoded";
    let answer = running.ask("POST", "/v1/verify", &[form], &format!("room={name}"));
    assert_eq!(answer.status(), 400, "{}", answer.0);
}
