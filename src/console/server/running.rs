//! The daemon itself: which version, since when, and how often it was told otherwise.

use maud::{Markup, html};

use crate::token::when;

use super::facts::Server;

/// Where it is on the page.
pub(super) const ANCHOR: &str = "daemon";

/// The part of the page.
pub(super) fn section(server: &Server<'_>) -> Markup {
    let reloads = server.reloads;
    let time =
        |time: Option<i64>| time.map_or_else(|| "never".to_owned(), |time| at(time, server.now));
    let counted = |count: u64, last: Option<i64>| match count {
        0 => "none".to_owned(),
        count => format!("{count}, the last one {}", time(last)),
    };
    html! {
        h2 #(ANCHOR) { "This daemon" }
        dl.facts {
            dt { "Version" } dd { "prosody-tokend " (server.version) }
            dt { "State" } dd { (server.health.status) }
            dt { "Runs since" } dd { (time(reloads.started)) }
            dt { "Configuration in force since" } dd { (time(reloads.last_success)) }
            dt { "Reloads" } dd { (counted(reloads.succeeded, reloads.last_success)) }
            dt { "Reloads that were refused" } dd { (counted(reloads.failed, reloads.last_failure)) }
        }
    }
}

/// A time in figures, and how far away it is.
pub(super) fn at(time: i64, now: i64) -> String {
    format!("{} ({})", when::shown(time), when::words(time, now))
}
