//! A page of what was taken back, and the form for more.

use maud::{Markup, html};

use crate::api::revocations::{Revocation, RevocationList};
use crate::api::words::revocations as words;
use crate::console::address;
use crate::console::shell::Around;
use crate::console::table::table;
use crate::token::shown;

use super::fields::{Fields, form};

/// Where it is on the page.
pub(in super::super) const ANCHOR: &str = "revocations";

/// What was taken back, and whether more can be.
pub struct Revocations<'a> {
    /// The page of the list.
    pub listed: Listed<'a>,
    /// The hosts at which something may count.
    pub hosts: Vec<&'a str>,
    /// Why nothing can be taken back from here, where nothing can be.
    pub closed: Option<&'a str>,
}

/// A page of what was taken back.
pub enum Listed<'a> {
    /// These.
    Page {
        /// The revocations, and what follows.
        list: &'a RevocationList,
        /// Whether others are before them.
        has_earlier: bool,
    },
    /// They are not for whoever looks, or there is nowhere to keep them.
    Nothing,
    /// They cannot be read, for this reason.
    Unread(String),
}

/// The part of the page.
pub(in super::super) fn section(
    around: &Around<'_>,
    revocations: &Revocations<'_>,
    now: i64,
) -> Markup {
    let may = revocations.closed.is_none();
    html! {
        h2 #(ANCHOR) { "Revocations" }
        @match &revocations.listed {
            Listed::Page { list, has_earlier } => (page(around, list, *has_earlier, may, now)),
            Listed::Nothing => {},
            Listed::Unread(error) => p.bad { "They cannot be listed: " (shown::escaped(error)) },
        }
        @match revocations.closed {
            Some(closed) => p { (closed) "." },
            None => {
                h3 #revoke { "Revoke" }
                (form(around, &Fields::default(), &revocations.hosts))
            },
        }
    }
}

fn page(
    around: &Around<'_>,
    list: &RevocationList,
    has_earlier: bool,
    may: bool,
    now: i64,
) -> Markup {
    let titles = words::TITLES.into_iter();
    let titles: Vec<&str> = titles.chain(may.then_some("ACTION")).collect();
    let rows = html! {
        @for one in &list.revocations { (row(around, one, may, now)) }
    };
    html! {
        @if list.revocations.is_empty() { p { (words::NONE) "." } } @else {
            (table("What is revoked", &titles, &rows))
        }
        p.no-print {
            @if has_earlier { a href={ (address::SERVER) "#" (ANCHOR) } { "To the first ones" } " " }
            @if let Some(next) = &list.next {
                a href={ (address::SERVER) "?after=" (next) "#" (ANCHOR) } { "The next ones" }
            }
        }
    }
}

fn row(around: &Around<'_>, one: &Revocation, may: bool, now: i64) -> Markup {
    html! {
        tr {
            @for cell in words::cells(one, now) { td { (shown::escaped(&cell)) } }
            @if may { td { (button(around, one)) } }
        }
    }
}

/// What is sent along is what the person sees, so that nobody takes back what was changed meanwhile.
fn button(around: &Around<'_>, one: &Revocation) -> Markup {
    let what = words::what(one);
    let label = format!("Take back the revocation of {}", shown::escaped(&what));
    html! {
        form method="post" action=(address::TAKE_BACK) {
            (around.form_token())
            input type="hidden" name="id" value=(one.id);
            input type="hidden" name="version" value=(one.version);
            button.quiet type="submit" aria-label=(label) { "Take back" }
        }
    }
}
