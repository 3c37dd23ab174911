//! `prosody-tokend mint`: tokens of each issuer of a host, with everything that they may have.

use std::fs;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{SECRET, Workplace, run, text};
use support::key_server::KeyServer;

const REALM: &str = "https://sso.example.com/realms/acme";
const P256: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/p256-private.pem");
const RSA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rsa-private.pem");
const PUBLIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/p256-public.pem");

/// A host with four issuers: its own, one within bounds, one of tenants, and a provider with claims of its own.
fn workplace() -> Workplace {
    let workplace = Workplace::new();
    fs::create_dir(workplace.path("keys")).unwrap();
    fs::copy(PUBLIC, workplace.path("keys/a.pem")).unwrap();
    let keys = workplace.path("keys");
    let config = fs::read_to_string(workplace.path("config.toml")).unwrap();
    let issuers = format!(
        r#"
[[hosts."meet.example.com".issuers]]
name = "school"
issuer = "school"
app_secret = "the-secret-of-the-school-0123456789abcdef"
audiences = ["school"]
rooms = ["Team-*"]
moderators = false
features = ["recording"]

[[hosts."meet.example.com".issuers]]
name = "tenants"
issuer = ["https://tenants.example.com/", "https://tenants.example.com"]
app_secret = "the-secret-of-the-tenants-0123456789abcdef"
audiences = ["tenants"]
tenants = ["acme", "globex-*"]

[[hosts."meet.example.com".issuers]]
name = "keycloak"
issuer = "{REALM}"
key_folder = "{}"
audiences = ["jitsi", "account"]
audience_claim = "azp"
algorithms = ["RS256", "ES256"]
accepted_types = ["at+jwt", "none"]
claims = "keycloak"
"#,
        keys.display()
    );
    workplace.write("config.toml", &(config + &issuers));
    workplace
}

/// The token's two parts that say something, and what is said beside it.
struct Minted {
    token: String,
    header: Value,
    claims: Value,
    said: String,
}

fn mint(workplace: &Workplace, arguments: &[&str]) -> Minted {
    let output = workplace.run(&[&["mint"], arguments].concat(), "");
    let (token, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    let part = |number: usize| {
        let part = token.split('.').nth(number).unwrap();
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    Minted {
        header: part(0),
        claims: part(1),
        token,
        said,
    }
}

/// The claims without those that depend on the time.
fn timeless(minted: &Minted) -> Value {
    let mut claims = minted.claims.clone();
    for name in ["iat", "nbf", "exp"] {
        let time = claims.as_object_mut().unwrap().remove(name);
        assert!(time.is_some_and(|time| time.is_i64()), "{name}");
    }
    claims
}

fn refused(workplace: &Workplace, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let output = workplace.run(&[&["mint"], arguments].concat(), input);
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    (output.status.code(), text(&output.stderr))
}

#[test]
fn each_option_sets_its_claims_and_no_other() {
    let workplace = workplace();
    let usual = json!({
        "iss": "my_app", "aud": "my_app", "sub": "meet.example.com", "room": "*", "context": {"user": {}},
    });
    assert_eq!(timeless(&mint(&workplace, &[])), usual);
    for (arguments, changes) in [
        (
            &["--feature", "recording", "--feature", "transcription"][..],
            json!({"context": {"user": {}, "features": {"recording": true, "transcription": true}}}),
        ),
        (
            &["--tenant", "Acme"],
            json!({"sub": "acme", "context": {"user": {}, "tenant": "acme"}}),
        ),
        (
            &["--tenant", "acme", "--room", "acme/standup"],
            json!({"sub": "acme", "room": "standup", "context": {"user": {}, "tenant": "acme"}}),
        ),
        (
            &["--room", "acme/standup"],
            json!({"sub": "acme", "room": "standup"}),
        ),
        (
            &["--tenant", "acme", "--sub", "*"],
            json!({"sub": "*", "context": {"user": {}, "tenant": "acme"}}),
        ),
        (
            &["--room", "Team-(.*)", "--regex"],
            json!({"room": "Team-(.*)", "context": {"user": {}, "room": {"regex": true}}}),
        ),
        (
            &["--user", "Ann", "--email", "a@b", "--moderator"],
            json!({"context": {"user": {"name": "Ann", "email": "a@b", "moderator": true}}}),
        ),
        (&["--kid", "a"], json!({})),
    ] {
        let minted = mint(&workplace, arguments);
        let expected = support::token::with(usual.clone(), &changes);
        assert_eq!(timeless(&minted), expected, "{arguments:?}");
        let kid = arguments.contains(&"--kid").then_some("a");
        assert_eq!(minted.header["kid"].as_str(), kid, "{arguments:?}");
    }
}

#[test]
fn a_token_of_each_issuer_is_let_in_by_that_issuer() {
    let workplace = workplace();
    let of_provider = ["--issuer", "keycloak", "--key-file", P256, "--kid", "a"];
    for (issuer, arguments) in [
        (None, &[][..]),
        (None, &["--issuer", "default", "--moderator"]),
        (Some("school"), &["--issuer", "school"]),
        (
            Some("school"),
            &["--issuer", "school", "--feature", "recording"],
        ),
        (Some("tenants"), &["--issuer", "tenants"]),
        (
            Some("tenants"),
            &["--issuer", "tenants", "--tenant", "globex-1", "--moderator"],
        ),
        (Some("keycloak"), &of_provider),
    ] {
        let minted = mint(&workplace, arguments);
        assert_eq!(minted.said, "", "{arguments:?}");
        let explained = workplace.run(&["explain", "--json"], &minted.token);
        let explained: Value = serde_json::from_slice(&explained.stdout).unwrap();
        assert_eq!(explained["allowed"], true, "{arguments:?}: {explained}");
        assert_eq!(explained["issuer"].as_str(), issuer, "{arguments:?}");
    }
}

#[test]
fn a_token_of_a_provider_has_its_claims_where_the_providers_own_have_them() {
    let workplace = workplace();
    let always = ["--issuer", "keycloak", "--key-file", P256, "--kid", "a"];
    for (arguments, claims) in [
        (&[][..], json!({})),
        (
            &["--user", "Ann", "--email", "a@b", "--moderator"],
            json!({"name": "Ann", "email": "a@b", "realm_access": {"roles": ["jitsi-moderator"]}}),
        ),
        (&["--sub", "b1436140"], json!({"sub": "b1436140"})),
        (&["--aud", "account"], json!({"azp": "account"})),
        (&["--room", "standup"], json!({"room": "standup"})),
        (
            &["--feature", "recording"],
            json!({"context": {"features": {"recording": true}}}),
        ),
    ] {
        let minted = mint(&workplace, &[&always, arguments].concat());
        let expected = support::token::with(json!({"iss": REALM, "azp": "jitsi"}), &claims);
        assert_eq!(timeless(&minted), expected, "{arguments:?}");
        let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": "a"});
        assert_eq!(minted.header, header);
        assert_eq!(minted.said, "", "{arguments:?}");
    }
    let with_rsa = mint(&workplace, &["--issuer", "keycloak", "--key-file", RSA]);
    assert_eq!(with_rsa.header, json!({"alg": "RS256", "typ": "at+jwt"}));
}

#[test]
fn claims_are_laid_over_member_by_member() {
    let workplace = workplace();
    let changes = json!({
        "aud": null, "jti": "t-1",
        "context": {"group": "teachers", "user": {"id": "u-1", "name": null, "avatar": {"url": "x"}}},
    });
    workplace.write("claims.json", &changes.to_string());
    let claims = workplace.path("claims.json");
    let claims = claims.to_str().unwrap();
    let expected = json!({
        "iss": "my_app", "sub": "meet.example.com", "room": "*", "jti": "t-1",
        "context": {"group": "teachers", "user": {"id": "u-1", "moderator": true, "avatar": {"url": "x"}}},
    });
    let always = ["--user", "Ann", "--moderator", "--claims"];
    let minted = mint(&workplace, &[&always, &[claims][..]].concat());
    assert_eq!(timeless(&minted), expected);
    let says = "meet.example.com denies this token: aud: found nothing";
    assert!(minted.said.contains(says), "{}", minted.said);
    let from_input = workplace.run(
        &[&["mint"], &always[..], &["-"]].concat(),
        &changes.to_string(),
    );
    let token = text(&from_input.stdout);
    let decoded = token.split('.').nth(1).unwrap();
    let decoded: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(decoded).unwrap()).unwrap();
    assert_eq!(decoded["context"], expected["context"]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table is as long as what it lists")]
fn what_cannot_be_made_is_refused_with_what_to_type() {
    let workplace = workplace();
    for (name, content) in [
        ("list.json", "[{\"room\": \"a\"}]"),
        ("broken.json", "{\"room\": \"a\",}"),
        ("token.json", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"),
        (
            "large.json",
            &format!("{{\"a\": \"{}\"}}", "x".repeat(1_100_000)),
        ),
    ] {
        workplace.write(name, content);
    }
    let at = |name: &str| workplace.path(name).to_str().unwrap().to_owned();
    for (arguments, input, status, says) in [
        (
            &["--issuer", "scool"][..],
            "",
            2,
            &[
                "meet.example.com has no issuer \"scool\"",
                "--issuer default, --issuer school, --issuer tenants",
            ][..],
        ),
        (
            &["--issuer", "School"],
            "",
            2,
            &["has no issuer \"School\"", "--issuer school"],
        ),
        (
            &["--issuer", REALM],
            "",
            2,
            &["has no issuer", "--issuer keycloak"],
        ),
        (
            &["--issuer", "school", "--jaas"],
            "",
            2,
            &["cannot be used with"],
        ),
        (
            &["--tenant", "acme", "--jaas"],
            "",
            2,
            &["cannot be used with"],
        ),
        (&["--tenant", ""], "", 2, &["--tenant"]),
        (&["--feature", ""], "", 2, &["--feature"]),
        (&["--regex"], "", 2, &["--room"]),
        (
            &["--tenant", "acme", "--room", "globex/standup"],
            "",
            2,
            &[
                "tenant \"globex\"",
                "--tenant is \"acme\"",
                "leave one of them out",
            ],
        ),
        (
            &["--issuer", "keycloak"],
            "",
            2,
            &[
                "the issuer keycloak verifies with public keys",
                "--key-file or --key-env",
                "--issuer default, --issuer school, --issuer tenants",
            ],
        ),
        (
            &["--issuer", "school", "--key-file", RSA],
            "",
            2,
            &[
                "the issuer school takes HS256",
                "leave out --key-file and --key-env",
            ],
        ),
        (
            &["--issuer", "keycloak", "--key-file", PUBLIC],
            "",
            65,
            &["no private key in PEM"],
        ),
        (
            &["--claims", &at("nowhere.json")],
            "",
            66,
            &["cannot read", "nowhere.json", "No such file"],
        ),
        (
            &["--claims", &at("list.json")],
            "",
            65,
            &["list.json holds a list; expected an object of claims, such as {"],
        ),
        (
            &["--claims", &at("broken.json")],
            "",
            65,
            &["broken.json is no JSON", "line 1 column 14"],
        ),
        (
            &["--claims", &at("token.json")],
            "",
            65,
            &["token.json is no JSON"],
        ),
        (
            &["--claims", &at("large.json")],
            "",
            66,
            &["large.json", "more than 1048576 bytes"],
        ),
        (
            &["--claims", "-"],
            "7",
            65,
            &["standard input holds a number"],
        ),
        (&["--claims", "-"], "", 65, &["standard input is no JSON"]),
    ] {
        let (code, said) = if arguments.contains(&"--jaas") {
            let output = run(
                workplace.folder.path(),
                &[&["mint"], arguments].concat(),
                input,
            );
            (output.status.code(), text(&output.stderr))
        } else {
            refused(&workplace, arguments, input)
        };
        assert_eq!(code, Some(status), "{arguments:?}: {said}");
        for text in says {
            assert!(said.contains(text), "{arguments:?}: {said}");
        }
        assert!(!said.contains("eyJhbGciOiJIUzI1NiJ9"), "{said}");
    }
}

#[test]
fn a_token_that_the_host_denies_is_made_and_the_reason_said() {
    let workplace = workplace();
    let of_provider = ["--issuer", "keycloak", "--key-file", P256];
    let with = |arguments: &[&'static str]| [&of_provider, arguments].concat();
    for (arguments, says) in [
        (
            vec!["--issuer", "school", "--room", "standup"],
            &[
                "room: found \"standup\", needed \"team-*\"",
                "the issuer school",
                "(rooms, ",
            ][..],
        ),
        (
            vec!["--issuer", "school", "--room", "team-a", "--moderator"],
            &[
                "context.user.moderator: found true",
                "the issuer school may not make moderators",
            ],
        ),
        (
            vec!["--issuer", "tenants", "--tenant", "globex"],
            &[
                "sub: found \"globex\", needed \"acme\" or \"globex-*\"",
                "the issuer tenants",
            ],
        ),
        (
            vec!["--issuer", "tenants", "--sub", "meet.example.com"],
            &["sub: found \"meet.example.com\", needed \"acme\""],
        ),
        (
            vec!["--issuer", "tenants", "--aud", "school"],
            &["aud: found \"school\""],
        ),
        (vec!["--issuer", "tenants", "--ttl", "0"], &["exp: found"]),
        (
            vec!["--iss", "school"],
            &[
                "signature: found one that does not match",
                "iss is that of the issuer school: --issuer school makes a token of that one",
            ],
        ),
        (
            vec!["--issuer", "school", "--iss", "my_app"],
            &["signature: found", "--issuer default makes"],
        ),
        (
            vec!["--issuer", "school", "--iss", "School"],
            &["iss: found \"School\""],
        ),
        (
            vec!["--regex", "--room", "team-["],
            &["room: found \"team-[\", needed a Lua pattern"],
        ),
        (
            vec!["--regex", "--room", ".-.-.-.-"],
            &["needed at most 3 of * + - ?"],
        ),
        (with(&[]), &["kid: found nothing"]),
        (with(&["--kid", "b"]), &["found \"b\""]),
        (
            vec!["--issuer", "keycloak", "--key-file", RSA, "--kid", "a"],
            &["denies this token: "],
        ),
        (
            with(&["--kid", "a", "--aud", "my_app"]),
            &["needed \"jitsi\" or \"account\" (audiences, "],
        ),
    ] {
        let minted = mint(&workplace, &arguments);
        let lines: Vec<&str> = minted.said.lines().collect();
        assert_eq!(lines.len(), 1, "{arguments:?}: {lines:?}");
        let begins = "meet.example.com denies this token: ";
        assert!(lines[0].starts_with(begins), "{arguments:?}: {lines:?}");
        for text in says {
            assert!(lines[0].contains(text), "{arguments:?}: {lines:?}");
        }
        let explained = workplace.run(&["explain", "--room", "team-room"], &minted.token);
        let about_room = arguments.contains(&"--regex");
        assert!(
            explained.status.code() == Some(1) || about_room,
            "{arguments:?}"
        );
    }
}

#[test]
fn a_pattern_is_told_of_only_where_it_is_mistaken() {
    let workplace = workplace();
    for (issuer, room) in [
        ("default", "team-.*"),
        ("default", "[a-z]+"),
        ("default", "(%d+)"),
        ("default", "team%-%d"),
        ("school", "team%-.*"),
        ("school", "(%d+)"),
    ] {
        let arguments = ["--issuer", issuer, "--regex", "--room", room];
        assert_eq!(mint(&workplace, &arguments).said, "", "{room}");
    }
    for (room, says) in [
        ("Team.*", "the pattern has capitals"),
        ("standup-(.*)", "let the issuer set room to \"standup%-.*\""),
        ("team-[", "a [ without ]"),
        ("(a|b)", "Lua has no alternatives"),
    ] {
        let said = mint(&workplace, &["--regex", "--room", room]).said;
        assert!(said.contains(says), "{room}: {said}");
    }
    let workplace = Workplace::new();
    let config = fs::read_to_string(workplace.path("config.toml")).unwrap();
    workplace.write("config.toml", &(config + "allow_wildcards = false\n"));
    for (arguments, says) in [
        (&[][..], "room: found \"*\", needed the name of one room"),
        (&["--room", "team-.*", "--regex"], "found the pattern"),
    ] {
        let said = mint(&workplace, arguments).said;
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}

#[test]
fn what_the_host_takes_out_or_makes_something_else_of_is_said() {
    let workplace = workplace();
    let entra = format!(
        "\n[[hosts.\"meet.example.com\".issuers]]\nname = \"entra\"\nissuer = \"entra\"\n\
         app_secret = \"{SECRET}-of-entra\"\naudiences = [\"a\"]\nfeatures = []\n\
         claims = {{ replace = true, room = \"*\", sub = {{ constant = \"acme\" }}, context = {{ user = {{ name = \"/name\" }} }}, \
         moderator = {{ pointer = \"/email\", matches = \"*@example.com\" }} }}\n"
    );
    let config = fs::read_to_string(workplace.path("config.toml")).unwrap();
    workplace.write("config.toml", &(config + &entra));
    let always = ["--issuer", "entra"];
    for (arguments, says) in [
        (
            &["--feature", "recording"][..],
            &[
                "takes out of this token what the issuer entra may not grant: recording; it may grant none (features, ",
            ][..],
        ),
        (
            &["--moderator"],
            &[
                "does not go by --moderator: claims.moderator of the issuer entra needs \"*@example.com\" in /email",
            ],
        ),
        (
            &["--room", "standup"],
            &["does not go by --room: claims.room of the issuer entra is always \"*\""],
        ),
        (
            &["--tenant", "globex"],
            &[
                "does not go by --tenant: claims.sub of the issuer entra is always \"acme\"",
                "denies this token",
            ],
        ),
        (&["--tenant", "acme", "--user", "Ann"], &[]),
    ] {
        let minted = mint(&workplace, &[&always, arguments].concat());
        assert_eq!(minted.said.lines().count(), says.len(), "{}", minted.said);
        for text in says {
            assert!(minted.said.contains(text), "{arguments:?}: {}", minted.said);
        }
    }
    let of_school = [
        "--issuer",
        "school",
        "--feature",
        "lobby",
        "--feature",
        "recording",
    ];
    let said = mint(&workplace, &of_school).said;
    let says = "the issuer school may not grant: lobby; it may grant recording (features, ";
    assert!(said.contains(says), "{said}");
}

#[test]
fn nobody_is_asked_for_keys_of_another_issuer() {
    let workplace = workplace();
    let server = KeyServer::http();
    let config = fs::read_to_string(workplace.path("config.toml")).unwrap();
    let far = format!(
        "\n[[hosts.\"meet.example.com\".issuers]]\nname = \"far\"\nissuer = \"far\"\naudiences = [\"far\"]\n\
         cache_keys_url = \"{}\"\n",
        server.url("/jwks.json")
    );
    workplace.write("config.toml", &(config + &far));
    for arguments in [&[][..], &["--issuer", "school"], &["--iss", "nobody"]] {
        mint(&workplace, arguments);
        assert_eq!(server.count(), 0, "{arguments:?}");
    }
    let of_far = ["--issuer", "far", "--key-file", RSA, "--kid", "a"];
    let said = mint(&workplace, &of_far).said;
    assert!(said.contains("denies this token: key: "), "{said}");
    assert_ne!(server.count(), 0);
}
