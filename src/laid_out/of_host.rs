//! What there is to say of a token at a host.

use jiff::Timestamp;

use crate::token::explain::checks::Failed;
use crate::verifier::verdict::Examination;

use super::check;
use super::fact::{Fact, Found};
use super::told::{Outcome, Told, Verdict};
use super::user::Person;

/// What there is to say of a token that was examined for a host.
#[must_use]
pub fn of_host(examination: &Examination) -> Told {
    let is_let_in = examination.verdict.admission.is_ok();
    let user = examination.user.as_ref();
    Told {
        verdict: verdict(examination),
        is_vouched_for: is_let_in,
        notes: examination.notes.clone(),
        facts: facts(examination),
        checks: check::lines(&examination.checks, first_failed(examination)),
        longest_name: check::longest_name(examination.checks.iter()),
        outcome: Outcome::Host {
            mapped: examination.mapped.clone(),
            user: user.map(|user| Person::of(user, is_let_in)),
            oddities: examination.oddities.clone(),
        },
    }
}

/// The first check that fails.
#[must_use]
pub fn first_failed(examination: &Examination) -> Option<&Failed> {
    let checks = examination.checks.iter();
    let mut failed = checks.filter_map(|check| check.outcome.as_ref().err());
    failed.next().map(Box::as_ref)
}

fn verdict(examination: &Examination) -> Verdict {
    if !examination.verdict.allowed() {
        let why = first_failed(examination).map(|failed| failed.explanation.to_string());
        return Verdict::Denied(why.into_iter().collect());
    }
    match examination.verdict.warnings.join("; ") {
        warnings if warnings.is_empty() => Verdict::Allowed,
        warnings => Verdict::AllowedBut(warnings),
    }
}

fn facts(examination: &Examination) -> Vec<Fact> {
    let verdict = &examination.verdict;
    let issuer = verdict.further_issuer();
    let room = examination.room_jid.as_ref();
    let facts = [
        Some(Fact::text("host", verdict.host.as_str())),
        issuer.map(|issuer| Fact::text("issuer", issuer)),
        token_names(examination).map(|names| Fact::text("token", names)),
        room.map(|room| Fact::text("room", room.as_str())),
        time(examination.now),
    ];
    facts.into_iter().flatten().collect()
}

/// The time that counted, where the calendar has it.
pub(super) fn time(now: i64) -> Option<Fact> {
    let time = Timestamp::from_second(now).ok()?;
    Some(Fact {
        name: "time",
        found: Found::Plain(time.strftime("%F %T UTC").to_string()),
    })
}

/// The digest that names the token in logs, and its `jti` where it is named by that.
fn token_names(examination: &Examination) -> Option<String> {
    let digest = examination.token_digest.clone()?;
    Some(match &examination.verdict.token_id {
        Some(id) if *id != digest => format!("{id} ({digest})"),
        _ => digest,
    })
}
