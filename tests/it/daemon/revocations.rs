//! What is taken back over HTTP, what that denies, and what is said of it.

use std::fs;
use std::slice;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::fixture::{Answer, Running, SECRET, start};
use support::root;
use support::time::in_seconds;
use support::token::{mint, with};

const JSON: &str = "Content-Type: application/json";
const ADMIN: &str = "Authorization: Bearer the-key-of-administrators";
const PATH: &str = "/v1/revocations";

/// A daemon that keeps revocations.
pub struct Keeping {
    pub running: Running,
    _folder: TempDir,
}

pub fn keeping() -> Keeping {
    keeping_with("", "")
}

/// The same, with these settings ahead of all sections and after them.
pub fn keeping_with(top: &str, sections: &str) -> Keeping {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db").display().to_string();
    let settings = format!(
        "admin_key = \"the-key-of-administrators\"\n{top}\n[store]\npath = {path:?}\n{sections}"
    );
    Keeping {
        running: start(&settings),
        _folder: folder,
    }
}

impl Keeping {
    pub fn ask(&self, method: &str, path: &str, more: &[&str], body: &str) -> Answer {
        let headers = [&[JSON, ADMIN], more].concat();
        self.running.ask(method, path, &headers, body)
    }

    pub fn revoke(&self, asked: &Value) -> Answer {
        self.ask("POST", PATH, &[], &asked.to_string())
    }

    /// The same, of what is taken; the revocation.
    pub fn revoked(&self, asked: &Value) -> Value {
        let answer = self.revoke(asked);
        assert!(
            matches!(answer.status(), 200 | 201),
            "{asked}: {}",
            answer.0
        );
        answer.json()
    }

    pub fn list(&self) -> Vec<Value> {
        let answer = self.ask("GET", PATH, &[], "");
        assert_eq!(answer.status(), 200, "{}", answer.0);
        answer.json()["revocations"].as_array().unwrap().clone()
    }

    /// `allowed`, or the code of the denial, of a login into this room.
    pub fn verdict(&self, token: &str, room: &str) -> String {
        let asked = json!({"host": "meet.example.com", "token": token, "room": room});
        let answer = self.running.post("/v1/verify", &asked).json();
        if answer["allowed"] == true {
            return "allowed".to_owned();
        }
        let code = answer["auth"]["code"].as_str();
        let code = code.or(answer["room"]["code"].as_str());
        code.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// A token of the host, with these claims changed.
pub fn token(changes: &Value) -> String {
    let claims = json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "*",
        "exp": in_seconds(600), "iat": in_seconds(-10), "jti": "t1", "sid": "s1",
        "context": {"user": {"id": "u1"}},
    });
    mint(&with(claims, changes), SECRET)
}

#[test]
fn a_revocation_is_made_shown_listed_and_taken_back() {
    let daemon = keeping();
    let asked = json!({
        "jti": "t1", "host": "MEET.example.com", "until": in_seconds(3_600),
        "reason": "the laptop was stolen", "by": "ann",
    });
    let made = daemon.revoke(&asked);
    assert_eq!(made.status(), 201, "{}", made.0);
    let revocation = made.json();
    let id = revocation["id"].as_str().unwrap();
    let path = format!("{PATH}/{id}");
    assert!(made.has_header(&format!("location: {path}")), "{}", made.0);
    let tag = format!("\"{}\"", revocation["version"]);
    assert!(made.has_header(&format!("etag: {tag}")), "{}", made.0);
    for (member, value) in [
        ("kind", json!("jti")),
        ("jti", json!("t1")),
        ("host", json!("meet.example.com")),
        ("until", asked["until"].clone()),
        ("reason", json!("the laptop was stolen")),
        ("by", json!("ann")),
        ("user", json!(null)),
        ("issued_before", json!(null)),
        ("notes", json!(null)),
    ] {
        assert_eq!(revocation[member], value, "{revocation}");
    }
    let age = in_seconds(0) - revocation["since"].as_i64().unwrap();
    assert!((0..60).contains(&age), "{revocation}");

    let found = daemon.ask("GET", &path, &[], "");
    assert_eq!((found.status(), found.json()), (200, revocation.clone()));
    assert_eq!(daemon.list(), slice::from_ref(&revocation));
    let gone = daemon.ask("DELETE", &path, &[], "");
    assert_eq!(gone.status(), 204, "{}", gone.0);
    assert!(gone.0.ends_with("\r\n\r\n"), "{}", gone.0);
    assert_eq!(daemon.list(), Vec::<Value>::new());
    for method in ["GET", "DELETE"] {
        let answer = daemon.ask(method, &path, &[], "");
        assert_eq!(answer.status(), 404, "{}", answer.0);
        assert!(answer.0.contains(id), "{}", answer.0);
    }
}

#[test]
fn what_is_revoked_again_is_one_revocation_as_it_was_asked_for_last() {
    let daemon = keeping();
    let first = daemon.revoke(&json!({"user": "u1", "reason": "one"}));
    assert_eq!(first.status(), 201);
    let second = daemon.revoke(&json!({"user": "u1", "reason": "two"}));
    assert_eq!(second.status(), 200, "{}", second.0);
    assert!(!second.0.contains("location:"), "{}", second.0);
    let (first, second) = (first.json(), second.json());
    assert_eq!(first["id"], second["id"]);
    assert_ne!(first["version"], second["version"]);
    assert_eq!(daemon.list(), [second]);
    for other in [
        json!({"user": "u1", "host": "meet.example.com"}),
        json!({"user": "u1", "issued_before": "now"}),
        json!({"user": "u2"}),
        json!({"jti": "u1"}),
    ] {
        assert_eq!(daemon.revoke(&other).status(), 201, "{other}");
    }
    assert_eq!(daemon.list().len(), 5);
}

#[test]
fn tokens_of_a_user_that_were_revoked_stay_so_when_an_earlier_time_is_named() {
    let daemon = keeping();
    let (early, late) = (in_seconds(-1_000), in_seconds(-100));
    daemon.revoked(&json!({"user": "u1", "issued_before": late}));
    let merged = daemon.revoked(&json!({"user": "u1", "issued_before": early}));
    assert_eq!(merged["issued_before"], late);
    let between = token(&json!({"iat": in_seconds(-500)}));
    assert_eq!(daemon.verdict(&between, "standup"), "token-revoked");
    assert_eq!(daemon.verdict(&token(&json!({})), "standup"), "allowed");
}

#[test]
fn each_kind_denies_what_it_names_and_nothing_else_until_it_is_taken_back() {
    let daemon = keeping_with(
        "",
        "[hosts.\"other.example.com\"]\napp_id = \"a\"\napp_secret = \"0123456789abcdef\"\n",
    );
    let mine = token(&json!({}));
    let other = token(&json!({
        "jti": "t2", "sid": "s2", "context": {"user": {"id": "u2"}},
    }));
    let room = "standup@conference.meet.example.com";
    for (asked, kind, others) in [
        (json!({"token": mine}), "token", "allowed"),
        (json!({"token": format!(" {mine}\n")}), "token", "allowed"),
        (json!({"jti": "t1"}), "jti", "allowed"),
        (json!({"user": "u1"}), "user", "allowed"),
        (
            json!({"user": "u1", "issued_before": "now"}),
            "user",
            "allowed",
        ),
        (
            json!({"user": "u1", "issued_before": "2126-01-31T12:00:00Z"}),
            "user",
            "allowed",
        ),
        (json!({"sid": "s1"}), "sid", "allowed"),
        (json!({"issuer": "my_app"}), "issuer", "token-revoked"),
        (json!({"room": room}), "room", "token-revoked"),
        (
            json!({"room": "Standup", "host": "meet.example.com"}),
            "room",
            "token-revoked",
        ),
        (
            json!({"room": "https://meet.example.com/StandUp#x"}),
            "room",
            "token-revoked",
        ),
        (
            json!({"jti": "t1", "host": "meet.example.com"}),
            "jti",
            "allowed",
        ),
        (
            json!({"jti": "t1", "until": "2126-01-31T12:00:00+01:00"}),
            "jti",
            "allowed",
        ),
        (
            json!({"jti": "t1", "until": in_seconds(60)}),
            "jti",
            "allowed",
        ),
    ] {
        let revocation = daemon.revoked(&asked);
        assert_eq!(revocation["kind"], kind, "{asked}");
        assert_eq!(daemon.verdict(&mine, "standup"), "token-revoked", "{asked}");
        assert_eq!(daemon.verdict(&other, "standup"), others, "{asked}");
        if kind == "room" {
            assert_eq!(revocation["room"], room, "{asked}");
            assert_eq!(daemon.verdict(&mine, "other"), "allowed", "{asked}");
        }
        let path = format!("{PATH}/{}", revocation["id"].as_str().unwrap());
        assert_eq!(daemon.ask("DELETE", &path, &[], "").status(), 204);
        assert_eq!(daemon.verdict(&mine, "standup"), "allowed", "{asked}");
    }
    for harmless in [
        json!({"jti": "t1", "host": "other.example.com"}),
        json!({"jti": "T1"}),
        json!({"user": "t1"}),
        json!({"kid": "t1"}),
        json!({"user": "u1", "issued_before": in_seconds(-60)}),
        json!({"user": "u1", "issued_before": 0}),
        json!({"room": "standup@conference.other.example.com"}),
        json!({"token": other}),
    ] {
        daemon.revoked(&harmless);
        assert_eq!(daemon.verdict(&mine, "standup"), "allowed", "{harmless}");
    }
}

#[test]
fn a_denial_says_the_operators_reason() {
    let daemon = keeping();
    daemon.revoked(&json!({"jti": "t1", "reason": "the laptop was stolen"}));
    let asked = json!({"host": "meet.example.com", "token": token(&json!({}))});
    let answer = daemon.running.post("/v1/verify", &asked).json();
    assert_eq!(answer["auth"]["error"], "not-allowed", "{answer}");
    assert_eq!(
        answer["auth"]["reason"], "token revoked: the laptop was stolen",
        "{answer}"
    );
}

#[test]
fn what_cannot_be_taken_is_refused_with_what_is_wrong() {
    let daemon = keeping();
    let good = token(&json!({}));
    let long = "x".repeat(1_025);
    for (body, words) in [
        ("", &["not JSON"][..]),
        ("[]", &["expected an object"]),
        (
            "{}",
            &[
                "one of",
                "token, jti, user, kid, issuer, room, sid",
                "found none",
            ],
        ),
        (r#"{"reason": "x"}"#, &["found none"]),
        (r#"{"jti": "a", "user": "b"}"#, &["found jti, user"]),
        (r#"{"jti": "a", "user": ""}"#, &["found jti, user"]),
        (r#"{"jti": ""}"#, &["jti: it is empty"]),
        (r#"{"jti": 5}"#, &["expected a string"]),
        (r#"{"jtii": "a"}"#, &["unknown member \"jtii\"", "jti"]),
        (r#"{"jti": "a", "secret-of-mine": 1}"#, &["another name"]),
        (r#"{"jti": "a\nb"}"#, &["jti: it has a control character"]),
        (
            r#"{"jti": "a", "reason": "a\u0007"}"#,
            &["reason: it has a control character"],
        ),
        (r#"{"jti": "a", "by": ""}"#, &["by: it is empty"]),
        (
            r#"{"jti": "a", "host": "nowhere.example"}"#,
            &["host: no policy", "meet.example.com"],
        ),
        (
            r#"{"jti": "a", "until": 1700000000}"#,
            &["until: the time is over"],
        ),
        (
            r#"{"jti": "a", "until": "now"}"#,
            &["until: the time is over"],
        ),
        (
            r#"{"jti": "a", "until": "soon"}"#,
            &["expected a time", "2026-01-31T12:00:00Z"],
        ),
        (r#"{"jti": "a", "until": true}"#, &["expected a time"]),
        (r#"{"jti": "a", "until": 1e30}"#, &["expected a time"]),
        (
            r#"{"jti": "a", "until": 99999999999999999}"#,
            &["expected a time"],
        ),
        (
            r#"{"jti": "a", "issued_before": "now"}"#,
            &["issued_before: it is for user alone"],
        ),
        (
            r#"{"user": "a", "issued_before": "once"}"#,
            &["expected a time"],
        ),
        (r#"{"token": "hunter2"}"#, &["no token", "three parts"]),
        (r#"{"token": "a.b.c"}"#, &["no token", "first part"]),
        (r#"{"token": "e30.x.c"}"#, &["no token", "second part"]),
        (r#"{"token": ""}"#, &["no token"]),
        (r#"{"room": ""}"#, &["names no room"]),
        (
            r#"{"room": "@conference.meet.example.com"}"#,
            &["names no room"],
        ),
        (r#"{"room": "a@b@c"}"#, &["names no room"]),
        (&json!({"jti": long}).to_string(), &["1025 bytes", "1024"]),
        (&json!({"jti": good}).to_string(), &["send that as token"]),
        (
            &json!({"user": "a", "reason": good}).to_string(),
            &["reason: it looks like a token"],
        ),
        (
            &json!({"user": "a", "by": good}).to_string(),
            &["by: it looks like a token"],
        ),
        (&json!({"room": good}).to_string(), &["send that as token"]),
    ] {
        let answer = daemon.ask("POST", PATH, &[], body);
        assert_eq!(answer.status(), 400, "{body}: {}", answer.0);
        for word in words {
            assert!(
                answer.0.contains(&word.replace('"', "\\\"")),
                "{body}: {}",
                answer.0
            );
        }
        for secret in ["hunter2", "secret-of-mine", &good[..40]] {
            assert!(!answer.0.contains(secret), "{body}: {}", answer.0);
        }
    }
    assert_eq!(daemon.list(), Vec::<Value>::new());
}

#[test]
fn a_body_that_is_too_long_or_of_another_type_is_refused() {
    let daemon = keeping_with("", "[limits]\nbody_bytes = 2048\n");
    let long = json!({"jti": "a", "reason": "x".repeat(3_000)}).to_string();
    assert_eq!(daemon.ask("POST", PATH, &[], &long).status(), 413);
    let form = ["Content-Type: application/x-www-form-urlencoded", ADMIN];
    let answer = daemon.running.ask("POST", PATH, &form, "jti=a");
    assert_eq!(answer.status(), 415, "{}", answer.0);
    assert_eq!(daemon.list(), Vec::<Value>::new());
}

#[test]
fn a_token_is_denied_as_long_as_it_could_be_good() {
    let daemon = keeping();
    let exp = in_seconds(600);
    let of = |changes: Value| daemon.revoked(&json!({ "token": token(&changes) }));
    let usual = of(json!({ "exp": exp }));
    assert_eq!(usual["until"], exp + 3_600, "{usual}");
    assert_eq!(usual["notes"], Value::Null);
    let digest = usual["token_digest"].as_str().unwrap();
    assert!(digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()));
    let endless = of(json!({"exp": null}));
    assert_eq!(endless["until"], Value::Null);
    assert!(
        endless["notes"][0].as_str().unwrap().contains("no exp"),
        "{endless}"
    );
    let over = of(json!({"exp": 1_700_000_000}));
    assert!(
        over["until"].as_i64().unwrap() > in_seconds(3_000),
        "{over}"
    );
    assert!(
        over["notes"][0].as_str().unwrap().contains("expired"),
        "{over}"
    );
    let bounded =
        daemon.revoked(&json!({"token": token(&json!({"exp": null, "jti": "b"})), "until": exp}));
    assert_eq!(
        (&bounded["until"], &bounded["notes"]),
        (&json!(exp), &Value::Null)
    );
}

#[test]
fn what_probably_means_something_else_is_taken_with_a_note() {
    let daemon = keeping();
    for (asked, word) in [
        (json!({"issuer": "nobody-here"}), "no host accepts"),
        (
            json!({"room": "standup@meet.example.com"}),
            "ROOM@conference.meet.example.com",
        ),
        (json!({"room": "/standup"}), "is the room"),
    ] {
        let revocation = daemon.revoked(&asked);
        let note = revocation["notes"][0].as_str().unwrap_or_default();
        assert!(note.contains(word), "{asked}: {revocation}");
    }
}

#[test]
fn a_room_of_several_hosts_has_to_be_one_of_them() {
    let daemon = keeping_with(
        "",
        "[hosts.\"other.example.com\"]\napp_id = \"a\"\napp_secret = \"0123456789abcdef\"\n",
    );
    let answer = daemon.revoke(&json!({"room": "standup"}));
    assert_eq!(answer.status(), 400, "{}", answer.0);
    for word in ["room: ", "other.example.com", "ROOM@DOMAIN"] {
        assert!(answer.0.contains(word), "{}", answer.0);
    }
    let revocation = daemon.revoked(&json!({"room": "standup", "host": "other.example.com"}));
    assert_eq!(revocation["room"], "standup@conference.other.example.com");
}

#[test]
fn a_list_comes_page_by_page_each_revocation_once() {
    let daemon = keeping();
    let mut ids: Vec<String> = (0..25)
        .map(|number| daemon.revoked(&json!({"jti": format!("t{number}")})))
        .map(|revocation| revocation["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort_unstable();
    for limit in [1, 7, 24, 25, 26, 1_000] {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = daemon.ask("GET", &format!("{PATH}?limit={limit}{after}"), &[], "");
            let page = page.json();
            let rows = page["revocations"].as_array().unwrap();
            assert!(rows.len() <= limit);
            found.extend(
                rows.iter()
                    .map(|row| row["id"].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["next"].as_str() else {
                break;
            };
            after = format!("&after={next}");
        }
        assert_eq!(found, ids, "by {limit}");
    }
    assert_eq!(daemon.list().len(), 25);
    for query in [
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=x",
        "limit=",
        "after=x",
        "after=",
        "offset=1",
        "after=0123456789abcdef0123456789abcde",
        "limit=1&limit=2",
    ] {
        let answer = daemon.ask("GET", &format!("{PATH}?{query}"), &[], "");
        assert_eq!(answer.status(), 400, "{query}: {}", answer.0);
    }
}

#[test]
fn a_tag_saves_an_answer_and_protects_a_revocation_that_was_changed_since() {
    let daemon = keeping();
    let first = daemon.revoked(&json!({"jti": "t1"}));
    let path = format!("{PATH}/{}", first["id"].as_str().unwrap());
    let tag = |revocation: &Value| format!("\"{}\"", revocation["version"]);
    let asked = |method: &str, header: &str| daemon.ask(method, &path, &[header], "");
    let old = tag(&first);
    for (value, status) in [
        (old.clone(), 304),
        (format!("W/{old}"), 304),
        (format!("\"x\", {old}"), 304),
        ("*".to_owned(), 304),
        ("\"x\"".to_owned(), 200),
    ] {
        let answer = asked("GET", &format!("If-None-Match: {value}"));
        assert_eq!(answer.status(), status, "{value}: {}", answer.0);
        assert!(answer.has_header(&format!("etag: {old}")), "{}", answer.0);
    }
    let second = daemon.revoked(&json!({"jti": "t1", "reason": "more is known"}));
    let new = tag(&second);
    assert_eq!(asked("GET", &format!("If-None-Match: {old}")).status(), 200);
    for value in [
        old.clone(),
        format!("W/{new}"),
        "\"x\"".to_owned(),
        "x".to_owned(),
    ] {
        let answer = asked("DELETE", &format!("If-Match: {value}"));
        assert_eq!(answer.status(), 412, "{value}: {}", answer.0);
    }
    assert_eq!(daemon.list(), [second]);
    assert_eq!(
        asked("DELETE", &format!("If-Match: {old}, {new}")).status(),
        204
    );
    assert_eq!(daemon.list(), Vec::<Value>::new());
}

#[test]
fn without_a_store_it_is_said_how_to_have_one() {
    let running = start("admin_key = \"the-key-of-administrators\"\n");
    let id = "0123456789abcdef0123456789abcdef";
    let one = format!("{PATH}/{id}");
    for (method, path, body) in [
        ("POST", PATH, r#"{"jti": "a"}"#),
        ("GET", PATH, ""),
        ("GET", &one, ""),
        ("DELETE", &one, ""),
    ] {
        let answer = running.ask(method, path, &[JSON, ADMIN], body);
        assert_eq!(answer.status(), 404, "{}", answer.0);
        for word in ["[store]", "/var/lib/prosody-tokend/state.db", "restart"] {
            assert!(answer.0.contains(word), "{}", answer.0);
        }
    }
}

#[test]
fn a_store_that_cannot_be_written_fails_the_request_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let path = file.join("state.db").display().to_string();
    let running = start(&format!(
        "admin_key = \"the-key-of-administrators\"\n[store]\npath = {path:?}\n"
    ));
    let answer = running.ask("POST", PATH, &[JSON, ADMIN], r#"{"jti": "t1"}"#);
    assert_eq!(answer.status(), 503, "{}", answer.0);
    assert!(answer.has_header("retry-after: 1"), "{}", answer.0);
    assert!(answer.0.contains("state.db"), "{}", answer.0);
    let asked = json!({"host": "meet.example.com", "token": token(&json!({}))});
    let verdict = running.post("/v1/verify", &asked).json();
    assert_eq!(verdict["allowed"], true, "{verdict}");
}

#[test]
fn the_log_tells_what_was_done_and_nothing_of_a_token() {
    let daemon = keeping();
    let secret = token(&json!({"jti": "t-of-the-log"}));
    let of_token = daemon.revoked(&json!({"token": secret, "by": "ann"}));
    let user = "u".repeat(200);
    daemon.revoked(&json!({"user": user, "reason": "left us", "host": "meet.example.com"}));
    let path = format!("{PATH}/{}", of_token["id"].as_str().unwrap());
    assert_eq!(daemon.ask("DELETE", &path, &[], "").status(), 204);
    // Refused ones have parts of tokens in the wrong places.
    let misplaced = format!("{PATH}/{secret}");
    for (method, path, body) in [
        ("POST", PATH, json!({ "jti": secret }).to_string()),
        ("POST", PATH, secret.clone()),
        (
            "POST",
            PATH,
            json!({"token": format!("{secret}.x")}).to_string(),
        ),
        ("GET", &misplaced, String::new()),
        ("DELETE", &misplaced, String::new()),
        ("GET", &format!("{PATH}?after={secret}"), String::new()),
    ] {
        assert!(daemon.ask(method, path, &[], &body).status() >= 400);
    }
    daemon.running.daemon.stop();
    let log = daemon.running.log();
    let records: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |message: &str, member: &str| -> Vec<Value> {
        let found = records.iter().filter(|line| line["message"] == message);
        found.map(|line| line[member].clone()).collect()
    };
    assert_eq!(of("revoked", "of"), ["token", "user"], "{log}");
    assert_eq!(of("revoked", "by"), ["ann", "an administrator"], "{log}");
    assert_eq!(of("revoked", "id")[0], of_token["id"], "{log}");
    assert_eq!(of("revoked", "reason")[1], "left us", "{log}");
    assert_eq!(of("revoked", "host")[1], "meet.example.com", "{log}");
    assert_eq!(
        of("revoked", "name")[1],
        format!("{}…", &user[..32]),
        "{log}"
    );
    assert_eq!(
        of("not revoked any longer", "id"),
        [of_token["id"].clone()],
        "{log}"
    );
    for part in secret.split('.') {
        assert!(!log.contains(&part[..16]), "{log}");
    }
    assert!(!log.contains("the-key-of-administrators"), "{log}");
}

#[test]
fn the_audit_log_has_a_line_for_what_is_revoked_and_for_what_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let daemon = keeping_with(
        "",
        &format!("[audit]\nfile = {:?}\n", file.display().to_string()),
    );
    let secret = token(&json!({}));
    let id = "X-Request-Id: abc-1";
    let body = json!({"token": secret, "reason": "stolen", "by": "ann"}).to_string();
    let made = daemon.ask("POST", PATH, &[id], &body).json();
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    assert_eq!(daemon.ask("DELETE", &path, &[], "").status(), 204);
    daemon.running.daemon.stop();
    let text = fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    let members = json!({
        "kind": "revoked", "revocation": made["id"], "of": "token", "name": null, "host": null,
        "until": made["until"], "issued_before": null, "reason": "stolen", "by": "ann", "request_id": "abc-1",
    });
    for (line, changes) in lines
        .iter()
        .zip([json!({}), json!({"kind": "unrevoked", "request_id": null})])
    {
        let mut expected = members.clone();
        expected
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        expected["time"] = line["time"].clone();
        assert_eq!(*line, expected);
    }
    assert_eq!(lines.len(), 2);
    assert!(!text.contains(&secret[..20]), "{text}");
    let document = fs::read_to_string(root().join("docs/audit.md")).unwrap();
    for member in members.as_object().unwrap().keys() {
        assert!(document.contains(&format!("`{member}`")), "{member}");
    }
}
