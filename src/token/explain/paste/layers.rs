//! Encodings that a token went through on its way, and what else has to be taken off before it can be seen.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

use super::super::unseen;
use super::scan;

/// Takes one layer off, and says which. None if there is none.
pub fn peel(text: &str) -> Option<(String, &'static str)> {
    entities(text)
        .or_else(|| percent(text))
        .or_else(|| base64(text))
        .or_else(|| prefix(text))
        .or_else(|| quotes(text))
        .or_else(|| broken(text))
}

/// A token whose signature was broken in two, in one piece.
pub fn joined(text: &str, first: &str) -> Option<String> {
    let whole = without_gaps(text);
    let is_token = whole.len() > first.len() && whole.starts_with(first) && is_compact(&whole);
    let signature = whole.rsplit('.').next().unwrap_or_default().len();
    (is_token && SIGNATURES.contains(&signature)).then_some(whole)
}

/// What is said of a token in several pieces.
pub const BROKEN: &str = "line breaks or blanks inside the token";

fn without_gaps(text: &str) -> String {
    let is_gap = |c: char| c.is_whitespace() || unseen::is_hidden(c);
    text.chars().filter(|c| !is_gap(*c)).collect()
}

fn is_compact(text: &str) -> bool {
    text.chars().all(scan::is_of_token) && text.split('.').count() == 3
}

fn broken(text: &str) -> Option<(String, &'static str)> {
    let trimmed = text.trim();
    let whole = without_gaps(trimmed);
    if whole.is_empty() || (whole != trimmed && !is_compact(&whole)) {
        return None;
    }
    let found = if whole == text {
        return None;
    } else if whole == trimmed {
        "blanks or line breaks around the token"
    } else if trimmed.contains(char::is_whitespace) {
        BROKEN
    } else {
        "characters that do not show inside the token"
    };
    Some((whole, found))
}

fn entities(text: &str) -> Option<(String, &'static str)> {
    let decoded = text
        .replace("&#46;", ".")
        .replace("&#x2e;", ".")
        .replace("&#x2E;", ".");
    let decoded = decoded.replace("&period;", ".");
    (decoded != text).then_some((decoded, "HTML entities in the token"))
}

fn percent(text: &str) -> Option<(String, &'static str)> {
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().ok()?.into_owned();
        (decoded != text).then_some(decoded)
    };
    let once = decode(text)?;
    Some(match decode(&once) {
        Some(twice) => (twice, "percent-encoding, twice, in the token"),
        None => (once, "percent-encoding in the token"),
    })
}

/// Only what has a token in it, or several parts, was one before.
fn base64(text: &str) -> Option<(String, &'static str)> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let decoded = decode(&compact)?;
    let is_token = !scan::tokens(&decoded).is_empty();
    is_token.then_some((decoded, "base64 around the token"))
}

/// Text in base64 of either alphabet, with or without padding.
pub fn decode(text: &str) -> Option<String> {
    if text.len() < SHORTEST_BASE64 {
        return None;
    }
    let text = text.replace('-', "+").replace('_', "/");
    String::from_utf8(LENIENT.decode(text).ok()?).ok()
}

fn prefix(text: &str) -> Option<(String, &'static str)> {
    let text = text.trim_start();
    PREFIXES.iter().find_map(|(prefix, found)| {
        let head = text.get(..prefix.len())?;
        let rest = text.get(prefix.len()..)?.trim();
        (head.eq_ignore_ascii_case(prefix) && !rest.is_empty()).then(|| (rest.to_owned(), *found))
    })
}

fn quotes(text: &str) -> Option<(String, &'static str)> {
    let trimmed = text.trim();
    let inner = ['"', '\'', '`'].into_iter().find_map(|quote| {
        let inner = trimmed.strip_prefix(quote)?;
        Some(inner.strip_suffix(quote).unwrap_or(inner))
    })?;
    (inner.chars().all(|c| scan::is_of_token(c) || c == ' ') && inner.contains('.'))
        .then(|| (inner.to_owned(), "quotes around the token"))
}

const PREFIXES: [(&str, &str); 5] = [
    (
        "Authorization: Bearer ",
        "\"Authorization: Bearer \" before the token",
    ),
    ("Bearer ", "\"Bearer \" before the token"),
    ("Bearer:", "\"Bearer:\" before the token"),
    ("token=", "\"token=\" before the token"),
    ("jwt=", "\"jwt=\" before the token"),
];

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How long signatures of the usual algorithms and key sizes are in base64url.
const SIGNATURES: [usize; 7] = [43, 64, 86, 128, 342, 512, 683];

const SHORTEST_BASE64: usize = 16;
