//! Denials that `iss` and `aud` explain: who issued the token, and for whom.

pub mod issuer;

use std::borrow::Cow;
use std::iter;

use serde_json::Value;

use super::super::claims::Claims;
use super::super::issuer::{Accepted, DEFAULT};
use super::examined::Examined;
use super::explanation::Explanation;
use super::{elsewhere, format, issuers, provider, reading, section, spelling};

/// One of the two claims, with what the host says of it.
struct Party<'a> {
    claim: &'static str,
    option: &'static str,
    options: &'static [&'static str],
    accepted: Cow<'a, Accepted>,
    /// The claim that is compared: another one than `aud`, where the issuer says so.
    compared: &'a str,
    found: Option<Value>,
    claims: Option<Claims>,
}

/// `aud` is not accepted, or not there.
pub fn audience(examined: &Examined<'_>) -> Explanation {
    let issuer = examined.issuer;
    let accepted = Cow::Borrowed(&issuer.audiences);
    let party = Party::new(examined, "aud", &issuer.audience_claim, AUDIENCES, accepted);
    if party.member_is_accepted() {
        return party.array();
    }
    let cause = party
        .missing(examined)
        .or_else(|| party.swapped("iss", &issuer.accepted))
        .or_else(|| party.no_member())
        .or_else(|| party.odd())
        .or_else(|| party.spelt())
        .or_else(|| party.stands_in(IN_PLACE_OF_AUD))
        .or_else(|| provider::audience(party.found.as_ref()?, party.claims.as_ref()?))
        .or_else(|| party.misplaced(examined))
        .or_else(|| {
            party.other_than("the token is made for another audience than this host accepts")
        });
    let remedy = party.claim_remedy(examined);
    let remedy = remedy.unwrap_or_else(|| party.remedy());
    party.explanation().because(cause).mend(remedy)
}

impl<'a> Party<'a> {
    fn new(
        examined: &Examined<'a>,
        claim: &'static str,
        compared: &'a str,
        options: &'static [&'static str],
        accepted: Cow<'a, Accepted>,
    ) -> Self {
        let claims = examined.token.and_then(reading::claims);
        let found = claims.as_ref().and_then(|claims| claims.claim(compared));
        Self {
            claim,
            option: options.first().copied().unwrap_or_default(),
            options,
            accepted,
            compared,
            found: found.cloned(),
            claims,
        }
    }

    fn values(&self) -> &[String] {
        match &*self.accepted {
            Accepted::Any => &[],
            Accepted::Only(values) => values,
        }
    }

    fn text(&self) -> Option<&str> {
        self.found.as_ref()?.as_str()
    }

    fn other(&self, name: &str) -> Option<&Value> {
        self.claims.as_ref()?.claim(name)
    }

    fn missing(&self, examined: &Examined<'_>) -> Option<String> {
        if self.found.is_some() {
            return None;
        }
        if self.compared != self.claim {
            let name = format::quote(self.compared);
            return self.stands_in(IN_PLACE_OF_AUD).or_else(|| {
                Some(format!(
                    "the token has no {name}, which audience_claim names"
                ))
            });
        }
        elsewhere::find(examined, self.claim)
    }

    /// What the other claim has is accepted here, and the other way round.
    fn swapped(&self, other: &str, there: &Accepted) -> Option<String> {
        let value = self.other(other)?;
        let fits_here = self.accepts(value);
        let is_swapped =
            fits_here && self.found.as_ref() != Some(value) && there.contains(self.found.as_ref()?);
        is_swapped.then(|| "iss and aud are swapped".to_owned())
    }

    fn exchanged_with_subject(&self, examined: &Examined<'_>) -> Option<String> {
        let subject = self.other("sub").filter(|subject| self.accepts(subject))?;
        let found = self.text()?.to_lowercase();
        let muc_domain = examined.policy.rooms.muc_domain.as_deref();
        let is_domain = found == examined.host
            || muc_domain.is_some_and(|domain| domain.ends_with(&format!(".{found}")))
            || found == "*";
        (is_domain && subject.as_str() != Some(&found))
            .then(|| "iss and sub are swapped".to_owned())
    }

    fn accepts(&self, value: &Value) -> bool {
        matches!(*self.accepted, Accepted::Only(_)) && self.accepted.contains(value)
    }

    fn neighbour(&self, examined: &Examined<'_>) -> Option<String> {
        let found = self.found.as_ref()?;
        let mut neighbours = examined.neighbours.iter();
        let (host, _) = neighbours.find(|(_, neighbour)| {
            let issuer = neighbour.issuers.of_claim(found);
            issuer.is_some_and(|issuer| matches!(issuer.accepted, Accepted::Only(_)))
        })?;
        Some(format!("the token is for the host {host}"))
    }

    /// What the value is, where nobody meant it so.
    fn odd(&self) -> Option<String> {
        let found = self.found.as_ref()?;
        let Some(text) = found.as_str() else {
            return Some(self.no_string(found));
        };
        if text.is_empty() {
            return Some("the claim is empty".to_owned());
        }
        if spelling::is_unfilled(text) {
            return Some(spelling::UNFILLED.to_owned());
        }
        let mut values = self.values().iter().take(MOST_VALUES);
        values.find_map(|value| spelling::words(text, value))
    }

    /// What keeps the value from being an accepted one, where it is nearly that.
    fn spelt(&self) -> Option<String> {
        let text = self.text()?;
        let mut values = self.values().iter().take(MOST_VALUES);
        values.find_map(|value| spelling::difference(text, value))
    }

    /// What stands in the claim and belongs elsewhere.
    fn misplaced(&self, examined: &Examined<'_>) -> Option<String> {
        let found = self.text()?;
        let cause = if found == "*" {
            "\"*\" stands for any audience in the option, and for itself in a token"
        } else if found.eq_ignore_ascii_case(examined.host) {
            "the claim is the host's domain, which belongs in sub"
        } else if self.other("room").and_then(Value::as_str) == Some(found) {
            "the claim is the room's name, which belongs in room"
        } else {
            return None;
        };
        Some(cause.to_owned())
    }

    fn other_than(&self, cause: &str) -> Option<String> {
        self.found.as_ref().map(|_| cause.to_owned())
    }

    fn no_string(&self, found: &Value) -> String {
        let kind = format::kind(found);
        let held = found
            .as_array()
            .is_some_and(|all| all.iter().any(|one| self.accepts(one)));
        let held = held
            || found
                .as_object()
                .is_some_and(|all| all.values().any(|one| self.accepts(one)));
        if held {
            format!(
                "the claim is no string but {kind}, with the value that is needed inside: take it out of there"
            )
        } else {
            format!("the claim is no string but {kind}")
        }
    }

    /// The value that is needed, in another claim.
    fn stands_in(&self, others: &[&str]) -> Option<String> {
        let fits = |other: &&&str| self.other(other).is_some_and(|value| self.accepts(value));
        let other = others.iter().find(fits)?;
        Some(format!("what {} needs stands in {other}", self.compared))
    }

    fn member_is_accepted(&self) -> bool {
        let members = self.found.as_ref().and_then(Value::as_array);
        members.is_some_and(|all| all.iter().any(|one| self.accepts(one)))
    }

    fn no_member(&self) -> Option<String> {
        let members = self.found.as_ref()?.as_array()?;
        let texts = members.iter().take(MOST_VALUES).filter_map(Value::as_str);
        let mut pairs = texts.flat_map(|text| {
            self.values()
                .iter()
                .take(MOST_VALUES)
                .map(move |value| (text, value))
        });
        let near = pairs.find_map(|(text, value)| {
            let difference = spelling::difference(text, value)?;
            Some(format!(
                "; of {} it must be said: {difference}",
                format::quote(text)
            ))
        });
        Some(format!(
            "{} is an array, and none of its members is accepted{}",
            self.compared,
            near.unwrap_or_default()
        ))
    }

    fn array(&self) -> Explanation {
        self.explanation()
            .because(Some(
                "aud is an array, and one of its members would be accepted".to_owned(),
            ))
            .mend(format!(
                "set accept_audience_array = true, or let the issuer set aud to {} alone",
                format::quoted_alternatives(self.values())
            ))
    }

    fn explanation(&self) -> Explanation {
        Explanation::new(
            self.claim,
            format::value(self.found.as_ref()),
            format::accepted(&self.accepted),
        )
        .by(self.options)
    }

    /// The issuer compares another claim than the one that has what is needed.
    fn claim_remedy(&self, examined: &Examined<'_>) -> Option<String> {
        let is_further = examined.issuer.name != DEFAULT;
        let mut others = iter::once("aud").chain(section::CLIENTS);
        let fits = |other: &&str| self.other(other).is_some_and(|value| self.accepts(value));
        let other = others.find(fits).filter(|_| is_further)?;
        Some(format!("set audience_claim = \"{other}\""))
    }

    /// What the issuer can do.
    fn at_issuer(&self) -> String {
        let claim = self.compared;
        match &*self.accepted {
            Accepted::Any => format!("let the issuer set {claim}"),
            Accepted::Only(values) if values.is_empty() => {
                format!("name the values that are accepted in {}", self.option)
            }
            Accepted::Only(values) if values.len() > format::MAX_LISTED => {
                format!("let the issuer set {claim} to one of these")
            }
            Accepted::Only(values) => format!(
                "let the issuer set {claim} to {}",
                format::quoted_alternatives(values)
            ),
        }
    }

    fn remedy(&self) -> String {
        let typed = self.text().filter(|text| {
            format::can_be_typed(text) && *text != "*" && !spelling::is_unfilled(text)
        });
        let at_issuer = self.at_issuer();
        typed.map_or_else(
            || at_issuer.clone(),
            |text| {
                format!(
                    "{at_issuer}, or {}",
                    issuers::added(self.option, self.values(), text)
                )
            },
        )
    }
}

const AUDIENCES: &[&str] = &["asap_accepted_audiences", "app_id"];

/// Claims that say for whom a token is where `aud` does not.
const IN_PLACE_OF_AUD: &[&str] = &[
    "azp",
    "client_id",
    "cid",
    "appid",
    "sub",
    "scope",
    "resource",
    "audience",
    "aud",
];

/// A denial compares with no more of them, so that it costs the same on every server.
const MOST_VALUES: usize = 8;
