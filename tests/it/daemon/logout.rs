//! A provider says that a user has signed out there: its logout tokens, and all that are none.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::fixture::Answer;
use super::revocations::{Keeping, keeping_with};
use support::issuer::{alice, bob};
use support::oidc_server::OidcServer;
use support::time::in_seconds;
use support::token::with;
use support::until;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const PATH: &str = "/v1/backchannel-logout";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const USER: &str = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";

/// A daemon whose host has the tokens of a Keycloak, with these options of the issuer.
fn keycloak(top: &str, options: &str) -> (OidcServer, Keeping) {
    let server = OidcServer::http();
    server.publish(&[alice().jwk("k1")]);
    let keeping = keeping_with(top, &sections(&server, options));
    (server, keeping)
}

fn sections(server: &OidcServer, options: &str) -> String {
    format!(
        "[[hosts.\"sso.example.com\".issuers]]\nname = \"keycloak\"\nissuer = \"{}\"\n\
         discover = true\naudiences = [\"account\", \"jitsi\"]\n{options}\n",
        server.issuer()
    )
}

const PRESET: &str = "claims = \"keycloak\"";

/// The claims that Keycloak 26 sends to a client as a user signs out.
fn claims(server: &OidcServer) -> Value {
    json!({
        "iat": in_seconds(-1),
        "exp": in_seconds(119),
        "jti": "2b8a4b7c-7e4e-4a1f-9a3e-0f6f2f0f3a11",
        "iss": server.issuer(),
        "aud": "jitsi",
        "sub": USER,
        "typ": "Logout",
        "sid": "c9d1c1f0-5a1e-4f0b-8d52-7f5b8a1f9b77",
        "events": { EVENT: {} },
    })
}

/// An access token of a user of the realm.
fn access(server: &OidcServer, changes: &Value) -> String {
    let claims = json!({
        "iat": in_seconds(-60), "exp": in_seconds(240), "iss": server.issuer(), "aud": "account",
        "jti": "onrtac:5c1ee2f4", "sub": USER, "typ": "Bearer", "azp": "jitsi",
        "sid": "c9d1c1f0-5a1e-4f0b-8d52-7f5b8a1f9b77", "name": "Ann", "preferred_username": "ann",
    });
    alice().sign(Some("k1"), &with(claims, changes))
}

fn tell(daemon: &Keeping, query: &str, token: &str) -> Answer {
    let body = format!("logout_token={token}");
    daemon
        .running
        .ask("POST", &format!("{PATH}{query}"), &[FORM], &body)
}

fn verdict(daemon: &Keeping, token: &str) -> String {
    let asked = json!({"host": "sso.example.com", "token": token});
    let answer = daemon.running.post("/v1/verify", &asked).json();
    if answer["allowed"] == true {
        return "allowed".to_owned();
    }
    answer["auth"]["code"].as_str().unwrap().to_owned()
}

fn await_keys(daemon: &Keeping) {
    until("the keys", || {
        let ready = daemon.running.ask("GET", "/readyz", &[], "");
        (ready.status() == 200).then_some(())
    });
}

#[test]
fn whoever_signs_out_is_out_with_all_earlier_tokens_and_in_with_the_next() {
    let (server, daemon) = keycloak("", PRESET);
    await_keys(&daemon);
    let (before, after) = (
        access(&server, &json!({})),
        access(&server, &json!({"iat": in_seconds(0) + 2})),
    );
    let others = access(&server, &json!({"sub": "somebody-else"}));
    assert_eq!(verdict(&daemon, &before), "allowed");
    let claims = claims(&server);
    let logout = alice().sign(Some("k1"), &claims);
    for _ in 0..3 {
        let answer = tell(&daemon, "", &logout);
        assert_eq!(answer.status(), 200, "{}", answer.0);
        assert!(answer.has_header("cache-control: no-store"), "{}", answer.0);
        assert_eq!(answer.json()["revocations"].as_array().unwrap().len(), 1);
    }
    assert_eq!(verdict(&daemon, &before), "token-revoked");
    assert_eq!(verdict(&daemon, &after), "allowed");
    assert_eq!(verdict(&daemon, &others), "allowed");
    let list = daemon.list();
    assert_eq!(list.len(), 1);
    let issued_at = claims["iat"].as_i64().unwrap();
    for (member, value) in [
        ("kind", json!("user")),
        ("user", json!(USER)),
        ("host", json!("sso.example.com")),
        ("issued_before", json!(issued_at + 1)),
        ("until", json!(issued_at + 31_536_000)),
        (
            "by",
            json!(format!("back-channel logout of {}", server.issuer())),
        ),
    ] {
        assert_eq!(list[0][member], value, "{}", list[0]);
    }
    // It was told three times, and changed nothing after the first.
    let log = daemon.running.log();
    assert_eq!(log.matches("\"message\":\"revoked\"").count(), 1, "{log}");
    let _still = server;
}

#[test]
fn a_logout_that_is_told_late_takes_nothing_back_that_came_after_it() {
    let (server, daemon) = keycloak("", PRESET);
    await_keys(&daemon);
    let late = with(
        claims(&server),
        &json!({"iat": in_seconds(-300), "exp": in_seconds(60)}),
    );
    assert_eq!(
        tell(&daemon, "", &alice().sign(Some("k1"), &late)).status(),
        200
    );
    assert_eq!(verdict(&daemon, &access(&server, &json!({}))), "allowed");
    let old = access(&server, &json!({"iat": in_seconds(-301)}));
    assert_eq!(verdict(&daemon, &old), "token-revoked");
}

#[test]
fn a_session_without_a_user_is_signed_out_by_its_sid() {
    let (server, daemon) = keycloak("", PRESET);
    await_keys(&daemon);
    let session = with(claims(&server), &json!({"sub": null}));
    let answer = tell(
        &daemon,
        "?host=sso.example.com",
        &alice().sign(Some("k1"), &session),
    );
    assert_eq!(answer.status(), 200, "{}", answer.0);
    assert_eq!(
        verdict(&daemon, &access(&server, &json!({}))),
        "token-revoked"
    );
    let other = access(&server, &json!({"sid": "another"}));
    assert_eq!(verdict(&daemon, &other), "allowed");
}

#[test]
fn a_lifetime_that_is_bounded_empties_the_list() {
    let (server, daemon) = keycloak("", &format!("{PRESET}\nmax_token_lifetime = 172800"));
    await_keys(&daemon);
    let claims = claims(&server);
    assert_eq!(
        tell(&daemon, "", &alice().sign(Some("k1"), &claims)).status(),
        200
    );
    let until = claims["iat"].as_i64().unwrap() + 172_801;
    assert_eq!(daemon.list()[0]["until"], until);
}

#[test]
fn what_is_no_logout_token_of_the_issuer_signs_nobody_out() {
    let (server, daemon) = keycloak("", PRESET);
    await_keys(&daemon);
    let claims = claims(&server);
    let changed = |changes: Value| alice().sign(Some("k1"), &with(claims.clone(), &changes));
    let good = changed(json!({}));
    let (message, _) = good.rsplit_once('.').unwrap();
    let of_bob = bob().sign(Some("k1"), &claims);
    let (_, bobs) = of_bob.rsplit_once('.').unwrap();
    let iat = in_seconds(0);
    for (token, words) in [
        (String::new(), "iss"),
        ("hunter2".to_owned(), "iss"),
        (message.to_owned(), "iss"),
        (format!("{message}.{bobs}"), "signature"),
        (of_bob.clone(), "signature"),
        (bob().sign(Some("k2"), &claims), "key"),
        (bob().sign(None, &claims), "key"),
        (access(&server, &json!({})), "iat|events"),
        (
            access(&server, &json!({"iat": iat, "aud": "jitsi"})),
            "events",
        ),
        (
            changed(json!({"iss": "https://evil.example/realms/meet"})),
            "iss",
        ),
        (changed(json!({"iss": "my_app"})), "signature|alg|read"),
        (changed(json!({"aud": "another-client"})), "app_id"),
        (changed(json!({"aud": null})), "aud"),
        (changed(json!({"iat": null})), "iat"),
        (changed(json!({"iat": iat - 700})), "issued"),
        (changed(json!({"iat": iat + 200})), "issued"),
        (changed(json!({"exp": iat - 1})), "exp"),
        (changed(json!({"nbf": iat + 200})), "nbf"),
        (changed(json!({"jti": null})), "jti"),
        (changed(json!({"events": null})), "events"),
        (changed(json!({"events": {}})), "events"),
        (changed(json!({"events": {EVENT: true}})), "events"),
        (changed(json!({"nonce": "n-0S6_WzA2Mj"})), "nonce"),
        (changed(json!({"sub": null, "sid": null})), "sub"),
        (changed(json!({"sub": "a\u{7}"})), "control"),
    ] {
        let answer = tell(&daemon, "", &token);
        assert_eq!(answer.status(), 400, "{words}: {}", answer.0);
        assert!(answer.has_header("cache-control: no-store"), "{}", answer.0);
        let body = answer.json();
        assert_eq!(body["error"], "invalid_request", "{body}");
        let description = body["error_description"].as_str().unwrap();
        assert!(
            words.split('|').any(|word| description.contains(word)),
            "{words}: {description}"
        );
    }
    assert_eq!(daemon.list(), Vec::<Value>::new());
    assert_eq!(verdict(&daemon, &access(&server, &json!({}))), "allowed");
    let log = daemon.running.log();
    assert!(log.contains("a logout token was refused"), "{log}");
    for secret in ["hunter2", &bobs[..20], &message[100..140]] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn what_is_asked_in_another_way_is_refused() {
    let (server, daemon) = keycloak("", PRESET);
    await_keys(&daemon);
    let logout = alice().sign(Some("k1"), &claims(&server));
    let body = format!("logout_token={logout}");
    let twice = format!("{body}&{body}");
    let long = format!("{body}{}", "x".repeat(70_000));
    let json = json!({ "logout_token": logout }).to_string();
    let (origin, rebound) = ("Origin: https://evil.example", "Host: evil.example");
    for (query, headers, body, status) in [
        ("", &[FORM][..], "token=a.b.c", 400),
        ("", &[FORM], "", 400),
        ("", &[FORM], &twice, 400),
        ("", &[FORM], &long, 413),
        ("", &["Content-Type: application/json"], &json, 415),
        ("", &[], &body, 415),
        ("", &[FORM, origin], &body, 403),
        ("", &[FORM, rebound], &body, 403),
        ("?host=nowhere.example", &[FORM], &body, 400),
        ("?host=meet.example.com", &[FORM], &body, 400),
        ("?hots=sso.example.com", &[FORM], &body, 400),
    ] {
        let answer = daemon
            .running
            .ask("POST", &format!("{PATH}{query}"), headers, body);
        assert_eq!(answer.status(), status, "{query} {headers:?}: {}", answer.0);
        assert!(!answer.0.contains(&logout[..40]), "{}", answer.0);
        // Whoever can ask this need not know who else is served here.
        assert!(!answer.0.contains(".example.com"), "{}", answer.0);
    }
    assert_eq!(daemon.running.ask("GET", PATH, &[], "").status(), 405);
    assert_eq!(daemon.list(), Vec::<Value>::new());
    let with_more = format!("{body}&state=whatever");
    let answer = daemon.running.ask("POST", PATH, &[FORM], &with_more);
    assert_eq!(answer.status(), 200, "{}", answer.0);
}

#[test]
fn a_user_who_is_known_by_something_else_is_told_of_with_what_to_configure() {
    for (options, user, status) in [
        ("", "", 400),
        ("", "[revocations]\nuser = \"/sub\"\n", 200),
        (PRESET, "[revocations]\nuser = \"/sub\"\n", 400),
        (
            "claims = { context.user.id = \"/sub\", room = { constant = \"*\" } }",
            "",
            200,
        ),
        (
            "claims = { context.user.id = \"/email\", room = { constant = \"*\" } }",
            "",
            400,
        ),
    ] {
        let server = OidcServer::http();
        server.publish(&[alice().jwk("k1")]);
        let daemon = keeping_with("", &format!("{user}{}", sections(&server, options)));
        await_keys(&daemon);
        let answer = tell(&daemon, "", &alice().sign(Some("k1"), &claims(&server)));
        assert_eq!(answer.status(), status, "{options} {user}: {}", answer.0);
        if status == 400 {
            for word in ["[revocations]", "claims = ", "/sub"] {
                assert!(answer.0.contains(word), "{}", answer.0);
            }
        }
    }
}

#[test]
fn each_host_that_has_the_issuer_signs_the_user_out_and_no_other_does() {
    let server = OidcServer::http();
    server.publish(&[alice().jwk("k1")]);
    let first = sections(&server, PRESET);
    let second = first.replace("sso.example.com", "second.example.com");
    let stranger = first
        .replace("sso.example.com", "third.example.com")
        .replace("\"account\", \"jitsi\"", "\"others\"");
    let daemon = keeping_with("", &format!("{first}{second}{stranger}"));
    await_keys(&daemon);
    let answer = tell(&daemon, "", &alice().sign(Some("k1"), &claims(&server)));
    assert_eq!(answer.status(), 200, "{}", answer.0);
    let hosts = daemon.list().into_iter().map(|one| one["host"].clone());
    let mut hosts: Vec<String> = hosts
        .map(|host| host.as_str().unwrap().to_owned())
        .collect();
    hosts.sort_unstable();
    assert_eq!(hosts, ["second.example.com", "sso.example.com"]);
}

#[test]
fn a_crowd_of_logouts_keeps_nobody_from_joining() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let daemon = keeping_with(
        "limits = { requests_in_flight = 2 }",
        &format!("[hosts.slow]\napp_id = \"a\"\nasap_key_server = \"http://{address}\"\n"),
    );
    let token = alice().sign(Some("k"), &json!({"iss": "a"}));
    let body = format!("logout_token={token}");
    let mut held = daemon.running.connect();
    held.send(&format!(
        "POST {PATH}?host=slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{FORM}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    until("the key to be asked for", || silent.accept().ok());
    let refused = tell(&daemon, "", &token);
    assert_eq!(refused.status(), 503, "{}", refused.0);
    let asked = json!({"host": "meet.example.com"});
    assert_eq!(daemon.running.post("/v1/verify", &asked).status(), 200);
    assert_eq!(daemon.revoke(&json!({"jti": "a"})).status(), 201);
    assert_eq!(held.answer().status(), 400);
}

#[test]
fn without_a_store_a_provider_is_told_that_nothing_can_be_signed_out() {
    let running = super::fixture::start("");
    let answer = running.ask("POST", PATH, &[FORM], "logout_token=a.b.c");
    assert_eq!(answer.status(), 404, "{}", answer.0);
    assert!(answer.0.contains("[store]"), "{}", answer.0);
}

#[test]
fn a_logout_that_cannot_be_kept_is_no_success_and_tells_a_provider_nothing_of_the_store() {
    let server = OidcServer::http();
    server.publish(&[alice().jwk("k1")]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let path = file.join("state.db").display().to_string();
    let store = format!("[store]\npath = {path:?}\n");
    let running = super::fixture::start(&format!("{store}{}", sections(&server, PRESET)));
    until("the keys", || {
        let keys = running.ask("GET", "/v1/keys", &[], "");
        keys.0.contains("\"k1\"").then_some(())
    });
    let body = format!(
        "logout_token={}",
        alice().sign(Some("k1"), &claims(&server))
    );
    let answer = running.ask("POST", PATH, &[FORM], &body);
    assert_eq!(answer.status(), 503, "{}", answer.0);
    assert!(!answer.0.contains("state.db"), "{}", answer.0);
    assert!(running.log().contains("a logout could not be kept"));
}
