//! Tokens as well-known providers send them, taken as they are: what comes of each on a host that is set up for it, and of
//! those that were sent in place of it.
#![expect(clippy::disallowed_methods, reason = "reads the samples")]

mod served;
mod setups;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use prosody_tokend::config::{self, layers::Inputs};
use prosody_tokend::peer::Peer;
use prosody_tokend::token::decision::Presented;
use prosody_tokend::token::room::RoomState;
use prosody_tokend::verifier::Verifier;
use prosody_tokend::verifier::overrides::Overrides;
use prosody_tokend::verifier::question::{RoomName, RoomQuestion, TokenQuestion};
use prosody_tokend::verifier::verdict::Examination;
use prosody_tokend::worker::Worker;
use serde_json::{Value, json};

use self::setups::{FOR_ACCESS, FOR_IDENTITY, Setup, host};

/// A moment at which all of the samples are good.
const NOW: i64 = 1_800_000_010;

/// A token of a provider, with its keys.
fn sample(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/oidc");
    let text = fs::read_to_string(folder.join(format!("{name}.json")));
    serde_json::from_str(&text.unwrap_or_else(|error| panic!("{name}: {error}"))).unwrap()
}

fn token(name: &str) -> String {
    sample(name)["token"].as_str().unwrap().to_owned()
}

/// The daemon's verifier, to which the providers have answered.
fn verifier(setups: &[Setup]) -> Verifier {
    let text = host(setups.iter().map(Setup::written));
    let inputs = Inputs {
        file: Some(("/etc/t.toml".into(), text)),
        ..Inputs::default()
    };
    let hosts = config::load(&inputs)
        .unwrap_or_else(|refused| panic!("{refused}"))
        .hosts;
    let answers = setups
        .iter()
        .flat_map(|setup| setup.answers(&sample(setup.sample)["keys"].to_string()));
    let answers: BTreeMap<String, String> = answers.collect();
    let patterns = Arc::new(Worker::for_patterns().unwrap());
    Verifier::new(hosts, answers, patterns, Box::new(|| NOW))
}

fn examine(verifier: &Verifier, token: &str, at: i64) -> Examination {
    let question = TokenQuestion {
        opens_session: false,
        asker: Peer::Own,
        presented: Presented {
            token: Some(token),
            other_scheme: None,
            context_required: false,
        },
        room: Some(RoomQuestion {
            room: RoomName::JidOrName("standup"),
            state: RoomState::default(),
            query_prefix: None,
        }),
        overrides: Overrides::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let explained = verifier.explain(None, &question, Some(at));
    runtime.unwrap().block_on(explained).unwrap()
}

/// Who a token is let in as: the issuer that judges it, `context.user` of the session, and whether that is a moderator.
type Allowed<'a> = (&'a str, &'a str, Value, bool);

/// What a host for access tokens makes of the tokens that are meant.
fn taken_as_access<'a>() -> Vec<Allowed<'a>> {
    const EMAIL: &str = "ann@acme.example";
    const GOOGLE: &str =
        "https://lh3.googleusercontent.com/a/TshmwTOVGjGco2q5X7RVOZMEKP7aNNf7=s96-c";
    let ann = |id: &str| json!({"id": id, "name": "Ann Example", "email": EMAIL});
    let moderator = |mut user: Value| {
        user["moderator"] = true.into();
        user
    };
    let keycloaks = || moderator(ann("b1436140-4c07-4ffd-a49c-03db443c3fed"));
    let auth0s = || json!({"id": "auth0|c0d588069d056c337602b603", "moderator": true});
    let googles = || {
        moderator(
            json!({"id": "192633512159898798424", "name": "Ann Example", "email": EMAIL, "avatar": GOOGLE}),
        )
    };
    vec![
        ("keycloak-access", "keycloak", keycloaks(), true),
        ("keycloak-access-audiences", "keycloak", keycloaks(), true),
        (
            "authentik-access",
            "authentik",
            moderator(ann(
                "e6e42fe5aaf7b7529a8b9149605d815f843f199f984e79ed76a1ad3391b9c53d",
            )),
            true,
        ),
        (
            "entra-access-v2",
            "entra",
            json!({"id": "65b169bd-e75e-478c-a804-8e75b0691a6b", "name": "Ann Example", "moderator": true}),
            true,
        ),
        (
            "entra-access-v1",
            "entra-v1",
            ann("65b169bd-e75e-478c-a804-8e75b0691a6b"),
            false,
        ),
        ("auth0-access", "auth0", auth0s(), true),
        ("auth0-access-audiences", "auth0", auth0s(), true),
        ("google-id", "google", googles(), true),
        ("google-id-bare", "google", googles(), true),
        (
            "firebase-id",
            "firebase",
            json!({"id": "pD4uMicSb0bUo3bujaoQfAqG6tpV", "name": "Ann Example", "email": EMAIL, "avatar": GOOGLE}),
            false,
        ),
        (
            "cognito-access",
            "cognito",
            json!({"id": "dbdb839d-64c7-497c-abab-48bfb3e12204", "name": "dbdb839d-64c7-497c-abab-48bfb3e12204"}),
            false,
        ),
        (
            "okta-access",
            "okta",
            json!({"id": "00ufhk2LYcmj50f6da06", "name": EMAIL, "moderator": true}),
            true,
        ),
        (
            "zitadel-access",
            "zitadel",
            json!({"id": "112039279624537826", "moderator": true}),
            true,
        ),
    ]
}

/// The same of a host for ID tokens.
fn taken_as_identity<'a>() -> Vec<Allowed<'a>> {
    const EMAIL: &str = "ann@acme.example";
    let ann = |id: &str| json!({"id": id, "name": "Ann Example", "email": EMAIL});
    let mut of_auth0 = ann("auth0|c0d588069d056c337602b603");
    of_auth0["avatar"] =
        "https://s.gravatar.com/avatar/1a64766100a7f72f28833def9a5bc3ed?s=480&r=pg&d=identicon"
            .into();
    vec![
        (
            "keycloak-id",
            "keycloak",
            ann("b1436140-4c07-4ffd-a49c-03db443c3fed"),
            false,
        ),
        (
            "entra-id",
            "entra",
            ann("65b169bd-e75e-478c-a804-8e75b0691a6b"),
            false,
        ),
        ("auth0-id", "auth0", of_auth0, false),
        (
            "cognito-id",
            "cognito",
            ann("dbdb839d-64c7-497c-abab-48bfb3e12204"),
            false,
        ),
        ("okta-id", "okta", ann("00ufhk2LYcmj50f6da06"), false),
    ]
}

/// What is denied: the token, the code, and what the explanation says that it is.
type Denied<'a> = (&'a str, &'a str, &'a str);

const NOT_ACCESS: [Denied<'_>; 11] = [
    ("keycloak-id", "aud-not-accepted", "ID token"),
    ("keycloak-refresh", "alg-not-rsa", "refresh token"),
    (
        "keycloak-lightweight",
        "aud-missing",
        "access token of Keycloak",
    ),
    ("entra-id", "aud-not-accepted", "ID token"),
    (
        "entra-graph-access",
        "signature-invalid",
        "one of its own services",
    ),
    ("auth0-id", "aud-not-accepted", "ID token"),
    ("auth0-encrypted", "not-three-parts", "encrypted"),
    ("google-access", "not-three-parts", "Google"),
    ("cognito-id", "aud-missing", "ID token"),
    ("okta-id", "aud-not-accepted", "ID token"),
    ("zitadel-opaque", "not-three-parts", "opaque"),
];

const NOT_IDENTITY: [Denied<'_>; 13] = [
    ("keycloak-access", "aud-not-accepted", "access token"),
    ("keycloak-refresh", "alg-not-rsa", "refresh token"),
    (
        "keycloak-lightweight",
        "aud-missing",
        "access token of Keycloak",
    ),
    ("entra-access-v2", "aud-not-accepted", "access token"),
    ("entra-access-v1", "iss-not-accepted", "v1.0"),
    (
        "entra-graph-access",
        "iss-not-accepted",
        "one of its own services",
    ),
    ("auth0-access", "aud-not-accepted", "access token"),
    ("auth0-access-audiences", "aud-not-accepted", "access token"),
    ("auth0-encrypted", "not-three-parts", "encrypted"),
    ("cognito-access", "aud-missing", "access token"),
    ("okta-access", "aud-not-accepted", "access token"),
    ("google-id", "iss-not-accepted", "Google"),
    ("zitadel-opaque", "not-three-parts", "opaque"),
];

fn all_taken(setups: &[Setup], taken: &[Allowed<'_>]) {
    let verifier = verifier(setups);
    for (name, issuer, user, is_moderator) in taken {
        let examination = examine(&verifier, &token(name), NOW);
        let verdict = &examination.verdict;
        assert_eq!(verdict.denial(), None, "{name}");
        assert_eq!(verdict.issuer.as_deref(), Some(*issuer), "{name}");
        let session = verdict.session().unwrap();
        assert_eq!(session["jitsi_meet_context_user"], *user, "{name}");
        assert_eq!(
            (&session["jitsi_meet_room"], &session["jitsi_meet_domain"]),
            (&json!("*"), &json!("*"))
        );
        let shown = examination.user.unwrap();
        assert_eq!(shown.moderator.is, *is_moderator, "{name}");
        let text = |member: &str| user[member].as_str();
        assert_eq!(
            (shown.id.as_deref(), shown.name.as_deref()),
            (text("id"), text("name"))
        );
        assert_eq!(shown.email.as_deref(), text("email"), "{name}");
    }
}

/// Holds that each of them is denied with its code, and lists what lacks its name.
fn all_denied(setups: &[Setup], denied: &[Denied<'_>]) {
    let verifier = verifier(setups);
    let lacking = denied.iter().filter_map(|(name, code, says)| {
        let examination = examine(&verifier, &token(name), NOW);
        let denial = examination.verdict.why_denied();
        let denial = denial.unwrap_or_else(|| panic!("{name} is let in"));
        let is_right = denial.code() == *code && denial.explanation.contains(says);
        (!is_right).then(|| format!("{name}: {} {}", denial.code(), denial.explanation))
    });
    let lacking: Vec<String> = lacking.collect();
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn the_tokens_that_a_host_is_set_up_for_are_taken_as_they_are() {
    all_taken(&FOR_ACCESS, &taken_as_access());
    all_taken(&FOR_IDENTITY, &taken_as_identity());
}

#[test]
fn what_is_sent_in_place_of_them_is_denied_and_named_as_what_it_is() {
    all_denied(&FOR_ACCESS, &NOT_ACCESS);
    all_denied(&FOR_IDENTITY, &NOT_IDENTITY);
}
