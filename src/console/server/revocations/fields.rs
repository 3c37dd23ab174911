//! The form by which something is taken back.

use maud::{Markup, html};

use crate::console::address;
use crate::console::shell::Around;
use crate::token::revocation::Kind;
use crate::token::shown;

/// What somebody has filled in. There is no `Debug`: one of the fields may be a token.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a> {
    /// What is taken back, by the name of its kind.
    pub kind: &'a str,
    /// Its name.
    pub value: &'a str,
    /// The token, where it is one.
    pub token: &'a str,
    /// The host at which it counts.
    pub host: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Until when.
    pub until: &'a str,
    /// Whether a user's tokens are meant that were issued before now.
    pub issued_before: bool,
}

/// The form once more, with what is wrong with it.
#[must_use]
pub fn again(around: &Around<'_>, fields: &Fields<'_>, hosts: &[&str], wrong: &str) -> Markup {
    let content = html! {
        p.bad role="alert" { (shown::escaped(wrong)) }
        (form(around, fields, hosts))
        p { a href=(address::SERVER) { "Back to the server" } }
    };
    around.page("Revoke", address::SERVER, &content)
}

/// The form, with these values in it. Names are sent once more as they were typed, whatever is in them.
pub(super) fn form(around: &Around<'_>, fields: &Fields<'_>, hosts: &[&str]) -> Markup {
    html! {
        form method="post" action=(address::REVOKE) {
            (around.form_token())
            div.fields {
                (kind(fields.kind))
                div {
                    label for="revoke-value" { "Its name" }
                    input #revoke-value name="value" value=(fields.value) autocomplete="off" spellcheck="false"
                        aria-describedby="revoke-value-hint";
                    p #revoke-value-hint.hint { "The user's ID, the jti, the room … A token goes into the field below." }
                }
                (host(fields.host, hosts))
                (until(fields.until))
                div {
                    label for="revoke-reason" { "Why" }
                    input #revoke-reason name="reason" value=(fields.reason) autocomplete="off"
                        aria-describedby="revoke-reason-hint";
                    p #revoke-reason-hint.hint { "Those who are denied see it." }
                }
            }
            (issued_before(fields.issued_before))
            label for="revoke-token" { "The token, where it is one token" }
            // The first line break of a field does not count.
            textarea #revoke-token.token name="token" autocomplete="off" spellcheck="false"
                aria-describedby="revoke-token-hint" { "\n" (shown::visible(fields.token)) }
            p #revoke-token-hint.hint { "Its digest alone is kept." }
            div.actions { button type="submit" { "See what that means" } }
        }
    }
}

fn kind(chosen: &str) -> Markup {
    html! {
        div {
            label for="revoke-kind" { "What" }
            select #revoke-kind name="kind" {
                @for kind in Kind::ALL {
                    option value=(kind.name()) selected[kind.name() == chosen] { (described(kind)) }
                }
            }
        }
    }
}

const fn described(kind: Kind) -> &'static str {
    match kind {
        Kind::Token => "one token",
        Kind::TokenId => "tokens with a jti",
        Kind::User => "tokens of a user",
        Kind::Key => "tokens with a kid",
        Kind::Issuer => "tokens of an issuer (iss)",
        Kind::Room => "a room, whoever joins",
        Kind::Session => "tokens with a sid",
    }
}

fn host(chosen: &str, hosts: &[&str]) -> Markup {
    html! {
        div {
            label for="revoke-host" { "Where" }
            select #revoke-host name="host" {
                option value="" { "every host" }
                @for host in hosts {
                    option value=(host) selected[*host == chosen] { (shown::escaped(host)) }
                }
            }
        }
    }
}

fn until(value: &str) -> Markup {
    html! {
        div {
            label for="revoke-until" { "Until" }
            input #revoke-until name="until" value=(value) autocomplete="off" aria-describedby="revoke-until-hint";
            p #revoke-until-hint.hint {
                "2026-01-31T12:00:00Z, or for how long, as 12h or 7d. Empty: for ever; of a token as long as that can be good."
            }
        }
    }
}

fn issued_before(is_set: bool) -> Markup {
    html! {
        p {
            input #revoke-before type="checkbox" name="issued_before" value="now" checked[is_set];
            " "
            label.beside for="revoke-before" { "Of a user: only tokens that were issued before now (logs out everywhere; later ones are good)" }
        }
    }
}
