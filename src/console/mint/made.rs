//! A token that was just made.

use maud::{Markup, html};

use crate::console::address;
use crate::console::shell::Around;
use crate::console::text::plain;

/// A token that was just made. There is no `Debug`: it opens rooms.
pub struct Made<'a> {
    /// The host that it is for.
    pub host: &'a str,
    /// The room that was asked for; empty for all of them.
    pub room: &'a str,
    /// The tenant that was asked for.
    pub tenant: &'a str,
    /// The token itself.
    pub token: &'a str,
    /// What there is to say of it.
    pub remarks: &'a [String],
}

/// The token, what there is to say of it, and the way to its explanation.
pub(super) fn section(around: &Around<'_>, made: &Made<'_>) -> Markup {
    html! {
        p role="status" { span.mark.good { "made" } " A token for " (plain(made.host)) "." }
        @for remark in made.remarks { p { span.mark.doubtful { "note" } " " (plain(remark)) } }
        label for="minted" { "Token" }
        textarea.token #minted readonly rows="6" spellcheck="false" { "\n" (made.token) }
        div.actions {
            button.quiet type="button" hidden data-copy="minted" { "Copy" }
            span role="status" data-copied="minted" {}
        }
        (explanation(around, made))
    }
}

/// The token goes along in the body of a request, and in no address.
fn explanation(around: &Around<'_>, made: &Made<'_>) -> Markup {
    let fields = [
        ("token", made.token),
        ("host", made.host),
        ("room", made.room),
        ("tenant", made.tenant),
    ];
    html! {
        form method="post" action=(address::TOKEN) {
            (around.form_token())
            @for (name, value) in fields {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            div.actions { button.quiet type="submit" { "See what it is good for" } }
        }
    }
}
