//! What every page has around what it is about.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::address;

/// What stands around every page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'a> {
    /// What forms send along; none where nobody has logged in.
    pub form_token: Option<&'a str>,
    /// Whether tokens can be made.
    pub mint: bool,
}

impl Around<'_> {
    /// A page with the ways to the others. `here` is its address.
    pub(super) fn page(&self, title: &str, here: &str, content: &Markup) -> Markup {
        let ways = html! {
            nav aria-label="Console" {
                ul {
                    (way(here, address::TOKEN, "Token"))
                    (way(here, address::JOINS, "Joins"))
                    (way(here, address::SERVER, "Server"))
                    @if self.mint && self.form_token.is_some() { (way(here, address::MINT, "Mint")) }
                }
            }
            @if self.form_token.is_some() {
                form method="post" action=(address::LOG_OUT) {
                    (self.form_token())
                    button.quiet type="submit" { "Log out" }
                }
            }
        };
        document(title, &ways, content)
    }

    /// What shows that a form was sent by a page of this session.
    pub(super) fn form_token(&self) -> Markup {
        html! {
            @if let Some(token) = self.form_token { input type="hidden" name="form_token" value=(token); }
        }
    }
}

fn way(here: &str, to: &str, name: &str) -> Markup {
    html! {
        li {
            @if here == to { a href=(to) aria-current="page" { (name) } } @else { a href=(to) { (name) } }
        }
    }
}

/// A whole document, with what stands in its header beside the name.
pub(super) fn document(title: &str, header: &Markup, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " – prosody-tokend" }
                link rel="stylesheet" href=(asset("console.css"));
                link rel="icon" href=(asset("icon.svg")) type="image/svg+xml";
                script type="module" src=(asset("console.js")) {}
            }
            body {
                a.skip href="#content" { "To the content" }
                header.top {
                    a.name href=(address::ROOT) { "prosody-tokend" }
                    (header)
                }
                main #content tabindex="-1" { h1 { (title) } (content) }
            }
        }
    }
}

/// A script that a page has for itself.
pub(super) fn script(name: &str) -> Markup {
    html! { script type="module" src=(asset(name)) {} }
}

/// A page that is there for a moment, and leads on.
pub(super) fn leads_on(title: &str, to: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content={ "0; url=" (to) };
                title { (title) " – prosody-tokend" }
                link rel="icon" href=(asset("icon.svg")) type="image/svg+xml";
            }
            body { p { a href=(to) { "Go on" } } }
        }
    }
}

/// Nothing, where a header has nothing besides.
pub(super) const NOTHING: Markup = PreEscaped(String::new());

fn asset(name: &str) -> String {
    format!("{}{name}", address::ASSETS)
}
