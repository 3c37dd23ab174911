//! The further issuers of a host: what is taken, what they have from their host, and what is refused.

use serde_json::{Value, json};

use super::super::effective;
use super::super::host::Host;
use super::super::layers::Inputs;
use super::super::mapping::{presets, written};
use super::super::refused::Refused;
use super::super::{Config, load};
use crate::token::algorithm::Algorithm;
use crate::token::issuer::{Accepted, Issuer, Keys, SourceId};

const HOST: &str = "[hosts.\"meet.example.com\"]\n";
const SECTION: &str = "[[hosts.\"meet.example.com\".issuers]]\n";
const SECRET: &str = "app_secret = \"0123456789abcdef0123456789abcdef\"\n";

fn read(text: &str) -> Result<Config, Refused> {
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
fn with(options: &str, issuer: &str) -> String {
    format!("{HOST}{options}\n{SECTION}name = \"one\"\n{issuer}\n")
}

/// An issuer with a secret, and with these options.
fn issuer(options: &str) -> Issuer {
    let usual = format!("issuer = \"https://one/\"\naudiences = \"a\"\n{SECRET}{options}");
    host(&with("", &usual)).issuer().clone()
}

/// What is said of a mistake, without its place.
fn mistakes(text: &str) -> Vec<String> {
    let refused = read(text).err();
    let problems = refused.map_or_else(Vec::new, |refused| refused.problems);
    let said = problems.iter().map(|problem| {
        format!(
            "{}: {}, expected {}",
            problem.key, problem.found, problem.expected
        )
    });
    said.map(|text| text.replace("hosts.\"meet.example.com\".", ""))
        .collect()
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

#[expect(clippy::too_many_lines, reason = "a table is as long as what it lists")]
#[test]
fn mistakes_in_an_issuer_are_refused_with_what_is_expected() {
    let usual = format!("issuer = \"https://one/\"\naudiences = \"a\"\n{SECRET}");
    for (issuer, said) in [
        (
            "name = \"a b\"",
            "issuers[0].name: \"a b\", expected a name of at most 64",
        ),
        (
            "name = \"default\"",
            "issuers[0].name: \"default\", expected another name",
        ),
        ("name = \"\"", "issuers[0].name: \"\", expected a string"),
        (
            "any_issuer = true",
            "issuers[0].any_issuer: any_issuer beside issuer",
        ),
        (
            "issuer = [\"https://a/*\"]",
            "expected the whole iss: there are no patterns",
        ),
        ("issuer = []", "issuers[0].issuer: [], expected a string"),
        (
            "app_id = \"a\"",
            "issuers[0].app_id: an unknown key with a string as value, expected issuer = [\"a\"]",
        ),
        (
            "signature_algorithm = \"RS256\"",
            "expected algorithms = [\"RS256\"]",
        ),
        ("client_id = \"a\"", "expected audiences = [\"a\"]"),
        (
            "jwks_uri = \"https://a/keys\"",
            "expected cache_keys_url = \"https://a/keys\"",
        ),
        ("client_secret = \"a\"", "the nearest is app_secret"),
        ("limits = 5", "issuers[0].limits: an unknown key"),
        (
            "algorithms = [\"HS256\", \"RS256\"]",
            "some for secrets beside some for public keys",
        ),
        (
            "algorithms = [\"rs256\"]",
            "issuers[0].algorithms: \"rs256\", expected \"RS256\"",
        ),
        (
            "algorithms = [\"none\"]",
            "issuers[0].algorithms: \"none\", expected one of HS256",
        ),
        (
            "algorithms = [\"RS256\"]",
            "expected the issuer's public key in PEM, or algorithms = [\"HS256\"]",
        ),
        (
            "cache_keys_url = \"https://a/\"\nalgorithms = \"HS256\"",
            "one that verifies with a secret, beside public keys",
        ),
        (
            "discover = true\ncache_keys_url = \"https://a/\"",
            "discover beside cache_keys_url, expected one of them",
        ),
        (
            "discover = true\njwks_origins = [\"https://a/b\"]",
            "expected an address without a path",
        ),
        (
            "jwks_origins = [\"https://a\"]",
            "it without discover, expected discover = true beside it",
        ),
        (
            "discover = true\nissuer = \"one\"",
            "expected one address among its names",
        ),
        (
            "discover = true\nissuer = [\"https://a\", \"https://b\"]",
            "expected one address among its names",
        ),
        (
            "discover = true\nissuer = \"http://a.example\"",
            "over plain HTTP",
        ),
        (
            "discover = true\nissuer = \"https://a.example/?b\"",
            "without ? and #",
        ),
        ("rooms = \"\"", "issuers[0].rooms: \"\""),
        ("moderators = \"no\"", "expected moderators = false"),
        ("features = [5]", "issuers[0].features: [5]"),
        ("leeway = \"1 min\"", "expected leeway = 60"),
        (
            "claims = \"keyclock\"",
            "issuers[0].claims: \"keyclock\", expected \"authentik\"",
        ),
        (
            "claims = 5",
            "issuers[0].claims: a number, expected a section",
        ),
        (
            "claims = { preset = \"okta\", rooms = \"/a\" }",
            "issuers[0].claims.rooms: an unknown key",
        ),
        (
            "claims = { room = \"room\" }",
            "expected a JSON Pointer such as \"/room\", or { constant = \"room\" }",
        ),
        ("claims = { room = [] }", "an empty list"),
        (
            "claims = { room = { pointer = \"/a\", contains = \"b\" } }",
            "a table with contains and pointer",
        ),
        (
            "claims = { room = { constant = true } }",
            "a truth value as constant",
        ),
        (
            "claims = { moderator = { constant = \"true\" } }",
            "a string as constant, expected constant = true or false",
        ),
        (
            "claims = { moderator = \"*\" }",
            "expected a JSON Pointer such as \"/*\"",
        ),
        (
            "claims = { context.user.name = 5 }",
            "claims.context.user.name: 5",
        ),
        (
            "claims = { context.user.nick = \"/a\" }",
            "expected one of id, name, email, avatar",
        ),
        (
            "claims = { context.feature.a = true }",
            "claims.context.feature: an unknown key",
        ),
        (
            "claims = { replace = 1, room = \"/a\" }",
            "expected replace = true",
        ),
        (
            "allow_wildcards = false\nclaims = \"okta\"",
            "a room or sub that is always \"*\"",
        ),
        (
            "moderators = false\nclaims = { moderator = \"/host\" }",
            "a condition that makes moderators",
        ),
    ] {
        let names: Vec<&str> = issuer
            .lines()
            .filter_map(|line| line.split(" = ").next())
            .collect();
        let others = format!("name = \"one\"\n{usual}");
        let others = others.lines().filter(|line| {
            !names
                .iter()
                .any(|name| line.starts_with(&format!("{name} ")))
        });
        let others: Vec<&str> = others.collect();
        let text = format!("{HOST}{SECTION}{}\n{issuer}\n", others.join("\n"));
        let mistakes = mistakes(&text);
        assert!(
            mistakes.iter().any(|mistake| mistake.contains(said)),
            "{issuer}: {mistakes:?}"
        );
    }
}

#[test]
fn what_an_issuer_lacks_is_named() {
    for (issuer, said) in [
        (
            format!("audiences = \"a\"\n{SECRET}"),
            "issuers[0].issuer: nothing, expected the iss of its tokens, or any_issuer = true",
        ),
        (
            format!("issuer = \"https://one/\"\n{SECRET}"),
            "issuers[0].audiences: nothing",
        ),
        (
            "issuer = \"https://one/\"\naudiences = \"a\"\n".to_owned(),
            "issuers[0].app_secret: nothing, expected discover = true",
        ),
    ] {
        let mistakes = mistakes(&with("", &issuer));
        assert!(
            mistakes.len() == 1 && mistakes[0].contains(said),
            "{issuer}: {mistakes:?}"
        );
    }
    let nameless = mistakes(&format!(
        "{HOST}{SECTION}issuer = \"https://one/\"\naudiences = \"a\"\n{SECRET}"
    ));
    assert!(
        nameless[0].starts_with("issuers[0].name: nothing"),
        "{nameless:?}"
    );
}

#[test]
fn two_issuers_of_one_iss_or_of_one_name_are_refused() {
    let one = |name: &str, accepted: &str| {
        format!("{SECTION}name = \"{name}\"\n{accepted}\naudiences = \"a\"\n{SECRET}")
    };
    let own = format!("app_id = \"my_app\"\n{SECRET}");
    for (own, first, second, said) in [
        (
            "",
            one("a", "issuer = \"x\""),
            one("a", "issuer = \"y\""),
            "issuers[1].name: a second issuer \"a\"",
        ),
        (
            "",
            one("a", "issuer = \"x\""),
            one("b", "issuer = [\"y\", \"x\"]"),
            "issuers[1].issuer: the iss \"x\", which the issuer a has as well",
        ),
        (
            "",
            one("a", "any_issuer = true"),
            one("b", "any_issuer = true"),
            "issuers[1].any_issuer: any iss, which the issuer a has as well",
        ),
        (
            &*own,
            one("a", "issuer = \"x\""),
            one("b", "issuer = \"my_app\""),
            "issuers[1].issuer: the iss \"my_app\", which the issuer default has as well",
        ),
    ] {
        let mistakes = mistakes(&format!("{HOST}{own}{first}{second}"));
        assert!(
            mistakes.iter().any(|mistake| mistake.contains(said)),
            "{mistakes:?}"
        );
    }
    for accepted in ["issuer = \"X\"", "issuer = \"x/\"", "any_issuer = true"] {
        let text = format!("{HOST}{}{}", one("a", "issuer = \"x\""), one("b", accepted));
        assert_eq!(mistakes(&text), Vec::<String>::new(), "{accepted}");
    }
}

#[test]
fn issuers_in_single_brackets_are_told_the_double_ones() {
    let said = mistakes(&format!(
        "{HOST}[hosts.\"meet.example.com\".issuers]\nname = \"a\"\n"
    ));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("expected [[hosts.\"meet.example.com\".issuers]]")
            || said[0].contains("expected [[issuers]]"),
        "{said:?}"
    );
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
