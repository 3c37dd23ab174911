//! What the configuration in force comes to, as `check` has it.

use maud::{Markup, html};

use crate::config::effective::Effective;
use crate::origin::Origin;
use crate::overview::words::{lines, source, text_of};
use crate::overview::{Overview, ShownGateway, ShownHost};
use crate::token::shown;

use crate::console::table::table;

/// Where the hosts are on the page.
pub(super) const HOSTS: &str = "hosts";
/// Where the gateways are.
pub(super) const GATEWAYS: &str = "gateways";
/// Where the daemon's own settings are.
pub(super) const SETTINGS: &str = "settings";

/// The parts of the page.
pub(super) fn section(overview: &Overview) -> Markup {
    let Overview {
        hosts,
        gateways,
        settings,
        ..
    } = overview;
    html! {
        h2 #(HOSTS) { "Hosts" }
        @if hosts.is_empty() { p { "There are none." } }
        @for of in hosts { (folded(&of.name, hosts.len(), &host(of))) }
        @if !gateways.is_empty() {
            h2 #(GATEWAYS) { "Gateways" }
            @for of in gateways { (folded(&of.name, gateways.len(), &gateway(of))) }
        }
        h2 #(SETTINGS) { "Settings" }
        (own_settings(settings))
    }
}

/// Where there are many, each is to be opened.
fn folded(name: &str, count: usize, content: &Markup) -> Markup {
    if count <= MOST_OPEN {
        return content.clone();
    }
    html! { details { summary { (shown::escaped(name)) } (content) } }
}

fn host(host: &ShownHost) -> Markup {
    let name = &host.name;
    html! {
        (options(&format!("Options of {name}"), &host.options))
        @for (issuer, of_issuer) in &host.issuers {
            (options(&format!("Options of {name}, issuer {issuer}"), of_issuer))
        }
    }
}

fn gateway(gateway: &ShownGateway) -> Markup {
    options(
        &format!("Options of the gateway {}", gateway.name),
        &gateway.options,
    )
}

/// What was set one a line, and everything else together.
fn own_settings(settings: &[Effective]) -> Markup {
    let is_default = |row: &&Effective| row.origin == Origin::Default;
    let set: Vec<Effective> = settings
        .iter()
        .filter(|row| !is_default(row))
        .cloned()
        .collect();
    let defaults = settings.iter().filter(is_default);
    let defaults: Vec<String> = defaults
        .map(|row| format!("{} {}", row.option, text_of(&row.value)))
        .collect();
    html! {
        (options("Settings of the daemon", &set))
        @if !defaults.is_empty() { p.faint { "default: " (defaults.join(", ")) } }
    }
}

/// One option a line; what nobody has set is faint, and says so.
fn options(name: &str, rows: &[Effective]) -> Markup {
    let lines = rows.iter().flat_map(lines);
    let cells = html! {
        @for (option, value, row) in lines {
            tr.faint[row.origin == Origin::Default] {
                th scope="row" { (option) }
                td { (value) }
                td { (source(row)) }
            }
        }
    };
    let titles = ["Option", "Value", "Where from"];
    html! { div.options { (table(name, &titles, &cells)) } }
}

const MOST_OPEN: usize = 3;
