//! Where what was taken back is kept.

use maud::{Markup, html};

use crate::store::StoreState;
use crate::token::shown;

use super::running::at;

/// Where it is on the page.
pub(super) const ANCHOR: &str = "store";

/// The part of the page.
pub(super) fn section(store: Option<&StoreState>, now: i64) -> Markup {
    html! {
        h2 #(ANCHOR) { "Store" }
        @match store {
            None => p { "There is none: nothing can be revoked." },
            Some(store) => (facts(store, now)),
        }
    }
}

fn facts(store: &StoreState, now: i64) -> Markup {
    let kind = if store.is_shared {
        "a database, shared with other daemons"
    } else {
        "a file of this daemon alone"
    };
    html! {
        dl.facts {
            dt { "Kind" } dd { (kind) }
            dt { "Place" } dd.code { (shown::escaped(&store.place)) }
            dt { "State" }
            @match store.failing_since {
                None => dd { span.mark.good { "works" } },
                Some(since) => dd { span.mark.bad { "does not work" } " since " (at(since, now)) },
            }
            @if let Some(contact) = store.last_contact { dt { "Answered last" } dd { (at(contact, now)) } }
            dt { "Revocations in force" } dd { (store.revocations) }
            @if store.consumers > 0 {
                dt { "Credentials in force" } dd { (store.credentials) " of " (store.consumers) " consumers" }
            }
            @if let Some(schema) = &store.schema { dt { "Tables" } dd { "version " (schema) } }
        }
    }
}
