//! What differs between a recorded decision and the one made again.

use std::fmt;

use serde_json::{Map, Value};

use super::case::{Case, Expected};
use super::{Outcome, Verdict};

/// The first thing that differs, the gravest kinds first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// What was denied is allowed.
    Allowed(&'static str),
    /// What was allowed is denied, and the token breaks no standard.
    Denied(&'static str, Option<String>),
    /// What was decided is not, or what was not is.
    Undecided,
    Error(&'static str, Option<String>),
    Reason(&'static str, Option<String>),
    /// Other session fields: this one first.
    Session(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |text: &Option<String>| format!("{:?}", text.as_deref().unwrap_or("none"));
        match self {
            Self::Allowed(stage) => write!(formatter, "{stage}: allowed, was denied"),
            Self::Denied(stage, reason) => {
                write!(
                    formatter,
                    "{stage}: denied with {}, was allowed",
                    show(reason)
                )
            }
            Self::Undecided => formatter.write_str("the options make a policy on one side only"),
            Self::Error(stage, error) => {
                write!(formatter, "{stage}: the error is {} now", show(error))
            }
            Self::Reason(stage, reason) => {
                write!(formatter, "{stage}: the reason is {} now", show(reason))
            }
            Self::Session(field) => write!(formatter, "session: {field} differs"),
        }
    }
}

/// How a case compares with its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// Nothing was recorded to compare with.
    NotRecorded,
    Same,
    /// Denied although it was allowed: the token breaks a standard, and that is right.
    Stricter,
    /// Not as recorded.
    Different(Difference),
}

/// Holds a verdict against what the case recorded.
#[must_use]
pub fn compare(case: &Case, verdict: &Verdict) -> Comparison {
    let Some(expected) = &case.expect else {
        return Comparison::NotRecorded;
    };
    let denied = |outcome: &Option<Outcome>| outcome.as_ref().is_some_and(|outcome| !outcome.ok);
    if expected.config.is_some() {
        let refused = verdict.config.is_some() || denied(&verdict.auth);
        return same_if(refused, Difference::Undecided);
    }
    for (stage, expected, found) in [
        ("auth", &expected.auth, &verdict.auth),
        ("room", &expected.room, &verdict.room),
    ] {
        let Some(expected) = expected else { break };
        let Some(found) = found else {
            return same_if(!expected.ok, Difference::Undecided);
        };
        match compare_stage(case, stage, expected, found) {
            Comparison::Same if found.ok => {}
            decided => return decided,
        }
    }
    compare_session(&expected.session, verdict.session.as_ref())
}

fn compare_stage(
    case: &Case,
    stage: &'static str,
    expected: &Expected,
    found: &Outcome,
) -> Comparison {
    let other = |difference: fn(&'static str, Option<String>) -> Difference, text: Option<&str>| {
        Comparison::Different(difference(stage, text.map(str::to_owned)))
    };
    match (expected.ok, found.ok) {
        (false, true) => Comparison::Different(Difference::Allowed(stage)),
        (true, false) if case.strict => Comparison::Stricter,
        (true, false) => other(Difference::Denied, found.told()),
        (false, false) if expected.crashed => Comparison::Same,
        (false, false) if expected.error.as_deref() != found.error => {
            other(Difference::Error, found.error)
        }
        (false, false) if head(expected.reason.as_deref()) != head(found.reason.as_deref()) => {
            other(Difference::Reason, found.reason.as_deref())
        }
        (true, true) | (false, false) => Comparison::Same,
    }
}

/// Numbers within a text may differ: it counts up to the first bracket.
fn head(reason: Option<&str>) -> Option<&str> {
    reason.and_then(|reason| reason.split(" (").next())
}

fn compare_session(
    expected: &Map<String, Value>,
    found: Option<&Map<String, Value>>,
) -> Comparison {
    let nothing = Map::new();
    let found = found.unwrap_or(&nothing);
    let differs = expected
        .keys()
        .chain(found.keys())
        .find(|name| field(expected.get(*name)) != field(found.get(*name)));
    differs.map_or(Comparison::Same, |name| {
        Comparison::Different(Difference::Session(name.clone()))
    })
}

/// A field as Lua tells it from others: numbers by value, and nothing where there is nothing in it.
fn field(value: Option<&Value>) -> Option<Value> {
    match value? {
        Value::Null => None,
        Value::String(text) if text == "<null>" => None,
        Value::Number(number) => number.as_f64().map(Value::from),
        Value::Object(members) => {
            let members: Map<String, Value> = members
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), field(Some(value))?)))
                .collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        Value::Array(items) => {
            let items: Vec<Value> = items
                .iter()
                .map(|item| field(Some(item)).unwrap_or_default())
                .collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        other => Some(other.clone()),
    }
}

fn same_if(same: bool, difference: Difference) -> Comparison {
    if same {
        Comparison::Same
    } else {
        Comparison::Different(difference)
    }
}
