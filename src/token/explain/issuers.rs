//! The issuers of a host, for tokens that none of them accepts: what they accept, which of them is nearest, and what to set
//! so that it is the token's.

use super::super::issuer::{Accepted, DEFAULT, Issuer};
use super::super::policy::Policy;
use super::nearest::{self, Nearest};
use super::provider::Provider;
use super::{format, spelling};

/// The accepted `iss` that comes nearest to this one, among those of all issuers.
pub fn nearest<'a>(policy: &'a Policy, found: &str) -> Option<Nearest<'a>> {
    nearest::nearest(found, accepted_by(policy))
}

/// The issuer that a token without an issuer would have, were its `iss` spelt otherwise or its issuer's.
pub fn meant<'a>(policy: &'a Policy, found: &str) -> Option<&'a Issuer> {
    let nearest = nearest(policy, found).filter(|nearest| !nearest.is_another)?;
    policy.issuers.named(nearest.issuer)
}

/// Whether they accept more than one `iss`, so that it has to be said whose one is.
pub fn are_several(policy: &Policy) -> bool {
    accepted_by(policy).nth(1).is_some()
}

/// What they accept, up to a number that a denial may cost.
pub fn accepted(policy: &Policy) -> Accepted {
    let values = accepted_by(policy).take(nearest::MOST_COMPARED);
    Accepted::Only(values.map(|(_, value)| value.to_owned()).collect())
}

/// What they accept, and which of them each value is of. That of the host's own options has no other name.
pub fn listed(policy: &Policy) -> String {
    let mut accepted = accepted_by(policy);
    let shown = accepted.by_ref().take(format::MAX_LISTED);
    let shown = shown.map(|(name, value)| match name {
        DEFAULT => format::quote(value),
        name => format!("{} of {name}", format::quote(value)),
    });
    let mut shown: Vec<String> = shown.collect();
    shown.extend(accepted.next().map(|_| "another".to_owned()));
    shown.join(" or ")
}

/// Each value that they accept, with the name of the issuer.
fn accepted_by(policy: &Policy) -> impl Iterator<Item = (&str, &str)> {
    policy.issuers.iter().flat_map(|issuer| {
        let values = values(issuer).iter();
        values.map(|value| (issuer.name.as_str(), value.as_str()))
    })
}

fn values(issuer: &Issuer) -> &[String] {
    match &issuer.accepted {
        Accepted::Any => &[],
        Accepted::Only(values) => values,
    }
}

/// What makes an `iss` an issuer's, as it is written. None where nobody could type that, or it would not help.
pub fn assignment(issuer: &Issuer, found: &str, is_discovered: bool) -> Option<String> {
    if !format::can_be_copied(found) || found == "*" || spelling::is_unfilled(found) {
        return None;
    }
    if issuer.name == DEFAULT {
        return Some(added("asap_accepted_issuers", values(issuer), found));
    }
    if !is_discovered || !is_address(found) {
        return Some(added("issuer", values(issuer), found));
    }
    let origin = Provider::of_issuer(found).and_then(Provider::other_origin);
    let origin = origin.map(|origin| format!(" and jwks_origins = {}", format::list(&[origin])));
    let issuer = renamed(values(issuer), found).filter(|_| found.starts_with("https://"))?;
    Some(format!(
        "set issuer = {issuer}{}",
        origin.unwrap_or_default()
    ))
}

fn is_address(text: &str) -> bool {
    text.contains("://")
}

/// The option with one value more.
pub fn added(option: &str, values: &[String], found: &str) -> String {
    let all: Vec<&str> = values.iter().map(String::as_str).chain([found]).collect();
    let can_be_typed =
        all.len() <= MOST_TYPED && all.iter().all(|value| format::can_be_copied(value));
    if can_be_typed {
        format!("set {option} = {}", format::list(&all))
    } else {
        format!("add {} to {option}", format::quote(found))
    }
}

/// Metadata are one issuer's, so that there is one address among its names.
fn renamed(values: &[String], found: &str) -> Option<String> {
    let others = values.iter().map(String::as_str);
    let others: Vec<&str> = others.filter(|value| !is_address(value)).collect();
    match others.as_slice() {
        [] => Some(format::quote_whole(found)),
        others
            if others.len() < MOST_TYPED && others.iter().all(|one| format::can_be_typed(one)) =>
        {
            Some(format::list(&[others, &[found]].concat()))
        }
        _ => None,
    }
}

/// A longer list is not repeated to add to it.
const MOST_TYPED: usize = 8;
