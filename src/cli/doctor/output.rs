//! Findings for people and for programs.

use std::fmt::Write as _;

use crate::cli::failure::Failure;
use crate::cli::layout::{BAD, DOUBTFUL, FAINT, GOOD, json, plain, wrapped};
use crate::cli::output::{print as print_json, print_coloured};
use crate::doctor::examined::{looked_at, not_looked_at};
use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};

/// Writes what was found to standard output.
pub fn print(facts: &Facts, findings: &[Finding], as_json: bool) -> Result<(), Failure> {
    if as_json {
        let body = serde_json::json!({
            "status": status(findings),
            "examined": looked_at(facts),
            "not_examined": not_looked_at(facts),
            "findings": findings,
        });
        return print_json(&json(&body));
    }
    print_coloured(&lay_out(facts, findings))
}

fn status(findings: &[Finding]) -> &'static str {
    match findings.first().map(|finding| finding.severity) {
        Some(Severity::Error) => "broken",
        Some(Severity::Warning) => "weak",
        Some(Severity::Note) | None => "fine",
    }
}

/// How it stands and what is first to do, then every finding, then what was looked at.
fn lay_out(facts: &Facts, findings: &[Finding]) -> String {
    let (style, first) = match findings.first() {
        Some(first) if first.severity == Severity::Error => (BAD, first.what.as_str()),
        Some(first) if first.severity == Severity::Warning => (DOUBTFUL, first.what.as_str()),
        Some(_) | None => (GOOD, FINE),
    };
    let status = status(findings);
    let head = format!(
        "{style}{status}{style:#}  {}\n\n",
        wrapped(first, status.len().saturating_add(2))
    );
    let blocks = findings.iter().map(|finding| block(finding) + "\n");
    let text = blocks.fold(head + &counted(findings), |text, block| text + &block);
    let looked_at = list("looked at", &looked_at(facts));
    let not_looked_at = list("not looked at", &not_looked_at(facts));
    format!("{text}{looked_at}{not_looked_at}")
}

const FINE: &str = "nothing was found that keeps a user with a good token from a room";

/// One thing a line.
fn list(title: &str, parts: &[String]) -> String {
    let lines = parts.iter().map(|part| format!("  {}\n", wrapped(part, 4)));
    let lines: String = lines.collect();
    format!("{FAINT}{title}\n{lines}{FAINT:#}")
}

/// How many findings of each kind there are.
fn counted(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let count = |severity, name: &str| {
        let count = findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count();
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {name}{plural}"))
    };
    let counts = [
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning"),
        count(Severity::Note, "note"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    let counts = counts.join(", ");
    wrapped(
        &format!("{counts}; the first to be put right stands first"),
        0,
    ) + "\n\n"
}

fn block(finding: &Finding) -> String {
    let (style, name) = match finding.severity {
        Severity::Error => (BAD, "error"),
        Severity::Warning => (DOUBTFUL, "warning"),
        Severity::Note => (GOOD, "note"),
    };
    let mut text = format!("{style}{name}{style:#}  {FAINT}{}{FAINT:#}\n", finding.code);
    for (label, part) in [
        ("what", &finding.what),
        ("why", &finding.why),
        ("type", &finding.remedy),
    ] {
        // One paragraph, whatever lines a server or a file has.
        let part = part.replace('\n', " ");
        // What is typed stays one line, so that it can be copied.
        let part = if label == "type" {
            plain(&part)
        } else {
            wrapped(&part, 8)
        };
        // Writing to a string cannot fail.
        writeln!(text, "  {FAINT}{label:<5}{FAINT:#} {part}").unwrap_or_default();
    }
    text
}
