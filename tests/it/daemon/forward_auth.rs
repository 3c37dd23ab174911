//! Requests that proxies ask about, byte by byte: statuses, bodies and headers.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::fixture::{Answer, BINARY, HOST, Running};
use support::daemon::Daemon;
use support::issuer::alice;
use support::key_server::{KeyServer, Page};
use support::time::in_seconds;
use support::token::mint;
use support::{PATIENCE, until};

const SECRET: &str = "the-secret-of-alice-0123456789-0123456789";

/// Kong's file with Alice, whose credential has the key `alice-key`, and with everybody.
const KONG: &str = r#"
_format_version: "3.0"
consumers:
- username: alice
  id: 11111111-1111-4111-8111-111111111111
  custom_id: a-1
  jwt_secrets:
  - key: alice-key
    secret: the-secret-of-alice-0123456789-0123456789
- username: everybody
  id: 22222222-2222-4222-8222-222222222222
"#;

const GATEWAYS: &str = r#"
[gateways.api]
kong_config = "KONG"
claims_to_verify = ["exp"]
realm = "R"
headers = { "email" = "X-Email" }
required_claims = { "role" = "admin" }

[gateways.open]
kong_config = "KONG"
claims_to_verify = ["exp"]
anonymous = "everybody"

[gateways.lost]
kong_config = "KONG"
claims_to_verify = ["exp"]
anonymous = "nobody"

[gateways.preflight]
kong_config = "KONG"
claims_to_verify = ["exp"]
run_on_preflight = false

[gateways.far]
kong_config = "KONG"
claims_to_verify = ["exp"]
trusted_proxies = ["192.0.2.1"]
"#;

/// A daemon that has nothing but gateways.
fn start(more: &str) -> (Running, TempDir) {
    let files = tempfile::tempdir().unwrap();
    let kong = files.path().join("kong.yml");
    fs::write(&kong, KONG).unwrap();
    let gateways = GATEWAYS.replace("KONG", kong.to_str().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(
        Path::new(BINARY),
        folder.path(),
        &format!("{more}\n{gateways}"),
    );
    (Running { daemon, folder }, files)
}

/// A good token of Alice's, with other claims over the usual ones.
fn token(others: &Value) -> String {
    let mut claims = json!({"iss": "alice-key", "exp": in_seconds(600), "role": "admin"});
    let members = claims.as_object_mut().unwrap();
    members.extend(others.as_object().unwrap().clone());
    mint(&claims, SECRET)
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// A header of the answer; none where it is not there.
fn header(answer: &Answer, name: &str) -> Option<String> {
    let (head, _) = answer.0.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned())
}

fn body(answer: &Answer) -> &str {
    answer.0.split_once("\r\n\r\n").unwrap().1
}

const IDENTITY: [&str; 6] = [
    "X-Consumer-ID",
    "X-Consumer-Custom-ID",
    "X-Consumer-Username",
    "X-Credential-Identifier",
    "X-Anonymous-Consumer",
    "X-Email",
];

fn identity(answer: &Answer) -> Vec<Option<String>> {
    IDENTITY.map(|name| header(answer, name)).to_vec()
}

#[test]
fn a_request_that_goes_through_has_every_identity_header_and_nothing_in_its_body() {
    let (running, _files) = start("");
    let token = token(&json!({"email": "a@example.com"}));
    let claimed = [
        "X-Consumer-Username: root",
        "X-Anonymous-Consumer: true",
        "X-Email: root@example.com",
    ];
    for method in [
        "GET", "HEAD", "POST", "PUT", "OPTIONS", "PATCH", "DELETE", "PROPFIND",
    ] {
        let bearer = bearer(&token);
        let headers = [&[bearer.as_str()], &claimed[..]].concat();
        let answer = running.ask(method, "/v1/forward-auth/api", &headers, "");
        assert_eq!(answer.status(), 200, "{method}: {}", answer.0);
        assert_eq!(body(&answer), "", "{method}");
        let expected = [
            "11111111-1111-4111-8111-111111111111",
            "a-1",
            "alice",
            "alice-key",
            "",
            "a@example.com",
        ];
        let expected: Vec<_> = expected.map(|text| Some(text.to_owned())).to_vec();
        assert_eq!(identity(&answer), expected, "{method}");
        let removed = header(&answer, "x-envoy-auth-headers-to-remove");
        assert_eq!(removed.as_deref(), Some("x-anonymous-consumer"));
        assert_eq!(header(&answer, "www-authenticate"), None);
    }
}

#[test]
fn a_refused_request_gets_kongs_status_body_and_challenge_and_every_identity_header_empty() {
    let (running, _files) = start("");
    let invalid = Some("Bearer realm=\"R\", error=\"invalid_token\"");
    let bare = Some("Bearer realm=\"R\"");
    let scope = Some("Bearer realm=\"R\", error=\"insufficient_scope\"");
    let good = token(&json!({}));
    let expired = token(&json!({"exp": in_seconds(-10)}));
    let forged = mint(
        &json!({"iss": "alice-key", "exp": in_seconds(600)}),
        "another-secret-of-nobody-0123456789",
    );
    let other_role = token(&json!({"role": "user"}));
    let good_and = |line: &str| vec![bearer(&good), line.to_owned()];
    for (headers, status, text, challenge) in [
        (vec![], 401, r#"{"message":"Unauthorized"}"#, bare),
        (
            vec![bearer("a.b.c")],
            401,
            r#"{"message":"Bad token; invalid JSON"}"#,
            invalid,
        ),
        (
            vec![bearer(&expired)],
            401,
            r#"{"exp":"token expired"}"#,
            invalid,
        ),
        (
            vec![bearer(&forged)],
            401,
            r#"{"message":"Invalid signature"}"#,
            invalid,
        ),
        (
            vec![bearer(&other_role)],
            403,
            r#"{"message":"Claim '/role' does not allow this"}"#,
            scope,
        ),
        (
            good_and("X-Original-URI: /p?jwt=else"),
            401,
            r#"{"message":"Multiple tokens provided"}"#,
            invalid,
        ),
        (
            vec![
                bearer(&good),
                "X-Original-URI: /p".to_owned(),
                "X-Forwarded-Uri: /q".to_owned(),
            ],
            403,
            r#"{"message":"Headers contradict each other about the request"}"#,
            None,
        ),
        (
            good_and("X_Consumer_Username: root"),
            403,
            r#"{"message":"Header 'x_consumer_username' is not allowed"}"#,
            None,
        ),
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        for method in ["GET", "POST", "OPTIONS"] {
            let answer = running.ask(method, "/v1/forward-auth/api", &headers, "");
            assert_eq!(
                (answer.status(), body(&answer)),
                (status, text),
                "{headers:?}"
            );
            let kind = header(&answer, "content-type");
            assert_eq!(kind.as_deref(), Some("application/json; charset=utf-8"));
            let told = header(&answer, "www-authenticate");
            assert_eq!(told.as_deref(), challenge, "{headers:?}");
            assert_eq!(
                identity(&answer),
                vec![Some(String::new()); 6],
                "{headers:?}"
            );
            assert!(answer.0.len() < 1_024, "{}", answer.0);
        }
        let head = running.ask("HEAD", "/v1/forward-auth/api", &headers, "");
        assert_eq!((head.status(), body(&head)), (status, ""), "{headers:?}");
        assert_eq!(
            header(&head, "content-length"),
            Some(text.len().to_string())
        );
    }
}

#[test]
fn everybody_goes_through_as_anonymous_where_that_is_set_unless_nobody_is_that() {
    let (running, _files) = start("");
    for headers in [
        vec![],
        vec![bearer("a.b.c")],
        vec![bearer(&token(&json!({"exp": 1})))],
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let answer = running.ask("GET", "/v1/forward-auth/open", &headers, "");
        assert_eq!(answer.status(), 200, "{}", answer.0);
        let told = identity(&answer);
        let told: Vec<&str> = told.iter().flatten().map(String::as_str).collect();
        assert_eq!(
            told,
            [
                "22222222-2222-4222-8222-222222222222",
                "",
                "everybody",
                "",
                "true"
            ]
        );
        let lost = running.ask("GET", "/v1/forward-auth/lost", &headers, "");
        let text = r#"{"message":"anonymous consumer nobody is configured but doesn't exist"}"#;
        assert_eq!((lost.status(), body(&lost)), (500, text));
    }
    until("the log to say why", || {
        running.log().contains("token-not-json").then_some(())
    });
}

#[test]
fn a_preflight_is_what_the_proxy_says_it_is_and_no_header_of_another_proxy() {
    let (running, _files) = start("");
    for (method, headers, status) in [
        ("GET", &[][..], 401),
        ("OPTIONS", &[], 200),
        ("GET", &["X-Original-Method: OPTIONS"], 200),
        (
            "GET",
            &["X-Forwarded-Method: OPTIONS", "X-Forwarded-Uri: /p"],
            200,
        ),
        (
            "GET",
            &["X-Forwarded-Method: GET", "X-Original-Method: OPTIONS"],
            403,
        ),
        ("OPTIONS", &["X-Original-Method: GET"], 401),
        ("GET", &["X-HTTP-Method-Override: OPTIONS"], 401),
    ] {
        let answer = running.ask(method, "/v1/forward-auth/preflight", headers, "");
        assert_eq!(answer.status(), status, "{method} {headers:?}");
    }
    let below = running.ask(
        "OPTIONS",
        "/v1/forward-auth/preflight/any/path?a=b",
        &[],
        "",
    );
    assert_eq!(below.status(), 200);
    let below = running.ask(
        "GET",
        "/v1/forward-auth/preflight/any",
        &["X-Original-Method: OPTIONS"],
        "",
    );
    assert_eq!(below.status(), 403);
}

#[test]
fn what_another_request_was_is_believed_of_trusted_proxies_alone() {
    let (running, _files) = start("");
    let good = token(&json!({}));
    let original = format!("X-Original-URI: /p?jwt={good}");
    for (path, headers, status) in [
        (
            "/v1/forward-auth/api".to_owned(),
            vec![original.as_str()],
            200,
        ),
        ("/v1/forward-auth/far".to_owned(), vec![&original], 401),
        (
            format!("/v1/forward-auth/far?jwt={good}"),
            vec!["X-Original-URI: /p?jwt=else"],
            200,
        ),
        (format!("/v1/forward-auth/far/p?jwt={good}"), vec![], 200),
        (format!("/v1/forward-auth/api/p?jwt={good}"), vec![], 200),
        (
            format!("/v1/forward-auth/api/p?jwt={good}&jwt=else"),
            vec![],
            401,
        ),
    ] {
        let answer = running.ask("GET", &path, &headers, "");
        assert_eq!(answer.status(), status, "{path} {headers:?}: {}", answer.0);
    }
}

#[test]
fn long_addresses_and_bodies_that_nobody_reads_are_in_nobodys_way() {
    let (running, _files) = start("");
    let good = token(&json!({}));
    let long = "a=".to_owned() + &"b".repeat(100_000);
    let forwarded = format!("X-Forwarded-Uri: /p?{long}&jwt={good}");
    let answer = running.ask("GET", "/v1/forward-auth/api", &[&forwarded], "");
    assert_eq!(answer.status(), 200);
    let none = format!("X-Forwarded-Uri: /p?{long}");
    let answer = running.ask("GET", "/v1/forward-auth/api", &[&none], "");
    assert_eq!(answer.status(), 401);
    let bearer = bearer(&good);
    let answer = running.ask(
        "POST",
        "/v1/forward-auth/api",
        &[&bearer],
        &"x".repeat(50_000),
    );
    assert_eq!(answer.status(), 200);
    let chunked = ["Transfer-Encoding: gzip, chunked", &bearer];
    assert_ne!(
        running
            .ask("POST", "/v1/forward-auth/api", &chunked, "")
            .status(),
        200
    );
}

#[test]
fn a_gateway_that_there_is_not_lets_nobody_through_and_those_that_there_are_are_named() {
    let (running, _files) = start("");
    let bearer = bearer(&token(&json!({})));
    for path in [
        "/v1/forward-auth/API",
        "/v1/forward-auth/api2",
        "/v1/forward-auth/ap%69",
    ] {
        let answer = running.ask("GET", path, &[&bearer], "");
        assert_eq!(answer.status(), 404, "{path}");
        assert!(body(&answer).contains("api, far, lost"), "{}", answer.0);
    }
    for path in [
        "/v1/forward-auth",
        "/v1/forward-auth/",
        "/v1/forward-auth//api",
    ] {
        assert_eq!(
            running.ask("GET", path, &[&bearer], "").status(),
            404,
            "{path}"
        );
    }
}

#[test]
fn pages_of_others_and_foreign_names_are_a_proxys_to_hand_on() {
    let (running, _files) = start("");
    let bearer = bearer(&token(&json!({})));
    for header in ["Origin: https://evil.example", "Host: shop.example.com"] {
        let answer = running.ask("GET", "/v1/forward-auth/api", &[&bearer, header], "");
        assert_eq!(answer.status(), 200, "{header}");
        let refused = running.ask("GET", "/v1/forward-auth/api", &[header], "");
        assert_eq!(refused.status(), 401, "{header}");
        assert_eq!(running.ask("GET", "/healthz", &[header], "").status(), 403);
    }
}

#[test]
fn what_was_decided_is_counted_by_gateway_and_refusal() {
    let (running, _files) = start("");
    let bearer = bearer(&token(&json!({})));
    for headers in [&[bearer.as_str()][..], &[], &[]] {
        running.ask("GET", "/v1/forward-auth/api", headers, "");
    }
    let metrics = running.ask("GET", "/metrics", &[], "");
    for line in [
        "prosody_tokend_gateway_decisions_total{gateway=\"api\",code=\"allowed\"} 1",
        "prosody_tokend_gateway_decisions_total{gateway=\"api\",code=\"token-missing\"} 2",
        "prosody_tokend_gateway_decisions_total{gateway=\"open\",code=\"allowed\"} 0",
        "prosody_tokend_requests_total{endpoint=\"/v1/forward-auth/{name}\",status=\"401\"} 2",
    ] {
        assert!(metrics.0.contains(line), "{line}: {}", metrics.0);
    }
}

/// The port at which proxies ask.
fn port_of_proxies(running: &Running) -> u16 {
    until("the address of proxies in the log", || {
        let log = running.log();
        let told = log
            .lines()
            .find(|line| line.contains("listening for proxies"))?;
        let record: Value = serde_json::from_str(told).ok()?;
        let (_, port) = record["address"].as_str()?.rsplit_once(':')?;
        port.parse().ok()
    })
}

fn at_proxies(port: u16, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

const ASKED: &str =
    "GET /v1/forward-auth/published HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n\r\n";

#[test]
fn proxies_with_an_address_of_their_own_are_answered_there_alone() {
    let (running, _files) = start("[forward_auth]\nlisten = [\"127.0.0.1:0\"]\n");
    let port = port_of_proxies(&running);
    let here = running.ask("GET", "/v1/forward-auth/api", &[], "");
    assert_eq!(here.status(), 404);
    assert_eq!(running.ask("GET", "/healthz", &[], "").status(), 200);
    for (path, status) in [
        ("/v1/forward-auth/api", "401"),
        ("/healthz", "404"),
        ("/v1/verify", "404"),
        ("/v1/revocations", "404"),
        ("/consumers", "404"),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        at_proxies(port, &request)
            .read_to_string(&mut answer)
            .unwrap();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{path}: {answer}");
    }
}

#[test]
fn a_crowd_at_the_gateway_takes_no_connection_and_no_permit_of_prosodys() {
    let server = KeyServer::http();
    server.put("/jwks", Page::of("{\"keys\": []}"));
    let held = server.hold();
    let (running, _files) = start(&format!(
        "limits = {{ connections = 4, requests_in_flight = 2, header_timeout = 60 }}\n\
         [forward_auth]\nlisten = [\"127.0.0.1:0\"]\n[gateways.published]\ncache_keys_url = \"{}\"\nclaims_to_verify = [\"exp\"]\n\
         {HOST}",
        server.url("/jwks")
    ));
    let port = port_of_proxies(&running);
    // Each waits for the keys, and holds a permit; others hold connections and nothing else.
    let token = alice().sign(Some("any"), &json!({"exp": in_seconds(600)}));
    let asked = ASKED.replace("TOKEN", &token);
    let crowd: Vec<TcpStream> = (0..40)
        .map(|number| {
            at_proxies(
                port,
                if number % 2 == 0 {
                    &asked
                } else {
                    "GET /v1/forw"
                },
            )
        })
        .collect();
    until("a permit to be held", || (server.count() > 0).then_some(()));
    let kept = running.connect();
    for _ in 0..20 {
        let body = json!({"host": "meet.example.com", "token": "a.b.c"});
        let answer = running.post("/v1/verify", &body);
        assert_eq!(answer.status(), 200, "{}", answer.0);
    }
    drop((kept, crowd, held));
}
