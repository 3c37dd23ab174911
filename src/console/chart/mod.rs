//! Small charts of the last hour. What they show stands beside them in words, and minute by minute in a table.

mod drawn;
mod said;

use maud::{Markup, html};

use crate::joins::{HourSums, Minute};

use super::table;

use self::said::clock_time;

/// The charts of an hour: who was let in and denied, how long decisions took, and questions without an answer. `now` is in Unix seconds.
#[must_use]
pub fn hour(sums: &HourSums, now: i64) -> Markup {
    let charts = [joins(sums), times(sums), undecided(sums)];
    html! {
        p.hint { "The hour up to " (clock_time(now)) " (UTC), minute by minute; it begins anew with each start of the daemon." }
        div.charts { @for chart in &charts { (figure(chart, sums)) } }
    }
}

/// One chart.
struct Chart {
    /// What it is called on the page.
    id: &'static str,
    title: &'static str,
    /// What it shows, in words.
    said: String,
    /// How it is to be read.
    legend: &'static str,
    drawn: Markup,
    /// The columns of its table.
    columns: &'static [Column],
}

/// A column of a table: its title, and what it says of a minute.
type Column = (&'static str, fn(&Minute) -> String);

fn joins(sums: &HourSums) -> Chart {
    Chart {
        id: "chart-joins",
        title: "Joins",
        said: said::joins(sums),
        legend: "Filled: let in. Striped, above: denied.",
        drawn: drawn::joins(sums),
        columns: &[
            ("Let in", |minute| minute.let_in.to_string()),
            ("Denied", |minute| minute.denied.to_string()),
        ],
    }
}

fn times(sums: &HourSums) -> Chart {
    Chart {
        id: "chart-times",
        title: "Time taken",
        said: said::times(sums),
        legend: "Dot: the mean of a minute. Line up from it: the slowest.",
        drawn: drawn::times(sums),
        columns: &[
            ("Mean", |minute| {
                minute.mean().map_or_else(String::new, said::duration)
            }),
            ("Slowest", |minute| {
                minute
                    .mean()
                    .map_or_else(String::new, |_| said::duration(minute.slowest))
            }),
        ],
    }
}

fn undecided(sums: &HourSums) -> Chart {
    Chart {
        id: "chart-undecided",
        title: "Questions without an answer",
        said: said::undecided(sums),
        legend: "Filled: asked in vain, such as for a host that has no policy.",
        drawn: drawn::undecided(sums),
        columns: &[("Without an answer", |minute| minute.undecided.to_string())],
    }
}

fn figure(chart: &Chart, sums: &HourSums) -> Markup {
    let ends = [sums.minutes.first(), sums.minutes.last()];
    html! {
        figure.chart {
            figcaption id=(chart.id) { strong { (chart.title) } ": " (chart.said) }
            svg viewBox=(drawn::VIEW) role="img" aria-labelledby=(chart.id) { (chart.drawn) }
            p.axis aria-hidden="true" { @for (begin, _) in ends.into_iter().flatten() { span { (clock_time(*begin)) } } }
            p.hint { (chart.legend) }
            (minutes(chart, sums))
        }
    }
}

/// Minutes in which there was nothing at all are left out.
fn minutes(chart: &Chart, sums: &HourSums) -> Markup {
    let minutes = sums.minutes.iter();
    let minutes = minutes.filter(|(_, minute)| *minute != Minute::default());
    let rows = html! {
        @for (begin, minute) in minutes {
            tr { th scope="row" { (clock_time(*begin)) } @for (_, value) in chart.columns { td { (value(minute)) } } }
        }
    };
    let columns = chart.columns.iter().map(|(title, _)| *title);
    let titles: Vec<&str> = std::iter::once("Minute (UTC)").chain(columns).collect();
    html! {
        details {
            summary { "As a table" }
            (table::table(&format!("{}, by minute", chart.title), &titles, &rows))
            p.hint { "In minutes that are missing there was nothing." }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::joins::Hour;

    const NOW: i64 = 1_765_139_000;

    fn shown(fill: impl FnOnce(&mut Hour)) -> String {
        let mut counted = Hour::default();
        fill(&mut counted);
        hour(&counted.sums(NOW), NOW).into_string()
    }

    #[test]
    fn each_chart_says_in_words_what_it_shows() {
        let html = shown(|hour| {
            for took in [1, 1, 4] {
                hour.decided(NOW - 600, true, Duration::from_millis(took));
            }
            hour.decided(NOW, false, Duration::from_millis(2));
            hour.undecided(NOW - 60);
        });
        for expected in [
            "3 were let in and 1 denied. Most wanted to come in at 20:13: 3.",
            "2.00 ms on average. The slowest took 4.00 ms, at 20:13.",
            "1. Most were asked at 20:22: 1.",
            "<th scope=\"row\">20:13</th><td>3</td><td>0</td>",
            "<th scope=\"row\">20:23</th><td>0</td><td>1</td>",
            "<th scope=\"row\">20:13</th><td>2.00 ms</td><td>4.00 ms</td>",
            "<th scope=\"row\">20:22</th><td></td><td></td>",
            "<span>19:24</span><span>20:23</span>",
        ] {
            assert!(html.contains(expected), "{expected} is not in {html}");
        }
    }

    #[test]
    fn where_there_was_nothing_that_is_said_and_nothing_is_drawn() {
        let html = shown(|_| {});
        for expected in [
            "Nobody wanted to come in.",
            "Nothing was decided.",
            "There were none.",
        ] {
            assert!(html.contains(expected), "{expected} is not in {html}");
        }
        for never in ["class=\"bar", "<circle", "<td>"] {
            assert!(!html.contains(never), "{never} is in {html}");
        }
    }

    #[test]
    fn pictures_are_named_by_their_captions_and_have_no_style_of_their_own() {
        let html = shown(|hour| hour.decided(NOW, true, Duration::MAX));
        for id in ["chart-joins", "chart-times", "chart-undecided"] {
            assert_eq!(html.matches(&format!("id=\"{id}\"")).count(), 1);
            assert!(html.contains(&format!("role=\"img\" aria-labelledby=\"{id}\"")));
        }
        assert!(!html.contains("style"), "{html}");
        assert_eq!(
            html.matches("<figure").count(),
            html.matches("<details>").count()
        );
    }
}
