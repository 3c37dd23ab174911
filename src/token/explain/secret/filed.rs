//! What files, variables and forms add to a secret, or take away from its ends.

use super::form::{BY_ISSUER, BY_SERVER, Form};

/// What stands around it here or there.
pub fn edges(secret: &[u8]) -> Vec<Form> {
    let text = secret.trim_ascii();
    let with = |before: &[u8], after: &[u8]| [before, secret, after].concat();
    let mut forms = vec![
        Form::new(LINE_BREAK, BY_ISSUER, with(b"", b"\n")),
        Form::new(
            BLANKS,
            "take them away from app_secret, or let the issuer have them, too",
            text,
        ),
        Form::new(LINE_BREAK, BY_ISSUER, with(b"", b"\r\n")),
        Form::new(
            "the issuer signs with the secret and quotes around it",
            "take the quotes away at the issuer",
            with(b"\"", b"\""),
        ),
        Form::new(
            "the issuer signs with the secret and quotes around it",
            "take the quotes away at the issuer",
            with(b"'", b"'"),
        ),
        Form::new(
            "the issuer signs with the secret and a blank before it",
            BY_ISSUER,
            with(b" ", b""),
        ),
        Form::new(
            "the issuer signs with the secret and a blank after it",
            BY_ISSUER,
            with(b"", b" "),
        ),
        Form::new(
            "the issuer signs with a byte order mark (BOM) before the secret",
            "let the issuer keep its secret in a file without a BOM",
            with(BOM, b""),
        ),
    ];
    let unquoted = std::str::from_utf8(text).ok().and_then(unquoted);
    forms.extend(
        unquoted.map(|inner| Form::new(QUOTES, "take the quotes away from app_secret", inner)),
    );
    forms.extend(secret.strip_prefix(BOM).map(|rest| {
        Form::new(
            "the server's secret has a byte order mark (BOM) before it",
            "take it away: save app_secret or its file without a BOM",
            rest,
        )
    }));
    forms
}

/// What stands in quotes, where a text does.
pub fn unquoted(text: &str) -> Option<&str> {
    let within = |(open, close): &(char, char)| text.strip_prefix(*open)?.strip_suffix(*close);
    PAIRS.iter().find_map(within)
}

/// The name of a variable before it, here or there.
pub fn names(secret: &[u8]) -> Vec<Form> {
    let named = |name: &&str| {
        let cause =
            format!("the issuer signs with `{name}` before the secret, as a line of a file has it");
        let secret = [name.as_bytes(), secret].concat();
        Form::new(
            cause,
            "let the issuer take what stands behind the = sign alone",
            secret,
        )
    };
    let mut forms: Vec<Form> = NAMES.iter().map(named).collect();
    forms.extend(behind_name(secret).map(|value| {
        Form::new(
            "the server's secret has the name of a variable before it",
            "set app_secret to what stands behind the = sign alone",
            value,
        )
        .part()
    }));
    forms
}

fn behind_name(secret: &[u8]) -> Option<&[u8]> {
    let place = secret.iter().position(|byte| *byte == b'=')?;
    let (name, value) = secret.split_at_checked(place)?;
    let is_name = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_' || *byte == b' ';
    let value = value.get(1..)?.trim_ascii();
    (name.len() > 2 && name.iter().all(is_name) && !value.is_empty()).then_some(value)
}

/// A part of it alone.
pub fn cut(secret: &[u8]) -> Vec<Form> {
    let lengths = [16, 24, 32, 48, 64, 72, 128, 255].into_iter();
    let lengths = lengths.chain((1..secret.len()).rev().take(MOST_CUTS));
    let first = |length: usize| {
        let cause = format!("the issuer signs with the first {length} bytes of the secret alone");
        Some(Form::new(cause, BY_ISSUER, secret.get(..length)?))
    };
    let mut forms: Vec<Form> = lengths.filter_map(first).collect();
    let cause = "the issuer signs with the secret less its last character";
    forms.extend(
        secret
            .split_last()
            .map(|(_, rest)| Form::new(cause, BY_ISSUER, rest)),
    );
    let cause = "the issuer signs with the secret less its first character";
    forms.extend(
        secret
            .split_first()
            .map(|(_, rest)| Form::new(cause, BY_ISSUER, rest)),
    );
    let dense: Vec<u8> = secret
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    for (after, what) in [
        ("\t", "a tab"),
        ("\n\n", "two line breaks"),
        ("\u{a0}", "a no-break space"),
        ("\0", "a zero byte"),
    ] {
        let cause = format!("the issuer signs with the secret and {what} after it");
        forms.push(Form::new(
            cause,
            BY_ISSUER,
            [secret, after.as_bytes()].concat(),
        ));
    }
    forms.push(Form::new(
        "the issuer signs with the secret written twice",
        BY_ISSUER,
        secret.repeat(2),
    ));
    forms.push(Form::new(
        "the issuer signs with the secret less the blanks in it",
        BY_SERVER,
        dense,
    ));
    forms.into_iter().map(Form::part).collect()
}

/// How many characters may be missing at the end.
const MOST_CUTS: usize = 40;

const LINE_BREAK: &str = "the issuer signs with the secret and a line break after it";
const BLANKS: &str = "the server's secret has a line break or blanks around it";
const QUOTES: &str = "the server's secret has quotes around it";
const BOM: &[u8] = b"\xef\xbb\xbf";

const PAIRS: [(char, char); 7] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('“', '”'),
    ('„', '“'),
    ('‘', '’'),
    ('«', '»'),
];

const NAMES: [&str; 10] = [
    "JWT_APP_SECRET=",
    "APP_SECRET=",
    "JWT_SECRET=",
    "SECRET=",
    "app_secret=",
    "app_secret = ",
    "secret=",
    "secret:",
    "base64:",
    "Bearer ",
];
