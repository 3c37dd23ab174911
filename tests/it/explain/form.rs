//! What a token is, who signed it with what, and where its key is: the first paragraph has cause and change.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use prosody_tokend::config::{self, layers::Inputs};
use prosody_tokend::keys::source;
use prosody_tokend::peer::Peer;
use prosody_tokend::token::decision::Presented;
use prosody_tokend::verifier::Verifier;
use prosody_tokend::verifier::overrides::Overrides;
use prosody_tokend::verifier::question::TokenQuestion;
use prosody_tokend::worker::Worker;
use serde_json::{Value, json};

use super::first_failure;
use support::token::{encode, with};

const NOW: i64 = 1_795_000_000;
const URL: &str = "https://keys.acme.example/jwks";
const HOST: &str = "video.acme.example";
const PLAIN: &str = "kT7vQ2mW9xR4pL8sN3bD6fH1jZ5cY0aE";
const ODD: &str = "pa$word&x#y z%41\\n\"q'=+kT7vQ2mW9xR4pL8sN3bD6fH";

/// The explanation of a token's first failure, as answers and the first paragraph of `explain` have it.
fn explained(policy: &str, answers: &[(&str, String)], token: &str) -> String {
    let sources = Inputs {
        file: Some(("/etc/t.toml".into(), policy.to_owned())),
        ..Inputs::default()
    };
    explained_by(&sources, answers, token)
}

/// The same with a file that says what Prosody does: its configuration, or docker's variables.
fn explained_with(setting: &str, name: &str, text: &str, token: &str) -> String {
    explained_beside("", setting, name, text, token)
}

/// The same beside a file of the daemon's own.
fn explained_beside(own: &str, setting: &str, name: &str, text: &str, token: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    #[expect(clippy::disallowed_methods, reason = "writes a configuration")]
    std::fs::write(&path, text).unwrap();
    let sources = Inputs {
        file: Some(("/etc/t.toml".into(), own.to_owned())),
        flags: vec![(vec![setting.to_owned()], path.to_str().unwrap().into())],
        ..Inputs::default()
    };
    explained_by(&sources, &[], token)
}

fn explained_by(sources: &Inputs, answers: &[(&str, String)], token: &str) -> String {
    let config = config::load(sources).unwrap_or_else(|error| panic!("{error}"));
    let answers = answers
        .iter()
        .map(|(url, body)| ((*url).to_owned(), body.clone()));
    let answers: BTreeMap<String, String> = answers.collect();
    let patterns = Arc::new(Worker::for_patterns().unwrap());
    let verifier = Verifier::new(config.hosts, answers, patterns, Box::new(|| NOW));
    let question = TokenQuestion {
        opens_session: false,
        asker: Peer::Own,
        presented: Presented {
            other_scheme: None,
            token: Some(token),
            context_required: false,
        },
        room: None,
        overrides: Overrides::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let examining = verifier.explain(None, &question, None);
    let examination = runtime.unwrap().block_on(examining).unwrap();
    first_failure(&examination).map_or_else(
        || "allowed".to_owned(),
        |failed| failed.explanation.to_string(),
    )
}

fn host(options: &str) -> String {
    format!("[hosts.\"{HOST}\"]\napp_id = \"acme-meet\"\n{options}\n")
}

fn by_secret(secret: &str) -> String {
    host(&format!("app_secret = {}", Value::from(secret)))
}

fn by_url() -> String {
    host(&format!("cache_keys_url = \"{URL}\""))
}

fn data(file: &str) -> String {
    format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"))
}

fn by_file(file: &str, options: &str) -> String {
    host(&format!("public_key_file = \"{}\"\n{options}", data(file)))
}

fn claims() -> Value {
    json!({"iss": "acme-meet", "aud": "acme-meet", "sub": HOST, "room": "standup", "exp": NOW + 3600})
}

fn input(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    )
}

fn header(algorithm: &str) -> Value {
    json!({"alg": algorithm, "typ": "JWT"})
}

fn signed(secret: impl AsRef<[u8]>) -> String {
    sealed(
        &header("HS256"),
        &claims(),
        Algorithm::HS256,
        &EncodingKey::from_secret(secret.as_ref()),
    )
}

fn sealed(header: &Value, claims: &Value, algorithm: Algorithm, key: &EncodingKey) -> String {
    let input = input(header, claims);
    let signature = crypto::sign(input.as_bytes(), key, algorithm).unwrap();
    format!("{input}.{signature}")
}

/// A token of a key pair in `tests/data`.
fn paired(algorithm: Algorithm, changes: &Value) -> String {
    #[expect(clippy::disallowed_methods, reason = "reads a key for tests")]
    let pem = |file: &str| std::fs::read(data(file)).unwrap();
    let key = match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_pem(&pem("p256-private.pem")),
        Algorithm::ES384 => EncodingKey::from_ec_pem(&pem("p384-private.pem")),
        Algorithm::EdDSA => EncodingKey::from_ed_pem(&pem("ed25519-private.pem")),
        _ => EncodingKey::from_rsa_pem(&pem("rsa-private.pem")),
    };
    let header = with(header(&format!("{algorithm:?}")), changes);
    sealed(&header, &claims(), algorithm, &key.unwrap())
}

fn with_signature(signature: &[u8]) -> String {
    with_signature_of("HS256", signature)
}

fn with_signature_of(algorithm: &str, signature: &[u8]) -> String {
    format!(
        "{}.{}",
        input(&header(algorithm), &claims()),
        encode(signature)
    )
}

fn with_payload(payload: &str) -> String {
    let input = format!(
        "{}.{}",
        encode(header("HS256").to_string().as_bytes()),
        encode(payload.as_bytes())
    );
    let key = EncodingKey::from_secret(PLAIN.as_bytes());
    let signature = crypto::sign(input.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{input}.{signature}")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn jwk(changes: &Value) -> Value {
    with(
        json!({"kty": "RSA", "kid": "sig-a", "n": encode(&[0xC5; 256]), "e": "AQAB"}),
        changes,
    )
}

fn jwks(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// Each row: a name, the explanation, and what it must say: causes and changes.
fn check(rows: Vec<(&str, String, &[&str])>) {
    let mut wrong = Vec::new();
    for (name, said, expected) in rows {
        let missing = expected.iter().filter(|part| !said.contains(**part));
        wrong.extend(missing.map(|part| format!("{name}: {part:?} is not in: {said}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_key_source_that_fails_is_named_with_what_it_said_and_the_issuer_is_not_blamed() {
    let token = paired(Algorithm::RS256, &json!({"kid": "kc1"}));
    let discovery =
        json!({"issuer": "https://sso.acme.example", "jwks_uri": "https://sso.acme.example/certs"});
    let said = |body: &str| explained(&by_url(), &[(URL, body.to_owned())], &token);
    let html = said("<!DOCTYPE html><html><body>502 Bad Gateway</body></html>");
    assert!(!html.contains("issuer"), "{html}");
    check(vec![
        (
            "HTML",
            html,
            &[
                URL,
                "an HTML page",
                "nothing is wrong with the token",
                "cache_keys_url",
            ],
        ),
        (
            "not JSON",
            said("upstream error"),
            &[URL, "not JSON", "with a JWK Set"],
        ),
        ("nothing", said(""), &[URL, "an empty body"]),
        ("broken JSON", said("{\"keys\": ["), &[URL, "breaks off"]),
        (
            "an error in JSON",
            said("{\"error\": \"unavailable\"}"),
            &[URL, "an error in JSON"],
        ),
        (
            "one key",
            said(&jwk(&json!({})).to_string()),
            &[URL, "a single JWK", "keys"],
        ),
        (
            "PEM",
            said("-----BEGIN PUBLIC KEY-----"),
            &[URL, "a PEM file"],
        ),
        (
            "a discovery document",
            said(&discovery.to_string()),
            &[
                "discovery document",
                "set cache_keys_url = \"https://sso.acme.example/certs\"",
            ],
        ),
    ]);
    let server = host("asap_key_server = \"https://keys.acme.example/asap\"");
    let file = source::key_url("https://keys.acme.example/asap", "kc1");
    let page = explained(&server, &[(&file, "<html>login</html>".to_owned())], &token);
    let json = explained(
        &server,
        &[(&file, json!({"key": "-----"}).to_string())],
        &token,
    );
    check(vec![
        (
            "a page of a key server",
            page,
            &[
                &file,
                "an HTML page",
                "public key in PEM",
                "asap_key_server",
            ],
        ),
        (
            "JSON of a key server",
            json,
            &[&file, "JSON without keys", "public key in PEM"],
        ),
    ]);
}

#[test]
fn what_a_discovery_document_says_can_be_set_as_it_stands() {
    let token = paired(Algorithm::RS256, &json!({"kid": "kc1"}));
    let discovery = json!({"jwks_uri": "https://sso.acme.example/certs"}).to_string();
    let said = explained(&by_url(), &[(URL, discovery)], &token);
    let setting = said.split("set ").last().unwrap();
    #[expect(clippy::disallowed_methods, reason = "reads a key for tests")]
    let certificate = std::fs::read_to_string(data("rsa-certificate.pem")).unwrap();
    let keys = json!({ "kc1": certificate }).to_string();
    let said = explained(
        &host(setting),
        &[("https://sso.acme.example/certs", keys)],
        &token,
    );
    assert_eq!(said, "allowed", "{setting}");
}

#[test]
fn a_key_that_a_source_does_not_have_is_explained_by_what_the_source_has() {
    let said = |kid: Value, keys: &[Value]| {
        explained(
            &by_url(),
            &[(URL, jwks(keys))],
            &paired(Algorithm::RS256, &json!({ "kid": kid })),
        )
    };
    let known = [jwk(&json!({}))];
    check(vec![
        (
            "an empty set",
            said(json!("sig-a"), &[]),
            &[URL, "empty JWK Set"],
        ),
        (
            "another kid",
            said(json!("sig-b"), &known),
            &["\"sig-b\"", "\"sig-a\"", "set kid to that"],
        ),
        (
            "a line break",
            said(json!("sig-a\n"), &known),
            &["a line break", "at its end"],
        ),
        (
            "a zero-width space",
            said(json!("sig\u{200b}-a"), &known),
            &["a zero-width space (U+200B)", "character 4"],
        ),
        (
            "a byte order mark",
            said(json!("\u{feff}sig-a"), &known),
            &["a byte order mark", "beginning"],
        ),
        (
            "a Cyrillic letter",
            said(json!("sig-\u{430}"), &known),
            &["U+0430", "another script"],
        ),
        ("a blank", said(json!("sig-a "), &known), &["blanks around"]),
        (
            "capitals",
            said(json!("SIG-A"), &known),
            &["capitals and small letters"],
        ),
    ]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and no other logic")]
fn the_kind_of_the_issuers_key_is_told_from_the_hosts() {
    let rsa = |options: &str| by_file("rsa-public.pem", options);
    let hs = |algorithm: Algorithm, changes: &Value| {
        let header = with(header(&format!("{algorithm:?}")), changes);
        sealed(
            &header,
            &claims(),
            algorithm,
            &EncodingKey::from_secret(PLAIN.as_bytes()),
        )
    };
    let kid = json!({"kid": "sig-a"});
    let folder = tempfile::tempdir().unwrap();
    let folder = host(&format!("key_folder = \"{}\"", folder.path().display()));
    let none = json!({});
    check(vec![
        (
            "ES384 for RSA",
            explained(&rsa(""), &[], &paired(Algorithm::ES384, &none)),
            &[
                "signs with an EC key on P-384",
                "the host has an RSA key",
                "public_key_file",
                "signature_algorithm = \"ES384\"",
            ],
        ),
        (
            "EdDSA for RSA",
            explained(&rsa(""), &[], &paired(Algorithm::EdDSA, &none)),
            &["an Ed25519 key", "an RSA key"],
        ),
        (
            "RS256 for EC",
            explained(
                &by_file("p256-public.pem", "signature_algorithm = \"ES256\""),
                &[],
                &paired(Algorithm::RS256, &none),
            ),
            &["signs with an RSA key", "an EC key on P-256"],
        ),
        (
            "ES256 by kid",
            explained(
                &by_url(),
                &[(URL, jwks(&[]))],
                &paired(Algorithm::ES256, &kid),
            ),
            &[
                "an EC key on P-256",
                "cache_keys_url",
                "signature_algorithm = \"ES256\"",
            ],
        ),
        (
            "HS512 without a kid for a folder",
            explained(&folder, &[], &hs(Algorithm::HS512, &none)),
            &[
                "signs with a secret",
                "verifies with public keys",
                "key_folder",
            ],
        ),
        (
            "HS256 with a kid for a folder",
            explained(&folder, &[], &hs(Algorithm::HS256, &kid)),
            &["signs with a secret", "verifies with public keys"],
        ),
        (
            "HS256 for a public key",
            explained(&rsa(""), &[], &hs(Algorithm::HS256, &none)),
            &[
                "signs with a secret",
                "public keys",
                "let the issuer sign with its private key (RS256)",
                "take public_key_file away",
                "app_secret",
            ],
        ),
        (
            "RS256 for a secret",
            explained(&by_secret(PLAIN), &[], &paired(Algorithm::RS256, &none)),
            &[
                "private key of a key pair",
                "the host has a secret",
                "public_key_file",
            ],
        ),
        (
            "ES256 for a secret",
            explained(&by_secret(PLAIN), &[], &paired(Algorithm::ES256, &none)),
            &[
                "an EC key",
                "the host has a secret",
                "signature_algorithm = \"ES256\"",
            ],
        ),
        (
            "HS512 for HS256",
            explained(&by_secret(PLAIN), &[], &hs(Algorithm::HS512, &none)),
            &[
                "signs with HS512",
                "takes HS256 alone",
                "set signature_algorithm = \"HS512\"",
            ],
        ),
        (
            "PS256 for RS256",
            explained(&rsa(""), &[], &paired(Algorithm::PS256, &none)),
            &["signs with PS256", "set signature_algorithm = \"PS256\""],
        ),
        (
            "a library's name",
            explained(
                &by_secret(PLAIN),
                &[],
                &format!(
                    "{}.{}",
                    input(&header("HmacSHA256"), &claims()),
                    encode(&[1; 32])
                ),
            ),
            &["spelt otherwise", "\"HS256\""],
        ),
        (
            "an algorithm that nobody verifies",
            explained(
                &rsa(""),
                &[],
                &format!(
                    "{}.{}",
                    input(&header("ES256K"), &claims()),
                    encode(&[1; 64])
                ),
            ),
            &["nobody verifies that here", "RS256"],
        ),
    ]);
}

#[test]
fn what_is_said_about_algorithms_lets_the_token_in_when_it_is_done() {
    let secret = |options: &str| format!("{}{options}\n", by_secret(PLAIN));
    let rows = [
        (
            Algorithm::HS512,
            secret(""),
            secret("signature_algorithm = \"HS512\""),
        ),
        (
            Algorithm::PS256,
            by_file("rsa-public.pem", ""),
            by_file("rsa-public.pem", "signature_algorithm = \"PS256\""),
        ),
        (
            Algorithm::RS512,
            by_file("rsa-public.pem", ""),
            by_file("rsa-public.pem", "signature_algorithm = \"RS512\""),
        ),
        (
            Algorithm::ES384,
            by_file("rsa-public.pem", ""),
            by_file("p384-public.pem", "signature_algorithm = \"ES384\""),
        ),
        (
            Algorithm::ES256,
            secret(""),
            by_file("p256-public.pem", "signature_algorithm = \"ES256\""),
        ),
        (Algorithm::RS256, secret(""), by_file("rsa-public.pem", "")),
        (Algorithm::HS256, by_file("rsa-public.pem", ""), secret("")),
        (
            Algorithm::HS384,
            by_file("rsa-public.pem", ""),
            secret("signature_algorithm = \"HS384\""),
        ),
    ];
    for (algorithm, before, after) in rows {
        let token = match algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
                let key = EncodingKey::from_secret(PLAIN.as_bytes());
                sealed(
                    &header(&format!("{algorithm:?}")),
                    &claims(),
                    algorithm,
                    &key,
                )
            }
            _ => paired(algorithm, &json!({})),
        };
        let said = explained(&before, &[], &token);
        assert_ne!(said, "allowed");
        let setting = after
            .lines()
            .find(|line| line.starts_with("signature_algorithm"));
        assert!(said.contains(setting.unwrap_or("")), "{said}");
        assert_eq!(explained(&after, &[], &token), "allowed", "{algorithm:?}");
    }
}

#[test]
fn a_signature_of_another_form_is_named() {
    let good = signed(PLAIN);
    let raw = BASE64_URL_SAFE_NO_PAD
        .decode(good.rsplit('.').next().unwrap())
        .unwrap();
    let hex = hex(&raw);
    let input = good.rsplit_once('.').unwrap().0;
    let said = |token: &str| explained(&by_secret(PLAIN), &[], token);
    let der = [
        &[0x30, 0x45, 0x02, 0x21, 0x00][..],
        &[0xAA; 32],
        &[0x02, 0x20],
        &[0xBB; 32],
    ]
    .concat();
    let ec = by_file("p256-public.pem", "signature_algorithm = \"ES256\"");
    let rsa = by_file("rsa-public.pem", "");
    let rs = paired(Algorithm::RS256, &json!({}));
    check(vec![
        (
            "less 12 characters",
            said(&good[..good.len() - 12]),
            &["HS256 makes 32", "cut off", "whole token"],
        ),
        (
            "less one",
            said(&good[..good.len() - 1]),
            &["31 bytes", "cut off"],
        ),
        (
            "less 40",
            said(&good[..good.len() - 40]),
            &["2 bytes", "cut off"],
        ),
        (
            "more",
            said(&with_signature(&[&raw[..], &[1, 2]].concat())),
            &["34 bytes", "added"],
        ),
        (
            "of HS512",
            said(&with_signature(&[7; 64])),
            &["HS512 makes 64"],
        ),
        (
            "hex",
            said(&format!("{input}.{hex}")),
            &["in hex digits", "hash_hmac"],
        ),
        (
            "hex in base64",
            said(&with_signature(hex.as_bytes())),
            &["in hex digits", "hash_hmac"],
        ),
        (
            "capital hex",
            said(&with_signature(hex.to_uppercase().as_bytes())),
            &["in hex digits"],
        ),
        (
            "base64 twice",
            said(&with_signature(BASE64_STANDARD.encode(&raw).as_bytes())),
            &["base64 of base64", "once"],
        ),
        (
            "DER",
            explained(&ec, &[], &with_signature_of("ES256", &der)),
            &["in DER", "r and s"],
        ),
        (
            "ES256, cut",
            explained(&ec, &[], &with_signature_of("ES256", &[9; 60])),
            &["ES256 makes 64", "cut off"],
        ),
        (
            "RS256, cut",
            explained(&rsa, &[], &rs[..rs.len() - 8]),
            &["RS256 makes 256", "cut off"],
        ),
        (
            "a longer key",
            explained(&rsa, &[], &with_signature_of("RS256", &[9; 512])),
            &["another key, of 4096 bits"],
        ),
    ]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and no other logic")]
fn the_form_of_the_secret_that_signed_is_named_and_not_shown() {
    let said = |secret: &str, issuers: &[u8]| explained(&by_secret(secret), &[], &signed(issuers));
    let hex = |text: &str| hex(text.as_bytes());
    let utf16: Vec<u8> = PLAIN.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let base64 = BASE64_STANDARD.encode(PLAIN);
    let rows: Vec<(&str, String, &[&str])> = vec![
        ("UTF-16", said(PLAIN, &utf16), &["UTF-16", "UTF-8"]),
        (
            "capitals",
            said(PLAIN, PLAIN.to_uppercase().as_bytes()),
            &["in capitals", "app_secret"],
        ),
        (
            "a name",
            said(PLAIN, format!("JWT_APP_SECRET={PLAIN}").as_bytes()),
            &["`JWT_APP_SECRET=`", "= sign"],
        ),
        (
            "a name here",
            said(&format!("JWT_APP_SECRET={PLAIN}"), PLAIN.as_bytes()),
            &["name of a variable before it", "set app_secret"],
        ),
        ("base64", said(PLAIN, base64.as_bytes()), &["base64 form"]),
        (
            "url-safe base64",
            said(PLAIN, base64.trim_end_matches('=').as_bytes()),
            &["base64 form"],
        ),
        (
            "base64 here",
            said(&base64, PLAIN.as_bytes()),
            &["in base64"],
        ),
        (
            "base64 with a line break here",
            said(
                &BASE64_STANDARD.encode(format!("{PLAIN}\n")),
                PLAIN.as_bytes(),
            ),
            &["in base64"],
        ),
        (
            "hex",
            said(PLAIN, hex(PLAIN).as_bytes()),
            &["in hex digits"],
        ),
        (
            "hex here",
            said(&hex(PLAIN), PLAIN.as_bytes()),
            &["in hex digits"],
        ),
        (
            "BOM",
            said(PLAIN, format!("\u{feff}{PLAIN}").as_bytes()),
            &["byte order mark"],
        ),
        (
            "quotes at the issuer",
            said(PLAIN, format!("\"{PLAIN}\"").as_bytes()),
            &["quotes around it", "at the issuer"],
        ),
        (
            "quotes here",
            said(&format!("'{PLAIN}'"), PLAIN.as_bytes()),
            &["quotes around it", "away from app_secret"],
        ),
        (
            "a blank here",
            said(&format!("{PLAIN} "), PLAIN.as_bytes()),
            &["blanks around it", "app_secret"],
        ),
        (
            "MD5",
            said("s3cret", b"33e1b232a4e6fa0028a6670753749a17"),
            &["MD5", "in hex digits"],
        ),
        (
            "SHA-256",
            said(
                "s3cret",
                b"1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0",
            ),
            &["SHA-256", "in hex digits"],
        ),
        (
            "the first half",
            said(PLAIN, &PLAIN.as_bytes()[..16]),
            &["first 16 bytes"],
        ),
        (
            "&amp;",
            said(ODD, ODD.replace('&', "&amp;").as_bytes()),
            &["`&` written as `&amp;`", "HTML"],
        ),
        (
            "&amp; here",
            said("a&amp;bkT7vQ2mW9x", b"a&bkT7vQ2mW9x"),
            &["`&amp;`", "set app_secret"],
        ),
        (
            "all of HTML",
            said(
                ODD,
                ODD.replace('&', "&amp;")
                    .replace('"', "&quot;")
                    .replace('\'', "&#39;")
                    .as_bytes(),
            ),
            &["HTML"],
        ),
        (
            "backslashes doubled",
            said(ODD, ODD.replace('\\', "\\\\").as_bytes()),
            &["`\\` doubled", "JSON"],
        ),
        (
            "backslashes lost",
            said(ODD, ODD.replace('\\', "").as_bytes()),
            &["`\\` lost", "shells"],
        ),
        (
            "a variable",
            said(ODD, ODD.replace("$word", "").as_bytes()),
            &["`$` and the name behind it lost", "shell"],
        ),
        (
            "a dollar lost",
            said(ODD, ODD.replace('$', "").as_bytes()),
            &["`$` lost"],
        ),
        (
            "a dollar doubled",
            said(ODD, ODD.replace('$', "$$").as_bytes()),
            &["`$` doubled", "compose"],
        ),
        (
            "a comment",
            said(ODD, ODD.split('#').next().unwrap().as_bytes()),
            &["`#` and what follows lost", ".env"],
        ),
        (
            "a word",
            said(ODD, ODD.split(' ').next().unwrap().as_bytes()),
            &["` ` and what follows lost", "shells"],
        ),
        (
            "a field",
            said(ODD, ODD.split('&').next().unwrap().as_bytes()),
            &["`&` and what follows lost", "addresses"],
        ),
        (
            "percent-decoded",
            said(ODD, ODD.replace("%41", "A").as_bytes()),
            &["percent-decoded", "address"],
        ),
        (
            "plus as blank",
            said(ODD, ODD.replace('+', " ").as_bytes()),
            &["`+` turned into a blank", "forms"],
        ),
        (
            "quotes lost",
            said(ODD, ODD.replace('"', "").as_bytes()),
            &["`\"` lost", ".env"],
        ),
        (
            "an apostrophe lost",
            said(ODD, ODD.replace('\'', "").as_bytes()),
            &["`'` lost", ".env"],
        ),
    ];
    for (name, said, _) in &rows {
        for secret in [PLAIN, ODD, &hex(PLAIN), &base64, "kT7vQ2mW"] {
            assert!(!said.contains(secret), "{name}: {said}");
        }
    }
    check(rows);
}

#[test]
fn what_everybody_knows_is_named_as_the_issuers_secret() {
    let said = |issuers: &str| explained(&by_secret(PLAIN), &[], &signed(issuers));
    check(vec![
        (
            "the host",
            said(HOST),
            &["this host's own name", "app_secret"],
        ),
        (
            "the app_id",
            said("acme-meet"),
            &["the app_id", "app_secret"],
        ),
        ("nothing", said(""), &["an empty secret", "was empty"]),
        (
            "a word",
            said("secret"),
            &["the word \"secret\"", "app_secret"],
        ),
        (
            "an example's",
            said("my_app_secret"),
            &["the word \"my_app_secret\""],
        ),
        (
            "for the time being",
            said("changeme"),
            &["the word \"changeme\""],
        ),
        (
            "jwt.io's",
            said("your-256-bit-secret"),
            &["the word \"your-256-bit-secret\""],
        ),
        ("the room", said("standup"), &["the token's own room"]),
    ]);
    for (secret, what) in [
        ("$JWT_APP_SECRET", "the name of a variable"),
        ("${JWT_APP_SECRET}", "the name of a variable"),
        ("<app_secret>", "a placeholder"),
        ("file:///run/secrets/jwt", "the address of a file"),
        ("/run/secrets/jwt", "the address of a file"),
        (
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJuIn0.5mhBHqs5_DTLdINd9p5m7ZJ6XD0Xc55kIaCRY5r6HRA",
            "looks like a JWT",
        ),
    ] {
        let said = explained(&by_secret(secret), &[], &signed(PLAIN));
        assert!(
            said.contains(what) && said.contains("set app_secret"),
            "{secret}: {said}"
        );
    }
}

#[test]
fn a_secret_that_anybody_can_guess_draws_a_warning() {
    for secret in [
        "changeme",
        "secret",
        "my_app_secret",
        "acme-meet",
        HOST,
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        let sources = Inputs {
            file: Some(("/etc/t.toml".into(), by_secret(secret))),
            ..Inputs::default()
        };
        let warnings = config::load(&sources).unwrap().warnings.join("\n");
        assert!(warnings.contains("anybody can"), "{secret}: {warnings}");
        assert!(!warnings.contains("aaaa"), "{warnings}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and no other logic")]
fn what_is_no_token_is_said_to_be_what_it_is() {
    let said = |token: &str| explained(&by_secret(PLAIN), &[], token);
    let by_kid = |token: &str| explained(&by_url(), &[(URL, jwks(&[]))], token);
    let good = signed(PLAIN);
    let alone = "pass the token alone";
    let percent = good.replace('.', "%2E").replace('%', "%25");
    check(vec![
        (
            "opaque",
            said("abc123.def456.ghi789"),
            &["no JWT", "opaque", "ask the issuer for a JWT"],
        ),
        (
            "opaque, by kid",
            by_kid("abc123.def456.ghi789"),
            &["no JWT", "opaque", "ask the issuer for a JWT"],
        ),
        (
            "opaque, one part",
            said("7Fjfp0ZBr1KtDRbnfVdmIw"),
            &["opaque", "JWT"],
        ),
        (
            "base64",
            said(&BASE64_STANDARD.encode(format!("Bearer {good}"))),
            &["base64 around the token", "decode it once"],
        ),
        (
            "percent, twice",
            said(&percent),
            &["percent-encoding, twice", "encode"],
        ),
        (
            "Token",
            said(&format!("Token {good}")),
            &["\"Token \" before", alone],
        ),
        (
            "a comment",
            said(&format!("{good} # for Ann")),
            &["a comment behind", alone],
        ),
        (
            "guillemets",
            said(&format!("‹{good}>")),
            &["brackets", alone],
        ),
        ("quotes", said(&format!("«{good}»")), &["quotes", alone]),
        (
            "JSON",
            said(&json!({ "token": good }).to_string()),
            &["JSON around", "stands in token", alone],
        ),
        (
            "HTML",
            said(&format!("<p>{good}</p>")),
            &["HTML around", alone],
        ),
        (
            "YAML",
            said(&format!("jwt: {good}\n")),
            &["YAML around", alone],
        ),
        (
            "XML",
            said(&format!("<jwt>{good}</jwt>")),
            &["XML around", alone],
        ),
        (
            "shell",
            said(&format!("export JWT={good}")),
            &["a shell line around", alone],
        ),
        (
            "capitals",
            said(&good.to_uppercase()),
            &["a token in capitals", "changed"],
        ),
        (
            "a placeholder",
            said("%JITSI_JWT%"),
            &["a placeholder", "never filled in"],
        ),
        (
            "a variable",
            said("${JWT}"),
            &["a placeholder", "never filled in"],
        ),
        ("a template", said("{{jwt}}"), &["a placeholder"]),
        ("brackets", said("<token>"), &["a placeholder"]),
        (
            "two tokens",
            said(&format!("{good} {}", signed("x"))),
            &["two tokens", "pass one token"],
        ),
        (
            "two, with a comma",
            said(&format!("{good},{}", signed("x"))),
            &["two tokens", "comma"],
        ),
        (
            "two lines",
            said(&format!("{good}\n{}", signed("x"))),
            &["two tokens", "lines"],
        ),
        (
            "a path",
            said("./token.txt"),
            &["the name of a file", "explain < FILE"],
        ),
        (
            "a response",
            said("[object Response]"),
            &["an object", "pass the token itself"],
        ),
        (
            "Digest",
            said("Digest dXNlcg=="),
            &["HTTP credentials", "pass a JWT"],
        ),
        (
            "a decoded header",
            said("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"),
            &["a decoded header", "three parts"],
        ),
        (
            "decoded claims",
            said(&claims().to_string()),
            &["decoded claims", "three parts"],
        ),
        (
            "dots",
            said("eyJhbGciOiJI...x-_"),
            &["shortened", "copy the whole token"],
        ),
        (
            "a payload of YAML",
            said(&with_payload("iss: acme-meet\nroom: standup\n")),
            &["YAML", "as a JSON object"],
        ),
        (
            "null",
            said(&with_payload("null")),
            &["found null", "as an object"],
        ),
        (
            "17",
            said(&with_payload("17")),
            &["the number 17", "as an object"],
        ),
        (
            "JSON twice",
            said(&with_payload(
                &Value::from(claims().to_string()).to_string(),
            )),
            &["JSON in a JSON string", "as an object"],
        ),
        (
            "a list",
            said(&with_payload(&json!([claims()]).to_string())),
            &["a list", "as an object"],
        ),
        (
            "encoded twice",
            said(&with_payload(&encode(claims().to_string().as_bytes()))),
            &["base64url of base64url", "once"],
        ),
    ]);
}

#[test]
fn a_claim_of_which_any_value_will_do_must_be_there_all_the_same() {
    let policy = format!(
        "{}asap_accepted_audiences = [\"*\"]\nasap_accepted_issuers = [\"*\"]\n",
        by_secret(PLAIN)
    );
    let key = EncodingKey::from_secret(PLAIN.as_bytes());
    for claim in ["iss", "aud"] {
        let claims = with(claims(), &json!({ claim: null }));
        let token = sealed(&header("HS256"), &claims, Algorithm::HS256, &key);
        let said = explained(&policy, &[], &token);
        let expected = format!("{claim}: found nothing, needed one, whatever it is");
        assert!(said.starts_with(&expected), "{said}");
        assert!(
            said.contains(&format!("let the issuer set {claim}")),
            "{said}"
        );
    }
}

/// Docker's variables with these lines more, from the sixth on.
fn by_variables(lines: &str, token: &str) -> String {
    let usual = format!(
        "ENABLE_AUTH=1\nAUTH_TYPE=jwt\nJWT_APP_ID=acme-meet\nJWT_APP_SECRET={PLAIN}\nXMPP_DOMAIN={HOST}\n"
    );
    explained_with("docker_env_file", ".env", &format!("{usual}{lines}"), token)
}

/// Prosody's configuration with these options more, from the sixth line on.
fn prosody(options: &str) -> String {
    format!(
        "VirtualHost \"{HOST}\"\nauthentication = \"token\"\napp_id = \"acme-meet\"\napp_secret = \"{PLAIN}\"\n\n{options}\n"
    )
}

fn by_prosody(options: &str, token: &str) -> String {
    explained_with(
        "prosody_config",
        "prosody.cfg.lua",
        &prosody(options),
        token,
    )
}

#[test]
fn options_are_named_as_they_are_written_where_they_are_set() {
    let key = EncodingKey::from_secret(PLAIN.as_bytes());
    let of = |header: &Value, changes: Value| {
        sealed(header, &with(claims(), &changes), Algorithm::HS256, &key)
    };
    let jwt = header("HS256");
    let aud = of(&jwt, json!({"aud": "c"}));
    let access = json!({"alg": "HS256", "typ": "at+jwt"});
    let access = of(&access, json!({}));
    let wide = sealed(&header("HS512"), &claims(), Algorithm::HS512, &key);
    let ps = paired(Algorithm::PS256, &json!({}));
    check(vec![
        (
            "audiences in a file of variables",
            by_variables("JWT_ACCEPTED_AUDIENCES=a,b", &aud),
            &[
                "by JWT_ACCEPTED_AUDIENCES (line 6 of ",
                "/.env)",
                "JWT_ACCEPTED_AUDIENCES",
            ],
        ),
        (
            "audiences in Prosody's configuration",
            by_prosody("asap_accepted_audiences = { \"a\", \"b\" }", &aud),
            &["(asap_accepted_audiences, ", "prosody.cfg.lua:6)"],
        ),
        (
            "an option that no variable sets",
            by_variables("", &access),
            &["accepted_types = { \"JWT\"; \"at+jwt\" } in XMPP_CONFIGURATION"],
        ),
        (
            "a list in Prosody's configuration",
            by_prosody("", &access),
            &["accepted_types = { \"JWT\", \"at+jwt\" }"],
        ),
        (
            "an algorithm in variables",
            by_variables("", &wide),
            &["set JWT_SIGN_TYPE=HS512"],
        ),
        (
            "an algorithm in Prosody's",
            by_prosody("", &wide),
            &["set signature_algorithm = \"HS512\""],
        ),
        (
            "an algorithm that Jitsi's modules do not have",
            by_prosody("signature_algorithm = \"PS256\"", &ps),
            &[
                "Jitsi's modules know these six",
                "signature_algorithm = \"PS256\"",
                "config.toml, below [hosts.\"video.acme.example\"]",
            ],
        ),
        (
            "the secret in variables",
            by_variables("", &signed("x")),
            &["JWT_APP_SECRET (line 4 of "],
        ),
    ]);
}

#[test]
fn what_a_file_of_variables_does_to_a_secret_is_named_and_can_be_undone() {
    for (line, issuers, sign) in [
        ("abc12345 #def", "abc12345 #def", "`#`"),
        ("abc$def99", "abc$def99", "`$`"),
        ("abc${def}99", "abc${def}99", "`$`"),
        ("\"abc$def 99\"", "abc$def 99", "`$`"),
    ] {
        let token = signed(issuers);
        let said = by_variables(&format!("JWT_APP_SECRET={line}"), &token);
        assert!(said.contains(sign), "{line}: {said}");
        assert!(
            said.contains("put the value of JWT_APP_SECRET in single quotes"),
            "{said}"
        );
        assert!(!said.contains("abc"), "{said}");
        let mended = by_variables(&format!("JWT_APP_SECRET='{issuers}'"), &token);
        assert_eq!(mended, "allowed", "{line}");
    }
}

#[test]
fn an_algorithm_that_jitsis_modules_do_not_have_is_taken_from_the_daemons_own_file() {
    let token = paired(Algorithm::PS256, &json!({}));
    let options = format!(
        "signature_algorithm = \"PS256\"\npublic_key_file = \"{}\"",
        data("rsa-public.pem")
    );
    let said = by_prosody(&options, &token);
    let setting = "signature_algorithm = \"PS256\"";
    assert!(said.contains(&format!("write {setting} into")), "{said}");
    let own = format!("[hosts.\"{HOST}\"]\n{setting}\n");
    let mended = explained_beside(
        &own,
        "prosody_config",
        "prosody.cfg.lua",
        &prosody(&options),
        &token,
    );
    assert_eq!(mended, "allowed");
}

#[test]
fn what_is_said_in_the_words_of_a_setup_lets_the_token_in_when_it_is_done() {
    let key = EncodingKey::from_secret(PLAIN.as_bytes());
    let access = json!({"alg": "HS256", "typ": "at+jwt"});
    let access = sealed(&access, &claims(), Algorithm::HS256, &key);
    let wide = sealed(&header("HS512"), &claims(), Algorithm::HS512, &key);
    for (said, change, token) in [
        (
            by_variables("", &access),
            "accepted_types = { \"JWT\"; \"at+jwt\" }",
            by_variables(
                "XMPP_CONFIGURATION=accepted_types = { \"JWT\"; \"at+jwt\" }",
                &access,
            ),
        ),
        (
            by_variables("", &wide),
            "JWT_SIGN_TYPE=HS512",
            by_variables("JWT_SIGN_TYPE=HS512", &wide),
        ),
        (
            by_prosody("", &access),
            "accepted_types = { \"JWT\", \"at+jwt\" }",
            by_prosody("accepted_types = { \"JWT\", \"at+jwt\" }", &access),
        ),
    ] {
        assert!(said.contains(change), "{said}");
        assert_eq!(token, "allowed", "{change}");
    }
}

#[test]
fn an_issuers_test_system_is_told_from_the_issuer() {
    #[expect(clippy::disallowed_methods, reason = "reads a key for tests")]
    let key = EncodingKey::from_rsa_pem(&std::fs::read(data("rsa-private.pem")).unwrap()).unwrap();
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "sig-a"});
    let keys = jwks(&[jwk(&json!({}))]);
    for (issuer, is_test) in [
        ("https://sso-test.acme.example", true),
        ("https://staging.acme.example/realms/a", true),
        ("https://dev2.acme.example", true),
        ("https://sso.acme.example", false),
        ("https://contest.acme.example", false),
    ] {
        let claims = with(claims(), &json!({ "iss": issuer }));
        let token = sealed(&header, &claims, Algorithm::RS256, &key);
        let said = explained(&by_url(), &[(URL, keys.clone())], &token);
        assert_eq!(said.contains("test system"), is_test, "{issuer}: {said}");
    }
}
