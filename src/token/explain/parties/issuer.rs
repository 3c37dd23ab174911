//! Denials of tokens whose `iss` no issuer of the host accepts, or that have none.

use std::borrow::Cow;

use super::super::examined::{Examined, Relation};
use super::super::explanation::Explanation;
use super::super::nearest::Nearest;
use super::super::provider::Provider;
use super::super::{format, issuers, provider, section};
use super::Party;
use crate::token::issuer::DEFAULT;
use crate::token::reason::Reason;

/// `iss` is not accepted, or not there.
pub fn explain(examined: &Examined<'_>) -> Explanation {
    let is_nobodys = examined.relation == Relation::None;
    let accepted = if is_nobodys {
        Cow::Owned(issuers::accepted(examined.policy))
    } else {
        Cow::Borrowed(&examined.issuer.accepted)
    };
    // No one option says what all issuers accept.
    let options: &[_] = if is_nobodys { &[] } else { OPTIONS };
    let party = Party::new(examined, "iss", "iss", options, accepted);
    let denied = Denied {
        nearest: party
            .text()
            .and_then(|found| issuers::nearest(examined.policy, found)),
        party,
        is_nobodys,
        examined,
    };
    denied.explanation()
}

/// A token that is none of the host's.
struct Denied<'a> {
    party: Party<'a>,
    /// The accepted value that is nearest.
    nearest: Option<Nearest<'a>>,
    /// Whether no issuer of several is nearly its own.
    is_nobodys: bool,
    examined: &'a Examined<'a>,
}

impl Denied<'_> {
    fn explanation(&self) -> Explanation {
        let slip = self.slip();
        let remedy = if slip.is_some() && self.is_nobodys {
            self.party.at_issuer()
        } else {
            self.remedy()
        };
        let mut explanation = self.party.explanation();
        if self.examined.policy.issuers.only().is_none() {
            explanation.expected = issuers::listed(self.examined.policy);
        }
        explanation
            .because(slip.or_else(|| self.cause()))
            .mend(remedy)
    }

    /// What the issuer did not mean so.
    fn slip(&self) -> Option<String> {
        let Self {
            party, examined, ..
        } = self;
        party
            .missing(examined)
            .or_else(|| party.swapped("aud", &examined.issuer.audiences))
            .or_else(|| party.exchanged_with_subject(examined))
            .or_else(|| party.neighbour(examined))
            .or_else(|| party.odd())
    }

    fn cause(&self) -> Option<String> {
        let Self { party, nearest, .. } = self;
        let nearest = nearest.as_ref().map(|nearest| self.said_of(nearest));
        nearest
            .or_else(|| party.stands_in(OTHERS))
            .or_else(|| provider::issuer(party.text()?))
            .or_else(|| party.other_than("the token is from another issuer than this host accepts"))
    }

    /// How the nearest accepted value differs; which one that is, where there are several.
    fn said_of(&self, nearest: &Nearest<'_>) -> String {
        let Nearest {
            issuer, difference, ..
        } = nearest;
        let value = format::quote(nearest.value);
        match *issuer {
            _ if !issuers::are_several(self.examined.policy) => difference.clone(),
            DEFAULT => format!("{value} is the nearest: {difference}"),
            name => format!("{value} of the issuer {name} is the nearest: {difference}"),
        }
    }

    /// What makes the token one of the host's.
    fn remedy(&self) -> String {
        let is_another = self
            .nearest
            .as_ref()
            .is_some_and(|nearest| nearest.is_another);
        let is_default = self.examined.issuer.name == DEFAULT;
        let remedy = if is_another || self.is_nobodys {
            self.of_provider().or_else(|| self.plain())
        } else if self.nearest.is_some() && is_default {
            // The host's own options map no claims.
            self.of_provider().or_else(|| self.added())
        } else {
            self.added()
        };
        remedy.unwrap_or_else(|| self.party.at_issuer())
    }

    fn of_provider(&self) -> Option<String> {
        section::of(&Reason::IssuerNotAccepted, self.examined)
    }

    /// A section for an issuer that makes tokens for Jitsi; where there are several, it needs one of its own.
    fn plain(&self) -> Option<String> {
        let section = section::plain(self.examined).filter(|_| self.is_nobodys)?;
        Some(format!("{}; or {section}", self.party.at_issuer()))
    }

    /// One name more for the issuer.
    fn added(&self) -> Option<String> {
        let found = self.party.text()?;
        let is_discovered = (self.examined.is_set)("discover");
        let set = issuers::assignment(self.examined.issuer, found, is_discovered)?;
        // A provider says itself who it is.
        Some(
            if self.nearest.is_some() && Provider::of_issuer(found).is_some() {
                set
            } else {
                format!("{}, or {set}", self.party.at_issuer())
            },
        )
    }
}

const OPTIONS: &[&str] = &["asap_accepted_issuers", "app_id"];

/// Claims that name the issuer where `iss` does not.
const OTHERS: &[&str] = &[
    "sub",
    "azp",
    "client_id",
    "appid",
    "app_id",
    "cid",
    "issuer",
];
