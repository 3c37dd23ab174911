//! What was good a moment ago.

use serde_json::{Value, json};

use crate::cases::{Expected, case, try_all};
use crate::identity::ALICE;
use crate::message::Request;
use crate::proxy::Proxy;
use crate::site::{Site, token, token_with};

/// A token that was revoked, and no other one of the same consumer.
pub fn revoked(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    let door = site.open("api");
    let (one, other) = (token_with("alice", &json!({"jti": "1"})), token("alice"));
    let ask = |expected_of_one| {
        let cases = vec![
            case("one", Request::get("/").bearer(&one), expected_of_one),
            case(
                "other",
                Request::get("/").bearer(&other),
                Expected::Passes(ALICE),
            ),
        ];
        try_all(&door, proxy, cases);
    };
    ask(Expected::Passes(ALICE));
    site.revoke(&one);
    ask(Expected::Refused(INVALID, r#"{"message":"Token revoked"}"#));
}

/// The next request finds no credential.
pub fn deleted(proxy: &'static Proxy) {
    let site = Site::start(proxy);
    let door = site.open("api");
    let ask = |expected| {
        let request = Request::get("/").bearer(&token("alice"));
        try_all(
            &door,
            proxy,
            vec![case("the same token", request, expected)],
        );
    };
    let unknown = r#"{"message":"No credentials found for given 'iss'"}"#;
    ask(Expected::Passes(ALICE));
    site.administer("DELETE", "/consumers/alice/jwt/alice-key", &Value::Null);
    ask(Expected::Refused(INVALID, unknown));
}

const INVALID: &str = r#"Bearer error="invalid_token""#;
