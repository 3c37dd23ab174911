//! The sections of the page take the tokens of their providers as they are, and no others.

use prosody_tokend::keys::store::RecordedAnswers;
use prosody_tokend::token::context;
use serde_json::Value;
use support::root;

use super::{below, code, configurations, json, load, metadata, verify};

/// A moment at which all of the tokens are good.
const NOW: i64 = 1_800_000_010;

/// A token of some provider.
struct Sample(Value);

impl Sample {
    fn of(name: &str) -> Self {
        Self(json(&root().join(format!("tests/data/oidc/{name}.json"))))
    }

    fn token(&self) -> &str {
        self.0["token"].as_str().unwrap()
    }

    /// What the provider answers, which has its keys at this address.
    fn answers(&self, keys_at: &str) -> RecordedAnswers {
        let issuer = self.0["issuer"].as_str().unwrap();
        metadata(issuer, keys_at, self.0["keys"].to_string())
    }
}

/// Below which heading the section is and which of those there, a token with where its keys are, and what comes of it: the user's name and
/// whether that is a moderator, or a code.
type Row = (
    &'static str,
    usize,
    &'static str,
    &'static str,
    Result<(Option<&'static str>, bool), &'static str>,
);

const KEYCLOAK: &str = "https://sso.acme.example/realms/acme/protocol/openid-connect/certs";
const AUTHENTIK: &str = "https://auth.acme.example/application/o/jitsi/jwks/";
const ENTRA: &str =
    "https://login.microsoftonline.com/7b9e9ae8-c3a6-47cb-a17d-0ba10295671b/discovery/v2.0/keys";
const ENTRA_V1: &str = "https://login.microsoftonline.com/common/discovery/keys";
const AUTH0: &str = "https://acme.eu.auth0.com/.well-known/jwks.json";
const GOOGLE: &str = "https://www.googleapis.com/oauth2/v3/certs";
const ZITADEL: &str = "https://acme-a1b2c3.zitadel.cloud/oauth/v2/keys";
const OKTA: &str = "https://acme.okta.com/oauth2/default/v1/keys";
const FIREBASE: &str =
    "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com";
const COGNITO: &str =
    "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_dPixhbzE4/.well-known/jwks.json";
const ANN: Option<&str> = Some("Ann Example");

const ROWS: &[Row] = &[
    ("Keycloak", 0, "keycloak-access", KEYCLOAK, Ok((ANN, true))),
    (
        "Keycloak",
        0,
        "keycloak-access-audiences",
        KEYCLOAK,
        Ok((ANN, true)),
    ),
    (
        "Keycloak",
        0,
        "keycloak-lightweight",
        KEYCLOAK,
        Ok((None, false)),
    ),
    ("Keycloak", 0, "keycloak-id", KEYCLOAK, Ok((ANN, false))),
    (
        "Keycloak",
        0,
        "keycloak-refresh",
        KEYCLOAK,
        Err("alg-not-rsa"),
    ),
    (
        "authentik",
        0,
        "authentik-access",
        AUTHENTIK,
        Ok((ANN, true)),
    ),
    ("Entra", 0, "entra-access-v2", ENTRA, Ok((ANN, true))),
    ("Entra", 0, "entra-id", ENTRA, Err("aud-not-accepted")),
    ("Entra", 0, "entra-access-v1", ENTRA, Err("key-not-found")),
    ("Entra", 1, "entra-access-v1", ENTRA_V1, Ok((ANN, false))),
    (
        "Entra",
        1,
        "entra-graph-access",
        ENTRA_V1,
        Err("signature-invalid"),
    ),
    ("Entra", 1, "entra-access-v2", ENTRA, Err("key-not-found")),
    ("Auth0", 0, "auth0-access", AUTH0, Ok((None, true))),
    (
        "Auth0",
        0,
        "auth0-access-audiences",
        AUTH0,
        Ok((None, true)),
    ),
    ("Auth0", 0, "auth0-id", AUTH0, Err("aud-not-accepted")),
    ("Auth0", 0, "auth0-encrypted", AUTH0, Err("kid-missing")),
    ("Google", 0, "google-id", GOOGLE, Ok((ANN, true))),
    ("Google", 0, "google-id-bare", GOOGLE, Ok((ANN, true))),
    ("Google", 0, "google-access", GOOGLE, Err("header-not-json")),
    ("ZITADEL", 0, "zitadel-access", ZITADEL, Ok((None, true))),
    (
        "ZITADEL",
        0,
        "zitadel-opaque",
        ZITADEL,
        Err("not-three-parts"),
    ),
    (
        "Okta",
        0,
        "okta-access",
        OKTA,
        Ok((Some("ann@acme.example"), true)),
    ),
    ("Okta", 0, "okta-id", OKTA, Err("aud-missing")),
    ("Firebase", 0, "firebase-id", FIREBASE, Ok((ANN, false))),
    (
        "Cognito",
        0,
        "cognito-access",
        COGNITO,
        Ok((Some("dbdb839d-64c7-497c-abab-48bfb3e12204"), false)),
    ),
    ("Cognito", 0, "cognito-id", COGNITO, Err("aud-missing")),
    ("Cognito", 1, "cognito-id", COGNITO, Ok((ANN, false))),
    ("Cognito", 1, "cognito-access", COGNITO, Err("aud-missing")),
];

/// The user's name and whether that is a moderator, or the code of the denial.
fn outcome(
    section: &str,
    sample: &Sample,
    keys_at: &str,
) -> Result<(Option<String>, bool), &'static str> {
    let verdict = verify(
        load(section),
        sample.answers(keys_at),
        sample.token(),
        "standup",
        NOW,
    );
    let code = code(&verdict);
    let Ok(admitted) = verdict.admission else {
        return Err(code);
    };
    assert_eq!(code, "allowed");
    let user = admitted.session.unwrap().user;
    let member = |name: &str| user.as_ref()?.get(name)?.as_str();
    let name = member("name").map(str::to_owned);
    Ok((name, context::moderator_member(user.as_ref()).is_some()))
}

#[test]
fn each_section_takes_the_tokens_that_it_is_for_and_no_others() {
    let mut wrong = Vec::new();
    for (heading, place, name, keys_at, expected) in ROWS {
        let section = &below(heading)[*place];
        let found = outcome(section, &Sample::of(name), keys_at);
        let found = found
            .as_ref()
            .map(|(name, is_moderator)| (name.as_deref(), *is_moderator));
        if found != expected.as_ref().map(|one| *one) {
            wrong.push(format!("{heading} {place}, {name}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_section_of_a_provider_is_tried() {
    let page = super::page();
    let (_, providers) = page.split_once("\n## Providers\n").unwrap();
    let (providers, _) = providers.split_once("\n## ").unwrap();
    for heading in providers
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
    {
        let sections = configurations();
        let sections = sections.iter().filter(|(own, _)| own == heading).count();
        for place in 0..sections {
            let is_tried = |row: &&Row| row.0 == heading && row.1 == place && row.4.is_ok();
            assert!(ROWS.iter().any(|row| is_tried(&row)), "{heading} {place}");
        }
    }
}

#[test]
fn no_section_takes_the_token_of_another_provider() {
    for (heading, place, _, keys_at, _) in ROWS {
        for (other, _, name, _, _) in ROWS.iter().filter(|row| row.0 != *heading) {
            let found = outcome(&below(heading)[*place], &Sample::of(name), keys_at);
            assert!(found.is_err(), "{heading} {place} takes {name} of {other}");
        }
    }
}
