//! What is refused in the further issuers of a host, and what is said of it.

use super::issuers::{HOST, SECRET, SECTION, read, with};

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

/// The options of an issuer, and what is said of them.
const MISTAKES: &[(&str, &str)] = &[
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
];

#[test]
fn mistakes_in_an_issuer_are_refused_with_what_is_expected() {
    let usual = format!("issuer = \"https://one/\"\naudiences = \"a\"\n{SECRET}");
    for (issuer, said) in MISTAKES {
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
    assert!(said[0].contains("expected [[issuers]]"), "{said:?}");
}
