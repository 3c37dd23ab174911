//! Finds tokens in a text.

use serde_json::Value;

use crate::token::compact;

/// A token, and where in the text it stands.
pub struct Found<'a> {
    pub text: &'a str,
    pub start: usize,
    pub end: usize,
}

/// Every part of a text that has a header of a signed token and what belongs behind it.
pub fn tokens(text: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    for run in text.split(|c: char| !is_of_token(c)) {
        // What split them is one character, of whatever length.
        start = text
            .get(start..)
            .and_then(|rest| rest.find(run))
            .map_or(start, |offset| start.saturating_add(offset));
        collect(run, start, &mut found);
        start = start.saturating_add(run.len());
        if found.len() > MOST {
            break;
        }
    }
    found
}

fn collect<'a>(run: &'a str, offset: usize, found: &mut Vec<Found<'a>>) {
    let mut rest = run;
    let mut start = offset;
    while let Some((skipped, token)) = next(rest) {
        let begin = start.saturating_add(skipped);
        let end = begin.saturating_add(token.len());
        found.push(Found {
            text: token,
            start: begin,
            end,
        });
        rest = rest
            .get(skipped.saturating_add(token.len())..)
            .unwrap_or_default();
        start = end;
    }
}

/// The first token of a run, and how many bytes stand before it.
fn next(run: &str) -> Option<(usize, &str)> {
    let mut skipped = 0;
    let mut rest = run;
    loop {
        let mut parts = rest.splitn(4, '.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if is_header(header) && !payload.is_empty() {
            let length = [header, payload, signature]
                .iter()
                .map(|part| part.len())
                .sum::<usize>();
            return Some((skipped, rest.get(..length.checked_add(2)?)?));
        }
        let step = header.len().checked_add(1)?;
        skipped = skipped.checked_add(step)?;
        rest = rest.get(step..)?;
    }
}

/// Whether a part is the header of a signed token.
pub fn is_header(part: &str) -> bool {
    if !begins_object(part) || part.len() > LONGEST_HEADER {
        return false;
    }
    let bytes = compact::decode(part, &mut Vec::new());
    let value = bytes.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    value.is_some_and(|value| value.is_object())
}

/// Whether base64 begins like that of a JSON object: `{"`, `{ `, `{` and a line break, or `{}`.
pub fn begins_object(part: &str) -> bool {
    ["ey", "ew", "e3"]
        .iter()
        .any(|beginning| part.starts_with(beginning))
}

pub const fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Nobody needs to know of more.
const MOST: usize = 8;
const LONGEST_HEADER: usize = 8_192;
