//! What is wrong with a token, or that nothing is.

use maud::{Markup, html};

use crate::console::text::{bounded, cut, plain};
use crate::laid_out::fact::Fact;
use crate::laid_out::ticket;
use crate::laid_out::told::{Told, Verdict};
use crate::token::explain::contents::Contents;

use super::asked::Asked;
use super::{checks, contents, outcome};

/// What was found out about a token.
pub struct Explained {
    /// What there is to say.
    pub told: Told,
    /// What stands in it.
    pub contents: Contents,
    /// What does not belong to it and was left out, where anything was.
    pub left_out: Option<String>,
    /// The time that counted, in Unix seconds.
    pub now: i64,
    /// Whether it is another token than that of the join which this is about.
    pub is_another: bool,
}

/// All of it, the verdict first.
pub fn explained(explained: &Explained, asked: &Asked) -> Markup {
    let Explained {
        told,
        contents: inside,
        now,
        ..
    } = explained;
    html! {
        (verdict(explained, asked))
        (checks::table(&told.checks))
        (outcome::parts(&told.outcome))
        (contents::part("Header", &inside.header, told.is_vouched_for, *now))
        (contents::part("Claims", &inside.claims, told.is_vouched_for, *now))
        (text_for_ticket(&ticket::lay_out(told, inside)))
    }
}

fn verdict(explained: &Explained, asked: &Asked) -> Markup {
    let told = &explained.told;
    let class = if told.verdict.is_allowed() {
        "good"
    } else {
        "bad"
    };
    html! {
        section #result class={ "card " (class) } aria-labelledby="verdict" {
            h2 #verdict { span class={ "mark " (class) } { (told.verdict.word()) } }
            @for line in headline(&told.verdict) { p.headline { (plain(&line)) } }
            @if !asked.id.is_empty() { (of_join(asked, explained.is_another)) }
            @if let Some(left_out) = &explained.left_out { p.doubtful { (plain(left_out)) } }
            @for note in &told.notes { p { (plain(note)) } }
            (facts(&told.facts))
            @if !told.is_vouched_for { p.hint { (NOT_VOUCHED_FOR) } }
            p.no-print {
                a href="#ask" { "Ask again" }
                @if let Some(address) = asked.address() { " · " a href=(address) { "This question without the token, as a link" } }
            }
        }
    }
}

/// What follows on the word.
fn headline(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Allowed => Vec::new(),
        Verdict::AllowedBut(warnings) => vec![format!("but {warnings}")],
        Verdict::AllowedAs(text) => vec![text.clone()],
        Verdict::Denied(why) => why.clone(),
    }
}

/// Whether the token is that of the join which this is about.
fn of_join(asked: &Asked, is_another: bool) -> Markup {
    html! {
        @if is_another {
            p.doubtful {
                "This is another token than that of the join, which is " code { (bounded(&asked.id, MOST_SHOWN)) }
                ": what is said here may not be why that join was as it was."
            }
        } @else if asked.code.is_empty() {
            p { "This is the token of the join, which was allowed." }
        } @else {
            p { "This is the token of the join, which was denied with the code " code { (bounded(&asked.code, MOST_SHOWN)) } "." }
        }
    }
}

/// Names with what they stand for.
fn facts(facts: &[Fact]) -> Markup {
    html! {
        dl.facts {
            @for fact in facts { dt { (fact.name) } dd { (cut(&fact.beside_name(), MOST_SHOWN)) } }
        }
    }
}

fn text_for_ticket(text: &str) -> Markup {
    html! {
        h2.no-print { "For a ticket" }
        details.ticket {
            summary { "Copy as text for a ticket" }
            p.hint { "It has no signature and no token in it: nobody can join with it. It has what the token says of its user." }
            label for="ticket" { "Text for a ticket" }
            textarea.code #ticket readonly rows="16" spellcheck="false" { "\n" (text) }
            div.actions {
                button.quiet type="button" hidden data-copy="ticket" { "Copy" }
                span role="status" data-copied="ticket" {}
            }
        }
    }
}

/// More of a name is nobody's.
const MOST_SHOWN: usize = 600;

const NOT_VOUCHED_FOR: &str =
    "What the token says of itself stands below as it is written there: nobody has vouched for it.";
