//! What was decided lately.

mod form;
pub mod row;

use maud::{Markup, html};

use crate::joins::{Filter, HourSums};

use super::address;
use super::chart;
use super::shell::{Around, script};

use self::row::{Row, moment};

/// The page where decisions are not kept: their sums are, of the hour up to `now` in Unix seconds.
#[must_use]
pub fn sums(around: &Around<'_>, sums: &HourSums, now: i64) -> Markup {
    let content = html! {
        p {
            "Decisions are not kept one by one, for " code { "recent = 0" } " is set in " code { "[console]" }
            " of the daemon's configuration. These are their sums."
        }
        (chart::hour(sums, now))
    };
    around.page("Joins", address::JOINS, &content)
}

/// What the page shows.
pub struct Joins<'a> {
    /// The decisions that somebody wants to see, the newest first.
    pub rows: Vec<Row>,
    /// How many are remembered.
    pub remembered: usize,
    /// When the first of them was decided, in Unix seconds.
    pub since: Option<i64>,
    /// How many are remembered at most.
    pub most: usize,
    /// Whether names are kept.
    pub names: bool,
    /// What is wanted.
    pub filter: &'a Filter,
    /// The codes of all that are remembered.
    pub codes: Vec<&'static str>,
    /// The hosts that there are.
    pub hosts: Vec<String>,
    /// How far the rows go.
    pub place: String,
}

/// The page.
#[must_use]
pub fn page(around: &Around<'_>, joins: &Joins<'_>) -> Markup {
    let content = html! {
        p { "Who wanted to come in, and what became of it. Tokens are never kept: whoever wants to know more has to paste one." }
        (form::form(joins.filter, &joins.codes, &joins.hosts))
        p #sum { (sum(joins)) }
        @if !joins.names { p.hint { (NAMELESS) code { "show_names = true" } " in " code { "[console]" } " has both kept from then on." } }
        (live_controls())
        (table(joins))
        (script("joins.js"))
    };
    around.page("Joins", address::JOINS, &content)
}

/// How many are shown of how many.
fn sum(joins: &Joins<'_>) -> String {
    let (shown, remembered, most) = (joins.rows.len(), joins.remembered, joins.most);
    match joins.since.map(moment) {
        None => format!(
            "Nobody wanted to come in since the daemon was started. The last {most} decisions will be remembered."
        ),
        Some(since) if shown == 0 => {
            format!(
                "None of the {remembered} decisions since {since} (UTC) is like that. At most {most} are remembered."
            )
        }
        Some(since) => {
            format!(
                "Shown: {shown} of {remembered} decisions since {since} (UTC). At most {most} are remembered."
            )
        }
    }
}

/// What a script fills, and what does without one.
fn live_controls() -> Markup {
    html! {
        div.actions.live {
            a href="" data-reload { "Reload" }
            p #live role="status" {}
        }
    }
}

fn table(joins: &Joins<'_>) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Decisions" {
            table data-live=(address::JOINS_LIVE) data-after=(joins.place) data-most=(joins.most) data-login=(address::LOG_IN) {
                caption { "Decisions, the newest first" }
                thead { tr { @for (name, title) in columns(joins.names) { th scope="col" data-cell=(name) { (title) } } } }
                tbody { @for row in &joins.rows { (cells(row, joins.names)) } }
            }
        }
    }
}

/// Each column by the name of what it shows of a row, with its title.
fn columns(names: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    let who = [("room", "Room"), ("name", "Name")];
    let who = who.into_iter().filter(move |_| names);
    let first = [("time", "Time (UTC)"), ("what", "Wanted"), ("host", "Host")];
    let last = [
        ("outcome", "Outcome"),
        ("code", "Code"),
        ("token", "Token ID"),
        ("link", "More"),
    ];
    first.into_iter().chain(who).chain(last)
}

/// A script makes rows like these of what it is told.
fn cells(row: &Row, names: bool) -> Markup {
    let mark = if row.is_let_in {
        "mark good"
    } else {
        "mark bad"
    };
    html! {
        tr {
            th scope="row" { time datetime=(row.datetime) { (row.time) } }
            td { (row.what) }
            td { (row.host) }
            @if names {
                td { (row.room.as_deref().unwrap_or_default()) }
                td { (row.name.as_deref().unwrap_or_default()) }
            }
            td { span class=(mark) { (row.outcome) } }
            td { (row.code.unwrap_or_default()) }
            td.code { (row.token.as_deref().unwrap_or_default()) }
            td { a href=(row.link) { "Explain" } }
        }
    }
}

const NAMELESS: &str = "Rooms and the names of users are not kept: ";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::joins::{Join, What};

    const ANY: Filter = Filter {
        outcome: crate::joins::Outcome::Any,
        host: None,
        text: None,
    };

    fn join() -> Join {
        Join {
            number: 1,
            time: 1_765_139_000,
            what: What::Login,
            host: "meet.example.com".to_owned(),
            issuer: None,
            code: Some("expired"),
            token_id: Some("0a1b2c3d".to_owned()),
            room: Some("<b>room</b>@c".to_owned()),
            name: Some("<script>alert(1)</script>\u{202e}".to_owned()),
        }
    }

    fn joins(filter: &Filter, names: bool) -> Joins<'_> {
        Joins {
            rows: vec![Row::of(&join())],
            remembered: 12,
            since: Some(1_765_138_000),
            most: 200,
            names,
            filter,
            codes: vec!["expired"],
            hosts: vec!["meet.example.com".to_owned()],
            place: "7.1".to_owned(),
        }
    }

    fn html(joins: &Joins<'_>) -> String {
        page(&Around::default(), joins).into_string()
    }

    #[test]
    fn a_row_has_what_was_decided_and_a_way_to_the_explanation() {
        let html = html(&joins(&ANY, true));
        for expected in [
            "<time datetime=\"2025-12-07T20:23:20Z\">2025-12-07 20:23:20</time>",
            "<span class=\"mark bad\">denied</span>",
            "<td>expired</td>",
            "0a1b2c3d",
            "href=\"/console/token?host=meet.example.com&amp;room=",
            "Shown: 1 of 12 decisions since 2025-12-07 20:06:40 (UTC). At most 200 are remembered.",
            "&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}",
            "&lt;b&gt;room&lt;/b&gt;",
        ] {
            assert!(html.contains(expected), "{expected} is not in {html}");
        }
        for never in ["<b>room", "<script>alert", "\u{202e}", "show_names"] {
            assert!(!html.contains(never), "{never} is in {html}");
        }
    }

    #[test]
    fn where_names_are_not_kept_there_are_no_columns_for_them_and_it_says_how_to_have_them() {
        let html = html(&joins(&ANY, false));
        assert!(html.contains("show_names = true"), "{html}");
        for never in ["data-cell=\"room\"", "data-cell=\"name\"", "alert(1)"] {
            assert!(!html.contains(never), "{never} is in {html}");
        }
    }

    #[test]
    fn what_somebody_looks_for_stands_in_the_form_as_a_text() {
        let filter = Filter {
            outcome: crate::joins::Outcome::named("\"><b>"),
            host: Some("<i>".to_owned()),
            text: Some("\" autofocus onfocus=\"alert(1)".to_owned()),
        };
        let html = html(&joins(&filter, true));
        for expected in [
            "value=\"&quot; autofocus onfocus=&quot;alert(1)\"",
            "<option value=\"&quot;&gt;&lt;b&gt;\" selected>",
            "<option value=\"&lt;i&gt;\" selected>",
        ] {
            assert!(html.contains(expected), "{expected} is not in {html}");
        }
    }

    #[test]
    fn where_nothing_is_shown_it_says_why() {
        let nothing = |remembered, since| {
            let joins = Joins {
                rows: Vec::new(),
                remembered,
                since,
                ..joins(&ANY, false)
            };
            html(&joins)
        };
        let html = nothing(0, None);
        assert!(
            html.contains("Nobody wanted to come in since the daemon was started"),
            "{html}"
        );
        let html = nothing(12, Some(0));
        assert!(
            html.contains("None of the 12 decisions since 1970-01-01 00:00:00 (UTC) is like that"),
            "{html}"
        );
        let none = crate::joins::Hour::default().sums(0);
        let html = sums(&Around::default(), &none, 0).into_string();
        assert!(
            html.contains("recent = 0") && html.contains("<svg"),
            "{html}"
        );
        assert!(!html.contains("data-live"), "{html}");
    }
}
