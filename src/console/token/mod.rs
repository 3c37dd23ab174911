//! A token, and what is wrong with it.

mod asked;
mod checks;
mod contents;
mod explained;
mod form;
mod members;
mod outcome;
#[cfg(test)]
mod tests;

use maud::{Markup, html};

use super::address;
use super::shell::Around;
use super::text::{bounded, plain};

pub use self::asked::{Asked, Field, Mistake, Offers};
pub use self::explained::Explained;

/// What there is to say so far.
pub enum Answer {
    /// Nothing was asked yet.
    Nothing,
    /// What was asked cannot be understood.
    Mistaken(Vec<Mistake>),
    /// There is no answer, for this reason.
    Unanswered(String),
    /// This is the answer.
    Explained(Box<Explained>),
}

/// The page: the answer, then the form, with what was asked.
#[must_use]
pub fn page(around: &Around<'_>, asked: &Asked, offers: &Offers, answer: &Answer) -> Markup {
    let content = html! {
        (answered(asked, answer))
        (form::form(around, asked, offers, mistakes(answer)))
    };
    around.page("Token", address::TOKEN, &content)
}

fn answered(asked: &Asked, answer: &Answer) -> Markup {
    match answer {
        Answer::Nothing => introduction(asked),
        Answer::Mistaken(_) => {
            html! { p.bad role="alert" { "Nothing was explained yet: a field below needs another value." } }
        }
        Answer::Unanswered(why) => html! { p.bad role="alert" { (plain(why)) } },
        Answer::Explained(found) => html! {
            (explained::explained(found, asked))
            h2.no-print #ask { "Ask again" }
        },
    }
}

fn mistakes(answer: &Answer) -> &[Mistake] {
    match answer {
        Answer::Mistaken(mistakes) => mistakes,
        Answer::Nothing | Answer::Unanswered(_) | Answer::Explained(_) => &[],
    }
}

fn introduction(asked: &Asked) -> Markup {
    html! {
        @if asked.is_of_join() {
            (join(asked))
        } @else {
            p { "Paste somebody's token, or the link with which they cannot join: this says whether it is let in, and if not, why and what to do." }
        }
    }
}

/// The join that somebody comes from.
fn join(asked: &Asked) -> Markup {
    html! {
        div.card {
            p {
                @if asked.code.is_empty() { "The join was allowed" }
                @else { "The join was denied with the code " code { (bounded(&asked.code, MOST_SHOWN)) } }
                @if !asked.id.is_empty() { "; its token is named " code { (bounded(&asked.id, MOST_SHOWN)) } }
                "."
            }
            p { "Tokens are never kept. Ask the user for the token, or for the link with which they joined, and paste it here to see all of it." }
        }
    }
}

/// More is neither a code nor a name.
const MOST_SHOWN: usize = 128;
