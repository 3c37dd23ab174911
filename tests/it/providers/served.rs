//! The same over HTTP: the daemon fetches the keys of all providers from a server, and is asked as of then.

use serde_json::{Value, json};

use super::setups::{FOR_ACCESS, FOR_IDENTITY, Setup, host};
use super::{Allowed, Denied, NOT_ACCESS, NOT_IDENTITY, NOW, sample, taken_as_access};
use super::{taken_as_identity, token};
use crate::keys::fixture::{Running, start_with};
use support::http;
use support::issuer::{alice, bob, jwks};
use support::key_server::{KeyServer, Page};
use support::oidc_server::{CERTS, METADATA, OidcServer};
use support::time::in_seconds;
use support::token::with;

/// A daemon whose issuers have their keys on this server.
fn start(server: &KeyServer, setups: &[Setup]) -> Running {
    let sections = setups.iter().map(|setup| {
        let path = format!("/{}", setup.name);
        server.put(&path, Page::of(sample(setup.sample)["keys"].to_string()));
        setup.section(&format!("cache_keys_url = \"{}\"", server.url(&path)))
    });
    start_with(&host(sections), Vec::new())
}

fn explain(running: &Running, name: &str, at: i64) -> Value {
    let question = json!({"token": token(name), "room": "standup", "at": at});
    let port = running.daemon.port();
    let (_, body) = http::request(port, "POST", "/v1/explain", &question.to_string()).unwrap();
    serde_json::from_str(&body).unwrap()
}

fn check(setups: &[Setup], taken: &[Allowed<'_>], denied: &[Denied<'_>]) {
    let server = KeyServer::http();
    let running = start(&server, setups);
    for (name, _, user, is_moderator) in taken {
        let body = explain(&running, name, NOW);
        assert_eq!(body["allowed"], true, "{name}: {body}");
        assert_eq!(body["user"]["id"], user["id"], "{name}");
        assert_eq!(body["user"]["name"], user["name"], "{name}");
        assert_eq!(body["user"]["moderator"]["is"], *is_moderator, "{name}");
        // Their keys do not make them good for ever.
        let (early, late) = (
            explain(&running, name, NOW - 3_600),
            explain(&running, name, NOW + 36_000),
        );
        assert_eq!(late["auth"]["code"], "expired", "{name}");
        let not_yet = sample(name)["claims"]["nbf"].is_number();
        let code = if not_yet {
            json!("not-yet-valid")
        } else {
            Value::Null
        };
        assert_eq!(early["auth"]["code"], code, "{name}");
    }
    for (name, code, says) in denied {
        let body = explain(&running, name, NOW);
        assert_eq!(body["allowed"], false, "{name}");
        assert_eq!(body["auth"]["code"], *code, "{name}");
        let said = body["checks"].to_string();
        assert!(said.contains(says), "{name}: {said}");
    }
    running.daemon.stop();
}

#[test]
fn a_daemon_with_ten_providers_takes_the_tokens_of_each_and_no_others() {
    check(&FOR_ACCESS, &taken_as_access(), &NOT_ACCESS);
}

#[test]
fn a_daemon_for_id_tokens_takes_no_access_tokens() {
    check(&FOR_IDENTITY, &taken_as_identity(), &NOT_IDENTITY);
}

#[test]
fn the_keys_of_one_provider_verify_no_token_of_another_one() {
    let server = KeyServer::http();
    let swapped: Vec<String> = FOR_ACCESS
        .iter()
        .zip(FOR_ACCESS.iter().cycle().skip(1))
        .map(|(setup, other)| {
            let path = format!("/{}", setup.name);
            server.put(&path, Page::of(sample(other.sample)["keys"].to_string()));
            setup.section(&format!("cache_keys_url = \"{}\"", server.url(&path)))
        })
        .collect();
    let running = start_with(&host(swapped), Vec::new());
    for (name, issuer, _, _) in taken_as_access() {
        let body = explain(&running, name, NOW);
        // Both of Microsoft's endpoints publish the same keys.
        let shares = issuer == "entra";
        assert_eq!(body["allowed"], shares, "{name}");
        if !shares {
            assert_eq!(body["auth"]["code"], "key-not-found", "{name}");
        }
    }
    running.daemon.stop();
}

/// The claims of a sample, as this issuer would make them now.
fn claims_now(name: &str, issuer: &str) -> Value {
    let claims = sample(name)["claims"].clone();
    with(
        claims,
        &json!({"iss": issuer, "iat": in_seconds(-10), "nbf": in_seconds(-10), "exp": in_seconds(600)}),
    )
}

#[test]
fn an_issuer_whose_keys_are_elsewhere_needs_the_origin_listed() {
    let (entra, login) = (OidcServer::http(), KeyServer::http());
    login.put(CERTS, Page::of(jwks(&[alice().jwk("a")])));
    entra.say(&json!({"jwks_uri": login.url(CERTS)}));
    let setup = |origins: &str| {
        let section = format!(
            "[[hosts.\"meet.example.com\".issuers]]\nname = \"entra-v1\"\nissuer = \"{}\"\ndiscover = true\n{origins}\n\
             audiences = [\"api://0e06559f-b3b4-481f-aa20-3e4608d975cb\"]\nclaims = \"entra\"\n",
            entra.issuer()
        );
        start_with(&host([section]), Vec::new())
    };
    let claims = claims_now("entra-access-v1", &entra.issuer());
    let good = alice().sign(Some("a"), &claims);
    for (origins, code) in [
        (format!("jwks_origins = [\"{}\"]", login.url("")), "allowed"),
        (String::new(), "key-source-unavailable"),
        (
            "jwks_origins = [\"https://login.windows.net\"]".to_owned(),
            "key-source-unavailable",
        ),
    ] {
        let running = setup(&origins);
        assert_eq!(running.verdict(&good), code, "{origins}");
        running.daemon.stop();
    }
    let running = setup(&format!("jwks_origins = [\"{}\"]", login.url("")));
    for (token, code) in [
        (bob().sign(Some("a"), &claims), "signature-invalid"),
        (alice().sign(Some("b"), &claims), "key-not-found"),
        (
            alice().sign(
                Some("a"),
                &with(claims.clone(), &json!({"iss": login.url("/realms/meet")})),
            ),
            "iss-not-accepted",
        ),
        (
            alice().sign(
                Some("a"),
                &with(
                    claims.clone(),
                    &json!({"aud": "00000003-0000-0000-c000-000000000000"}),
                ),
            ),
            "aud-not-accepted",
        ),
        (good, "allowed"),
    ] {
        assert_eq!(running.verdict(&token), code);
    }
    assert_eq!(entra.asked(METADATA), 4);
    running.daemon.stop();
}

#[test]
fn a_token_that_is_taken_is_what_prosody_gets() {
    let server = OidcServer::http();
    server.publish(&[alice().jwk("a")]);
    let section = format!(
        "[[hosts.\"meet.example.com\".issuers]]\nname = \"keycloak\"\nissuer = \"{}\"\ndiscover = true\n\
         audiences = [\"account\"]\nclaims = \"keycloak\"\nrooms = [\"standup\"]\n",
        server.issuer()
    );
    let running = start_with(&host([section]), Vec::new());
    let token = alice().sign(Some("a"), &claims_now("keycloak-access", &server.issuer()));
    let (status, answer) = running.verify(&json!({"token": token, "room": "standup"}));
    assert_eq!(
        (status, &answer["allowed"]),
        (200, &json!(true)),
        "{answer}"
    );
    let session = &answer["session"];
    assert_eq!(
        session["jitsi_meet_context_user"],
        json!({"id": "b1436140-4c07-4ffd-a49c-03db443c3fed", "name": "Ann Example",
            "email": "ann@acme.example", "moderator": true})
    );
    assert_eq!(session["tokend_affiliation"], "owner");
    assert_eq!(session["jitsi_meet_auth_issuer"], server.issuer());
    // The claims that modules get are the mapped ones, with the provider's own beside them.
    assert_eq!(answer["claims"]["context"]["user"]["name"], "Ann Example");
    assert_eq!(answer["claims"]["azp"], "jitsi");
    for (room, code) in [("standup", "allowed"), ("other", "room-beyond-issuer")] {
        let question =
            json!({"room": format!("{room}@conference.meet.example.com"), "session": session});
        let port = running.daemon.port();
        let (_, body) = http::request(port, "POST", "/v1/room", &question.to_string()).unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            body["room"]["code"].as_str().unwrap_or("allowed"),
            code,
            "{body}"
        );
    }
    running.daemon.stop();
}
