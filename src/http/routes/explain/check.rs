//! Checks, for hosts and gateways alike.

use crate::api::examination as api;
use crate::token::explain::checks::{Check, Failed};

/// A check as the API has it.
pub fn told(check: &Check) -> api::Check {
    api::Check {
        check: check.check.to_owned(),
        ok: check.outcome.is_ok(),
        outcome: match &check.outcome {
            Ok(passed) => api::Outcome::Passed(api::Passed {
                found: passed.found.clone(),
                hint: passed.hint.clone(),
            }),
            Err(failed) => api::Outcome::Failed(self::failed(failed)),
        },
    }
}

fn failed(failed: &Failed) -> api::Failed {
    let explanation = &failed.explanation;
    api::Failed {
        code: failed.code.to_owned(),
        claim: explanation.check.to_owned(),
        found: explanation.found.clone(),
        expected: explanation.expected.clone(),
        option: explanation.source(),
        hint: explanation.hint(),
    }
}
