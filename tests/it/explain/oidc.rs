//! Tokens as OIDC providers send them, on hosts that are set up wrongly for them: the first failure says what the
//! token is, what is wrong, and what to set.

#![expect(
    clippy::too_many_lines,
    reason = "tables are as long as what they list"
)]
#![expect(clippy::disallowed_methods, reason = "reads the samples")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::cases::{Case, KEYS_URL, SECRET};
use super::{examine_with, first_failure, remedies};
use prosody_tokend::token::explain::checks::Check;
use prosody_tokend::verifier::verdict::Examination;

/// A moment at which all of the tokens are good.
const NOW: i64 = 1_800_000_010;
const TENANT: &str = "7b9e9ae8-c3a6-47cb-a17d-0ba10295671b";

/// A token with the keys of its provider.
pub struct Sample {
    name: String,
    content: Value,
}

impl Sample {
    pub fn of(name: &str) -> Self {
        let path = folder().join(format!("{name}.json"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self {
            name: name.to_owned(),
            content: serde_json::from_str(&text).unwrap(),
        }
    }

    fn text(&self, member: &str) -> &str {
        self.content[member].as_str().unwrap()
    }

    /// What `iss` is, or would be.
    pub fn issuer(&self) -> &str {
        let issuer = self.content["claims"]["iss"].as_str();
        issuer.unwrap_or_else(|| self.text("issuer"))
    }

    /// Where the provider's metadata says that its keys are.
    fn keys_url(&self) -> String {
        match self.name.split('-').next().unwrap() {
            "google" => "https://www.googleapis.com/oauth2/v3/certs".to_owned(),
            "firebase" => FIREBASE_KEYS.to_owned(),
            "entra" if self.issuer().contains("sts.windows.net") => {
                "https://login.microsoftonline.com/common/discovery/keys".to_owned()
            }
            "keycloak" => format!("{}/protocol/openid-connect/certs", self.issuer()),
            _ => format!("{}/keys", self.issuer().trim_end_matches('/')),
        }
    }

    /// What the provider answers.
    fn answers(&self) -> [(String, String); 2] {
        let issuer = self.issuer();
        let metadata = json!({"issuer": issuer, "jwks_uri": self.keys_url()});
        let place = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        [
            (place, metadata.to_string()),
            (self.keys_url(), self.content["keys"].to_string()),
        ]
    }
}

const FIREBASE_KEYS: &str =
    "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com";

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/oidc")
}

fn samples() -> Vec<Sample> {
    let names = fs::read_dir(folder()).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".json").map(str::to_owned)
    });
    names.map(|name| Sample::of(&name)).collect()
}

/// A host with these options, and the keys of some provider unless they say otherwise.
fn policy(options: &str) -> String {
    let keys = if options.contains("app_secret") {
        String::new()
    } else {
        format!("cache_keys_url = \"{KEYS_URL}\"\n")
    };
    let app_id = if options.contains("app_id") {
        ""
    } else {
        "app_id = \"jitsi\"\n"
    };
    format!(
        "[hosts.\"meet.example.com\"]\nmuc_mapper_domain_base = \"meet.example.com\"\n{keys}{app_id}{options}\n"
    )
}

fn examine(sample: &Sample, options: &str, keys: &Sample) -> Examination {
    examine_by(sample, policy(options), keys)
}

/// The same with a whole configuration. At the address of keys that tests have there are those of another sample.
pub fn examine_by(sample: &Sample, policy: String, keys: &Sample) -> Examination {
    let case = Case {
        name: "",
        policy,
        host: None,
        token: Some(sample.text("token").to_owned()),
        room: "standup",
        tenant: None,
        check: "",
        says: &[],
    };
    let known = (KEYS_URL.to_owned(), keys.content["keys"].to_string());
    let answers: BTreeMap<String, String> = sample.answers().into_iter().chain([known]).collect();
    examine_with(&case, answers, NOW)
}

/// What is wrong with a remedy: typed as it stands, it must let the token in where it is an issuer that is added, and mend
/// what it is about in any case. Nothing where there is nothing to type.
fn unmended(sample: &Sample, policy: &str, keys: &Sample) -> Option<String> {
    let ask = |policy: &str| examine_by(sample, policy.to_owned(), keys);
    let before = ask(policy);
    let remedy = &first_failure(&before)?.explanation.remedy;
    if !remedies::is_typed(remedy) {
        return None;
    }
    let is_added = remedy.contains("claims = ") && remedy.contains("issuer = ");
    let changed = remedies::applied(policy, "meet.example.com", remedy);
    remedies::unmended(&before, &ask(&changed), is_added)
        .map(|said| format!("{}: after {remedy}\n{changed}{said}", sample.name))
}

/// Of which provider the token is, how the host is set up, which check fails, and what is said.
type Row<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

fn check(rows: &[Row<'_>]) {
    let lacking = rows.iter().filter_map(|row| lacking(row, row.0));
    let lacking: Vec<String> = lacking.collect();
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

fn lacking((name, options, check, says): &Row<'_>, keys: &str) -> Option<String> {
    let examination = examine(&Sample::of(name), options, &Sample::of(keys));
    let Some(failed) = first_failure(&examination) else {
        return Some(format!("{name} with {options}: no check fails"));
    };
    let said = failed.explanation.to_string();
    let missing: Vec<_> = says.iter().filter(|text| !said.contains(**text)).collect();
    let is_right = failed.explanation.check == *check && missing.is_empty();
    let wrong = (!is_right).then(|| format!("{name} with {options}: {missing:?} is not in {said}"));
    wrong.or_else(|| unmended(&Sample::of(name), &policy(options), &Sample::of(keys)))
}

#[test]
fn each_sample_says_what_its_token_holds() {
    let part = |token: &str, number: usize| -> Value {
        let part = token.split('.').nth(number).unwrap();
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    for sample in samples() {
        let token = sample.text("token");
        for (number, member) in ["header", "claims"].into_iter().enumerate() {
            let content = &sample.content[member];
            if !content.is_null() {
                assert_eq!(*content, part(token, number), "{}", sample.name);
            }
        }
    }
}

#[test]
fn each_signed_sample_is_verified_with_the_keys_that_its_provider_publishes() {
    let unverifiable = ["keycloak-refresh", "entra-graph-access"];
    for sample in samples() {
        let is_signed = ["access", "id"].contains(&sample.text("kind"));
        let is_verified = is_signed && !unverifiable.contains(&sample.name.as_str());
        let examination = examine(&sample, "accepted_types = [\"JWT\", \"none\"]", &sample);
        let is_signature = |check: &&Check| check.check == "signature";
        let signature = examination.checks.iter().find(is_signature);
        let is_good = signature.is_some_and(|check| check.outcome.is_ok());
        assert_eq!(is_good, is_verified, "{}", sample.name);
    }
}

#[test]
fn no_sample_is_let_in_by_an_issuer_alone() {
    for sample in samples() {
        let options = format!("asap_accepted_issuers = [\"{}\"]", sample.issuer());
        let examination = examine(&sample, &options, &sample);
        assert!(!examination.verdict.allowed(), "{}", sample.name);
    }
}

#[test]
fn an_issuer_that_is_nearly_the_tokens_is_told_how_it_differs() {
    let v1 = format!("https://sts.windows.net/{TENANT}/");
    let v2 = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let login = "https://login.microsoftonline.com";
    let rows: &[(&str, &str, &str)] = &[
        (
            "keycloak-access",
            "http://sso.acme.example/realms/acme",
            "https in the token, http here",
        ),
        (
            "keycloak-access",
            "https://sso.acme.example/realms/acme/",
            "a slash at the end here",
        ),
        (
            "keycloak-access",
            "https://sso.acme.example/auth/realms/acme",
            "Keycloak has had no /auth since version 17",
        ),
        (
            "keycloak-access",
            "https://sso.acme.example/realms/staff",
            "another realm of the same server: acme in the token",
        ),
        (
            "keycloak-access",
            "https://sso.acme.example/realms/Acme",
            "capitals",
        ),
        (
            "keycloak-access",
            "https://sso.acme.example:8443/realms/acme",
            "port 8443 here",
        ),
        (
            "keycloak-access",
            "http://keycloak:8080/realms/acme",
            "the same on another server",
        ),
        (
            "keycloak-access",
            "https://sso.acme.example",
            "/realms/acme at the end in the token",
        ),
        (
            "keycloak-access",
            "https://sso.acme.example/realms/acme/.well-known/openid-configuration",
            "the address of its discovery document is set here",
        ),
        (
            "keycloak-access",
            "https://sso.acme.example/realms/acme/protocol/openid-connect/certs",
            "the address of its keys is set here",
        ),
        (
            "authentik-access",
            "https://auth.acme.example/application/o/jitsi",
            "a slash at the end in the token",
        ),
        (
            "authentik-access",
            "https://auth.acme.example/application/o/meet/",
            "another application of the same server",
        ),
        (
            "entra-access-v1",
            &v2,
            "the tenant's v1.0 in the token, its v2.0 here",
        ),
        (
            "entra-access-v2",
            &v1,
            "the tenant's v2.0 in the token, its v1.0 here",
        ),
        (
            "entra-access-v2",
            &format!("{login}/common/v2.0"),
            "common stands for any tenant",
        ),
        (
            "entra-access-v2",
            &format!("{login}/{TENANT}"),
            "/v2.0 at the end in the token",
        ),
        (
            "entra-access-v2",
            &format!("{login}/11111111-c3a6-47cb-a17d-0ba10295671b/v2.0"),
            "another tenant of the same server",
        ),
        (
            "auth0-access",
            "https://acme.eu.auth0.com",
            "a slash at the end in the token",
        ),
        (
            "auth0-access",
            "acme.eu.auth0.com",
            "https:// at its beginning",
        ),
        (
            "google-id-bare",
            "https://accounts.google.com",
            "https:// at its beginning here",
        ),
        (
            "google-id",
            "accounts.google.com",
            "https:// at its beginning, which is missing here",
        ),
        (
            "firebase-id",
            "https://securetoken.google.com/acme-test",
            "another project",
        ),
        (
            "cognito-id",
            "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3",
            "another user pool",
        ),
        (
            "okta-access",
            "https://acme.okta.com",
            "/oauth2/default at the end in the token",
        ),
        (
            "okta-access",
            "https://acme.okta.com/oauth2/aus1a2b3c",
            "another authorization server",
        ),
        (
            "zitadel-access",
            "https://acme-a1b2c3.zitadel.cloud/",
            "a slash at the end here",
        ),
    ];
    let types = "accepted_types = [\"JWT\", \"none\"]\n";
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(name, issuer, says)| {
            let options = format!("{types}asap_accepted_issuers = [\"{issuer}\"]");
            lacking(&(name, &options, "iss", &[says]), name)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_nearest_of_several_issuers_is_named() {
    let issuers = "asap_accepted_issuers = [\"jitsi\", \"https://sso.acme.example/realms/staff\", \"http://sso.acme.example/realms/acme\"]";
    check(&[(
        "keycloak-access",
        issuers,
        "iss",
        &["\"http://sso.acme.example/realms/acme\" is the nearest: https in the token, http here"],
    )]);
}

#[test]
fn a_token_of_a_provider_is_taken_as_it_is_by_a_section_that_is_written_out() {
    let section = "add below [hosts.\"meet.example.com\"]: issuers = [{ name = ";
    check(&[
        (
            "keycloak-access",
            "",
            "iss",
            &[
                "this is an access token of Keycloak (typ \"Bearer\")",
                section,
                "issuer = \"https://sso.acme.example/realms/acme\", discover = true, audience_claim = \"azp\", \
                 audiences = [\"jitsi\"], claims = \"keycloak\" }]",
            ],
        ),
        (
            "authentik-access",
            "",
            "iss",
            &[
                "an access token of authentik",
                section,
                "discover = true",
                "claims = \"authentik\"",
            ],
        ),
        (
            "entra-access-v1",
            "",
            "iss",
            &[
                "an access token of Microsoft Entra",
                "cache_keys_url = \"https://login.microsoftonline.com/common/discovery/keys\"",
                "audiences = [\"api://",
                "claims = \"entra\"",
            ],
        ),
        (
            "entra-access-v2",
            "",
            "iss",
            &[
                "an access token of Microsoft Entra",
                "discover = true",
                "claims = \"entra\"",
            ],
        ),
        (
            "auth0-access",
            "",
            "iss",
            &[
                "an access token of Auth0",
                "audiences = [\"https://meet.example.com/api\"]",
            ],
        ),
        (
            "auth0-access-audiences",
            "",
            "iss",
            &["audience_claim = \"azp\"", "claims = \"auth0\""],
        ),
        (
            "google-id",
            "",
            "iss",
            &[
                "an ID token of Google",
                "issuer = [\"https://accounts.google.com\", \"accounts.google.com\"], \
                 cache_keys_url = \"https://www.googleapis.com/oauth2/v3/certs\", audiences = [\"",
                ".apps.googleusercontent.com\"], claims = \"google\" }]",
            ],
        ),
        (
            "firebase-id",
            "",
            "iss",
            &["an ID token of Firebase", "audiences = [\"acme-meet\"]"],
        ),
        (
            "okta-access",
            "",
            "typ",
            &[
                "an access token of Okta",
                "accepted_types = [\"none\"]",
                "claims = \"okta\"",
            ],
        ),
        (
            "zitadel-access",
            "",
            "iss",
            &[
                "an access token of Zitadel",
                "audience_claim = \"client_id\"",
                "claims = \"zitadel\"",
            ],
        ),
    ]);
}

#[test]
fn an_audience_of_a_provider_is_told_what_it_is() {
    let realm = "asap_accepted_issuers = [\"https://sso.acme.example/realms/acme\"]";
    let meet = format!("{realm}\nasap_accepted_audiences = [\"meet\"]");
    let zitadel = "asap_accepted_issuers = [\"https://acme-a1b2c3.zitadel.cloud\"]";
    let okta = "accepted_types = [\"none\"]\nasap_accepted_issuers = [\"https://acme.okta.com/oauth2/default\"]";
    let v1 = format!("asap_accepted_issuers = [\"https://sts.windows.net/{TENANT}/\"]");
    let auth0 = "asap_accepted_issuers = [\"https://acme.eu.auth0.com/\"]";
    check(&[
        (
            "keycloak-access",
            realm,
            "aud",
            &["what aud needs stands in azp", "audience_claim = \"azp\""],
        ),
        (
            "keycloak-access",
            &meet,
            "aud",
            &["an access token of Keycloak", "claims = \"keycloak\""],
        ),
        (
            "keycloak-access-audiences",
            realm,
            "aud",
            &[
                "one of its members would be accepted",
                "set accept_audience_array = true",
            ],
        ),
        (
            "keycloak-access-audiences",
            &meet,
            "aud",
            &["an access token of Keycloak", "audience_claim = \"azp\""],
        ),
        (
            "keycloak-lightweight",
            realm,
            "aud",
            &["what aud needs stands in azp", "audience_claim = \"azp\""],
        ),
        (
            "zitadel-access",
            zitadel,
            "aud",
            &[
                "an access token of Zitadel",
                "audience_claim = \"client_id\"",
            ],
        ),
        (
            "okta-access",
            okta,
            "aud",
            &["an access token of Okta", "audiences = [\"api://default\"]"],
        ),
        (
            "entra-access-v1",
            &format!("{v1}\nasap_accepted_audiences = [\"0e06559f-b3b4-481f-aa20-3e4608d975cb\"]"),
            "aud",
            &["api:// stands before one of the two"],
        ),
        (
            "auth0-access-audiences",
            &format!("{auth0}\nasap_accepted_audiences = [\"https://meet.example.com/api/\"]"),
            "aud",
            &["none of its members", "a slash at the end"],
        ),
    ]);
}

#[test]
fn a_token_of_the_wrong_kind_is_named_with_the_one_to_send() {
    let accept = |issuer: &str, audience: &str| {
        format!(
            "accepted_types = [\"JWT\", \"none\"]\nasap_accepted_issuers = [\"{issuer}\"]\n\
             asap_accepted_audiences = [\"{audience}\"]"
        )
    };
    let realm = accept("https://sso.acme.example/realms/acme", "account");
    let v2 = accept(
        &format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        "0e06559f-b3b4-481f-aa20-3e4608d975cb",
    );
    let auth0 = accept("https://acme.eu.auth0.com/", "https://meet.example.com/api");
    let cognito = accept(
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_dPixhbzE4",
        "jitsi",
    );
    let okta = accept("https://acme.okta.com/oauth2/default", "api://default");
    let send = "send the access token that came beside it";
    let secret = format!("app_secret = \"{SECRET}\"");
    check(&[
        (
            "keycloak-id",
            &realm,
            "aud",
            &["an ID token of Keycloak (typ \"ID\")", send],
        ),
        (
            "keycloak-refresh",
            &realm,
            "alg",
            &["a refresh token of Keycloak (typ \"Refresh\")", send],
        ),
        (
            "keycloak-refresh",
            &secret,
            "alg",
            &["a refresh token of Keycloak (typ \"Refresh\")", send],
        ),
        (
            "entra-id",
            &v2,
            "aud",
            &["an ID token of Microsoft Entra", send],
        ),
        (
            "entra-graph-access",
            &v2,
            "signature",
            &[
                "an access token of Microsoft for one of its own services",
                "a scope of your own application",
            ],
        ),
        ("auth0-id", &auth0, "aud", &["an ID token of Auth0", send]),
        (
            "auth0-encrypted",
            &auth0,
            "token",
            &[
                "an encrypted token in five parts (JWE",
                "of Auth0 for its own API",
                "as audience",
            ],
        ),
        (
            "auth0-encrypted",
            &secret,
            "token",
            &["an encrypted token in five parts (JWE", "as audience"],
        ),
        (
            "google-access",
            "",
            "token",
            &[
                "an access token of Google (ya29.)",
                "send Google's ID token",
            ],
        ),
        (
            "google-access",
            &secret,
            "token",
            &[
                "an access token of Google (ya29.)",
                "send Google's ID token",
            ],
        ),
        (
            "zitadel-opaque",
            "",
            "token",
            &["an opaque access token", "Zitadel: JWT as the token type"],
        ),
        (
            "cognito-access",
            &cognito,
            "aud",
            &[
                "an access token of Amazon Cognito (token_use \"access\")",
                "neither aud nor room",
            ],
        ),
        (
            "cognito-access",
            "",
            "typ",
            &["an access token of Amazon Cognito (token_use \"access\")"],
        ),
        (
            "cognito-id",
            &cognito,
            "aud",
            &["an ID token of Amazon Cognito (token_use \"id\")", send],
        ),
        ("okta-id", &okta, "aud", &["an ID token of Okta", send]),
    ]);
}

#[test]
fn a_token_without_a_room_is_taken_by_a_preset() {
    for name in [
        "keycloak-access",
        "authentik-access",
        "entra-access-v1",
        "entra-access-v2",
        "auth0-access",
        "google-id",
        "google-id-bare",
        "okta-access",
        "zitadel-access",
    ] {
        let preset = name.split('-').next().unwrap();
        let options = format!(
            "accepted_types = [\"JWT\", \"none\"]\nasap_accepted_audiences = [\"*\"]\nasap_accepted_issuers = [\"{}\"]",
            Sample::of(name).issuer()
        );
        let says = format!("claims = \"{preset}\"");
        check(&[(name, &options, "room", &["found nothing", &says])]);
    }
}

#[test]
fn keys_of_another_issuer_are_told() {
    let realm = "asap_accepted_issuers = [\"https://sso.acme.example/realms/acme\"]";
    let secret = format!("app_secret = \"{SECRET}\"");
    for (row, keys) in [
        (
            (
                "keycloak-access",
                "",
                "kid",
                &[
                    "whose issuer this host does not accept",
                    "claims = \"keycloak\"",
                ] as &[&str],
            ),
            "google-id",
        ),
        (
            (
                "keycloak-access",
                realm,
                "kid",
                &[
                    "Keycloak has its keys elsewhere, or has replaced them since",
                    "set cache_keys_url = \"https://sso.acme.example/realms/acme/protocol/openid-connect/certs\"",
                ],
            ),
            "auth0-id",
        ),
        (
            (
                "keycloak-access",
                &secret,
                "alg",
                &[
                    "whose issuer this host does not accept",
                    "claims = \"keycloak\"",
                ],
            ),
            "keycloak-access",
        ),
        (
            (
                "entra-access-v2",
                &secret,
                "alg",
                &["an access token of Microsoft Entra", "claims = \"entra\""],
            ),
            "entra-access-v2",
        ),
    ] {
        assert_eq!(lacking(&row, keys), None);
    }
}

#[test]
fn no_explanation_shows_a_sample_or_its_signature() {
    for sample in samples() {
        let token = sample.text("token");
        let signature = token.rsplit('.').next().unwrap();
        for options in [
            "",
            "accepted_types = [\"JWT\", \"none\"]\nasap_accepted_audiences = [\"*\"]",
        ] {
            for check in examine(&sample, options, &sample).checks {
                let Some(failed) = check.outcome.err() else {
                    continue;
                };
                let said = failed.explanation.to_string();
                assert!(
                    !said.contains(token) && !said.contains(signature),
                    "{}",
                    sample.name
                );
            }
        }
    }
}
