//! The keys that are loaded, as the command `keys` has them.

use maud::{Markup, html};

use crate::api::keys::{HostKeys, Key, LoadedKeys, Source};
use crate::api::words::keys as words;
use crate::token::shown;

use crate::console::table::table;

/// Where they are on the page.
pub(super) const ANCHOR: &str = "keys";

/// The part of the page.
pub(super) fn section(keys: &LoadedKeys) -> Markup {
    html! {
        h2 #(ANCHOR) { "Keys" }
        p.hint { "Keys are shown by their fingerprints; secrets by their length alone." }
        @for host in &keys.hosts { (of_host(host)) }
    }
}

fn of_host(host: &HostKeys) -> Markup {
    html! {
        h3 { (shown::escaped(&words::host(host))) }
        @for source in &host.sources { (of_source(&host.host, source)) }
    }
}

fn of_source(host: &str, source: &Source) -> Markup {
    let name = words::source(source);
    html! {
        @if source.keys.is_empty() {
            p { (shown::escaped(&name)) ": " span.mark.doubtful { (words::NO_KEYS) } }
        } @else {
            (table(&format!("{host}: {name}"), &words::TITLES, &rows(&source.keys)))
        }
        @for trouble in words::troubles(source) {
            p.bad { span.mark { "!" } " " (shown::escaped(&trouble)) }
        }
    }
}

fn rows(keys: &[Key]) -> Markup {
    html! {
        @for key in keys {
            tr { @for cell in words::cells(key) { td.code { (cell) } } }
            @if let Some(weakness) = &key.weakness {
                tr { td.bad colspan="6" { span.mark { "!" } " " (shown::escaped(weakness)) } }
            }
        }
    }
}
