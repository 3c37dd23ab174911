//! What is asked before anything is done.

use maud::{Markup, html};

use crate::api::revocations::Revocation;
use crate::api::words::revocations as words;
use crate::console::address;
use crate::console::shell::Around;
use crate::token::shown;

use super::fields::Fields;

/// A revocation that somebody has asked for, and what there is to say of it.
pub struct Meant<'a> {
    /// What it would be.
    pub revocation: &'a Revocation,
    /// What is worth knowing of it.
    pub notes: &'a [String],
    /// Whether something of its name is there already.
    pub is_there: bool,
}

/// Asks whether this is to be revoked. Nothing is done until the same is sent once more.
#[must_use]
pub fn revoke(around: &Around<'_>, fields: &Fields<'_>, meant: &Meant<'_>) -> Markup {
    let Meant {
        revocation,
        notes,
        is_there,
    } = meant;
    let content = html! {
        p { (shown::escaped(&words::meaning(revocation))) }
        @if let Some(reason) = &revocation.reason {
            p { "Those who are denied see: " q { (shown::escaped(reason)) } }
        }
        @if *is_there { p { "It is revoked already, and will be as you say now." } }
        @for note in *notes { p { span.mark.doubtful { "note" } " " (shown::escaped(note)) } }
        form method="post" action=(address::REVOKE) {
            (around.form_token())
            (carried(fields))
            (decision("Revoke", "Leave it as it is"))
        }
    };
    around.page("Revoke this?", address::SERVER, &content)
}

/// What was filled in, as it is sent once more.
fn carried(fields: &Fields<'_>) -> Markup {
    let texts = [
        ("kind", fields.kind),
        ("value", fields.value),
        ("token", fields.token),
        ("host", fields.host),
        ("reason", fields.reason),
        ("until", fields.until),
        (
            "issued_before",
            if fields.issued_before { "now" } else { "" },
        ),
    ];
    html! {
        @for (name, value) in texts {
            @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
        }
    }
}

/// Asks whether this is to be good again. `changed` says that it is not as the person saw it.
#[must_use]
pub fn take_back(around: &Around<'_>, revocation: &Revocation, changed: bool, now: i64) -> Markup {
    let names = words::TITLES.iter().zip(words::cells(revocation, now));
    let content = html! {
        @if changed {
            p.doubtful role="alert" { "The revocation was changed since you saw it, and stays. This is how it is now." }
        }
        p { "Whoever is denied by it gets in again: " (words::GOOD_AGAIN) "." }
        dl.facts { @for (name, cell) in names { dt { (name) } dd { (shown::escaped(&cell)) } } }
        form method="post" action=(address::TAKE_BACK) {
            (around.form_token())
            input type="hidden" name="id" value=(revocation.id);
            input type="hidden" name="version" value=(revocation.version);
            (decision("Take back", "Leave it revoked"))
        }
    };
    around.page("Take this back?", address::SERVER, &content)
}

fn decision(yes: &str, no: &str) -> Markup {
    html! {
        input type="hidden" name="confirm" value="yes";
        div.actions {
            button.danger type="submit" { (yes) }
            a href=(address::SERVER) { (no) }
        }
    }
}
