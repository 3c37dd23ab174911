//! How the server is: what is wrong first, then what it goes by, and what was taken back.

mod facts;
mod hour;
mod keys;
mod policies;
pub mod revocations;
mod running;
mod store;
mod troubles;

use maud::{Markup, html};

pub use self::facts::Server;

use super::address;
use super::shell::Around;

/// The page. It begins with what was just done, where something was.
#[must_use]
pub fn page(around: &Around<'_>, server: &Server<'_>, done: Option<&str>) -> Markup {
    let content = html! {
        @if let Some(done) = done { p.card.good role="status" { span { (done) } } }
        (parts(server))
        (troubles::section(server))
        (running::section(server))
        (hour::section(&server.hour, server.now))
        (policies::section(server.overview))
        (keys::section(server.keys))
        (store::section(server.store, server.now))
        (revocations::section(around, &server.revocations, server.now))
    };
    around.page("Server", address::SERVER, &content)
}

/// The ways to the parts of the page.
fn parts(server: &Server<'_>) -> Markup {
    let has_gateways = !server.overview.gateways.is_empty();
    html! {
        nav.parts aria-label="On this page" {
            ul {
                @for (anchor, name) in PARTS {
                    @if *anchor != policies::GATEWAYS || has_gateways {
                        li { a href={ "#" (anchor) } { (name) } }
                    }
                }
            }
        }
    }
}

const PARTS: &[(&str, &str)] = &[
    (troubles::ANCHOR, "What is wrong"),
    (running::ANCHOR, "This daemon"),
    (hour::ANCHOR, "The last hour"),
    (policies::HOSTS, "Hosts"),
    (policies::GATEWAYS, "Gateways"),
    (policies::SETTINGS, "Settings"),
    (keys::ANCHOR, "Keys"),
    (store::ANCHOR, "Store"),
    (revocations::ANCHOR, "Revocations"),
];
