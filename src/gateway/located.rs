//! Where tokens are looked for: in the query, in cookies, in headers, as Kong's plugin reads them.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::described::Described;
use super::refusal::Refusal;
use super::settings::Settings;

/// The one token of a request.
///
/// # Errors
/// [`Refusal::Unauthorized`], [`Refusal::SeveralTokens`], [`Refusal::Unrecognizable`].
pub fn token<'a>(settings: &Settings, request: &Described<'a>) -> Result<Cow<'a, str>, Refusal> {
    let mut found = Found::Nothing;
    let named = |name: &str| settings.uri_param_names.iter().any(|known| known == name);
    for pair in request.query.split('&') {
        if let Some(one) = parameter(pair, named) {
            found.add(one);
        }
    }
    let cookies = settings.cookie_names.iter();
    for value in cookies.filter_map(|name| cookie(request, name)) {
        found.add_text(value);
    }
    let headers = settings.header_names.iter();
    for value in headers.filter_map(|name| bearer(request.values(name).next()?)) {
        found.add_text(value);
    }
    found.only()
}

/// What stands where a token may stand. The same text twice is one.
enum Found<'a> {
    Nothing,
    One(Candidate<'a>),
    Several,
}

/// A text, or a parameter without one, which is no token and yet something.
#[derive(PartialEq, Eq)]
enum Candidate<'a> {
    Text(Cow<'a, [u8]>),
    Bare,
}

impl<'a> Found<'a> {
    fn add(&mut self, one: Candidate<'a>) {
        *self = match std::mem::replace(self, Self::Several) {
            Self::Nothing => Self::One(one),
            Self::One(known) if known == one => Self::One(known),
            Self::One(_) | Self::Several => Self::Several,
        };
    }

    fn add_text(&mut self, text: &'a [u8]) {
        if !text.is_empty() {
            self.add(Candidate::Text(Cow::Borrowed(text)));
        }
    }

    fn only(self) -> Result<Cow<'a, str>, Refusal> {
        match self {
            Self::Nothing => Err(Refusal::Unauthorized),
            Self::Several => Err(Refusal::SeveralTokens),
            Self::One(Candidate::Bare) => Err(Refusal::Unrecognizable),
            Self::One(Candidate::Text(Cow::Borrowed(text))) => Ok(String::from_utf8_lossy(text)),
            Self::One(Candidate::Text(Cow::Owned(text))) => {
                Ok(Cow::Owned(String::from_utf8_lossy(&text).into_owned()))
            }
        }
    }
}

/// What a parameter of these names has. One that is empty is as if it were not there.
fn parameter(pair: &str, named: impl Fn(&str) -> bool) -> Option<Candidate<'_>> {
    let (name, value) = match pair.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (pair, None),
    };
    if !named(&String::from_utf8_lossy(&decoded(name))) {
        return None;
    }
    match value {
        None => Some(Candidate::Bare),
        Some("") => None,
        Some(value) => Some(Candidate::Text(decoded(value))),
    }
}

/// A part of a query, in which a plus is a blank.
fn decoded(text: &str) -> Cow<'_, [u8]> {
    if text.contains('+') {
        let text = text.replace('+', " ");
        return Cow::Owned(percent_decode(text.as_bytes()).collect());
    }
    percent_decode(text.as_bytes()).into()
}

/// The first cookie of this name, whatever its case, as nginx reads it: behind a semicolon or a comma, and up to a semicolon.
fn cookie<'a>(request: &Described<'a>, name: &str) -> Option<&'a [u8]> {
    let mut lines = request.values("cookie");
    lines.find_map(|line| {
        let starts = line.iter().enumerate();
        let starts = starts.filter(|(_, byte)| b";,".contains(byte));
        let mut starts = std::iter::once(0).chain(starts.map(|(place, _)| place.saturating_add(1)));
        starts.find_map(|start| cookie_at(line.get(start..)?, name))
    })
}

fn cookie_at<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (found, rest) = without_blanks(line).split_at_checked(name.len())?;
    if !found.eq_ignore_ascii_case(name.as_bytes()) {
        return None;
    }
    let value = without_blanks(without_blanks(rest).strip_prefix(b"=")?);
    value.split(|byte| *byte == b';').next()
}

fn without_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

/// What follows on `Bearer` and blanks, wherever that stands; of its letters only the first one may be a small one.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let mut starts = value.windows(BEARER.len()).enumerate();
    starts.find_map(|(start, part)| {
        let is_bearer = matches!(part, [b'B' | b'b', rest @ ..] if *rest == BEARER[1..]);
        let rest = value.get(start.saturating_add(BEARER.len())..)?;
        let has_blank = rest.first().is_some_and(u8::is_ascii_whitespace);
        (is_bearer && has_blank).then(|| rest.trim_ascii_start())
    })
}

const BEARER: &[u8; 6] = b"Bearer";
