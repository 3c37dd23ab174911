//! What there is to say of a token, laid out for a terminal: the cause first, then what it was decided on, then every check, and in the
//! end what comes of it.

mod check;
mod user;

use crate::token::explain::mapped::MappedClaim;

use super::fact;
use super::mapped::taken;
use super::text::{BAD, BOLD, FAINT, GOOD, wrapped};
use super::told::{Outcome, Told, Verdict};

/// All of it, in colours.
#[must_use]
pub fn lay_out(told: &Told) -> String {
    let notes = told.notes.iter().map(|note| wrapped(note, 0) + "\n");
    let notes: String = notes.collect();
    let facts = wrapped(&fact::sentence(&told.facts), 0);
    let checks = told.checks.iter();
    let checks: String = checks
        .map(|line| check::lay_out(line, told.longest_name))
        .collect();
    let notes = match told.outcome {
        Outcome::Host { .. } => format!("\n{notes}"),
        Outcome::Gateway { .. } => format!("{notes}\n"),
    };
    format!(
        "{}{notes}{FAINT}{facts}{FAINT:#}\n\n{checks}{}",
        verdict(&told.verdict),
        outcome(&told.outcome)
    )
}

fn verdict(verdict: &Verdict) -> String {
    let word = verdict.word();
    match verdict {
        Verdict::Allowed => format!("{GOOD}{word}{GOOD:#}\n"),
        Verdict::AllowedBut(warnings) => {
            let but = wrapped(&format!(", but {warnings}"), 7);
            format!("{GOOD}{word}{GOOD:#}{but}\n")
        }
        Verdict::AllowedAs(text) => format!("{GOOD}{word}{GOOD:#}  {}\n", wrapped(text, 9)),
        Verdict::Denied(why) if why.is_empty() => format!("{BAD}{word}{BAD:#}\n"),
        Verdict::Denied(why) => {
            let lines: Vec<String> = why.iter().map(|line| wrapped(line, 8)).collect();
            format!("{BAD}{word}{BAD:#}  {}\n", lines.join("\n        "))
        }
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Host {
            mapped,
            user,
            oddities,
        } => {
            let user = user.as_ref();
            let user = user.map(|user| format!("\n{}", user::lay_out(user)));
            let oddities = oddities.iter().map(|oddity| user::line("note", oddity));
            let oddities: String = oddities.collect();
            format!(
                "{}{}{oddities}",
                mapped_lines(mapped),
                user.unwrap_or_default()
            )
        }
        Outcome::Gateway { headers } => header_lines(headers),
    }
}

/// Where claims come from that the token has under other names.
fn mapped_lines(mapped: &[MappedClaim]) -> String {
    let names = mapped.iter().map(|one| one.claim.as_str());
    named_lines("taken for Jitsi", names.zip(mapped.iter().map(taken)))
}

fn header_lines(headers: &[(String, String)]) -> String {
    let headers = headers.iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.clone()));
    named_lines("the upstream gets", headers)
}

/// Texts beside their names, below a heading; nothing where there are none.
fn named_lines<'a>(
    heading: &str,
    texts: impl Iterator<Item = (&'a str, String)> + Clone,
) -> String {
    let Some(width) = texts.clone().map(|(name, _)| name.len()).max() else {
        return String::new();
    };
    let lines = texts.map(|(name, text)| {
        let text = wrapped(&text, width.saturating_add(4));
        format!("  {FAINT}{name:<width$}{FAINT:#}  {text}\n")
    });
    let lines: String = lines.collect();
    format!("\n{BOLD}{heading}:{BOLD:#}\n{lines}")
}
