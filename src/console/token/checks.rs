//! Every check, with what was found.

use maud::{Markup, html};

use crate::console::text::plain;
use crate::laid_out::check::{Failure, Line};
use crate::token::explain::checks::Passed;

/// A table of them, in the order of the decision.
pub fn table(checks: &[Line]) -> Markup {
    html! {
        h2 #checks { "Checks" }
        table.checks {
            caption { "Every check, in the order of the decision" }
            thead { tr { th scope="col" { "Result" } th scope="col" { "Check" } th scope="col" { "What was found" } } }
            tbody {
                @for line in checks {
                    @match &line.outcome {
                        Ok(passed) => tr { (row("good", "ok", line.name, &passed_cell(passed))) },
                        Err(failure) => tr.failed { (row("bad", "no", line.name, &failed_cell(failure))) },
                    }
                }
            }
        }
    }
}

fn row(class: &str, word: &str, name: &str, cell: &Markup) -> Markup {
    html! {
        td { span class={ "mark " (class) } { (word) } }
        th scope="row" { (plain(name)) }
        td { (cell) }
    }
}

fn passed_cell(passed: &Passed) -> Markup {
    html! {
        (plain(&passed.found))
        @if let Some(hint) = &passed.hint { p.doubtful { (plain(hint)) } }
    }
}

fn failed_cell(failure: &Failure) -> Markup {
    let lines = [
        Some(("found", &failure.found)),
        Some(("needed", &failure.needed)),
        failure.set_by.as_ref().map(|source| ("set by", source)),
        Some(("hint", &failure.hint)).filter(|(_, hint)| !hint.is_empty()),
    ];
    html! {
        dl.facts {
            @for (name, text) in lines.into_iter().flatten() { dt { (name) } dd { (plain(text)) } }
            dt { "code" } dd { code { (failure.code) } }
        }
    }
}
