//! Tokens that the daemon signs for those that it trusts.

use std::fs;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::fixture::{Answer, Running, start};
use support::key::generate_rsa_key_pair;
use support::time::in_seconds;

const API_KEY: &str = "the-key-of-those-who-may-ask";

fn host(options: &str) -> String {
    format!(
        "[hosts.\"signs.example.com\"]\napp_id = \"a\"\napp_secret = \"0123456789abcdef\"\n{options}\n"
    )
}

fn with_key(api_key: &str, options: &str) -> (Running, DecodingKey, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("asap.key");
    let (pem, public) = generate_rsa_key_pair();
    fs::write(&path, pem).unwrap();
    let options = format!("asap_key_path = \"{}\"\n{options}", path.display());
    let running = start(&format!("{api_key}\n{}", host(&options)));
    (running, public, folder)
}

fn ask(running: &Running, key: Option<&str>, body: &Value) -> Answer {
    let authorization = key.map(|key| format!("Authorization: Bearer {key}"));
    let headers: Vec<&str> = ["Content-Type: application/json"]
        .into_iter()
        .chain(authorization.as_deref())
        .collect();
    running.ask("POST", "/v1/asap-token", &headers, &body.to_string())
}

#[test]
fn a_caller_with_the_key_gets_a_token_for_the_audience() {
    let options = "asap_key_id = \"k1\"\nasap_issuer = \"us\"\nasap_audience = \"them\"\nasap_ttl = 100\n\
        asap_ttl_threshold = 10";
    let (running, public, _folder) = with_key(&format!("api_key = \"{API_KEY}\""), options);
    for (audience, expected) in [(Value::Null, "them"), (json!("others"), "others")] {
        let body = json!({"host": "SIGNS.example.com", "audience": audience});
        let answer = ask(&running, Some(API_KEY), &body);
        assert_eq!(answer.status(), 200, "{}", answer.0);
        let answer = answer.json();
        let token = answer["token"].as_str().unwrap();
        assert_eq!(decode_header(token).unwrap().kid.as_deref(), Some("k1"));
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[expected]);
        validation.set_issuer(&["us"]);
        let claims = decode::<Value>(token, &public, &validation).unwrap().claims;
        assert_eq!(claims["exp"], answer["expires_at"]);
        let expires_at = answer["expires_at"].as_i64().unwrap();
        assert_eq!(answer["renew_at"], expires_at - 10);
        assert_eq!(claims["nbf"], expires_at - 100);
        assert!((in_seconds(90)..=in_seconds(100)).contains(&expires_at));
        assert!(!running.log().contains(token.rsplit('.').next().unwrap()));
    }
}

#[test]
fn nobody_else_gets_a_token() {
    let (running, _, _folder) = with_key(&format!("api_key = \"{API_KEY}\""), "");
    let body = json!({"host": "signs.example.com"});
    for key in [None, Some(""), Some("another"), Some(&API_KEY[..10])] {
        assert_eq!(ask(&running, key, &body).status(), 401, "{key:?}");
    }
    for (body, status) in [
        (json!({"host": "meet.example.com"}), 404),
        (json!({"host": "nowhere.example.com"}), 404),
        (json!({}), 400),
        (json!({"host": "signs.example.com", "iss": "me"}), 400),
    ] {
        let answer = ask(&running, Some(API_KEY), &body);
        assert_eq!(answer.status(), status, "{body}: {}", answer.0);
        assert!(!answer.0.contains("eyJ"), "{}", answer.0);
    }
}

#[test]
fn there_is_no_such_endpoint_without_both_keys() {
    let (running, _, _folder) = with_key("", "");
    let unsigned = start(&format!("api_key = \"{API_KEY}\"\n{}", host("")));
    for (running, key) in [(&running, None), (&unsigned, Some(API_KEY))] {
        let answer = ask(running, key, &json!({"host": "signs.example.com"}));
        assert_eq!(answer.status(), 404);
        assert!(answer.0.contains("/v1/verify"), "{}", answer.0);
        assert!(!answer.0.contains("asap-token"), "{}", answer.0);
    }
    assert!(
        running
            .log()
            .contains("no tokens are signed without api_key_file")
    );
}
