//! Findings for people and for programs.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::cli::Failure;
use crate::cli::layout::{BAD, DOUBTFUL, FAINT, GOOD, json, plain, wrapped};
use crate::config::prosody::model::ProsodyConfig;
use crate::doctor::facts::{Answer, Facts};
use crate::doctor::finding::{Finding, Severity};

/// Writes what was found to standard output.
pub fn print(facts: &Facts, findings: &[Finding], as_json: bool) -> Result<(), Failure> {
    if as_json {
        let summary = summary(facts);
        let body = serde_json::json!({ "status": status(findings), "examined": summary, "findings": findings });
        return crate::cli::print(&json(&body));
    }
    let mut output = anstream::stdout();
    output
        .write_all(lay_out(facts, findings).as_bytes())
        .map_err(Failure::Output)
}

fn status(findings: &[Finding]) -> &'static str {
    match findings.first().map(|finding| finding.severity) {
        Some(Severity::Error) => "broken",
        Some(Severity::Warning) => "weak",
        Some(Severity::Note) | None => "fine",
    }
}

/// How it stands and what is first to do, what was looked at, then every finding.
fn lay_out(facts: &Facts, findings: &[Finding]) -> String {
    let status = status(findings);
    let style = match findings.first().map(|finding| finding.severity) {
        Some(Severity::Error) => BAD,
        Some(Severity::Warning) => DOUBTFUL,
        Some(Severity::Note) | None => GOOD,
    };
    let first = findings.first().map_or_else(
        || "nothing stands between a user with a good token and a room".to_owned(),
        |first| first.what.clone(),
    );
    let indent = status.len().saturating_add(2);
    let count = if findings.is_empty() {
        String::new()
    } else {
        format!("{}\n", wrapped(&counted(findings), 0))
    };
    let head = format!(
        "{style}{status}{style:#}  {}\n\n{count}{FAINT}{}{FAINT:#}\n",
        wrapped(&first, indent),
        wrapped(&summary(facts).join(", "), 0)
    );
    findings
        .iter()
        .fold(head, |text, finding| text + "\n" + &block(finding))
}

fn counted(findings: &[Finding]) -> String {
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
    format!(
        "{}; the first to be put right stands first",
        counts.join(", ")
    )
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

/// What was looked at.
fn summary(facts: &Facts) -> Vec<String> {
    let prosody = facts.prosody.as_ref().map(|prosody| {
        let version = prosody.version.as_deref().unwrap_or("of unknown version");
        format!("Prosody {version} ({})", prosody.program.display())
    });
    let hosts = facts
        .prosody_config
        .iter()
        .flat_map(ProsodyConfig::token_hosts);
    let daemons = facts
        .endpoints
        .iter()
        .filter_map(|endpoint| match &endpoint.answer {
            Answer::Daemon(running) => {
                let version = running.version.as_deref().unwrap_or("of unknown version");
                Some(format!("daemon {version} at {}", endpoint.url))
            }
            Answer::Nothing(_) | Answer::Stranger(_) => None,
        });
    let mut parts = vec![
        prosody.unwrap_or_else(|| "no Prosody".to_owned()),
        facts.prosody_path.display().to_string(),
    ];
    parts.extend(hosts.map(|host| format!("host {host}")));
    parts.push(facts.daemon_path.display().to_string());
    parts.extend(daemons);
    parts
}
