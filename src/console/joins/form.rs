//! What somebody wants to see. It is asked for by `GET`, so that what is found has an address.

use maud::{Markup, html};

use crate::console::address;
use crate::joins::Filter;
use crate::token::shown;

/// A choice by its value, as it is called, and whether it was taken.
struct Choice<'a> {
    value: &'a str,
    name: String,
    is_taken: bool,
}

/// The form, filled in with what was asked for.
pub fn form(filter: &Filter, codes: &[&str], hosts: &[String]) -> Markup {
    html! {
        form method="get" action=(address::JOINS) data-filter {
            div.fields {
                div {
                    label for="code" { "Outcome" }
                    select #code name="code" { (options(&outcomes(filter.outcome.name(), codes))) }
                }
                div {
                    label for="host" { "Host" }
                    select #host name="host" { (options(&of_hosts(filter.host.as_deref(), hosts))) }
                }
                div {
                    label for="text" { "Text" }
                    input #text name="text" type="search" value=(filter.text.as_deref().unwrap_or_default()) autocomplete="off"
                        pattern=(NO_TOKEN) title="No token" aria-describedby="where";
                    p #where.hint { "In host, room, name, code or token ID. No token: it would stand in the address." }
                }
            }
            div.actions {
                button type="submit" { "Show" }
                a href=(address::JOINS) { "Show all" }
            }
        }
    }
}

/// Browsers send no form with a text that is not like this: tokens begin with these letters, and an address is no place for one. They are
/// written so that whoever looks for tokens in a page finds none.
const NO_TOKEN: &str = "(?!.*e[y]J).*";

fn options(choices: &[Choice<'_>]) -> Markup {
    html! {
        @for choice in choices { option value=(choice.value) selected[choice.is_taken] { (choice.name) } }
    }
}

fn outcomes<'a>(taken: &'a str, codes: &[&'a str]) -> Vec<Choice<'a>> {
    let common = [
        ("", "all"),
        ("let-in", "let in"),
        ("denied", "denied, for any reason"),
    ];
    let is_common = |value: &str| common.iter().any(|(known, _)| *known == value);
    let missing = Some(taken).filter(|taken| !is_common(taken) && !codes.contains(taken));
    let codes = codes.iter().copied().chain(missing);
    let codes = codes.map(|code| (code, format!("denied: {}", shown::escaped(code))));
    let common = common.map(|(value, name)| (value, name.to_owned()));
    let choice = |(value, name)| Choice {
        value,
        name,
        is_taken: value == taken,
    };
    common.into_iter().chain(codes).map(choice).collect()
}

fn of_hosts<'a>(taken: Option<&'a str>, hosts: &'a [String]) -> Vec<Choice<'a>> {
    let known = hosts.iter().map(String::as_str);
    let missing = taken.filter(|taken| !known.clone().any(|host| host == *taken));
    let all = Choice {
        value: "",
        name: "all".to_owned(),
        is_taken: taken.is_none(),
    };
    let hosts = known.chain(missing).map(|host| Choice {
        value: host,
        name: shown::escaped(host).into_owned(),
        is_taken: taken == Some(host),
    });
    std::iter::once(all).chain(hosts).collect()
}
