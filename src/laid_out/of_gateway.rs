//! What there is to say of a token at a gateway.

use crate::gateway::identity::Identity;
use crate::gateway::refusal::Refusal;
use crate::verifier::gateway_explanation::GatewayExamination;

use super::check;
use super::fact::Fact;
use super::of_host::time;
use super::told::{Outcome, Told, Verdict};

/// What there is to say of a token that was examined for a gateway.
#[must_use]
pub fn of_gateway(examination: &GatewayExamination) -> Told {
    // Of somebody anonymous the verdict says nothing of the token.
    let told = examination.first_failed();
    let told = told.filter(|_| examination.decision.is_err());
    let known = examination.decision.as_ref().ok();
    let telling = examination.checks.iter();
    Told {
        verdict: verdict(examination),
        is_vouched_for: known.is_some_and(|identity| !identity.is_anonymous),
        notes: examination.notes.clone(),
        facts: facts(examination),
        checks: check::lines(&examination.checks, told),
        longest_name: check::longest_name(telling.filter(|check| check::is_telling(check))),
        outcome: Outcome::Gateway {
            headers: headers(&examination.headers),
        },
    }
}

fn verdict(examination: &GatewayExamination) -> Verdict {
    match &examination.decision {
        Ok(identity) => Verdict::AllowedAs(allowed(identity)),
        Err(refusal) => Verdict::Denied(denied(examination, refusal)),
    }
}

/// What is answered, and who goes through.
fn allowed(identity: &Identity) -> String {
    let consumer = identity.consumer.as_ref();
    let name = consumer.map(|known| {
        let name = known.username.as_ref().or(known.custom_id.as_ref());
        name.map_or_else(|| known.id.to_string(), ToString::to_string)
    });
    let name = name.map(|name| format!(", as {name}")).unwrap_or_default();
    let credential = identity.credential.as_ref();
    let by = credential.map(|key| format!(" by the credential {key}"));
    format!("200{name}{}", by.unwrap_or_default())
}

/// What is answered, and why.
fn denied(examination: &GatewayExamination, refusal: &Refusal) -> Vec<String> {
    let challenge = examination.challenge();
    let why = examination.first_failed();
    let lines = [
        Some(format!("{} {}", refusal.status(), refusal.body())),
        challenge.map(|text| format!("WWW-Authenticate: {text}")),
        why.map(|failed| failed.explanation.to_string()),
    ];
    lines.into_iter().flatten().collect()
}

fn facts(examination: &GatewayExamination) -> Vec<Fact> {
    let token = examination.token_digest.as_ref();
    let facts = [
        Some(Fact::text("gateway", examination.gateway.as_str())),
        token.map(|digest| Fact::text("token", digest.as_str())),
        time(examination.now),
    ];
    facts.into_iter().flatten().collect()
}

/// What those behind the proxy get; empty ones say nothing.
fn headers(headers: &[(String, String)]) -> Vec<(String, String)> {
    let headers = headers.iter();
    headers
        .filter(|(_, value)| !value.is_empty())
        .cloned()
        .collect()
}
