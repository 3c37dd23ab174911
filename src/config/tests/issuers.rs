//! The further issuers of a host: what is taken and what they have from their host.

use serde_json::{Value, json};

use super::super::effective;
use super::super::host::Host;
use super::super::layers::Inputs;
use super::super::mapping::{presets, written};
use super::super::refused::Refused;
use super::super::{Config, load};
use crate::token::algorithm::Algorithm;
use crate::token::issuer::{Accepted, Issuer, Keys, SourceId};

pub const HOST: &str = "[hosts.\"meet.example.com\"]\n";
pub const SECTION: &str = "[[hosts.\"meet.example.com\".issuers]]\n";
pub const SECRET: &str = "app_secret = \"0123456789abcdef0123456789abcdef\"\n";

pub fn read(text: &str) -> Result<Config, Refused> {
    load(&Inputs {
        file: Some(("/t.toml".into(), text.to_owned())),
        ..Inputs::default()
    })
}

fn host(text: &str) -> Host {
    let config = read(text).unwrap();
    Host::clone(&config.hosts["meet.example.com"])
}

/// A host with these options, and an issuer with these.
pub fn with(options: &str, issuer: &str) -> String {
    format!("{HOST}{options}\n{SECTION}name = \"one\"\n{issuer}\n")
}

/// An issuer with a secret, and with these options.
fn issuer(options: &str) -> Issuer {
    let usual = format!("issuer = \"https://one/\"\naudiences = \"a\"\n{SECRET}{options}");
    host(&with("", &usual)).issuer().clone()
}

#[test]
fn a_host_may_have_no_issuer_but_further_ones() {
    let host = host(&format!(
        "{HOST}{SECTION}name = \"one\"\nissuer = \"https://one/\"\naudiences = \"a\"\n{SECRET}\
         {SECTION}name = \"two\"\nissuer = [\"https://two/\", \"two\"]\naudiences = [\"a\", \"b\"]\ncache_keys_url = \"https://two/keys\"\n"
    ));
    let names: Vec<&str> = host
        .policy
        .issuers
        .iter()
        .map(|issuer| issuer.name.as_str())
        .collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(host.app_id, None);
    let two = host.policy.issuers.named("two").unwrap();
    assert_eq!(two.accepted, Accepted::only(["https://two/", "two"]));
    assert!(matches!(two.keys, Keys::ById(SourceId(1))));
    assert_eq!(
        host.sources[1].keys_url.as_deref(),
        Some("https://two/keys")
    );
}

#[test]
fn the_hosts_own_options_stay_the_issuer_default_beside_further_ones() {
    let own = format!("app_id = \"my_app\"\n{SECRET}");
    let host = host(&with(&own, &format!("issuer = \"https://one/\"\n{SECRET}")));
    assert_eq!(host.issuer().name, "default");
    assert_eq!(host.issuer().accepted, Accepted::only(["my_app"]));
    let one = host.policy.issuers.named("one").unwrap();
    assert_eq!(one.audiences, Accepted::only(["my_app"]));
    let origin = host.origin_at("one", "asap_accepted_issuers").unwrap();
    assert_eq!(origin.to_string(), "/t.toml:7");
    assert_eq!(
        host.origin_at("default", "app_id").unwrap().to_string(),
        "/t.toml:2"
    );
    assert_eq!(host.origin_at("one", "public_key_file"), None);
}

#[test]
fn what_an_issuer_does_not_say_the_host_says_for_it_but_for_keys() {
    let options = "accepted_types = [\"at+jwt\"]\nleeway = 5\nrequire_exp = true\nmax_token_lifetime = 60\n\
        asap_require_room_claim = false\nallow_wildcards = false\nasap_accepted_audiences = [\"b\"]\n";
    let usual = format!("issuer = \"https://one/\"\n{SECRET}");
    let inherits = host(&with(options, &usual));
    let inherits = inherits.issuer();
    assert_eq!(inherits.audiences, Accepted::only(["b"]));
    assert!(inherits.types.contains(Some(&json!("at+jwt"))));
    assert_eq!(inherits.lifetime.leeway.to_string(), "5");
    assert!(inherits.lifetime.require_expiration && !inherits.require_room_claim);
    assert_eq!(inherits.lifetime.longest, Some(60.0));
    assert!(!inherits.bounds.wildcards && inherits.accept_audience_array);
    let own = "accepted_types = [\"JWT\"]\nleeway = 0\nrequire_exp = false\nmax_token_lifetime = 9\n\
        asap_require_room_claim = true\nallow_wildcards = true\naudiences = \"c\"\naccept_audience_array = false\n";
    let differs = host(&with(options, &format!("{usual}{own}")));
    let differs = differs.issuer();
    assert_eq!(differs.audiences, Accepted::only(["c"]));
    assert!(!differs.types.contains(Some(&json!("at+jwt"))));
    assert_eq!(differs.lifetime.leeway.to_string(), "0");
    assert!(!differs.lifetime.require_expiration && differs.require_room_claim);
    assert_eq!(differs.lifetime.longest, Some(9.0));
    assert!(differs.bounds.wildcards && !differs.accept_audience_array);
}

#[test]
fn algorithms_are_those_that_fit_the_keys_unless_they_are_named() {
    let by_url =
        "issuer = \"https://one/\"\naudiences = \"a\"\ncache_keys_url = \"https://one/keys\"\n";
    let by_secret = format!("issuer = \"https://one/\"\naudiences = \"a\"\n{SECRET}");
    for (of_host, issuer, expected) in [
        ("", by_url, vec![Algorithm::Rs256]),
        ("", &by_secret, vec![Algorithm::Hs256]),
        (
            "signature_algorithm = \"ES384\"",
            by_url,
            vec![Algorithm::Es384],
        ),
        (
            "signature_algorithm = \"ES384\"",
            &by_secret,
            vec![Algorithm::Hs256],
        ),
        (
            "signature_algorithm = \"HS512\"",
            by_url,
            vec![Algorithm::Rs256],
        ),
        (
            "signature_algorithm = \"HS512\"",
            &by_secret,
            vec![Algorithm::Hs512],
        ),
        (
            "",
            &format!("{by_url}algorithms = [\"ES256\", \"RS256\"]"),
            vec![Algorithm::Es256, Algorithm::Rs256],
        ),
        (
            "",
            &format!("{by_url}algorithms = \"EdDSA\""),
            vec![Algorithm::EdDsa],
        ),
    ] {
        let host = host(&with(of_host, issuer));
        assert_eq!(host.issuer().algorithms, expected, "{of_host} {issuer}");
        let public = host.sources[0].keys_url.is_some();
        assert_eq!(host.sources[0].algorithms.is_empty(), !public, "{issuer}");
    }
}

#[test]
fn a_mapping_is_a_preset_or_a_section_or_both() {
    let mapping = |options: &str| {
        let issuer = issuer(options);
        Value::Object(written(issuer.mapping.as_ref().unwrap()))
    };
    for preset in presets() {
        let named = mapping(&format!("claims = {preset:?}"));
        assert_eq!(named["room"], json!({"constant": "*"}), "{preset}");
        assert_eq!(
            named["sub"],
            json!({"constant": "meet.example.com"}),
            "{preset}"
        );
        assert!(named["context.user.id"] != Value::Null, "{preset}");
        let inside = mapping(&format!("claims = {{ preset = {preset:?} }}"));
        assert_eq!(named, inside);
    }
    let both = "[hosts.\"meet.example.com\".issuers.claims]\npreset = \"google\"\nreplace = true\nroom = \"/room\"\n\
        moderator = { pointer = \"/email\", matches = \"*@example.com\" }\ncontext.user.name = [\"/a\", \"/b~1c\"]\n\
        context.features.recording = true\ncontext.features.lobby = { pointer = \"/groups\", contains = \"x\" }\n";
    assert_eq!(
        mapping(both),
        json!({
            "room": "/room",
            "sub": {"constant": "meet.example.com"},
            "moderator": {"pointer": "/email", "matches": "*@example.com"},
            "context.user.id": "/sub",
            "context.user.name": ["/a", "/b~1c"],
            "context.user.email": "/email",
            "context.user.avatar": "/picture",
            "context.features.recording": {"constant": true},
            "context.features.lobby": {"pointer": "/groups", "contains": "x"},
            "replace": true,
        })
    );
}

#[test]
fn where_the_domain_of_rooms_is_known_a_preset_stands_for_all_tenants() {
    let usual =
        format!("issuer = \"https://one/\"\naudiences = \"a\"\n{SECRET}claims = \"okta\"\n");
    let host = host(&with(
        "muc_mapper_domain_base = \"meet.example.com\"",
        &usual,
    ));
    let mapping = written(host.issuer().mapping.as_ref().unwrap());
    assert_eq!(mapping["sub"], json!({"constant": "*"}));
}

#[test]
fn what_lets_in_more_than_most_want_is_warned_of_for_each_issuer() {
    let any = format!("any_issuer = true\naudiences = \"*\"\n{SECRET}");
    let host = host(&with("", &any));
    let warnings = effective::warnings("meet.example.com", &host);
    for said in [
        "issuer one: every iss that no other issuer has",
        "issuer one: any audience is accepted",
    ] {
        assert!(
            warnings.iter().any(|warning| warning.contains(said)),
            "{warnings:?}"
        );
    }
    let (name, rows) = &effective::issuers(&host)[0];
    assert_eq!(name, "one");
    assert!(
        rows.iter()
            .any(|row| row.option == "issuer" && row.value == json!(["*"])),
        "{rows:?}"
    );
}
