use super::*;
use crate::token::algorithm::Algorithm;

use super::super::credential::Credential;
use super::super::settings::Settings;

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../../tests/data/", $name, ".pem"))
    };
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A file of this version with these lines.
fn file(lines: &str) -> String {
    format!("_format_version: \"3.0\"\n{lines}\n")
}

fn declared(text: &str) -> Declared {
    read(text).unwrap_or_else(|mistakes| panic!("{text}\n{mistakes:#?}"))
}

/// A text as the value of `|`, with this much before each line.
fn block(text: &str, indent: usize) -> String {
    let blanks = " ".repeat(indent);
    let lines = text.lines().map(|line| format!("\n{blanks}{line}"));
    format!("|{}", lines.collect::<String>())
}

#[track_caller]
fn refused(text: &str, expected: &[(usize, &str, &str, &str)]) {
    let mistakes = read(text).map(|_| ()).expect_err(text);
    let found: Vec<(usize, &str, &str, &str)> = mistakes
        .iter()
        .map(|mistake| {
            (
                mistake.line,
                &*mistake.path,
                &*mistake.found,
                &*mistake.expected,
            )
        })
        .collect();
    assert_eq!(found.len(), expected.len(), "{text}\n{found:#?}");
    for ((line, path, found, wanted), (expected_line, expected_path, part, expectation)) in
        found.iter().zip(expected)
    {
        assert_eq!(
            (line, path),
            (expected_line, expected_path),
            "{text}\n{found}"
        );
        assert!(found.contains(part), "{text}\n{found}\nlacks {part}");
        assert!(
            wanted.contains(expectation),
            "{text}\n{wanted}\nlacks {expectation}"
        );
        assert!(!found.contains(SECRET) && !wanted.contains(SECRET));
    }
}

#[test]
fn credentials_stand_below_their_consumer_or_beside_it() {
    let nested = file(&format!(
        "consumers:\n- username: alice\n  tags: [a, b]\n  jwt_secrets:\n  - key: one\n    secret: {SECRET}\n  - {{ key: two, algorithm: HS512, secret: {SECRET} }}"
    ));
    let flat = file(&format!(
        "consumers:\n- username: alice\n  tags: [a, b]\njwt_secrets:\n- {{ consumer: alice, key: one, secret: {SECRET} }}\n- consumer: {{ username: alice }}\n  key: two\n  algorithm: HS512\n  secret: {SECRET}"
    ));
    let json = format!(
        "{{\"_format_version\": \"3.0\",\n\t\"consumers\": [{{\"username\": \"alice\", \"tags\": [\"a\", \"b\"], \"jwt_secrets\": [\n\t\t\
         {{\"key\": \"one\", \"secret\": \"{SECRET}\"}},\n\t\t{{\"key\": \"two\", \"algorithm\": \"HS512\", \"secret\": \"{SECRET}\"}}]}}]}}"
    );
    for text in [nested, flat, json] {
        let declared = declared(&text);
        assert_eq!(declared.consumers.len(), 1);
        let alice = &declared.consumers[0];
        assert_eq!(alice.username.as_deref(), Some("alice"));
        assert_eq!(
            alice.tags.as_deref(),
            Some(&["a".to_owned(), "b".to_owned()][..])
        );
        let credentials = declared.credentials.iter();
        let credentials: Vec<_> = credentials
            .map(|one| (&*one.key, one.algorithm, one.consumer == alice.id))
            .collect();
        assert_eq!(
            credentials,
            [
                ("one", Algorithm::Hs256, true),
                ("two", Algorithm::Hs512, true)
            ]
        );
        assert_eq!(declared.warnings, []);
        let in_force = declared.in_force();
        assert_eq!((in_force.len(), in_force.consumers()), (2, 1));
        assert!(in_force.find("one").is_some() && in_force.consumer_called("alice").is_some());
    }
}

#[test]
fn a_dump_of_deck_is_taken_with_everything_else_named_once() {
    let text = file(&format!(
        "_info: {{ defaults: {{}}, select_tags: [x] }}\n_workspace: default\nconsumers:\n- username: a\n  id: 6e1f3f9c-6f0a-4a1c-9d55-0a8f1d5a0001\n  \
         acls: [{{ group: g }}]\n  keyauth_credentials: [{{ key: k }}]\n  jwt_secrets:\n  - id: 6e1f3f9c-6f0a-4a1c-9d55-0a8f1d5a0002\n    key: k\n    \
         secret: {SECRET}\n    created_at: 1700000000\nservices:\n- name: s\n  url: http://s\n  plugins:\n  - name: jwt\n    enabled: true\n    protocols: [http]\n    \
         config: {{ claims_to_verify: [exp], anonymous: null }}\n  - name: cors\n  routes:\n  - name: r\n    paths: [/]\nupstreams: []\ncertificates:\n- cert: x"
    ));
    let declared = declared(&text);
    let (consumer, credential) = (&declared.consumers[0], &declared.credentials[0]);
    assert_eq!(
        consumer.id.to_string(),
        "6e1f3f9c-6f0a-4a1c-9d55-0a8f1d5a0001"
    );
    assert_eq!(
        credential.id.to_string(),
        "6e1f3f9c-6f0a-4a1c-9d55-0a8f1d5a0002"
    );
    assert_eq!(
        (credential.created_at, credential.consumer),
        (1_700_000_000, consumer.id)
    );
    assert_eq!(declared.plugins.len(), 1);
    let warnings: Vec<&str> = declared
        .warnings
        .iter()
        .map(|warning| &*warning.text)
        .collect();
    assert_eq!(
        warnings,
        [
            "certificates, consumers[].acls, consumers[].keyauth_credentials, services, the plugin cors, upstreams: left alone, since only consumers, \
          their JWT credentials and jwt plugins count here"
        ]
    );
}

#[test]
fn what_has_no_id_gets_the_same_one_each_time() {
    let text = file(&format!(
        "consumers:\n- username: a\n  jwt_secrets: [{{ key: k, secret: {SECRET} }}]\n- custom_id: a"
    ));
    let (once, again) = (declared(&text), declared(&text));
    let ids = |declared: &Declared| {
        let consumers = declared.consumers.iter().map(|one| one.id);
        consumers
            .chain(declared.credentials.iter().map(|one| one.id))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&once), ids(&again));
    let others = declared(&text.replace("key: k", "key: l"));
    assert_eq!(once.consumers[0].id, others.consumers[0].id);
    assert_ne!(once.credentials[0].id, others.credentials[0].id);
    assert!(ids(&once).iter().all(|id| id.get_version_num() == 8));
}

#[test]
fn each_algorithm_takes_its_own_kind_of_key() {
    for (algorithm, pem) in [
        ("RS256", pem!("rsa-public")),
        ("RS512", pem!("rsa-public-pkcs1")),
        ("PS384", pem!("rsa-certificate")),
        ("ES256", pem!("p256-public")),
        ("ES384", pem!("p384-public")),
        ("EdDSA", pem!("ed25519-public")),
    ] {
        let of = |algorithm: &str| {
            file(&format!(
                "consumers:\n- username: a\n  jwt_secrets:\n  - key: k\n    algorithm: {algorithm}\n    rsa_public_key: {}",
                block(pem, 6)
            ))
        };
        let declared = declared(&of(algorithm));
        let credential: &Credential = &declared.credentials[0];
        assert_eq!(credential.algorithm.name(), algorithm);
        assert_eq!(credential.rsa_public_key.as_deref(), Some(pem));
        let other = if algorithm.starts_with("ES") {
            "RS256"
        } else {
            "ES256"
        };
        let path = "consumers[0].jwt_secrets[0].rsa_public_key";
        refused(
            &of(other),
            &[(7, path, "a key of the type", &format!("one for {other}"))],
        );
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and no other logic")]
fn a_credential_that_could_verify_nothing_is_refused() {
    let path = |name: &str| format!("jwt_secrets[0].{name}");
    let one_line = pem!("rsa-public").replace('\n', " ");
    for (lines, name, line, found, expected) in [
        ("key: k", "secret", 4, "HS256 without secret", "the secret"),
        (
            "key: k\n  secret: ~",
            "secret",
            4,
            "HS256 without secret",
            "the secret",
        ),
        (
            "key: k\n  secret: ''",
            "secret",
            6,
            "an empty text",
            "a text that is not empty",
        ),
        (
            "key: k\n  secret: 12345",
            "secret",
            6,
            "a number",
            "in quotes",
        ),
        ("key: k\n  secret: [a]", "secret", 6, "a list", "a text"),
        (
            "key: k\n  secret: ${{ env \"DECK_SECRET\" }}",
            "secret",
            6,
            "decK fills in from a variable",
            "deck file render",
        ),
        (
            "key: k\n  secret: \"{vault://env/secret}\"",
            "secret",
            6,
            "a reference into a vault",
            "no vault is asked",
        ),
        (
            "key: k\n  secret: \"-----BEGIN PUBLIC KEY-----\"",
            "secret",
            6,
            "must never be used as a secret",
            "the secret",
        ),
        (
            "secret: 0123456789abcdef0123456789abcdef",
            "key",
            4,
            "a credential without key",
            "what its tokens name it by",
        ),
        ("key: ''\n  secret: s", "key", 5, "an empty text", ""),
        (
            "key: k\n  algorithm: RS256",
            "rsa_public_key",
            4,
            "RS256 without rsa_public_key",
            "in PEM",
        ),
        (
            "key: k\n  algorithm: ES256\n  secret: s",
            "rsa_public_key",
            4,
            "ES256 without rsa_public_key",
            "in PEM",
        ),
        (
            "key: k\n  algorithm: RS256\n  rsa_public_key: test",
            "rsa_public_key",
            7,
            "no public key in PEM",
            "in PEM",
        ),
        (
            "key: k\n  algorithm: none\n  secret: s",
            "algorithm",
            6,
            "\"none\"",
            "one of HS256",
        ),
        (
            "key: k\n  algorithm: hs256\n  secret: s",
            "algorithm",
            6,
            "\"hs256\"",
            "one of HS256",
        ),
        (
            "key: k\n  algorithm: 256\n  secret: s",
            "algorithm",
            6,
            "a number",
            "a text",
        ),
        (
            "key: k\n  secrt: s\n  secret: s",
            "secrt",
            6,
            "an unknown name",
            "the nearest is secret",
        ),
        (
            "key: k\n  secret: s\n  other: 1",
            "other",
            7,
            "an unknown name",
            "one of id, key, secret",
        ),
        (
            "key: k\n  secret: s\n  id: 5f",
            "id",
            7,
            "\"5f\"",
            "a UUID, or none",
        ),
        (
            "key: k\n  secret: s\n  tags: a",
            "tags",
            7,
            "a text",
            "a list",
        ),
        (
            "key: k\n  secret: s\n  tags: [1]",
            "tags[0]",
            7,
            "a number",
            "a text",
        ),
        (
            "key: k\n  secret: s\n  created_at: soon",
            "created_at",
            7,
            "a text",
            "a whole number",
        ),
        (
            "key: k\n  secret: s\n  created_at: -1",
            "created_at",
            7,
            "-1",
            "a whole number",
        ),
    ] {
        let text = file(&format!(
            "consumers: [{{ username: a }}]\njwt_secrets:\n- consumer: a\n  {lines}"
        ));
        let expected_line = if line == 4 { 4 } else { line };
        refused(&text, &[(expected_line, &path(name), found, expected)]);
    }
    for (pem, found, expected) in [
        (pem!("rsa-private"), "a private key", "in PEM"),
        (
            pem!("rsa-roca-public"),
            "an RSA key whose private key can be computed",
            "in PEM",
        ),
        (
            pem!("rsa-1024-public"),
            "an RSA key of 1024 bits",
            "one of 2048 bits at least",
        ),
    ] {
        let text = file(&format!(
            "consumers: [{{ username: a }}]\njwt_secrets:\n- consumer: a\n  key: k\n  algorithm: RS256\n  rsa_public_key: {}",
            block(pem, 4)
        ));
        refused(
            &text,
            &[(7, "jwt_secrets[0].rsa_public_key", found, expected)],
        );
    }
    // The lines of a PEM may have become one.
    let text = file(&format!(
        "consumers: [{{ username: a }}]\njwt_secrets:\n- consumer: a\n  key: k\n  algorithm: RS256\n  rsa_public_key: \"{one_line}\""
    ));
    assert_eq!(declared(&text).credentials.len(), 1);
}

#[test]
fn what_has_to_be_there_once_is_told_with_both_lines() {
    let text = file(&format!(
        "consumers:\n- username: a\n- username: a\n- custom_id: c\n- custom_id: c\n- username: d\n  id: 6e1f3f9c-6f0a-4a1c-9d55-0a8f1d5a0001\n\
         - username: e\n  id: 6e1f3f9c-6f0a-4a1c-9d55-0a8f1d5a0001\njwt_secrets:\n- {{ consumer: a, key: k, secret: {SECRET} }}\n- {{ consumer: e, key: k, secret: {SECRET} }}"
    ));
    refused(
        &text,
        &[
            (
                4,
                "consumers[1].username",
                "the same username as in line 3",
                "once",
            ),
            (
                6,
                "consumers[3].custom_id",
                "the same custom_id as in line 5",
                "once",
            ),
            (10, "consumers[5].id", "the same id as in line 8", "once"),
            (
                13,
                "jwt_secrets[1].key",
                "the same key as in line 12",
                "once",
            ),
        ],
    );
    refused(
        "_format_version: \"3.0\"\nconsumers: []\nconsumers: []\n",
        &[(
            3,
            "the file",
            "consumers a second time; the first is in line 2",
            "a declarative configuration",
        )],
    );
    refused(
        &file("consumers:\n- username: a\n  tags: []\n  username: b"),
        &[(
            5,
            "the file",
            "username a second time; the first is in line 3",
            "",
        )],
    );
}

#[test]
fn a_consumer_has_a_name_and_a_credential_has_a_consumer() {
    for (lines, expected) in [
        (
            "consumers: [{ tags: [a] }]",
            (
                2,
                "consumers[0].username",
                "without username and custom_id",
                "one of them",
            ),
        ),
        (
            "consumers: [{ id: 6e1f3f9c-6f0a-4a1c-9d55-0a8f1d5a0001 }]",
            (2, "consumers[0].username", "without username", ""),
        ),
        (
            "consumers: [alice]",
            (2, "consumers[0]", "a text", "a table"),
        ),
        ("consumers: alice", (2, "consumers", "a text", "a list")),
        (
            "consumers: { username: a }",
            (2, "consumers", "a table", "a list"),
        ),
        (
            "consumers: [{ username: true }]",
            (2, "consumers[0].username", "a truth value", "in quotes"),
        ),
        (
            "consumers: [{ username: 5 }]",
            (2, "consumers[0].username", "a number", "in quotes"),
        ),
        (
            "consumers: [{ username: a, usernme: b }]",
            (
                2,
                "consumers[0].usernme",
                "an unknown name",
                "one of id, username",
            ),
        ),
        (
            "consumers: [{ username: a, jwt_secrets: k }]",
            (2, "consumers[0].jwt_secrets", "a text", "a list"),
        ),
        (
            "jwt_secrets: [{ key: k, secret: s }]",
            (
                2,
                "jwt_secrets[0].consumer",
                "a credential of nobody",
                "the username",
            ),
        ),
        (
            "jwt_secrets: [{ consumer: b, key: k, secret: s }]",
            (
                2,
                "jwt_secrets[0].consumer",
                "\"b\", and no such consumer",
                "in this file",
            ),
        ),
        (
            "jwt_secrets: [{ consumer: { name: b }, key: k, secret: s }]",
            (2, "jwt_secrets[0].consumer", "without id and username", ""),
        ),
        (
            "consumer: [{ username: a }]",
            (2, "consumer", "an unknown name", "the nearest is consumers"),
        ),
        (
            "plugins: [{ config: {} }]",
            (2, "plugins[0].name", "a plugin without name", "such as jwt"),
        ),
    ] {
        refused(&file(lines), &[expected]);
    }
    let other = format!(
        "consumers:\n- username: a\n  jwt_secrets: [{{ consumer: b, key: k, secret: {SECRET} }}]\n- username: b"
    );
    refused(
        &file(&other),
        &[(
            4,
            "consumers[0].jwt_secrets[0].consumer",
            "another consumer",
            "none",
        )],
    );
}

#[test]
fn a_file_of_another_kind_or_version_is_refused() {
    for (text, line, path, found) in [
        ("", 1, "the file", "nothing"),
        ("# nothing\n", 1, "the file", "nothing"),
        ("hello", 1, "the file", "a text"),
        ("- a", 1, "the file", "a list"),
        ("consumers: []", 1, "_format_version", "nothing"),
        ("_format_version: \"4.0\"", 1, "_format_version", "\"4.0\""),
        (
            "_format_version: true",
            1,
            "_format_version",
            "a truth value",
        ),
        (
            "_format_version: \"3.0\"\nconsumers:\n\t- username: a\n",
            3,
            "the file",
            "a tab where lines are indented",
        ),
        (
            "_format_version: \"3.0\"\nconsumers: [\n",
            2,
            "the file",
            "no YAML",
        ),
        (
            "_format_version: \"3.0\"\nconsumers: *a\n",
            2,
            "the file",
            "unknown anchor",
        ),
        (
            "_format_version: \"3.0\"\n---\na: b\n",
            2,
            "the file",
            "a second document",
        ),
        ("_format_version: !env x\n", 1, "the file", "a tag"),
        ("? [a]\n: b\n", 1, "the file", "a name that is no text"),
        ("%YAML 1.2\n---\na: b\n", 1, "the file", "directives"),
    ] {
        refused(text, &[(line, path, found, "")]);
    }
    for version in ["\"3.0\"", "3.0", "'2.1'", "1.1"] {
        assert!(
            read(&format!("_format_version: {version}\n")).is_ok(),
            "{version}"
        );
    }
}

#[test]
fn every_mistake_is_told_at_once_in_the_order_of_the_file() {
    let text = "_format_version: \"9\"\nconsumers:\n- usernam: a\n- username: b\n  jwt_secrets:\n  - { key: k }\n  - { secret: s, algorithm: X }\n\
        plugins:\n- name: jwt\n  config: { claims_to_verify: [iat], maximum_expiration: -1, headr_names: [a] }\n";
    let mistakes = read(text).map(|_| ()).unwrap_err();
    let places: Vec<(usize, &str)> = mistakes.iter().map(|one| (one.line, &*one.path)).collect();
    assert_eq!(
        places,
        [
            (1, "_format_version"),
            (3, "consumers[0].username"),
            (3, "consumers[0].usernam"),
            (6, "consumers[1].jwt_secrets[0].secret"),
            (7, "consumers[1].jwt_secrets[1].algorithm"),
            (7, "consumers[1].jwt_secrets[1].key"),
            (10, "plugins[0].config.headr_names"),
            (10, "plugins[0].config.claims_to_verify"),
            (10, "plugins[0].config.maximum_expiration"),
        ]
    );
}

#[test]
fn what_a_plugin_says_counts_over_kongs_defaults() {
    let plugin = |lines: &str| {
        let declared = declared(&file(&format!("plugins:\n- name: jwt\n{lines}")));
        declared.plugins[0].clone()
    };
    let bare = plugin("");
    assert_eq!(bare.bound, Bound::Global);
    assert!(
        !bare.settings.claims_to_verify.expiration && !bare.settings.claims_to_verify.not_before
    );
    assert_eq!(
        Settings {
            claims_to_verify: Settings::default().claims_to_verify,
            ..bare.settings
        },
        Settings::default()
    );
    let all = plugin(
        "  config:\n    uri_param_names: []\n    cookie_names: [c]\n    header_names: [x-token]\n    key_claim_name: kid\n    secret_is_base64: true\n    \
         claims_to_verify: [nbf, exp]\n    maximum_expiration: 300\n    anonymous: guest\n    run_on_preflight: false\n    realm: api",
    );
    let settings = &all.settings;
    assert!(settings.uri_param_names.is_empty());
    assert_eq!(
        (&settings.cookie_names[..], &settings.header_names[..]),
        (&["c".to_owned()][..], &["x-token".to_owned()][..])
    );
    assert!(settings.secret_is_base64 && !settings.run_on_preflight);
    assert!(settings.claims_to_verify.expiration && settings.claims_to_verify.not_before);
    assert_eq!(
        (settings.maximum_expiration, &*settings.key_claim_name),
        (Some(300), "kid")
    );
    assert_eq!(
        (settings.anonymous.as_deref(), settings.realm.as_deref()),
        (Some("guest"), Some("api"))
    );
    assert_eq!((all.said["realm"], all.said.len()), (14, 10));
}

#[test]
fn a_plugin_that_kong_would_not_take_is_refused() {
    for (config, name, found, expected) in [
        (
            "uri_param_names: jwt",
            "uri_param_names",
            "a text",
            "a list",
        ),
        (
            "cookie_names: [a b]",
            "cookie_names",
            "\"a b\"",
            "names without blanks",
        ),
        ("header_names: ['']", "header_names[0]", "an empty text", ""),
        (
            "header_names: [X_Consumer.ID]",
            "header_names",
            "\"X_Consumer.ID\"",
            "none of which says whom",
        ),
        ("key_claim_name: ''", "key_claim_name", "an empty text", ""),
        (
            "secret_is_base64: 'yes'",
            "secret_is_base64",
            "a text",
            "true or false",
        ),
        (
            "claims_to_verify: [iat]",
            "claims_to_verify",
            "\"iat\"",
            "exp, nbf",
        ),
        (
            "claims_to_verify: exp",
            "claims_to_verify",
            "a text",
            "a list",
        ),
        (
            "maximum_expiration: -1",
            "maximum_expiration",
            "-1",
            "from 0 to 31536000",
        ),
        (
            "maximum_expiration: 31536001",
            "maximum_expiration",
            "31536001",
            "from 0 to 31536000",
        ),
        (
            "maximum_expiration: 1.5",
            "maximum_expiration",
            "1.5",
            "a whole number",
        ),
        (
            "claims_to_verify: [nbf], maximum_expiration: 60",
            "maximum_expiration",
            "60, and claims_to_verify without exp",
            "exp in claims_to_verify",
        ),
        ("anonymous: [a]", "anonymous", "a list", "a text"),
        (
            "run_on_preflight: 1",
            "run_on_preflight",
            "a number",
            "true or false",
        ),
        ("realm: 'a\"b'", "realm", "a\\\"b", "ASCII"),
        (
            "realms: a",
            "realms",
            "an unknown name",
            "the nearest is realm",
        ),
        (
            "hide_credentials: true",
            "hide_credentials",
            "an unknown name",
            "one of uri_param_names",
        ),
    ] {
        let text = file(&format!("plugins:\n- name: jwt\n  config: {{ {config} }}"));
        refused(
            &text,
            &[(4, &format!("plugins[0].config.{name}"), found, expected)],
        );
    }
    refused(
        &file("plugins: [{ name: jwt, config: [] }]"),
        &[(2, "plugins[0].config", "a list", "a table")],
    );
}

#[test]
fn of_several_plugins_the_one_that_is_named_counts() {
    let text = file(
        "plugins:\n- { name: jwt, config: { realm: g } }\n- { name: jwt, service: s2, config: { realm: s2 } }\n- { name: jwt, route: { name: r2 }, config: { realm: r2 } }\n\
         - { name: jwt, enabled: false, config: { realm: off } }\nservices:\n- name: s1\n  plugins: [{ name: jwt, config: { realm: s1 } }]\n  routes:\n  \
         - name: r1\n    plugins: [{ name: jwt, config: { realm: r1 } }]\nroutes:\n- name: r3\n  plugins: [{ name: jwt, config: { realm: r3 } }]\n- plugins: [{ name: jwt }]",
    );
    let declared = declared(&text);
    assert_eq!(declared.plugins.len(), 7);
    for name in ["s1", "s2", "r1", "r2", "r3"] {
        let plugin = declared.plugin(Some(name)).unwrap().unwrap();
        assert_eq!(plugin.settings.realm.as_deref(), Some(name));
    }
    let global = declared.plugin(Some("global")).unwrap().unwrap();
    assert_eq!(global.settings.realm.as_deref(), Some("g"));
    let unknown = declared.plugin(Some("r9")).unwrap_err().to_string();
    assert!(
        unknown.starts_with("no jwt plugin of \"r9\", but global (line 3), \"s2\" (line 4)"),
        "{unknown}"
    );
    let several = declared.plugin(None).unwrap_err().to_string();
    assert!(
        several.starts_with("several jwt plugins that differ: global (line 3), "),
        "{several}"
    );
}

#[test]
fn plugins_that_say_the_same_are_one_and_none_is_none() {
    let same = file(
        "plugins:\n- { name: jwt, service: a, config: { realm: x } }\n- { name: jwt, route: b, config: { realm: x } }",
    );
    let same = declared(&same);
    assert_eq!(
        same.plugin(None).unwrap().map(|plugin| plugin.line),
        Some(3)
    );
    let none = declared(&file("plugins: [{ name: cors }]"));
    assert_eq!(none.plugin(None), Ok(None));
    let error = none.plugin(Some("a")).unwrap_err().to_string();
    assert_eq!(error, "no jwt plugin of \"a\", but none at all");
}

#[test]
fn a_plugin_of_a_consumer_is_left_alone_and_that_is_said() {
    for (lines, line, path) in [
        (
            "consumers:\n- username: a\n  plugins:\n  - name: jwt",
            5,
            "consumers[0].plugins: ",
        ),
        ("plugins:\n- { name: jwt, consumer: a }", 3, "plugins[0]: "),
    ] {
        let declared = declared(&file(lines));
        assert!(declared.plugins.is_empty());
        let [warning] = declared.warnings.as_slice() else {
            panic!("{:?}", declared.warnings);
        };
        assert_eq!(warning.line, line);
        assert!(
            warning.text.starts_with(path) && warning.text.contains("a jwt plugin of a consumer"),
            "{warning:?}"
        );
    }
}

#[test]
fn short_secrets_are_counted_and_not_shown() {
    let text = file(
        "consumers:\n- username: a\n  jwt_secrets:\n  - { key: k, secret: hunter2 }\n  - { key: l, secret: hunter3 }",
    );
    let declared = declared(&text);
    let texts: Vec<String> = declared
        .warnings
        .iter()
        .map(|one| format!("{}: {}", one.line, one.text))
        .collect();
    assert_eq!(
        texts,
        ["5: 2 of the secrets are shorter than 32 bytes: they can be guessed"]
    );
    assert!(!format!("{declared:?}").contains("hunter"));
}

#[test]
fn aliases_and_merges_mean_what_they_stand_for() {
    let text = file(&format!(
        "_defaults: &defaults {{ algorithm: HS384, secret: {SECRET} }}\nconsumers:\n- &a {{ username: a }}\njwt_secrets:\n- <<: *defaults\n  key: one\n  consumer: *a\n\
         - <<: [*defaults]\n  key: two\n  algorithm: HS512\n  consumer: a"
    ));
    let declared = declared(&text);
    let algorithms: Vec<&str> = declared
        .credentials
        .iter()
        .map(|one| one.algorithm.name())
        .collect();
    assert_eq!(algorithms, ["HS384", "HS512"]);
}

#[test]
fn hostile_texts_are_bounded() {
    let mut levels = vec!["_a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()];
    for level in 1..9 {
        let before = level - 1;
        let items = vec![format!("*a{before}"); 10].join(", ");
        levels.push(format!("_a{level}: &a{level} [{items}]\n"));
    }
    let bomb = levels.concat();
    let chain: Vec<String> = (1..200_u32)
        .map(|level| format!("_b{level}: &b{level} [*b{}]\n", level - 1))
        .collect();
    let chain = format!("_b0: &b0 [x]\n{}", chain.concat());
    let deep = format!("a: {}", "[".repeat(100_000));
    let indented: Vec<String> = (0..1_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let indented = indented.concat();
    let itself = "_a: &a [*a]\n".to_owned();
    for (text, expected) in [
        (&bomb, "aliases that stand for too much"),
        (&chain, "nested more than 64 deep"),
        (&deep, "nested more than 64 deep"),
        (&indented, "nested more than 64 deep"),
        (&itself, ""),
    ] {
        let mistakes = read(&file(text)).map(|_| ()).unwrap_err();
        assert!(
            mistakes.len() == 1 && mistakes[0].found.contains(expected),
            "{mistakes:?}"
        );
    }
    let many: String = (0..500).map(|_| "- usernam: a\n").collect();
    let mistakes = read(&file(&format!("consumers:\n{many}")))
        .map(|_| ())
        .unwrap_err();
    assert_eq!(mistakes.len(), 100);
}
