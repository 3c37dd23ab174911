//! Explanations of tokens that are broken as they are in the field: the first line names the cause.

mod cases;
mod claims;
mod form;
mod issuers;
mod oidc;
mod remedies;

use std::collections::BTreeMap;
use std::sync::Arc;

use prosody_tokend::config::{self, layers::Inputs};
use prosody_tokend::http::routes::explain::body;
use prosody_tokend::peer::Peer;
use prosody_tokend::token::decision::Presented;
use prosody_tokend::token::explain::checks::Failed;
use prosody_tokend::token::room::RoomState;
use prosody_tokend::verifier::Verifier;
use prosody_tokend::verifier::overrides::Overrides;
use prosody_tokend::verifier::question::{RoomName, RoomQuestion, TokenQuestion};
use prosody_tokend::verifier::verdict::Examination;
use prosody_tokend::worker::Worker;

use cases::{Case, KEYS_URL, NOW, SECRET, cases, jwks};

fn examine(case: &Case) -> Examination {
    let answers = BTreeMap::from([(KEYS_URL.to_owned(), jwks())]);
    examine_with(case, answers, NOW)
}

/// The same with other answers of key servers, by their addresses, and at another time.
fn examine_with(case: &Case, answers: BTreeMap<String, String>, now: i64) -> Examination {
    let sources = Inputs {
        file: Some(("/etc/t.toml".into(), case.policy.clone())),
        ..Inputs::default()
    };
    let config = config::load(&sources).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let patterns = Arc::new(Worker::for_patterns().unwrap());
    let verifier = Verifier::new(config.hosts, answers, patterns, Box::new(move || now));
    let question = TokenQuestion {
        opens_session: false,
        asker: Peer::Own,
        presented: Presented {
            token: case.token.as_deref(),
            other_scheme: None,
            context_required: false,
        },
        room: Some(RoomQuestion {
            room: RoomName::JidOrName(case.room),
            state: RoomState::default(),
            query_prefix: case.tenant,
        }),
        overrides: Overrides::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime
        .unwrap()
        .block_on(verifier.explain(case.host, &question, None))
        .unwrap()
}

fn first_failure(examination: &Examination) -> Option<&Failed> {
    let mut checks = examination.checks.iter();
    checks.find_map(|check| check.outcome.as_ref().err().map(Box::as_ref))
}

#[test]
fn the_first_failure_names_claim_and_cause() {
    let wrong: Vec<String> = cases().iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What an explanation lacks of what it must say.
fn wrong(case: &Case) -> Option<String> {
    let examination = examine(case);
    let Some(failed) = first_failure(&examination) else {
        return Some(format!("{}: no check fails", case.name));
    };
    let said = failed.explanation.to_string();
    let missing: Vec<&&str> = case
        .says
        .iter()
        .filter(|expected| !said.contains(**expected))
        .collect();
    let is_right = failed.explanation.check == case.check
        && missing.is_empty()
        && !examination.verdict.allowed();
    (!is_right).then(|| format!("{}: {missing:?} is not in {said}", case.name))
}

#[test]
fn every_failure_says_what_was_found_what_is_needed_and_what_to_do() {
    for case in cases() {
        let examination = examine(&case);
        for failed in examination
            .checks
            .iter()
            .filter_map(|check| check.outcome.as_ref().err())
        {
            let explanation = &failed.explanation;
            assert!(
                !explanation.found.is_empty(),
                "{}: {explanation:?}",
                case.name
            );
            assert!(
                !explanation.expected.is_empty(),
                "{}: {explanation:?}",
                case.name
            );
            assert!(
                !explanation.remedy.is_empty(),
                "{}: {explanation:?}",
                case.name
            );
        }
    }
}

#[test]
fn neither_secret_nor_signature_nor_token_is_shown() {
    for case in cases() {
        let shown = serde_json::to_string(&body(&examine(&case))).unwrap();
        assert!(!shown.contains(SECRET), "{}", case.name);
        let Some(token) = &case.token else { continue };
        let signature = token.rsplit('.').next().unwrap_or_default().trim();
        if signature.len() > 20 {
            assert!(!shown.contains(signature), "{}", case.name);
            assert!(!shown.contains(token), "{}", case.name);
        }
    }
}

#[test]
fn a_denial_and_its_explanation_name_the_same_reason() {
    for case in cases() {
        let examination = examine(&case);
        let failed = first_failure(&examination).unwrap();
        if failed.code != "token-not-alone" {
            let denial = examination.verdict.denial().unwrap();
            assert_eq!(failed.code, denial, "{}", case.name);
        }
    }
}

#[test]
fn an_option_that_was_set_is_named_with_its_line() {
    let case = cases()
        .into_iter()
        .find(|case| case.name == "an issuer of another deployment")
        .unwrap();
    let examination = examine(&case);
    let source = first_failure(&examination).unwrap().explanation.source();
    assert_eq!(source.as_deref(), Some("app_id, /etc/t.toml:2"));
}
