//! What a gateway asks of single claims, and what it makes of them.

use figment::value::Value;
use serde_json::{Number, Value as Json};

use super::super::raw::Section;
use super::super::values::{kind, shown, whole};
use super::names::MOST;
use crate::gateway::header_names::{self, folded};
use crate::gateway::settings::{ClaimHeader, RequiredClaim};
use crate::origin::problem::ProblemKind;
use crate::token::pointer::Pointer;

/// What has to stand in claims. None where something is wrong, which is noted.
pub fn required(section: &Section<'_>) -> Option<Vec<RequiredClaim>> {
    let table = section.section("required_claims");
    let entries = table.entries().into_iter();
    let claims: Vec<Option<RequiredClaim>> = entries
        .map(|(name, value)| {
            let place = place(&table, name);
            let value = scalar(&table, name, value);
            Some(RequiredClaim {
                place: place?,
                value: value?,
            })
        })
        .collect();
    claims.into_iter().collect()
}

/// The claims that become headers. None where something is wrong, which is noted.
pub fn headers(section: &Section<'_>, header_names: &[String]) -> Option<Vec<ClaimHeader>> {
    let table = section.section("headers");
    let entries = table.entries();
    if entries.len() > MOST {
        let (found, expected) = (
            format!("{} of them", entries.len()),
            format!("at most {MOST}"),
        );
        section.problem("headers", ProblemKind::WrongValue, &found, &expected);
        return None;
    }
    let mut taken: Vec<(String, &str)> = Vec::new();
    let headers: Vec<Option<ClaimHeader>> = entries
        .into_iter()
        .map(|(claim, value)| {
            let place = place(&table, claim);
            let name = header(&table, claim, value, header_names)?;
            refuse_double(&table, claim, &name, &taken);
            taken.push((folded(&name), claim));
            Some(ClaimHeader {
                place: place?,
                name,
            })
        })
        .collect();
    headers.into_iter().collect()
}

/// A JSON Pointer where it begins with a slash, and else the name of a claim.
fn place(table: &Section<'_>, name: &str) -> Option<Pointer> {
    if !name.starts_with('/') {
        return Some(Pointer::to_claim(name));
    }
    let pointer = Pointer::parse(name);
    if let Err(error) = &pointer {
        let expected = "the name of a claim, or a JSON Pointer such as \"/realm_access/roles\"";
        table.problem(
            name,
            ProblemKind::WrongValue,
            &format!("{name:?}: {error}"),
            expected,
        );
    }
    pointer.ok()
}

fn scalar(table: &Section<'_>, name: &str, value: &Value) -> Option<Json> {
    let scalar = match value {
        Value::String(_, text) => Some(text.as_str().into()),
        Value::Bool(_, truth) => Some((*truth).into()),
        Value::Num(..) => number(value).map(Json::Number),
        Value::Char(..) | Value::Dict(..) | Value::Array(..) | Value::Empty(..) => None,
    };
    if scalar.is_none() {
        let expected = "a text, a number or a truth value";
        table.problem(name, ProblemKind::WrongValue, kind(value), expected);
    }
    scalar
}

fn number(value: &Value) -> Option<Number> {
    match whole(value) {
        Some(number) => Number::from_i128(number),
        None => Number::from_f64(value.to_f64()?),
    }
}

/// The name of a header, in lower case. One that means something already is none that a claim can have.
fn header(
    table: &Section<'_>,
    claim: &str,
    value: &Value,
    header_names: &[String],
) -> Option<String> {
    let name = value.as_str().filter(|name| header_names::is_name(name));
    let refuse = |expected: &str| {
        table.problem(claim, ProblemKind::WrongValue, &shown(value), expected);
        None
    };
    let Some(name) = name else {
        return refuse("the name of a header, such as \"X-User\"");
    };
    if header_names::is_taken(name) {
        return refuse(
            "the name of a header that means nothing yet, such as \"X-User\"; _ and . count as -",
        );
    }
    if header_names
        .iter()
        .any(|other| folded(other) == folded(name))
    {
        return refuse(
            "another header than those of header_names, in which tokens come; _ and . count as -",
        );
    }
    Some(name.to_ascii_lowercase())
}

fn refuse_double(table: &Section<'_>, claim: &str, name: &str, taken: &[(String, &str)]) {
    let mut same = taken.iter().filter(|(other, _)| *other == folded(name));
    if let Some((_, other)) = same.next() {
        let found = format!("{name:?}, which {other:?} has as well");
        let expected = "a header of its own; capitals make no difference, and _ and . count as -";
        table.problem(claim, ProblemKind::Conflict, &found, expected);
    }
}
