//! What gateways ask for beyond Kong's plugin.

use serde_json::Value;

use super::super::decision::{has_one, is_met};
use super::super::refusal::Refusal;
use super::super::settings::RequiredClaim;
use super::Examined;
use super::judged::{Outcome, failed};
use crate::token::claims::Claims;
use crate::token::explain::checks::Passed;
use crate::token::explain::{Explanation, format, nearest};

/// A check of each thing that is asked for.
pub fn checks(examined: &Examined<'_>, claims: &Claims) -> Vec<(&'static str, Outcome)> {
    let beyond = &examined.rules.settings.beyond;
    let issuer = Party {
        claim: "iss",
        option: &["issuers"],
        accepted: &beyond.issuers,
        refusal: Refusal::Issuer,
    };
    let audience = Party {
        claim: "aud",
        option: &["audiences"],
        accepted: &beyond.audiences,
        refusal: Refusal::Audience,
    };
    let parties = [issuer, audience].into_iter();
    let parties = parties.filter(|party| !party.accepted.is_empty());
    let parties = parties.map(|party| (party.claim, party.check(examined, claims)));
    let required = beyond.required_claims.iter();
    let required = required.map(|required| ("claim", claim(examined, required, claims)));
    parties.chain(required).collect()
}

/// A claim that is to have one of some values.
struct Party<'a> {
    claim: &'static str,
    option: &'static [&'static str],
    accepted: &'a [String],
    refusal: Refusal,
}

impl Party<'_> {
    fn check(&self, examined: &Examined<'_>, claims: &Claims) -> Outcome {
        let found = claims.claim(self.claim);
        if has_one(found, self.accepted) {
            return Ok(passed(format::value(found)));
        }
        let needed = format::quoted_alternatives(self.accepted);
        let explanation = Explanation::new(self.claim, format::value(found), needed)
            .by(self.option)
            .because(self.cause(found))
            .mend(self.remedy(examined, found));
        failed(&self.refusal, explanation)
    }

    fn cause(&self, found: Option<&Value>) -> Option<String> {
        let Some(found) = first_text(found) else {
            return Some(format!("the token has no {} that is a text", self.claim));
        };
        let accepted = self.accepted.iter();
        let accepted = accepted.map(|value| (value.as_str(), value.as_str()));
        nearest::nearest(found, accepted).map(|nearest| nearest.difference)
    }

    fn remedy(&self, examined: &Examined<'_>, found: Option<&Value>) -> String {
        let first = self.accepted.first().map(|value| format::quote(value));
        let claim = self.claim;
        let at_issuer = format!(
            "let the issuer set {claim} to {}",
            first.unwrap_or_default()
        );
        let Some(found) = first_text(found).filter(|found| format::can_be_copied(found)) else {
            return at_issuer;
        };
        let mut all: Vec<&str> = self.accepted.iter().map(String::as_str).collect();
        all.push(found);
        let option = self.option.first().copied().unwrap_or_default();
        let set = examined.set(option, &format::list(&all));
        format!("{at_issuer}, or {set} if its tokens are meant for this")
    }
}

fn first_text(value: Option<&Value>) -> Option<&str> {
    match value? {
        Value::String(text) => Some(text),
        Value::Array(items) => items.iter().find_map(Value::as_str),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn claim(examined: &Examined<'_>, required: &RequiredClaim, claims: &Claims) -> Outcome {
    let place = required.place.to_string();
    let value = required.place.find(claims.members());
    let found = format!("{} in {place}", format::value(value));
    if is_met(required, claims) {
        return Ok(passed(found));
    }
    let needed = format::value(Some(&required.value));
    let (cause, has_to) = match value {
        Some(Value::Array(_)) => ("the list does not have it", "have it in the list"),
        Some(found) if is_same_as_text(found, &required.value) => (
            "the two are of different types: one is a text",
            "write it in that type",
        ),
        Some(_) => (
            "the signature may be right: this is what the user lacks",
            "have it",
        ),
        None => ("the token does not have the claim", "have it"),
    };
    let remedy = format!(
        "let the issuer {has_to} for users who may pass ({place} = {needed}), or take it out of required_claims in [gateways.{}]",
        examined.gateway
    );
    let explanation = Explanation::new("claim", found, needed)
        .by(&["required_claims"])
        .because(Some(cause.to_owned()))
        .mend(remedy);
    failed(&Refusal::RequiredClaim { place }, explanation)
}

fn is_same_as_text(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    text(one) == text(other)
}

const fn passed(found: String) -> Passed {
    Passed { found, hint: None }
}
