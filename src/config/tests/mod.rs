//! What a whole configuration comes to.

mod console;
mod gateways;
mod issuer_mistakes;
mod issuers;
mod kong;
mod options;

use crate::origin::problem::{ProblemKind as Kind, ReadFailure};

use super::layers::Inputs;
use super::listen::ListenAddress;
use super::refused::Refused;
use super::*;

const HOST: &str =
    "[hosts.\"meet.example.com\"]\napp_id = \"my_app\"\napp_secret = \"0123456789abcdef\"\n";

fn with(text: &str, environment: &[(&str, &str)]) -> Result<Config, Refused> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    load(&Inputs {
        file: Some(("/etc/t.toml".into(), text.to_owned())),
        environment: environment.collect(),
        ..Inputs::default()
    })
}

fn refusal(text: &str) -> String {
    with(text, &[]).expect_err(text).to_string()
}

#[test]
fn a_host_takes_prosodys_defaults_and_its_own_audience() {
    let config = with(HOST, &[]).unwrap();
    let policy = &config.hosts["meet.example.com"].policy;
    assert_eq!(
        policy.issuers.first().accepted,
        crate::token::issuer::Accepted::only(["my_app"])
    );
    assert_eq!(
        policy.issuers.first().audiences,
        crate::token::issuer::Accepted::only(["my_app"])
    );
    assert!(
        policy.issuers.first().require_room_claim
            && policy.rooms.verify_domain
            && !policy.allow_empty_token
    );
    assert_eq!(
        (
            policy.rooms.muc_domain.as_deref(),
            &*policy.rooms.domain_prefix
        ),
        (None, "conference")
    );
    assert_eq!(
        config.listen,
        [ListenAddress::Tcp(([127, 0, 0, 1], 5290).into())]
    );
}

#[test]
fn every_mistake_is_named_at_once_with_its_place() {
    let text = "listen = [\"0.0.0.0:1\", \"nowhere\"]\nlisten_on = 5\n[limits]\nbody_bytes = -1\n\
        [hosts.\"a.example\"]\napp_id = 5\nasap_accepted_issuers = []\nenable_domain_verifcation = false\n\
        [hosts.\"b.example\"]\napp_id = \"b\"\napp_secret = \"s\"\nsignature_algorithm = \"none\"\n";
    let refusal = refusal(text);
    for expected in [
        "the configuration has 9 mistakes:",
        "listen: found \"0.0.0.0:1\", expected a loopback address, or api_key_file",
        "listen: found \"nowhere\"",
        "listen_on: found an unknown key with a number as value, expected a known key; the nearest is listen [/etc/t.toml:2]",
        "limits.body_bytes: found -1, expected a whole number from 1024 to 8388608 [/etc/t.toml:4]",
        "hosts.\"a.example\".app_id: found 5, expected a string that is not empty [/etc/t.toml:6]",
        "hosts.\"a.example\".app_secret: found nothing, expected app_secret, app_secret_file",
        "hosts.\"a.example\".asap_accepted_issuers: found [], expected a list with at least one string",
        "the nearest is enable_domain_verification [/etc/t.toml:8]",
        "hosts.\"b.example\".signature_algorithm: found \"none\", expected one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA [/etc/t.toml:12]",
    ] {
        assert!(
            refusal.contains(expected),
            "{expected}\nis not in\n{refusal}"
        );
    }
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    for (text, expected) in [
        ("", "hosts: found no host"),
        (
            "hosts = 5",
            "hosts: found a number, expected a section [hosts.\"DOMAIN\"]",
        ),
        (
            "[hosts]\na = 5",
            "hosts.a: found a number, expected it in a section [hosts.\"DOMAIN\"]",
        ),
        ("[hosts", "the file: found"),
        (
            "[hosts.a]\napp_secret = \"s\"",
            "hosts.a.app_id: found nothing",
        ),
        (
            "[hosts.a]\napp_id = \" \"\napp_secret = \"s\"",
            "hosts.a.app_id: found \" \"",
        ),
        (
            "[hosts.a]\napp_id = \"a\"\napp_secret = \"\"",
            "hosts.a.app_secret: found \"\"",
        ),
        (
            "[hosts.a]\napp_id = \"a\"\napp_secret = \"-----BEGIN PUBLIC KEY-----\"",
            "must never be used as a secret",
        ),
        (
            "[hosts.a]\napp_id = \"a\"\napp_secret_file = \"/nowhere/s\"",
            "/nowhere/s: No such file",
        ),
        (
            "[hosts.a]\napp_id = \"a\"\napp_secret_credential = \"s\"",
            "$CREDENTIALS_DIRECTORY to be set",
        ),
        (
            "[hosts.a]\napp_id = \"a\"\napp_secret = \"s\"\napp_secret_file = \"/s\"",
            "found app_secret_file beside app_secret (/etc/t.toml:3), expected one of them [/etc/t.toml:4]",
        ),
        (
            "[hosts.a]\napp_id = \"a\"\napp_secret = \"s\"\nmuc_mapper_domain = \"m\"",
            "no muc_mapper_domain_base beside it",
        ),
        (
            "listen = []\n[hosts.a]\napp_id = \"a\"\napp_secret = \"s\"",
            "listen: found []",
        ),
        (
            "log.level = \"loud\"\n[hosts.a]\napp_id = \"a\"\napp_secret = \"s\"",
            "expected one of error, warn",
        ),
    ] {
        let refusal = refusal(text);
        assert!(
            refusal.contains(expected),
            "{expected}\nis not in\n{refusal}"
        );
    }
}

#[test]
fn a_refusal_shows_no_secret() {
    for text in [
        "[hosts.a]\napp_secret = [\"hunter2\"]",
        "[hosts.a]\napp_secret = { hunter2 = \"hunter2\" }",
        "[hosts.a]\napp_secret = \"hunter2\"\napp_secret_file = \"/x\"",
        "[hosts.a]\nap_secret = \"hunter2\"",
        "api_key = \"hunter2\"\napi_key_file = \"/x\"",
    ] {
        assert!(!refusal(text).contains("hunter2"), "{text}");
    }
}

#[test]
fn a_variable_overrides_the_file_and_replaces_lists() {
    let text = format!("{HOST}asap_accepted_issuers = [\"a\", \"b\"]\n");
    let environment = [
        ("PROSODY_TOKEND_LISTEN", "127.0.0.1:1, [::1]:2"),
        ("PROSODY_TOKEND_LIMITS__BODY_BYTES", "2048"),
        ("PROSODY_TOKEND_LOG__FORMAT", "json"),
        (
            "PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__ASAP_ACCEPTED_ISSUERS",
            "c",
        ),
        ("PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__APP_ID", "5"),
        (
            "PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__ALLOW_EMPTY_TOKEN",
            "true",
        ),
        ("UNRELATED", "x"),
    ];
    let config = with(&text, &environment).unwrap();
    assert_eq!(config.listen.len(), 2);
    assert_eq!(
        (config.limits.body_bytes, config.log.format),
        (2048, LogFormat::Json)
    );
    let policy = &config.hosts["meet.example.com"].policy;
    assert_eq!(
        policy.issuers.first().accepted,
        crate::token::issuer::Accepted::only(["c"])
    );
    assert_eq!(
        policy.issuers.first().audiences,
        crate::token::issuer::Accepted::only(["5"])
    );
    assert!(policy.allow_empty_token);
}

#[test]
fn a_wrong_variable_is_named() {
    for (name, value, expected) in [
        (
            "PROSODY_TOKEND_LIMITS__BODY_BYTES",
            "many",
            "limits.body_bytes: found \"many\"",
        ),
        (
            "PROSODY_TOKEND_LIMITS__BODY_BITES",
            "1",
            "limits.body_bites: found an unknown key",
        ),
        (
            "PROSODY_TOKEND_HOSTS__MEET_EXAMPLE_COM__ALLOW_EMPTY_TOKEN",
            "maybe",
            "expected true or false",
        ),
        (
            "PROSODY_TOKEND_HOSTS__OTHER_EXAMPLE_COM__APP_ID",
            "a",
            "hosts.other_example_com.app_secret",
        ),
    ] {
        let refusal = with(HOST, &[(name, value)]).expect_err(name).to_string();
        assert!(
            refusal.contains(expected),
            "{expected}\nis not in\n{refusal}"
        );
    }
    let refusal = with(HOST, &[("PROSODY_TOKEND_LISTEN", "x")])
        .unwrap_err()
        .to_string();
    assert!(
        refusal.ends_with("[environment variable PROSODY_TOKEND_LISTEN]"),
        "{refusal}"
    );
}

#[test]
fn each_mistake_has_its_kind_and_the_host_that_it_is_about() {
    let meet = Some("meet.example.com");
    let unreadable = Kind::Unreadable;
    let key = "[hosts.localhost]\napp_id = \"a\"\n";
    for (text, kind, host) in [
        ("listen = ".to_owned(), Kind::Syntax, None),
        (
            "VirtualHost \"a.example\"\n".to_owned(),
            Kind::WrongFormat,
            None,
        ),
        (String::new(), Kind::NoTokenHost, None),
        (format!("colour = 1\n{HOST}"), Kind::UnknownKey, None),
        (format!("{HOST}audience = \"a\"\n"), Kind::UnknownKey, meet),
        (key.to_owned(), Kind::Missing, Some("localhost")),
        (format!("{HOST}leeway = -1\n"), Kind::WrongValue, meet),
        (format!("listen = 5290\n{HOST}"), Kind::WrongValue, None),
        (
            format!("listen = [\"0.0.0.0:1\"]\n{HOST}"),
            Kind::Conflict,
            None,
        ),
        (
            format!("{HOST}app_secret_file = \"/a\"\n"),
            Kind::Conflict,
            meet,
        ),
        (
            "[hosts.\"*\"]\napp_id = \"a\"\n".to_owned(),
            Kind::WrongHostName,
            Some("*"),
        ),
        (
            format!("{key}app_secret_file = \"/nowhere/a\"\n"),
            unreadable(ReadFailure::NotFound),
            Some("localhost"),
        ),
        (
            format!("{key}public_key_file = \"/etc\"\n"),
            unreadable(ReadFailure::Other),
            Some("localhost"),
        ),
        (
            format!("{key}public_key_file = \"/dev/null\"\n"),
            Kind::WrongValue,
            Some("localhost"),
        ),
        (
            format!("{key}app_secret_credential = \"a\"\n"),
            Kind::CredentialUnseen,
            Some("localhost"),
        ),
    ] {
        let refused = with(&text, &[]).expect_err(&text);
        let found = refused.problems.iter();
        let found: Vec<_> = found
            .map(|problem| (problem.kind, problem.host.as_deref()))
            .collect();
        assert_eq!(found, [(kind, host)], "{text}\n{refused}");
    }
}

#[test]
fn a_mistake_of_prosodys_has_its_kind_too() {
    for (setting, kind) in [
        (
            "prosody_config = \"/nowhere\"",
            Kind::Unreadable(ReadFailure::NotFound),
        ),
        (
            "docker_env_file = \"/nowhere\"",
            Kind::Unreadable(ReadFailure::NotFound),
        ),
        ("prosody_config = \"/proc/self/maps\"", Kind::NotEvaluated),
    ] {
        let sources = Inputs {
            file: Some(("/etc/t.toml".into(), setting.to_owned())),
            ..Inputs::default()
        };
        let refused = load(&sources).expect_err(setting);
        let found: Vec<_> = refused
            .problems
            .iter()
            .map(|problem| problem.kind)
            .collect();
        assert_eq!(found, [kind], "{refused}");
    }
}

#[test]
fn what_cannot_sign_outgoing_tokens_is_refused() {
    for (options, expected) in [
        (
            "asap_key_path = \"/nowhere/asap.key\"",
            "asap_key_path: found /nowhere/asap.key: No such file",
        ),
        (
            "asap_key = \"secret\"",
            "asap_key: found no RSA private key in PEM",
        ),
        (
            "asap_ttl = 100\nasap_ttl_threshold = 100",
            "asap_ttl_threshold: found 100, expected less than asap_ttl, which is 100",
        ),
        ("asap_ttl = 0", "asap_ttl: found 0"),
        ("asap_key_id = 5", "asap_key_id: found 5"),
    ] {
        let refusal = refusal(&format!(
            "api_key = \"0123456789abcdef\"\n{HOST}{options}\n"
        ));
        assert!(refusal.contains(expected), "{refusal}");
        assert!(!refusal.contains("secret\""), "{refusal}");
    }
}
