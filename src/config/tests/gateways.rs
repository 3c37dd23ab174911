//! What sections of gateways come to, and those on where proxies and administrators ask.

use std::net::IpAddr;

use serde_json::json;

use crate::config::addresses;
use crate::gateway::settings::{Proxy, Settings};
use crate::token::algorithm::Algorithm;

use super::super::gateways::Gateway;
use super::super::listening::{Admin, ForwardAuth};
use super::*;

const STORE: &str = "[store]\npath = \"/var/lib/t/state.db\"\n";
const TIMES: &str = "claims_to_verify = [\"exp\", \"nbf\"]\n";
const ADMIN_KEY: &str = "admin_key = \"fedcba9876543210fedcba9876543210\"\n";
const API_KEY: &str = "api_key = \"0123456789abcdef0123456789abcdef\"\n";

/// A configuration with a store and a gateway with these lines.
fn text(lines: &str) -> String {
    format!("{STORE}[gateways.api]\n{lines}\n")
}

fn gateway(lines: &str) -> Gateway {
    let config = with(&text(lines), &[]).unwrap_or_else(|refused| panic!("{lines}: {refused}"));
    Gateway::clone(&config.gateways["api"])
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let refusal = refusal(text);
    assert!(
        refusal.contains(expected),
        "{text}\n{expected}\nis not in\n{refusal}"
    );
}

#[test]
fn a_gateway_without_a_host_is_a_whole_configuration() {
    let config = with(&text(TIMES), &[]).unwrap();
    assert!(
        config.hosts.is_empty() && config.warnings.is_empty(),
        "{:?}",
        config.warnings
    );
    let gateway = &config.gateways["api"];
    assert_eq!(gateway.settings, Settings::default());
    assert!(gateway.declared.is_none() && gateway.sources.is_none());
    assert!(gateway.trusted_proxies.contains([127, 0, 0, 1].into()));
    assert!(!gateway.trusted_proxies.contains([10, 0, 0, 1].into()));
    let expected = ForwardAuth {
        listen: Vec::new(),
        threads: 2,
    };
    assert_eq!(
        (&config.forward_auth, &config.admin),
        (&expected, &Admin::default())
    );
}

#[test]
fn without_a_gateway_a_host_is_needed() {
    for text in [
        "",
        STORE,
        "[gateways]\n",
        "[forward_auth]\nthreads = 2\n",
        "[admin]\nopen = true\n",
    ] {
        refused(text, "hosts: found no host");
    }
}

#[test]
fn every_option_comes_to_what_it_says() {
    let all = "uri_param_names = [\"token\"]\ncookie_names = [\"c\", \"d\"]\nheader_names = [\"CustomAuthorization\"]\n\
        key_claim_name = \"kid\"\nsecret_is_base64 = true\nclaims_to_verify = [\"exp\"]\nmaximum_expiration = 300\n\
        anonymous = \"guest\"\nrun_on_preflight = false\nrealm = \"api\"\nissuers = [\"i\"]\naudiences = [\"a\", \"b\"]\n\
        required_claims = { tenant = \"acme\", level = 3, \"/a/b\" = true }\n\
        headers = { sub = \"X-User\", \"/realm_access/roles\" = \"x_roles\" }\nproxy = \"caddy\"\n\
        trusted_proxies = [\"10.0.0.0/8\", \"2001:db8::1\"]\n";
    let gateway = gateway(all);
    let settings = &gateway.settings;
    assert_eq!(settings.uri_param_names, ["token"]);
    assert_eq!(settings.cookie_names, ["c", "d"]);
    assert_eq!(settings.header_names, ["CustomAuthorization"]);
    assert_eq!(settings.key_claim_name, "kid");
    assert!(settings.secret_is_base64 && !settings.run_on_preflight);
    let times = settings.claims_to_verify;
    assert!(times.expiration && !times.not_before);
    assert_eq!(settings.maximum_expiration, Some(300));
    assert_eq!(settings.anonymous.as_deref(), Some("guest"));
    assert_eq!(settings.realm.as_deref(), Some("api"));
    assert_eq!(settings.proxy, Some(Proxy::Forwarded));
    let beyond = &settings.beyond;
    assert_eq!(
        (&beyond.issuers[..], &beyond.audiences[..]),
        (&["i".to_owned()][..], &["a".to_owned(), "b".to_owned()][..])
    );
    let required = beyond.required_claims.iter();
    let required: Vec<_> = required
        .map(|claim| (claim.place.to_string(), claim.value.clone()))
        .collect();
    assert_eq!(
        required,
        [
            ("/a/b".to_owned(), json!(true)),
            ("/level".to_owned(), json!(3)),
            ("/tenant".to_owned(), json!("acme"))
        ]
    );
    let headers = beyond.headers.iter();
    let headers: Vec<_> = headers
        .map(|header| (header.place.to_string(), header.name.as_str()))
        .collect();
    assert_eq!(
        headers,
        [
            ("/realm_access/roles".to_owned(), "x_roles"),
            ("/sub".to_owned(), "x-user")
        ]
    );
    for (address, is_trusted) in [
        ("10.1.2.3", true),
        ("2001:db8::1", true),
        ("127.0.0.1", false),
    ] {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(
            gateway.trusted_proxies.contains(address),
            is_trusted,
            "{address}"
        );
    }
}

#[test]
fn lists_of_names_may_be_empty() {
    let gateway = gateway(
        "uri_param_names = []\ncookie_names = []\nheader_names = []\nclaims_to_verify = []",
    );
    let settings = gateway.settings;
    assert!(settings.uri_param_names.is_empty() && settings.header_names.is_empty());
    assert!(!settings.claims_to_verify.expiration && !settings.claims_to_verify.not_before);
}

#[test]
fn published_keys_stand_in_place_of_credentials() {
    for (lines, url, issuer, algorithms) in [
        (
            "cache_keys_url = \"https://k.example/jwks\"",
            Some("https://k.example/jwks"),
            None,
            Algorithm::ALL.len() - 3,
        ),
        (
            "cache_keys_url = \"https://k.example/jwks\"\nalgorithms = [\"ES256\", \"EdDSA\"]",
            Some("https://k.example/jwks"),
            None,
            2,
        ),
        (
            "discover = true\nissuers = [\"https://i.example\"]",
            None,
            Some("https://i.example"),
            Algorithm::ALL.len() - 3,
        ),
    ] {
        let text = format!("[gateways.api]\n{lines}\naudiences = [\"a\"]\n{TIMES}");
        let config = with(&text, &[]).unwrap();
        assert_eq!(config.warnings, [""; 0]);
        let gateway = &config.gateways["api"];
        let sources = gateway.sources.as_ref().unwrap();
        assert_eq!(sources.keys_url.as_deref(), url);
        assert_eq!(
            sources.discovery.as_ref().map(|one| one.issuer.as_str()),
            issuer
        );
        assert_eq!(sources.algorithms, gateway.settings.beyond.algorithms);
        assert_eq!(sources.algorithms.len(), algorithms, "{lines}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and no other logic")]
fn what_a_gateway_cannot_be_is_refused_with_what_is_expected() {
    for (lines, expected) in [
        (
            "uri_param_names = \"jwt\"",
            "gateways.api.uri_param_names: found \"jwt\", expected uri_param_names = [\"jwt\"] [/etc/t.toml:4]",
        ),
        (
            "uri_param_names = [\"\"]",
            "expected a list with at least one string, none of them empty",
        ),
        (
            "cookie_names = [\"a b\"]",
            "cookie_names: found \"a b\", expected names of cookies",
        ),
        ("cookie_names = [\"a=b\"]", "cookie_names: found \"a=b\""),
        (
            "header_names = [\"a b\"]",
            "header_names: found \"a b\", expected names of headers",
        ),
        (
            "header_names = [\"x_consumer_id\"]",
            "header_names: found \"x_consumer_id\", expected another header",
        ),
        (
            "header_names = [\"X.Credential.Identifier\"]",
            "expected another header",
        ),
        (
            "header_names = [\"x-anonymous-consumer\"]",
            "expected another header",
        ),
        (
            "key_claim_name = \"\"",
            "key_claim_name: found \"\", expected a string that is not empty",
        ),
        (
            "secret_is_base64 = \"yes\"",
            "secret_is_base64: found \"yes\", expected secret_is_base64 = true",
        ),
        (
            "claims_to_verify = [\"iat\"]",
            "claims_to_verify: found \"iat\", expected \"exp\", \"nbf\", both or none",
        ),
        (
            "claims_to_verify = [\"EXP\"]",
            "claims_to_verify: found \"EXP\"",
        ),
        (
            "maximum_expiration = -1",
            "maximum_expiration: found -1, expected a whole number from 0 to 31536000",
        ),
        (
            "maximum_expiration = 31536001",
            "expected a whole number from 0 to 31536000",
        ),
        (
            "maximum_expiration = \"1h\"",
            "maximum_expiration: found \"1h\"",
        ),
        (
            "claims_to_verify = [\"nbf\"]\nmaximum_expiration = 60",
            "maximum_expiration: found maximum_expiration of 60, and claims_to_verify without exp, expected claims_to_verify = [\"exp\"], or 0 \
             [/etc/t.toml:5]",
        ),
        (
            "claims_to_verify = []\nmaximum_expiration = 1",
            "claims_to_verify without exp",
        ),
        ("anonymous = \"\"", "anonymous: found \"\""),
        ("anonymous = true", "anonymous: found true"),
        (
            "run_on_preflight = 2",
            "run_on_preflight: found 2, expected true or false",
        ),
        (
            "realm = 'a\"b'",
            "realm: found \"a\\\"b\", expected a text of ASCII",
        ),
        ("realm = \"a\\nb\"", "expected a text of ASCII"),
        ("realm = \"ä\"", "expected a text of ASCII"),
        (
            "issuers = [\"https://*.example\"]",
            "issuers: found \"https://*.example\", expected the whole value",
        ),
        (
            "audiences = [\"*\"]",
            "audiences: found \"*\", expected the whole value: there are no patterns; without audiences any is accepted",
        ),
        (
            "audiences = []",
            "audiences: found [], expected a list with at least one string",
        ),
        (
            "required_claims = \"a\"",
            "required_claims: found a string, expected a section [gateways.api.required_claims]",
        ),
        (
            "required_claims = { a = [1] }",
            "gateways.api.required_claims.a: found a list, expected a text, a number or a truth value",
        ),
        (
            "required_claims = { \"/a~2\" = 1 }",
            "required_claims.\"/a~2\": found \"/a~2\": it has a ~",
        ),
        (
            "headers = [\"X-User\"]",
            "headers: found a list, expected a section [gateways.api.headers]",
        ),
        (
            "headers = { sub = 5 }",
            "gateways.api.headers.sub: found 5, expected the name of a header",
        ),
        (
            "headers = { sub = \"X User\" }",
            "headers.sub: found \"X User\", expected the name of a header",
        ),
        ("headers = { sub = \"\" }", "expected the name of a header"),
        (
            "headers = { sub = \"X_Consumer.ID\" }",
            "found \"X_Consumer.ID\", expected the name of a header that means nothing yet",
        ),
        ("headers = { sub = \"Host\" }", "that means nothing yet"),
        (
            "headers = { sub = \"x_forwarded_for\" }",
            "that means nothing yet",
        ),
        (
            "headers = { sub = \"Authorization\" }",
            "that means nothing yet",
        ),
        (
            "headers = { sub = \"X.Original.URI\" }",
            "that means nothing yet",
        ),
        (
            "headers = { a = \"X-User\", b = \"x_user\" }",
            "headers.b: found \"x_user\", which \"a\" has as well",
        ),
        (
            "header_names = [\"X-Token\"]\nheaders = { sub = \"x.token\" }",
            "expected another header than those of header_names",
        ),
        (
            "headers = { \"/a~\" = \"X-User\" }",
            "headers.\"/a~\": found \"/a~\": it has a ~",
        ),
        (
            "proxy = \"apache\"",
            "proxy: found \"apache\", expected one of \"nginx\", \"traefik\", \"caddy\", \"apisix\", \"envoy\", \"haproxy\"",
        ),
        (
            "trusted_proxies = [\"10.0.0.1/8\", \"x\"]",
            "trusted_proxies: found \"10.0.0.1/8\": an address within the network 10.0.0.0/8",
        ),
        (
            "trusted_proxies = [\"10.0.0.1/8\", \"x\"]",
            "trusted_proxies: found \"x\": neither an address nor a network",
        ),
        ("trusted_proxies = []", "trusted_proxies: found []"),
        (
            "algorithms = [\"RS256\"]",
            "algorithms: found it without published keys",
        ),
        (
            "cache_keys_url = \"https://k.example\"\nalgorithms = [\"HS256\"]",
            "algorithms: found \"HS256\", expected one of RS256",
        ),
        (
            "cache_keys_url = \"https://k.example\"\nalgorithms = [\"none\"]",
            "algorithms: found \"none\"",
        ),
        (
            "cache_keys_url = \"k.example/jwks\"",
            "cache_keys_url: found not a URL, expected an address with its scheme",
        ),
        (
            "cache_keys_url = \"https://k.example\"\ndiscover = true\nissuers = [\"https://i.example\"]",
            "discover: found discover beside cache_keys_url",
        ),
        (
            "discover = true",
            "issuers: found nothing, expected the address of the issuer",
        ),
        (
            "discover = true\nissuers = [\"https://a.example\", \"https://b.example\"]",
            "issuers: found",
        ),
        (
            "jwks_origins = [\"https://a.example\"]",
            "jwks_origins: found it without discover",
        ),
        (
            "cache_keys_url = \"https://k.example\"\nkong_config = \"/k.yml\"",
            "kong_config: found it beside published keys, expected one of them",
        ),
        (
            "app_secret = \"s\"",
            "gateways.api.app_secret: found an unknown key with a string as value",
        ),
        ("issuer = \"i\"", "the nearest is issuers"),
        (
            "claim_to_verify = [\"exp\"]",
            "the nearest is claims_to_verify",
        ),
        (
            "jwks_uri = \"https://k.example/\"",
            "expected cache_keys_url = \"https://k.example/\"",
        ),
    ] {
        refused(&text(lines), expected);
    }
}

#[test]
fn every_mistake_of_every_gateway_is_told_at_once() {
    let text = format!(
        "{STORE}[gateways.a]\nproxy = \"x\"\nrealm = \"ä\"\n[gateways.\"b c\"]\nissuers = [\"*\"]\nheaders = {{ a = 1, b = 2 }}\n"
    );
    for expected in [
        "gateways.a.proxy: ",
        "gateways.a.realm: ",
        "gateways.\"b c\": found a gateway of the name \"b c\", expected a name of at most 64 letters, digits, - and _",
        "gateways.\"b c\".issuers: ",
        "gateways.\"b c\".headers.a: ",
        "gateways.\"b c\".headers.b: ",
    ] {
        refused(&text, expected);
    }
    refused(
        &format!("{STORE}[gateways.\"a/b\"]\n{TIMES}"),
        "a gateway of the name \"a/b\"",
    );
    refused(
        &format!("{STORE}[gateways.\"\"]\n{TIMES}"),
        "a gateway of the name \"\"",
    );
    refused(
        "gateways = 5\n",
        "gateways: found a number, expected a section [gateways.NAME] for each gateway",
    );
    refused(
        "[gateways]\na = 5\n",
        "gateways.a: found a number, expected it in a section [gateways.NAME]",
    );
}

#[test]
fn more_names_than_anybody_needs_are_refused() {
    let names: Vec<String> = (0..33).map(|number| format!("\"n{number}\"")).collect();
    for option in ["uri_param_names", "cookie_names", "header_names"] {
        let lines = format!("{option} = [{}]", names.join(", "));
        refused(
            &text(&lines),
            &format!("{option}: found 33 of them, expected at most 32"),
        );
    }
    let headers: Vec<String> = (0..33)
        .map(|number| format!("c{number} = \"X-{number}\""))
        .collect();
    let lines = format!("headers = {{ {} }}", headers.join(", "));
    refused(
        &text(&lines),
        "headers: found 33 of them, expected at most 32",
    );
    let lines = format!("headers = {{ {} }}", headers[1..].join(", "));
    assert_eq!(gateway(&lines).settings.beyond.headers.len(), 32);
}

#[test]
fn a_gateway_needs_credentials_from_somewhere() {
    let refusal = refusal("[gateways.api]\n");
    for expected in [
        "gateways.api.kong_config: found nothing",
        "kong_config = ",
        "cache_keys_url = ",
        "discover = true",
        "[store]",
    ] {
        assert!(refusal.contains(expected), "{expected}: {refusal}");
    }
    // One that is refused was meant, all the same.
    refused(
        "[gateways.api]\ncache_keys_url = \"x\"\n",
        "the configuration has 1 mistake",
    );
}

#[test]
fn what_works_and_is_better_said_otherwise_is_a_warning() {
    for (lines, expected) in [
        (TIMES, None),
        (
            "",
            Some("gateways.api.claims_to_verify: exp and nbf are both checked"),
        ),
        (
            "claims_to_verify = []",
            Some("neither exp nor nbf is checked"),
        ),
        ("claims_to_verify = [\"nbf\"]", None),
        (
            "claims_to_verify = [\"exp\"]\ncache_keys_url = \"https://k.example\"",
            Some("gateways.api.audiences: any audience is accepted"),
        ),
        (
            "claims_to_verify = [\"exp\"]\naudiences = [\"a\"]\ncache_keys_url = \"http://k.example\"",
            Some("can be changed on their way"),
        ),
        (
            "claims_to_verify = [\"exp\"]\ntrusted_proxies = [\"::/0\"]",
            Some("list the proxies alone"),
        ),
    ] {
        let warnings = with(&text(lines), &[]).unwrap().warnings;
        match expected {
            None => assert_eq!(warnings, [""; 0], "{lines}"),
            Some(expected) => {
                assert!(
                    warnings.len() == 1 && warnings[0].contains(expected),
                    "{lines}: {warnings:?}"
                );
            }
        }
    }
}

#[test]
fn other_machines_may_ask_where_every_gateway_says_whom_it_trusts() {
    let listen = "[forward_auth]\nlisten = [\"0.0.0.0:5291\"]\n";
    let trusting = "trusted_proxies = [\"10.0.0.0/8\"]\n";
    let config = with(&format!("{}{listen}", text(trusting)), &[]).unwrap();
    assert_eq!(
        config.forward_auth.listen,
        ["0.0.0.0:5291".parse().unwrap()]
    );
    let text = format!("{listen}{}[gateways.other]\n{TIMES}", text(trusting));
    refused(
        &text,
        "forward_auth.listen: found \"0.0.0.0:5291\", expected a loopback address, or trusted_proxies in [gateways.other]",
    );
}

#[test]
fn an_address_is_one_options_alone() {
    let both = |one: &str, other: &str| {
        format!(
            "{ADMIN_KEY}{API_KEY}listen = [\"127.0.0.1:1\", \"unix:/s\"]\n[metrics]\nlisten = \"127.0.0.1:2\"\n{}{TIMES}\
            [forward_auth]\nlisten = [{one}]\n[admin]\nlisten = [{other}]\n",
            text("")
        )
    };
    assert!(
        with(
            &both("\"127.0.0.1:3\"", "\"127.0.0.1:4\", \"unix:/t\""),
            &[]
        )
        .is_ok()
    );
    assert!(with(&both("\"127.0.0.1:0\"", "\"127.0.0.1:0\""), &[]).is_ok());
    for (one, other, expected) in [
        (
            "\"127.0.0.1:1\"",
            "\"127.0.0.1:4\"",
            "forward_auth.listen: found \"127.0.0.1:1\", which listen has as well, expected an address of its own",
        ),
        ("\"unix:/s\"", "\"127.0.0.1:4\"", "which listen has as well"),
        (
            "\"127.0.0.1:2\"",
            "\"127.0.0.1:4\"",
            "which metrics.listen has as well",
        ),
        (
            "\"127.0.0.1:3\", \"127.0.0.1:3\"",
            "\"127.0.0.1:4\"",
            "which forward_auth.listen has as well",
        ),
        (
            "\"127.0.0.1:3\"",
            "\"127.0.0.1:3\"",
            "admin.listen: found \"127.0.0.1:3\", which forward_auth.listen has as well",
        ),
        (
            "\"127.0.0.1:3\"",
            "\"127.0.0.1:1\"",
            "admin.listen: found \"127.0.0.1:1\", which listen has as well",
        ),
        (
            "\"3\"",
            "\"127.0.0.1:4\"",
            "forward_auth.listen: found \"3\", expected \"127.0.0.1:3\"",
        ),
    ] {
        refused(&both(one, other), expected);
    }
}

#[test]
fn administrators_are_told_apart_or_said_to_be_everybody() {
    let admin = |lines: &str| format!("{}[admin]\n{lines}\n", text(TIMES));
    let keyed = |lines: &str| format!("{ADMIN_KEY}{}", admin(lines));
    for (text, listen, open) in [
        (keyed("listen = [\"127.0.0.1:8001\"]"), 1, false),
        (
            keyed("listen = [\"unix:/run/a\", \"[::1]:8001\"]"),
            2,
            false,
        ),
        (admin("listen = [\"127.0.0.1:8001\"]\nopen = true"), 1, true),
        (admin(""), 0, false),
    ] {
        let config = with(&text, &[]).unwrap();
        assert_eq!(
            (config.admin.listen.len(), config.admin.open),
            (listen, open),
            "{text}"
        );
        assert_eq!(config.warnings, [""; 0]);
    }
    for (text, expected) in [
        (
            admin("listen = [\"127.0.0.1:8001\"]"),
            "admin.listen: found it, and no admin_key, expected admin_key_file above all sections",
        ),
        (
            admin("listen = [\"127.0.0.1:8001\"]\nopen = false"),
            "or open = true beside it",
        ),
        (
            keyed("listen = [\"0.0.0.0:8001\"]"),
            "admin.listen: found \"0.0.0.0:8001\", expected a loopback address",
        ),
        (
            admin("listen = [\"192.0.2.1:8001\"]\nopen = true"),
            "expected a loopback address",
        ),
        (
            keyed("listen = \"127.0.0.1:8001\""),
            "expected listen = [\"127.0.0.1:8001\"]",
        ),
        (keyed("opened = true"), "admin.opened: found an unknown key"),
    ] {
        refused(&text, expected);
    }
    let warnings = with(
        &format!("{ADMIN_KEY}{HOST}[admin]\nlisten = [\"127.0.0.1:8001\"]\n"),
        &[],
    )
    .unwrap()
    .warnings;
    assert!(
        warnings
            .concat()
            .contains("admin.listen: nothing can be kept without a store"),
        "{warnings:?}"
    );
    let warnings = with(
        &format!("{HOST}[forward_auth]\nlisten = [\"127.0.0.1:8001\"]\n"),
        &[],
    )
    .unwrap()
    .warnings;
    assert!(
        warnings
            .concat()
            .contains("nothing is answered there without a section [gateways.NAME]"),
        "{warnings:?}"
    );
}

#[test]
fn a_variable_sets_an_option_of_a_gateway() {
    let config = with(
        &text(TIMES),
        &[
            ("PROSODY_TOKEND_GATEWAYS__API__COOKIE_NAMES", "a,b"),
            ("PROSODY_TOKEND_GATEWAYS__API__MAXIMUM_EXPIRATION", "60"),
            ("PROSODY_TOKEND_GATEWAYS__API__URI_PARAM_NAMES", "[]"),
            ("PROSODY_TOKEND_FORWARD_AUTH__LISTEN", "127.0.0.1:9"),
        ],
    )
    .unwrap();
    let settings = &config.gateways["api"].settings;
    assert_eq!(settings.cookie_names, ["a", "b"]);
    assert_eq!(settings.maximum_expiration, Some(60));
    assert!(settings.uri_param_names.is_empty());
    assert_eq!(config.forward_auth.listen.len(), 1);
}

#[test]
fn check_shows_each_option_that_counts_with_its_place() {
    let gateway = gateway("realm = \"r\"\nheaders = { sub = \"X-User\" }\nproxy = \"envoy\"");
    let shown = |name: &str| gateway.shown.iter().find(|row| row.option == name);
    for (name, value, origin) in [
        ("realm", json!("r"), "/etc/t.toml:4"),
        ("headers", json!({ "/sub": "x-user" }), "/etc/t.toml:5"),
        ("proxy", json!("envoy"), "/etc/t.toml:6"),
        ("header_names", json!(["authorization"]), "default"),
        ("claims_to_verify", json!(["exp", "nbf"]), "default"),
        ("maximum_expiration", json!(0), "default"),
        ("trusted_proxies", json!(["127.0.0.0/8", "::1"]), "default"),
    ] {
        let row = shown(name).unwrap();
        assert_eq!(
            (&row.value, row.origin.to_string().as_str()),
            (&value, origin),
            "{name}"
        );
    }
    for name in [
        "anonymous",
        "kong_config",
        "cache_keys_url",
        "algorithms",
        "issuers",
        "required_claims",
    ] {
        assert!(shown(name).is_none(), "{name}");
    }
}

#[test]
fn the_main_addresses_are_asked_for_ahead_of_everything_else() {
    let sources = Inputs {
        file: Some(("/etc/t.toml".into(), text("proxy = \"x\""))),
        ..Inputs::default()
    };
    assert_eq!(
        addresses(&sources).unwrap(),
        ["127.0.0.1:5290".parse().unwrap()]
    );
}
