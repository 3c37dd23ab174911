//! Checks, as people are told of them.

use crate::token::explain::checks::{Check, Failed, Passed};

/// A check, and what came of it.
pub struct Line {
    /// What was checked.
    pub name: &'static str,
    /// What came of it.
    pub outcome: Result<Passed, Failure>,
}

/// Why a check failed.
pub struct Failure {
    /// The stable code of the reason.
    pub code: &'static str,
    /// What was found.
    pub found: String,
    /// What was needed.
    pub needed: String,
    /// The option that says so, and where it came from.
    pub set_by: Option<String>,
    /// What probably happened, and what to change.
    pub hint: String,
    /// What to change.
    pub remedy: String,
    /// Whether the verdict says all of it already.
    pub is_in_verdict: bool,
}

/// The checks that tell something; `told` is the one of which the verdict says all. Optional claims that are not there tell nothing.
#[must_use]
pub fn lines(checks: &[Check], told: Option<&Failed>) -> Vec<Line> {
    let telling = checks.iter().filter(|check| is_telling(check));
    telling.map(|check| line(check, told)).collect()
}

/// The length of the longest name among them.
#[must_use]
pub fn longest_name<'a>(checks: impl Iterator<Item = &'a Check>) -> usize {
    let lengths = checks.map(|check| check.check.len());
    lengths.max().unwrap_or_default()
}

/// Whether a check tells something.
#[must_use]
pub fn is_telling(check: &Check) -> bool {
    check.outcome.as_ref().map_or(true, |passed| {
        passed.found != "nothing" || passed.hint.is_some()
    })
}

fn line(check: &Check, told: Option<&Failed>) -> Line {
    let failure = |failed: &Failed| {
        let explanation = &failed.explanation;
        Failure {
            code: failed.code,
            found: explanation.found.clone(),
            needed: explanation.expected.clone(),
            set_by: explanation.source(),
            hint: explanation.hint(),
            remedy: explanation.remedy.clone(),
            is_in_verdict: told.is_some_and(|told| told.code == failed.code),
        }
    };
    Line {
        name: check.check,
        outcome: match &check.outcome {
            Ok(passed) => Ok(passed.clone()),
            Err(failed) => Err(failure(failed)),
        },
    }
}
