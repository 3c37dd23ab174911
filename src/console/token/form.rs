//! The form in which one asks.

use maud::{Markup, html};

use crate::console::address;
use crate::console::shell::Around;
use crate::console::text::plain;
use crate::token::shown;

use super::asked::{Asked, Field, Mistake, Offers};

/// The form, with what was asked already and what is wrong with that.
pub fn form(around: &Around<'_>, asked: &Asked, offers: &Offers, mistakes: &[Mistake]) -> Markup {
    let text = |field| self::text(field, asked, mistakes);
    html! {
        form.no-print method="post" action=(address::TOKEN) {
            (around.form_token())
            @if asked.is_of_join() {
                input type="hidden" name="code" value=(shown::escaped(&asked.code));
                input type="hidden" name="id" value=(shown::escaped(&asked.id));
            }
            (token(asked, mistakes))
            div.fields {
                (select(Field::Host, asked, &offers.hosts, mistakes))
                (text(Field::Room))
                (text(Field::Tenant))
                (text(Field::At))
                @if !offers.gateways.is_empty() || !asked.gateway.is_empty() { (select(Field::Gateway, asked, &offers.gateways, mistakes)) }
            }
            div.actions { button type="submit" { "Explain" } }
        }
    }
}

fn token(asked: &Asked, mistakes: &[Mistake]) -> Markup {
    let field = Field::Token;
    let is_wrong = wrong(field, mistakes).is_some();
    html! {
        (label(field))
        textarea.token #(field.name()) name=(field.name()) rows="6" required autocomplete="off" autocapitalize="off" spellcheck="false"
            aria-describedby=(described(field, mistakes)) aria-invalid=[is_wrong.then_some("true")] {
            // The first line break of a field does not count, and what does not show belongs to no token.
            "\n" (shown::visible(&asked.token))
        }
        (hint(field, mistakes))
    }
}

fn text(field: Field, asked: &Asked, mistakes: &[Mistake]) -> Markup {
    let is_wrong = wrong(field, mistakes).is_some();
    html! {
        div {
            (label(field))
            input #(field.name()) name=(field.name()) value=(shown::escaped(field.of(asked))) autocomplete="off" autocapitalize="off"
                spellcheck="false" aria-describedby=(described(field, mistakes)) aria-invalid=[is_wrong.then_some("true")];
            (hint(field, mistakes))
        }
    }
}

fn select(field: Field, asked: &Asked, offers: &[String], mistakes: &[Mistake]) -> Markup {
    let chosen = field.of(asked);
    let is_offered = chosen.is_empty() || offers.iter().any(|offer| offer == chosen);
    let is_wrong = wrong(field, mistakes).is_some();
    html! {
        div {
            (label(field))
            select #(field.name()) name=(field.name()) aria-describedby=(described(field, mistakes)) aria-invalid=[is_wrong.then_some("true")] {
                option value="" { (field.nothing()) }
                @for offer in offers {
                    option value=(offer) selected[offer == chosen] { (plain(offer)) }
                }
                @if !is_offered {
                    option value=(shown::escaped(chosen)) selected { (shown::escaped(chosen)) " (not configured)" }
                }
            }
            (hint(field, mistakes))
        }
    }
}

fn label(field: Field) -> Markup {
    html! { label for=(field.name()) { (field.label()) } }
}

/// What is wrong with a field, then what it takes.
fn hint(field: Field, mistakes: &[Mistake]) -> Markup {
    html! {
        @if let Some(wrong) = wrong(field, mistakes) {
            p.bad #{ (field.name()) "-wrong" } { (plain(wrong)) }
        }
        p.hint #{ (field.name()) "-hint" } { (field.hint()) }
    }
}

fn described(field: Field, mistakes: &[Mistake]) -> String {
    let name = field.name();
    match wrong(field, mistakes) {
        Some(_) => format!("{name}-wrong {name}-hint"),
        None => format!("{name}-hint"),
    }
}

fn wrong(field: Field, mistakes: &[Mistake]) -> Option<&str> {
    let mut mistakes = mistakes.iter();
    let mistake = mistakes.find(|mistake| mistake.field == field);
    mistake.map(|mistake| mistake.text.as_str())
}

impl Field {
    const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Host => "host",
            Self::Room => "room",
            Self::Tenant => "tenant",
            Self::At => "at",
            Self::Gateway => "gateway",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Token => "Token",
            Self::Host => "Host",
            Self::Room => "Room",
            Self::Tenant => "Tenant",
            Self::At => "Time (UTC)",
            Self::Gateway => "Gateway",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Token => {
                "A token, or a text that has one in it: a meeting's whole link, an Authorization header, a line of a file. It is \
                 looked at and forgotten; nothing of it is stored."
            }
            Self::Host => "The server whose rules count.",
            Self::Room => {
                "The room to join: its name, its JID or its web address. Without one the token alone is looked at."
            }
            Self::Tenant => {
                "What stands before the room in the meeting's address, where anything does."
            }
            Self::At => {
                "The time to decide at: 2026-01-31 12:00, 2026-01-31T12:00:00Z or Unix seconds. Empty is now."
            }
            Self::Gateway => {
                "The gateway to which the token comes, in place of host, room and tenant."
            }
        }
    }

    /// What is chosen where nothing is.
    const fn nothing(self) -> &'static str {
        match self {
            Self::Host => "by the issuer",
            Self::Gateway => "none",
            Self::Token | Self::Room | Self::Tenant | Self::At => "",
        }
    }

    fn of(self, asked: &Asked) -> &str {
        match self {
            Self::Token => &asked.token,
            Self::Host => &asked.host,
            Self::Room => &asked.room,
            Self::Tenant => &asked.tenant,
            Self::At => &asked.at,
            Self::Gateway => &asked.gateway,
        }
    }
}
