//! Tables, which scroll by themselves where they are wide.

use maud::{Markup, html};

use crate::token::shown;

/// A table of this name, which no other one of the page has.
pub(super) fn table(name: &str, titles: &[&str], rows: &Markup) -> Markup {
    let name = shown::escaped(name);
    html! {
        div.scroll tabindex="0" role="region" aria-label=(name) {
            table {
                caption { (name) }
                thead { tr { @for title in titles { th scope="col" { (title) } } } }
                tbody { (rows) }
            }
        }
    }
}
