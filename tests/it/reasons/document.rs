//! The document on reasons.

use prosody_tokend::token::reason::Reason;

use super::words::{Words, words};

const HEAD: &str = "\
# Reasons

Why a token or a join is denied. The code is in the daemon's log and answers (`code`), for machines and for looking up here;
condition and text are what clients are told, as Jitsi's modules tell it. None of the three ever changes. Where a text has
a number or the name of a claim in it, the one below is an example.

For one token, `prosody-tokend explain` says more: what was found in it, what was needed, and which option says so.

This document is made from the code: `UPDATE=1 cargo nextest run --locked --test it reasons::` writes it.
";

pub fn write(reasons: &[Reason]) -> String {
    reasons.iter().fold(HEAD.to_owned(), |text, reason| {
        text + "\n" + &section(reason)
    })
}

fn section(reason: &Reason) -> String {
    let Words { meaning, change } = words(reason);
    let told = match (reason.condition(), reason.text()) {
        (Some(condition), Some(text)) => format!("`{condition}`, \"{text}\""),
        _ => "no condition and no text of its own; clients are told `not-allowed`, \"Room and token mismatched\"".to_owned(),
    };
    let code = reason.code();
    format!("## {code}\n\nTold: {told}\n\n{meaning}\n\nTo change: {change}\n")
}
