//! What comes of a token: its user, or what those behind a gateway get.

use maud::{Markup, html};

use crate::console::text::{bounded, cut, plain};
use crate::laid_out::mapped::taken;
use crate::laid_out::told::Outcome;
use crate::laid_out::user::Person;
use crate::token::explain::mapped::MappedClaim;

/// All of it.
pub fn parts(outcome: &Outcome) -> Markup {
    match outcome {
        Outcome::Host {
            mapped: taken,
            user,
            oddities,
        } => html! {
            @if !taken.is_empty() { (mapped(taken)) }
            @if let Some(user) = user { (person(user)) }
            @if !oddities.is_empty() { (notes(oddities)) }
        },
        Outcome::Gateway { headers } => html! {
            @if !headers.is_empty() { (upstream(headers)) }
        },
    }
}

/// Where claims come from that the token has under other names.
fn mapped(claims: &[MappedClaim]) -> Markup {
    html! {
        h2 #mapped { "Taken for Jitsi" }
        dl.facts {
            @for claim in claims { dt { (plain(&claim.claim)) } dd { (cut(&taken(claim), MOST_SHOWN)) } }
        }
    }
}

fn person(user: &Person) -> Markup {
    let class = if user.is_moderator { "good" } else { "bad" };
    html! {
        h2 #user { "What the token " (user.heading()) }
        @if !user.is_let_in { p.hint { "Nobody has vouched for it: the token is denied." } }
        dl.facts {
            @for fact in &user.facts { dt { (fact.name) } dd { (bounded(&fact.beside_name(), MOST_SHOWN)) } }
            dt { "moderator" }
            dd { span class={ "mark " (class) } { (user.moderator_word()) } " – " (bounded(&user.why, MOST_SHOWN)) }
        }
    }
}

/// What is odd, and denies nobody.
fn notes(oddities: &[String]) -> Markup {
    html! {
        h2 #notes { "Notes" }
        ul { @for oddity in oddities { li { (plain(oddity)) } } }
    }
}

/// What those behind the gateway get.
fn upstream(headers: &[(String, String)]) -> Markup {
    html! {
        h2 #upstream { "What the upstream gets" }
        dl.facts {
            @for (name, value) in headers { dt { (plain(name)) } dd { (bounded(value, MOST_SHOWN)) } }
        }
    }
}

/// More of a value is nobody's name.
const MOST_SHOWN: usize = 600;
