//! Encodings that a token went through on its way, and what else has to be taken off before it can be seen.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

use super::super::secret::from_hex;
use super::super::unseen;
use super::scan;

/// What is left without a layer, and which one that was.
type Peeled = (String, Cow<'static, str>);

/// Takes one layer off, and says which. None if there is none.
pub fn peel(text: &str) -> Option<Peeled> {
    entities(text)
        .or_else(|| percent(text))
        .or_else(|| quoted_printable(text))
        .or_else(|| quoted_mail(text))
        .or_else(|| signs(text))
        .or_else(|| base64(text))
        .or_else(|| hexadecimal(text))
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

fn broken(text: &str) -> Option<Peeled> {
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
    Some((whole, found.into()))
}

fn entities(text: &str) -> Option<Peeled> {
    let decoded = text
        .replace("&#46;", ".")
        .replace("&#x2e;", ".")
        .replace("&#x2E;", ".");
    let decoded = decoded.replace("&period;", ".");
    (decoded != text).then_some((decoded, "HTML entities in the token".into()))
}

fn percent(text: &str) -> Option<Peeled> {
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().ok()?.into_owned();
        (decoded != text).then_some(decoded)
    };
    let once = decode(text)?;
    Some(match decode(&once) {
        Some(twice) => (twice, "percent-encoding, twice, in the token".into()),
        None => (once, "percent-encoding in the token".into()),
    })
}

/// Only what has a token in it, or several parts, was one before.
fn base64(text: &str) -> Option<Peeled> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let decoded = decode(&compact)?;
    if !scan::tokens(&decoded).is_empty() {
        return Some((decoded, "base64 around the token".into()));
    }
    let twice = decode(decoded.trim())?;
    let is_token = !scan::tokens(&twice).is_empty();
    is_token.then(|| (twice, "base64 around the token, twice".into()))
}

fn hexadecimal(text: &str) -> Option<Peeled> {
    let bytes = from_hex(text.trim().as_bytes())?;
    let decoded = String::from_utf8(bytes).ok()?;
    let is_token = !scan::tokens(&decoded).is_empty();
    is_token.then(|| (decoded, "hex digits around the token".into()))
}

/// Mails break lines with an equals sign at their end.
fn quoted_printable(text: &str) -> Option<Peeled> {
    let whole = text.replace("=\r\n", "").replace("=\n", "");
    (whole != text).then(|| {
        (
            whole,
            "line breaks of a mail (quoted-printable) in the token".into(),
        )
    })
}

/// The signs that mails put before lines that they quote.
fn quoted_mail(text: &str) -> Option<Peeled> {
    let mut lines = text.trim().lines();
    let is_quoted = lines.all(|line| line.starts_with('>')) && text.trim().contains('\n');
    let strip = |line: &str| line.trim_start_matches(['>', ' ']).to_owned();
    let whole: String = text.trim().lines().map(strip).collect();
    is_quoted.then(|| (whole, "signs of a quoted mail before each line".into()))
}

/// Signs that stand where others belong: other dots, and other hyphens.
fn signs(text: &str) -> Option<Peeled> {
    let trimmed = text.trim();
    let hyphens = trimmed.replace(HYPHENS, "-");
    if hyphens != trimmed
        && trimmed
            .chars()
            .all(|c| scan::is_of_token(c) || HYPHENS.contains(&c))
    {
        return Some((
            hyphens,
            "dashes that a word processor put in place of hyphens".into(),
        ));
    }
    if trimmed.contains('.') {
        return None;
    }
    let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut parts = trimmed
        .split(|c| !is_digit(c))
        .filter(|part| !part.is_empty());
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let is_token =
        parts.next().is_none() && scan::is_header(header) && scan::begins_object(payload);
    let sign = trimmed.chars().find(|c| !is_digit(*c))?;
    let found = if sign.is_whitespace() {
        "blanks or line breaks in place of the dots".into()
    } else {
        format!("\"{sign}\" in place of the dots").into()
    };
    is_token.then(|| (format!("{header}.{payload}.{signature}"), found))
}

const HYPHENS: [char; 5] = ['–', '—', '−', '‐', '‑'];

/// Text in base64 of either alphabet, with or without padding.
pub fn decode(text: &str) -> Option<String> {
    if text.len() < SHORTEST_BASE64 {
        return None;
    }
    let text = text.replace('-', "+").replace('_', "/");
    String::from_utf8(LENIENT.decode(text).ok()?).ok()
}

fn prefix(text: &str) -> Option<Peeled> {
    let text = text.trim_start();
    PREFIXES.iter().find_map(|(prefix, found)| {
        let head = text.get(..prefix.len())?;
        let rest = text.get(prefix.len()..)?.trim();
        (head.eq_ignore_ascii_case(prefix) && !rest.is_empty())
            .then(|| (rest.to_owned(), Cow::Borrowed(*found)))
    })
}

fn quotes(text: &str) -> Option<Peeled> {
    let trimmed = text.trim();
    let inner = ['"', '\'', '`'].into_iter().find_map(|quote| {
        let inner = trimmed.strip_prefix(quote)?;
        Some(inner.strip_suffix(quote).unwrap_or(inner))
    })?;
    (inner.chars().all(|c| scan::is_of_token(c) || c == ' ') && inner.contains('.'))
        .then(|| (inner.to_owned(), "quotes around the token".into()))
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
