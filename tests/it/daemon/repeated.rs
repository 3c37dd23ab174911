//! What is repeated of a request: never a token, wherever it was put.

use serde_json::{Value, json};

use super::fixture::{Answer, HOST, Running, SECRET, start};
use support::time::in_seconds;
use support::token::mint;

const API_KEY: &str = "the-key-of-those-who-may-ask";
const JSON: &str = "Content-Type: application/json";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

#[test]
fn no_answer_and_no_line_of_the_log_has_a_part_of_a_token_wherever_it_was_put() {
    let running = start("log.level = \"trace\"");
    for token in [good(), pretty()] {
        for request in requests(&token) {
            assert_hidden(&request.name, &token, &request.send(&running).0);
        }
        assert_hidden("the log", &token, &running.log());
    }
}

/// A verdict shows more: it names the room, and explains what it found.
#[test]
fn what_is_refused_is_repeated_up_to_32_characters() {
    let running = start("log.level = \"trace\"");
    let text = "x".repeat(300);
    for request in requests(&text) {
        let answer = request.send(&running);
        if answer.status() >= 400 {
            assert_hidden(&request.name, &text, &answer.0);
        }
    }
    assert_hidden("the log", &text, &running.log());
}

fn assert_hidden(place: &str, token: &str, text: &str) {
    let mut parts = (0..token.len() - 32).map(|first| &token[first..first + 33]);
    let part = parts.find(|part| text.contains(part));
    assert!(part.is_none(), "{place}: {part:?} in {text}");
}

#[test]
fn nothing_that_begins_like_a_token_is_repeated_either() {
    let running = start("log.level = \"trace\"");
    let header = "eyJhbGciOiJIUzI1NiJ9";
    for request in requests(header) {
        let answer = request.send(&running);
        assert!(!answer.0.contains(header), "{}: {}", request.name, answer.0);
    }
    assert!(!running.log().contains(header), "{}", running.log());
}

#[test]
fn an_audience_that_is_a_token_is_refused_and_not_repeated() {
    let (pem, _) = support::key::generate_rsa_key_pair();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("asap.key");
    std::fs::write(&path, pem).unwrap();
    let signs = HOST.replace("meet.example.com\"]", "signs.example.com\"]");
    let running = start(&format!(
        "api_key = \"{API_KEY}\"\n{signs}asap_key_path = \"{}\"\n",
        path.display()
    ));
    let authorization = format!("Authorization: Bearer {API_KEY}");
    for body in [
        json!({"host": "signs.example.com", "audience": good()}),
        json!({"host": good()}),
        json!({"host": "signs.example.com", good(): 1}),
    ] {
        let headers = [JSON, &authorization];
        let answer = running.ask("POST", "/v1/asap-token", &headers, &body.to_string());
        assert!(matches!(answer.status(), 400 | 404), "{}", answer.0);
        assert!(!answer.0.contains("eyJ"), "{}", answer.0);
    }
}

#[test]
fn a_password_in_the_address_of_a_key_server_is_not_repeated() {
    let running = start("log.level = \"trace\"");
    for url in [
        "https://name:hunter2@keys.example.com/",
        "https://keys.example.com/hunter2?key=hunter2#hunter2",
    ] {
        let body = json!({"token": good(), "overrides": {"asap_key_server": url}});
        let answer = running.post("/v1/verify", &body);
        assert_eq!(answer.status(), 400);
        assert!(answer.0.contains("keys.example.com"), "{}", answer.0);
        assert!(!answer.0.contains("hunter2"), "{}", answer.0);
    }
    assert!(!running.log().contains("hunter2"));
}

#[test]
fn what_helps_is_still_repeated() {
    let running = start("");
    let unknown = running.post("/v1/verify", &json!({"host": "other.example.com"}));
    assert!(
        unknown
            .0
            .contains(r#"no policy for host \"other.example.com\""#),
        "{}",
        unknown.0
    );
    let misspelt = running.post("/v1/verify", &json!({"tokn": "a"}));
    assert!(
        misspelt.0.contains(r#"unknown member \"tokn\""#),
        "{}",
        misspelt.0
    );
    let name = running.ask("GET", "/healthz", &["Host: Tokend.example.com"], "");
    assert!(name.0.contains(r#"\"Tokend.example.com\""#), "{}", name.0);
}

#[test]
fn a_body_of_another_kind_than_its_type_is_named_and_not_repeated() {
    let running = start("");
    let token = good();
    let json = json!({"token": token, "room": "standup"}).to_string();
    let pretty = format!("\n  {json}");
    let form = "Content-Type: application/x-www-form-urlencoded";
    let bearer = format!("Authorization: Bearer {token}");
    let field = format!("token={token}");
    let password = json!({"hunter2hunter2": 1}).to_string();
    let add = "the body is JSON, and was sent as a form: add -H 'Content-Type: application/json'";
    for (headers, body, expected) in [
        (vec![form], json.as_str(), add),
        (vec![form], &pretty, add),
        (vec![form], "[]", add),
        (
            vec![JSON],
            &field,
            "the body is a form, and was sent as JSON",
        ),
        (vec![form], &token, "the body is a token alone"),
        (vec![JSON], &token, "the body is a token alone"),
        (
            vec![JSON],
            &password,
            "a member of another name, expected one of",
        ),
        (
            vec![form],
            "hunter2hunter2=1",
            "a member of another name, expected one of",
        ),
        (
            vec![&bearer, JSON],
            "{}",
            "which is for the daemon's API key",
        ),
        (vec![&bearer, JSON], "", "which is for the daemon's API key"),
        (vec![&bearer], "", "which is for the daemon's API key"),
    ] {
        for path in ["/v1/verify", "/v1/explain"] {
            let answer = running.ask("POST", path, &headers, body);
            assert_eq!(answer.status(), 400, "{}", answer.0);
            assert!(answer.0.contains(expected), "{expected}: {}", answer.0);
            assert!(!answer.0.contains("hunter2"), "{}", answer.0);
            assert!(!answer.0.contains("eyJ"), "{}", answer.0);
        }
    }
    let both = running.ask("POST", "/v1/verify", &[JSON, &bearer], &json);
    assert_eq!(both.status(), 200, "{}", both.0);
    running.daemon.stop();
    let guarded = start(&format!("api_key = \"{API_KEY}\""));
    let answer = guarded.ask("POST", "/v1/verify", &[JSON, &bearer], &json);
    assert_eq!(answer.status(), 401);
    assert!(
        answer.0.contains("is for the daemon's API key"),
        "{}",
        answer.0
    );
}

fn claims() -> Value {
    json!({"iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "meeting", "exp": in_seconds(600)})
}

fn good() -> String {
    mint(&claims(), SECRET)
}

/// One whose header begins otherwise than most do.
fn pretty() -> String {
    let header = "ewogICJhbGciOiAiSFMyNTYiLAogICJ0eXAiOiAiSldUIgp9";
    let token = good();
    let (_, rest) = token.split_once('.').unwrap();
    format!("{header}.{rest}")
}

struct Request {
    name: String,
    method: String,
    path: String,
    headers: Vec<String>,
    body: String,
}

impl Request {
    fn new(name: &str, method: &str, path: &str, headers: &[&str], body: String) -> Self {
        Self {
            name: format!("{name} of {method} {path:.20}"),
            method: method.to_owned(),
            path: path.to_owned(),
            headers: headers.iter().map(|&header| header.to_owned()).collect(),
            body,
        }
    }

    fn send(&self, running: &Running) -> Answer {
        let headers: Vec<&str> = self.headers.iter().map(String::as_str).collect();
        running.ask(&self.method, &self.path, &headers, &self.body)
    }
}

fn requests(token: &str) -> Vec<Request> {
    let mut all = Vec::new();
    for path in ["/v1/verify", "/v1/room", "/v1/explain", "/v1/asap-token"] {
        all.extend(bodies(path, token));
        all.extend(heads("POST", path, token));
    }
    for path in ["/healthz", "/readyz", "/v1/keys", "/v1/host"] {
        all.extend(heads("GET", path, token));
    }
    all
}

fn heads(method: &str, path: &str, token: &str) -> Vec<Request> {
    let at = |name, path: String| Request::new(name, method, &path, &[JSON], "{}".to_owned());
    let with =
        |name, header: String| Request::new(name, method, path, &[JSON, &header], "{}".to_owned());
    vec![
        at("path", format!("/{token}")),
        at("end of path", format!("{path}/{token}")),
        at("query", format!("{path}?{token}")),
        at("query value", format!("{path}?host={token}")),
        at("query name", format!("{path}?name={token}")),
        at("absolute form", format!("http://{token}/")),
        with("host", format!("Host: {token}")),
        with("port", format!("Host: localhost:{token}")),
        with("user of host", format!("Host: {token}@localhost")),
        with("origin", format!("Origin: {token}")),
        with("authorization", format!("Authorization: Bearer {token}")),
        with("field", format!("X-Token: {token}")),
        with("field name", format!("{token}: x")),
        with("accept", format!("Accept: {token}")),
        with("content type", format!("Content-Type: {token}")),
        with("request id", format!("X-Request-Id: {token}")),
        Request::new("method", token, path, &[JSON], "{}".to_owned()),
        Request::new("body", method, path, &[JSON], token.to_owned()),
    ]
}

fn bodies(path: &str, token: &str) -> Vec<Request> {
    let json = |name, body: Value| Request::new(name, "POST", path, &[JSON], body.to_string());
    let form = |name, body: String| Request::new(name, "POST", path, &[FORM], body);
    let joining = json!({"auth_token": true, "jitsi_meet_room": "a", "jitsi_meet_domain": "b"});
    vec![
        json("member name", json!({token: 1})),
        json(
            "quoted name",
            json!({format!("a` invalid type: {token}, expected {token}"): 1}),
        ),
        json("token", json!({"token": token})),
        json(
            "token of another host",
            json!({"token": token, "host": token}),
        ),
        json("host", json!({"host": token, "room": "a@b"})),
        json("number", json!({"token": [token], "room": {"a": token}})),
        json("claims", json!({"claims": token})),
        json("at", json!({"at": token})),
        json("room", json!({"room": token, "session": joining})),
        json(
            "room's node",
            json!({"room": format!("{token}@conference.meet.example.com"), "session": joining}),
        ),
        json(
            "room's domain",
            json!({"room": format!("a@{token}"), "session": joining}),
        ),
        json(
            "room's resource",
            json!({"room": format!("a@b/{token}"), "session": joining}),
        ),
        json("state", json!({"room": "a@b", "room_state": {token: true}})),
        json(
            "state's value",
            json!({"room": "a@b", "room_state": {"exists": token}}),
        ),
        json("session", json!({"room": "a@b", "session": token})),
        json(
            "session's value",
            json!({"room": "a@b", "session": {
                "jitsi_web_query_prefix": token, "jitsi_meet_room": token, "jitsi_meet_domain": token, "auth_token": true,
            }}),
        ),
        json("overrides", json!({"overrides": {token: 1}})),
        json(
            "key server",
            json!({"overrides": {"asap_key_server": format!("https://a:{token}@b/{token}")}}),
        ),
        json(
            "public key",
            json!({"token": good(), "overrides": {"public_key": token}}),
        ),
        json(
            "issuers",
            json!({"token": good(), "overrides": {"asap_accepted_issuers": [token]}}),
        ),
        json(
            "audience",
            json!({"host": "meet.example.com", "audience": token}),
        ),
        form("form", token.to_owned()),
        form("form name", format!("{token}=1")),
        form("form token", format!("token={token}")),
        form("form number", format!("at={token}")),
        form("form truth", format!("exists={token}")),
        form("form twice", format!("token=a&token={token}")),
        form("form host", format!("host={token}")),
        form("escaped form name", format!("%60{token}%60=1")),
    ]
}
