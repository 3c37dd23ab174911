//! A check, laid out for a terminal.

use crate::laid_out::check::{Failure, Line};
use crate::laid_out::text::{BAD, BOLD, FAINT, GOOD, wrapped};

/// What was found, and why it is not right.
pub fn lay_out(line: &Line, width: usize) -> String {
    let name = line.name;
    let indent = width.saturating_add(8);
    match &line.outcome {
        Ok(passed) => {
            let hint = passed.hint.as_ref();
            let hint = hint.map(|hint| format!("  ({hint})")).unwrap_or_default();
            let text = wrapped(&format!("{}{hint}", passed.found), indent);
            format!("{GOOD}  ok  {GOOD:#}{name:<width$}  {text}\n")
        }
        Err(failure) => format!(
            "{BAD}  no  {BAD:#}{BOLD}{name:<width$}{BOLD:#}  {}",
            failed_lines(failure, indent)
        ),
    }
}

/// What was found and needed, and what to change; where the verdict has all of it, what is not to be overlooked.
fn failed_lines(failure: &Failure, indent: usize) -> String {
    let is_told = failure.is_in_verdict;
    let hint = if is_told {
        &failure.remedy
    } else {
        &failure.hint
    };
    let there = |name, text| (!is_told).then_some((name, text));
    let lines = [
        there("found", &failure.found),
        there("needed", &failure.needed),
        failure.set_by.as_ref().map(|source| ("set by", source)),
        Some(("hint", hint)).filter(|(_, hint)| !hint.is_empty()),
    ];
    let lines = lines.into_iter().flatten().map(|(name, text)| {
        let text = wrapped(text, indent.saturating_add(8));
        format!("{FAINT}{name:<8}{FAINT:#}{text}\n")
    });
    let lines: Vec<String> = lines.collect();
    lines.join(&" ".repeat(indent))
}
