//! A running daemon whose keys come from servers and folders.

use std::fs;

use serde_json::{Value, json};

use super::fixture::{Running, claims, host, run, start, start_with, text, verify};
use prosody_tokend::keys::source;
use support::issuer::{Issuer, alice, bob, jwks};
use support::key_server::{KeyServer, Page};
use support::token::mint;
use support::until;

#[test]
fn a_kid_is_found_wherever_its_key_is() {
    let server = KeyServer::http();
    let kid = "my_app/key 1";
    let published = [
        ("/jwks", jwks(&[alice().jwk(kid)])),
        ("/map", json!({kid: alice().certificate()}).to_string()),
    ];
    for (path, document) in published {
        server.put(path, Page::of(document));
    }
    let file = format!("/asap/{}", source::key_file_name(kid));
    server.put(&file, Page::of(alice().public_pem()));
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("my_app%2Fkey%201.pem"),
        alice().certificate(),
    )
    .unwrap();
    let good = alice().sign(Some(kid), &claims());
    for (options, unknown) in [
        (
            format!("cache_keys_url = \"{}\"", server.url("/jwks")),
            "key-not-found",
        ),
        (
            format!("cache_keys_url = \"{}\"", server.url("/map")),
            "key-not-found",
        ),
        (
            format!("asap_key_server = \"{}\"", server.url("/asap")),
            "key-not-found",
        ),
        (
            format!("key_folder = \"{}\"", folder.path().display()),
            "key-not-found",
        ),
        (
            format!(
                "public_key_file = \"{}/my_app%2Fkey%201.pem\"",
                folder.path().display()
            ),
            "allowed",
        ),
    ] {
        let running = start(&options);
        let verdicts = [
            running.verdict(&good),
            running.verdict(&bob().sign(Some(kid), &claims())),
            running.verdict(&alice().sign(Some("my_app/key"), &claims())),
        ];
        assert_eq!(
            verdicts,
            ["allowed", "signature-invalid", unknown],
            "{options}"
        );
        let forged = bob().sign(Some(kid), &claims());
        let (_, answer) = running.verify(&json!({ "token": forged }));
        let explanation = answer["auth"]["explanation"].as_str().unwrap();
        assert!(
            explanation.contains("an RS256 signature of the key"),
            "{explanation}"
        );
        let without = running.verdict(&alice().sign(None, &claims()));
        let expected = if unknown == "allowed" {
            "allowed"
        } else {
            "kid-missing"
        };
        assert_eq!(without, expected, "{options}");
        running.daemon.stop();
    }
}

#[test]
fn keys_come_over_tls_from_servers_that_the_systems_authorities_vouch_for() {
    let server = KeyServer::https();
    server.put("/jwks", Page::of(jwks(&[alice().jwk("a")])));
    let configuration = host(&format!("cache_keys_url = \"{}\"", server.url("/jwks")));
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    fs::write(&authority, &server.authority).unwrap();
    let authority = authority.to_str().unwrap().to_owned();
    let token = alice().sign(Some("a"), &claims());
    let trusting = start_with(&configuration, vec![("SSL_CERT_FILE", authority)]);
    assert_eq!(trusting.verdict(&token), "allowed");
    trusting.daemon.stop();
    let requests = server.count();
    let wary = start_with(&configuration, Vec::new());
    assert_eq!(wary.verdict(&token), "key-source-unavailable");
    let (status, ready) = wary.ready();
    assert_eq!(status, 503);
    let reason = ready["missing_keys"][0].as_str().unwrap();
    assert!(reason.contains("certificate"), "{reason}");
    assert_eq!(server.count(), requests);
}

#[test]
fn without_certificates_of_authorities_the_daemon_is_not_ready_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir(path("keys")).unwrap();
    fs::write(path("keys/a.pem"), alice().public_pem()).unwrap();
    let [file, directory] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
    let nobody = || {
        vec![
            (file, path("authorities.pem")),
            (directory, path("nowhere")),
        ]
    };
    for (options, closed) in [
        ("asap_key_server = \"https://127.0.0.1:1/asap\"", true),
        ("cache_keys_url = \"https://127.0.0.1:1/jwks\"", true),
        // Some tokens are let in, and others cannot be, whatever their server does.
        (
            &format!(
                "asap_key_server = \"https://127.0.0.1:1/asap\"\nkey_folder = {:?}",
                path("keys")
            ),
            false,
        ),
    ] {
        let running = start_with(&host(options), nobody());
        let ready = until("the reason", || {
            let (status, ready) = running.ready();
            let reason = ready["missing_keys"][0].as_str().unwrap_or_default();
            let told = [
                "https://127.0.0.1:1/",
                "no keys",
                "`apt install ca-certificates`",
                file,
            ];
            let is_told = status == 503 && told.iter().all(|part| reason.contains(part));
            is_told.then(|| ready.clone())
        });
        let hosts = ready["cannot_admit"].as_array();
        assert_eq!(hosts.is_some(), closed, "{ready}");
        until("the log to say so", || {
            running.log().contains("cannot set up TLS").then_some(())
        });
        running.daemon.stop();
    }
    // Without https there is nothing to vouch for.
    let running = start_with(
        &host("asap_key_server = \"http://127.0.0.1:1/asap\""),
        nobody(),
    );
    assert_eq!(running.ready(), (200, json!({"status": "ready"})));
}

#[test]
fn certificates_that_are_installed_while_the_daemon_runs_make_it_ready() {
    let server = KeyServer::https();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let environment = vec![
        ("SSL_CERT_FILE", path("authorities.pem")),
        ("SSL_CERT_DIR", path("nowhere")),
    ];
    let options = format!("asap_key_server = \"{}\"", server.url("/asap"));
    let running = start_with(&host(&options), environment);
    assert_eq!(running.ready().0, 503);
    fs::write(path("authorities.pem"), &server.authority).unwrap();
    until("readiness", || (running.ready().0 == 200).then_some(()));
}

#[test]
fn the_daemon_is_ready_once_its_keys_are_there() {
    let server = KeyServer::http();
    server.set_dead(true);
    let running = start(&format!("cache_keys_url = \"{}\"", server.url("/jwks")));
    let (status, ready) = running.ready();
    assert_eq!((status, &ready["status"]), (503, &json!("not ready")));
    let reason = ready["missing_keys"][0].as_str().unwrap();
    assert!(
        reason.starts_with("meet.example.com: cache_keys_url http://127.0.0.1:"),
        "{reason}"
    );
    running.wait_for_log_lines("cannot fetch keys", 1);
    server.put("/jwks", Page::of(jwks(&[alice().jwk("a")])));
    server.set_dead(false);
    until("readiness", || (running.ready().0 == 200).then_some(()));
    assert_eq!(running.ready().1, json!({"status": "ready"}));
    assert_eq!(running.count_log_lines("cannot fetch keys"), 1);
    assert_eq!(running.count_log_lines("keys can be fetched again"), 1);
}

#[test]
fn a_dead_key_server_holds_up_no_other_host() {
    let server = KeyServer::http();
    let _held = server.hold();
    let other = "[hosts.\"other.example.com\"]\napp_id = \"my_app\"\napp_secret = \"x\"\n\
        asap_require_room_claim = false\n";
    let keys = format!("asap_key_server = \"{}\"", server.url("/asap"));
    let running = start_with(&format!("{}{other}", host(&keys)), Vec::new());
    let token = alice().sign(Some("a"), &claims());
    std::thread::scope(|scope| {
        let question = json!({"host": "meet.example.com", "token": token});
        let port = running.daemon.port();
        let slow = scope.spawn(move || verify(port, &question));
        until("the request for the key", || {
            (server.count() == 1).then_some(())
        });
        let started = std::time::Instant::now();
        for _ in 0..20 {
            let (status, _) =
                running.verify(&json!({"host": "other.example.com", "token": "a.b.c"}));
            assert_eq!(status, 200);
        }
        assert!(started.elapsed().as_secs_f64() < 1.0);
        let (_, answer) = slow.join().unwrap();
        assert_eq!(answer["auth"]["reason"], "could not obtain public key");
    });
}

#[test]
fn keys_of_other_kinds_are_skipped_with_one_line_for_each_version_of_a_document() {
    let server = KeyServer::http();
    let other = |kid: &str| json!({"kty": "EC", "kid": kid, "crv": "secp256k1", "x": "", "y": ""});
    let mut encryption = bob().jwk("encryption");
    encryption["use"] = "enc".into();
    let mut foreign = bob().jwk("foreign");
    foreign["alg"] = "PS256".into();
    let document = jwks(&[other("ec"), encryption, foreign, alice().jwk("a")]);
    server.put("/jwks", Page::of(document));
    let running = start(&format!("cache_keys_url = \"{}\"", server.url("/jwks")));
    assert_eq!(
        running.verdict(&alice().sign(Some("a"), &claims())),
        "allowed"
    );
    for kid in ["ec", "encryption", "foreign"] {
        assert_eq!(
            running.verdict(&bob().sign(Some(kid), &claims())),
            "key-not-found"
        );
    }
    until("the line of the log", || {
        (running.count_log_lines("keys fetched") == 1).then_some(())
    });
    let log = running.log();
    for part in ["ec", "crv", "encryption", "use", "foreign", "RS256"] {
        assert!(log.contains(part), "{part} in {log}");
    }
}

#[test]
fn a_question_may_ask_for_a_key_server_that_the_configuration_names() {
    let server = KeyServer::http();
    let file = |folder: &str| format!("/{folder}/{}", source::key_file_name("a"));
    server.put(&file("listed"), Page::of(alice().public_pem()));
    server.put(&file("unlisted"), Page::of(alice().public_pem()));
    let configuration = format!(
        "allowed_key_urls = [\"{}\"]\n{}",
        server.url("/listed/"),
        host("app_secret = \"0123456789abcdef0123456789abcdef\"")
    );
    let running = start_with(&configuration, Vec::new());
    let token = alice().sign(Some("a"), &claims());
    assert_eq!(running.verdict(&token), "alg-not-accepted");
    let overrides = |members: Value| json!({ "overrides": members });
    let listed = server.url("/listed");
    for (members, expected) in [
        (json!({"asap_key_server": listed}), "allowed"),
        (
            json!({"asap_key_server": listed, "asap_accepted_issuers": ["other"]}),
            "iss-not-accepted",
        ),
        (
            json!({"asap_key_server": listed, "asap_accepted_issuers": ["*"]}),
            "allowed",
        ),
        (
            json!({"asap_key_server": listed, "asap_accepted_audiences": ["other"]}),
            "aud-not-accepted",
        ),
        (
            json!({"asap_key_server": listed, "asap_accepted_audiences": []}),
            "aud-not-accepted",
        ),
    ] {
        let verdict = running.verdict_with(&token, &overrides(members.clone()));
        assert_eq!(verdict, expected, "{members}");
    }
    let mut roomless = claims();
    roomless.as_object_mut().unwrap().remove("room");
    let roomless = alice().sign(Some("a"), &roomless);
    for (require, allowed) in [(true, false), (false, true)] {
        let members = json!({"asap_key_server": listed, "asap_require_room_claim": require});
        let (_, answer) = running.verify(&json!({"token": roomless, "overrides": members}));
        assert_eq!(answer["allowed"], allowed);
    }
    let foreign = |issuer: &Issuer| json!({"public_key": issuer.public_pem()});
    for (members, expected) in [
        (foreign(alice()), "allowed"),
        (foreign(bob()), "signature-invalid"),
        (json!({"public_key": ""}), "signature-invalid"),
        (
            json!({"public_key": alice().private_pem()}),
            "signature-invalid",
        ),
    ] {
        assert_eq!(running.verdict_with(&token, &overrides(members)), expected);
    }
    let requests = server.count();
    for unlisted in [
        server.url("/unlisted"),
        server.url("/"),
        "http://127.0.0.1:9/".to_owned(),
    ] {
        let members = overrides(json!({"asap_key_server": unlisted}));
        let (status, problem) =
            running.verify(&json!({"token": token, "overrides": members["overrides"]}));
        assert_eq!(status, 400, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("allowed_key_urls"), "{detail}");
    }
    let (status, _) = running.verify(&json!({"token": token, "overrides": {"app_secret": "x"}}));
    assert_eq!(status, 400);
    assert_eq!(server.count(), requests);
}

#[test]
fn the_keys_command_shows_what_is_loaded_and_no_secret() {
    let server = KeyServer::http();
    server.put("/jwks", Page::of(jwks(&[alice().jwk("key-of-alice")])));
    let secret = "a-short-secret";
    let configuration = format!(
        "{}[hosts.\"other.example.com\"]\napp_id = \"o\"\napp_secret = \"{secret}\"\n",
        host(&format!("cache_keys_url = \"{}\"", server.url("/jwks")))
    );
    let running = start_with(&configuration, Vec::new());
    let port = running.daemon.port();
    until("the keys", || (running.ready().0 == 200).then_some(()));
    let configuration = running.configuration();
    let url = format!("http://127.0.0.1:{port}");
    let arguments = [
        "keys",
        "--config",
        configuration.to_str().unwrap(),
        "--url",
        &url,
    ];
    let output = run(&arguments, &[]);
    let table = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for part in [
        "meet.example.com (RS256)",
        &format!("cache_keys_url {}", server.url("/jwks")),
        "key-of-alice  RSA   2048  0 s",
        "other.example.com (HS256)",
        "! shorter than 32 bytes",
    ] {
        assert!(table.contains(part), "{part}\nis not in\n{table}");
    }
    let output = run(&[arguments.as_slice(), &["--json"]].concat(), &[]);
    let state: Value = serde_json::from_slice(&output.stdout).unwrap();
    let key = &state["hosts"][0]["sources"][0]["keys"][0];
    assert_eq!(
        (&key["kid"], &key["bits"]),
        (&json!("key-of-alice"), &json!(2048))
    );
    assert_eq!(key["fingerprint"].as_str().map(str::len), Some(43));
    assert!(!text(&output.stdout).contains(secret) && !table.contains(secret));
    running.daemon.stop();
    let output = run(&arguments, &[]);
    assert_eq!(output.status.code(), Some(69));
    assert!(text(&output.stderr).contains("is it running?"));
}

#[test]
fn the_name_of_a_kids_file_is_told() {
    let output = run(&["keys", "name", "k1"], &[]);
    assert_eq!(
        text(&output.stdout),
        "6ab9f1eb8f7d3388f4f9d586f66e99fd54080df2c446f0e58668b09c08a16dd0.pem\n"
    );
}

#[test]
fn secrets_are_rotated_without_a_denied_token() {
    let running = start("app_secret = [\"the new secret of this test, long enough\", \"old\"]");
    for (secret, verdict) in [
        ("the new secret of this test, long enough", "allowed"),
        ("old", "allowed"),
        ("older", "signature-invalid"),
    ] {
        assert_eq!(running.verdict(&mint(&claims(), secret)), verdict);
    }
    assert_eq!(running.count_log_lines("shorter than 32 bytes"), 1);
}

#[test]
fn an_algorithm_beyond_jitsis_is_accepted_where_it_is_configured() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    for (algorithm, key) in [
        ("ES256", "p256"),
        ("ES384", "p384"),
        ("EdDSA", "ed25519"),
        ("PS256", "rsa"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(
            format!("{data}/{key}-public.pem"),
            folder.path().join("a.pem"),
        )
        .unwrap();
        let options = format!(
            "key_folder = \"{}\"\nsignature_algorithm = \"{algorithm}\"",
            folder.path().display()
        );
        let running: Running = start(&options);
        let private = fs::read(format!("{data}/{key}-private.pem")).unwrap();
        let token = sign(algorithm, &private, &claims());
        assert_eq!(running.verdict(&token), "allowed", "{algorithm}");
        assert_ne!(
            running.verdict(&alice().sign(Some("a"), &claims())),
            "allowed"
        );
    }
}

fn sign(algorithm: &str, private: &[u8], claims: &Value) -> String {
    use jsonwebtoken::{Algorithm, EncodingKey, crypto};
    let key = match algorithm {
        "EdDSA" => EncodingKey::from_ed_pem(private),
        "PS256" => EncodingKey::from_rsa_pem(private),
        _ => EncodingKey::from_ec_pem(private),
    };
    let header = json!({"alg": algorithm, "typ": "JWT", "kid": "a"}).to_string();
    let encode = support::token::encode;
    let message = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let algorithm: Algorithm = algorithm.parse().unwrap();
    let signature = crypto::sign(message.as_bytes(), &key.unwrap(), algorithm).unwrap();
    format!("{message}.{signature}")
}
