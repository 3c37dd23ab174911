//! What becomes of sessions whose token expires.

use serde_json::{Value, json};

use super::raw::Section;
use crate::origin::problem::ProblemKind;
use crate::token::expiry::{AtExpiry, SessionExpiry};

/// Reads the options of one host. What is wrong is noted.
pub fn read(section: &Section<'_>) -> SessionExpiry {
    let grace = section.seconds(GRACE, 0.0..=86_400.0).unwrap_or(0.0);
    let action = section.string(ACTION).map(|name| named(section, &name));
    SessionExpiry {
        action: action.unwrap_or(AtExpiry::Nothing),
        grace,
    }
}

fn named(section: &Section<'_>, name: &str) -> AtExpiry {
    let mut known = NAMES.iter().filter(|(known, _)| *known == name);
    if let Some((_, action)) = known.next() {
        return *action;
    }
    let found = format!("{name:?}");
    section.problem(ACTION, ProblemKind::WrongValue, &found, EXPECTED);
    AtExpiry::Nothing
}

/// What the options come to.
pub fn values(expiry: SessionExpiry) -> [(&'static str, Value); 2] {
    let SessionExpiry { action, grace } = expiry;
    let mut names = NAMES.iter().filter(|(_, known)| *known == action);
    let name = names.next().map(|(name, _)| *name);
    [(ACTION, json!(name)), (GRACE, json!(grace))]
}

const ACTION: &str = "end_sessions_at_expiry";
const GRACE: &str = "end_sessions_grace";
const NAMES: [(&str, AtExpiry); 3] = [
    ("never", AtExpiry::Nothing),
    ("warn", AtExpiry::Warn),
    ("end", AtExpiry::End),
];
const EXPECTED: &str = "\"never\", \"warn\" or \"end\"";
