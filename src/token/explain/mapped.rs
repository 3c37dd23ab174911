//! Where the claims come from that an issuer's tokens have under other names, and what its bounds take out of them.

use serde_json::Value;

use super::super::issuer::Issuer;
use super::super::mapping::{Mapping, Outcome, Rule, Source, Target};
use super::super::pointer::Pointer;
use super::super::policy::Policy;
use super::{format, reading};
use crate::token::claims::Claims;

/// A claim that an issuer's mapping is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedClaim {
    /// The claim as Jitsi's modules know it.
    pub claim: String,
    /// Where it is looked for, in words.
    pub source: String,
    /// The value that it gets from there, as it may be shown. None where it gets none.
    pub value: Option<String>,
    /// Why it gets none.
    pub why_not: Option<String>,
}

/// What becomes of each claim that the issuer's mapping is about. Nobody has vouched for the token.
#[must_use]
pub fn claims(issuer: &Issuer, token: &str) -> Vec<MappedClaim> {
    let Some((mapping, claims)) = issuer.mapping.as_ref().zip(reading::claims(token)) else {
        return Vec::new();
    };
    let outcomes = mapping.outcomes(claims.members()).into_iter();
    outcomes
        .map(|(rule, outcome)| mapped(mapping, rule, outcome, &claims))
        .collect()
}

/// The features that the token grants and its issuer may not.
#[must_use]
pub fn taken_out(issuer: &Issuer, token: &str) -> Option<String> {
    let mut claims = reading::claims(token)?.into_members();
    if let Some(mapping) = &issuer.mapping {
        mapping.apply(&mut claims);
    }
    let names = issuer.bounds.take_out_features(&mut claims);
    let names: Vec<String> = names.iter().map(|name| format::quote(name)).collect();
    let (first, more) = names.split_first()?;
    let more = match more.len() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    Some(format!(
        "the feature {first}{more} is taken out of context.features: the issuer {} may grant none but those in features",
        issuer.name
    ))
}

fn mapped(mapping: &Mapping, rule: &Rule, outcome: Outcome, claims: &Claims) -> MappedClaim {
    let Rule { target, source } = rule;
    let own = if mapping.counts_alone(target) {
        "; what the token itself says there does not count"
    } else {
        ""
    };
    let (value, why_not) = match outcome {
        Outcome::Set(value) => (Some(format::value(Some(&value))), None),
        Outcome::Kept => (
            None,
            Some("the token has a value of its own there, which counts".to_owned()),
        ),
        Outcome::NotFound => (None, Some(not_found(source, claims) + own)),
        Outcome::NotMet => (None, Some(not_met(source, claims) + own)),
    };
    MappedClaim {
        claim: target.name(),
        source: described(source),
        value,
        why_not,
    }
}

/// Where a mapping takes a claim from, in words. None where it does not.
pub(super) fn place_of(mapping: &Mapping, target: &Target) -> Option<String> {
    let mut rules = mapping.rules.iter();
    let rule = rules.find(|rule| rule.target == *target)?;
    Some(described(&rule.source))
}

/// What makes `sub` what is needed, at an issuer whose claims are mapped.
pub(super) fn subject_remedy(policy: &Policy, issuer: &Issuer, needed: &str) -> String {
    let needed = format::quote(needed);
    let value = match policy.rooms.muc_domain {
        Some(_) => "\"*\"".to_owned(),
        None => format!("{{ constant = {needed} }}"),
    };
    let set = format!(
        "set sub = {value} in the claims of the issuer {}",
        issuer.name
    );
    let mapping = issuer.mapping.as_ref();
    match mapping.and_then(|mapping| place_of(mapping, &Target::Subject)) {
        None => set,
        Some(place) => {
            format!("let the issuer put {needed} into {place}, or {set}, which opens all its rooms")
        }
    }
}

fn described(source: &Source) -> String {
    match source {
        Source::Constant(_) => "the configuration".to_owned(),
        Source::Pointers(pointers) => format::alternatives(pointers.iter().map(Pointer::to_string)),
        Source::Contains(pointer, wanted) => format!("{pointer} with {}", format::quote(wanted)),
        Source::Matches(pointer, glob) => {
            format!("{pointer} like {}", format::quote(&glob.written()))
        }
    }
}

/// What is there in place of what is looked for.
fn not_found(source: &Source, claims: &Claims) -> String {
    let unusable = |pointer: &Pointer| {
        let value = pointer.find(claims.members())?;
        Some(format!("{pointer} is {}, and no text", kind(value)))
    };
    let unusable = pointers(source).find_map(unusable);
    unusable.unwrap_or_else(|| "the token has nothing there".to_owned())
}

fn kind(value: &Value) -> &'static str {
    if value.as_str().is_some() {
        "empty"
    } else {
        format::kind(value)
    }
}

fn not_met(source: &Source, claims: &Claims) -> String {
    let found = pointers(source).find_map(|pointer| pointer.find(claims.members()));
    format!("found {}", format::value(found))
}

fn pointers(source: &Source) -> impl Iterator<Item = &Pointer> {
    let (several, one) = match source {
        Source::Constant(_) => (&[][..], None),
        Source::Pointers(pointers) => (pointers.as_slice(), None),
        Source::Contains(pointer, _) | Source::Matches(pointer, _) => (&[][..], Some(pointer)),
    };
    several.iter().chain(one)
}
