//! A token for trying things: the form, and what was made.

mod fields;
mod made;

use maud::{Markup, html};

use super::address;
use super::shell::Around;
use super::text::plain;

pub use self::fields::{Fields, LONGEST_MINUTES, Offer};
pub use self::made::Made;

/// The page with the form, and with what is wrong with that, if anything is.
#[must_use]
pub fn page(around: &Around<'_>, offers: &[Offer], fields: &Fields, wrong: Option<&str>) -> Markup {
    let content = html! {
        p { "A token of one of the hosts here, signed with its own secret. Whoever has it gets in with it: it is shown once, and kept nowhere." }
        @if let Some(wrong) = wrong { p.bad role="alert" { (plain(wrong)) } }
        (fields::form(around, offers, fields))
    };
    around.page("Mint", address::MINT, &content)
}

/// The page with a token that was just made.
#[must_use]
pub fn minted(around: &Around<'_>, offers: &[Offer], fields: &Fields, made: &Made<'_>) -> Markup {
    let content = html! {
        (made::section(around, made))
        h2 { "Another one" }
        (fields::form(around, offers, fields))
    };
    around.page("Mint", address::MINT, &content)
}
