//! What is shown where something went wrong.

use maud::{Markup, html};

use super::address;
use super::shell::{NOTHING, document};

/// A page that says what, and leads back.
#[must_use]
pub fn page(title: &str, detail: &str) -> Markup {
    let content = html! {
        p.bad role="alert" { (detail) }
        p { a href=(address::ROOT) { "Go to the console" } }
    };
    document(title, &NOTHING, &content)
}
