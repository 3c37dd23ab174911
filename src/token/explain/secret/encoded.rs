//! Encodings of a secret, here or there.

use std::fmt::Write as _;

use aws_lc_rs::digest::{self, Algorithm};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{
    GeneralPurpose, GeneralPurposeConfig, STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD,
};

use super::form::{BY_ISSUER, Form};

/// Base64 in both alphabets, both ways.
pub fn base64(secret: &[u8]) -> Vec<Form> {
    let decoded = decode(secret);
    let mut forms = Vec::new();
    if let Some(decoded) = decoded {
        let trimmed = decoded.trim_ascii_end().to_vec();
        // What stands behind an equals sign in the middle is not decoded.
        let is_whole = is_padded(secret);
        for bytes in [decoded, trimmed] {
            let form = Form::new(DECODED, BY_DECODED, bytes);
            forms.push(if is_whole { form } else { form.part() });
        }
    }
    let encoded = [
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ];
    forms.extend(encoded.map(|encoded| Form::new(ENCODED, BY_ISSUER, encoded)));
    let with_break = STANDARD.encode([secret, b"\n"].concat());
    forms.push(Form::new(ENCODED_BREAK, BY_ISSUER, with_break));
    forms.extend(other_alphabet(secret));
    forms
}

/// Whether equals signs stand at its end alone.
fn is_padded(secret: &[u8]) -> bool {
    let mut rest = secret.trim_ascii().iter().skip_while(|byte| **byte != b'=');
    rest.all(|byte| *byte == b'=')
}

/// Decodes as most libraries do: in either alphabet, and past what belongs to neither.
fn decode(secret: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' => Some(*byte),
        byte if byte.is_ascii_alphanumeric() => Some(*byte),
        _ => None,
    };
    let digits = secret.iter().take_while(|byte| **byte != b'=');
    let mut digits: Vec<u8> = digits.filter_map(digit).collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    LENIENT
        .decode(digits)
        .ok()
        .filter(|decoded| !decoded.is_empty())
}

fn other_alphabet(secret: &[u8]) -> Vec<Form> {
    let swap = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        b'+' => b'-',
        b'/' => b'_',
        byte => *byte,
    };
    let swapped: Vec<u8> = secret.iter().map(swap).collect();
    let cause =
        "the issuer signs with the same base64 text in the other alphabet (- and _ for + and /)";
    let unpadded = |text: &[u8]| {
        let end = text
            .iter()
            .rposition(|byte| *byte != b'=')
            .map_or(0, |last| last.saturating_add(1));
        text.get(..end).unwrap_or_default().to_vec()
    };
    let padding = match secret.len() % 4 {
        2 => "==",
        3 => "=",
        _ => "",
    };
    vec![
        Form::new(cause, BY_ISSUER, unpadded(&swapped)),
        Form::new(cause, BY_ISSUER, [&swapped, padding.as_bytes()].concat()),
        Form::new(cause, BY_ISSUER, swapped),
        Form::new(
            "the issuer signs with the same base64 text and `=` added at its end",
            BY_ISSUER,
            [secret, padding.as_bytes()].concat(),
        ),
    ]
}

/// Hex digits, both ways.
pub fn hexadecimal(secret: &[u8]) -> Vec<Form> {
    let mut forms = vec![
        Form::new(HEX_OF, BY_ISSUER, hex(secret)),
        Form::new(HEX_OF, BY_ISSUER, hex(secret).to_uppercase()),
    ];
    let digits = secret.trim_ascii();
    let digits = digits.strip_prefix(b"0x").unwrap_or(digits);
    forms.extend(from_hex(digits).map(|bytes| Form::new(HEXADECIMAL, BY_DECODED, bytes)));
    forms
}

/// Digests of it, as hex digits, bytes and base64.
pub fn digests(secret: &[u8]) -> Vec<Form> {
    let md5 = md5::compute(secret).0.to_vec();
    let mut digests = vec![("MD5", md5)];
    digests.extend(ALGORITHMS.iter().map(|(name, algorithm)| {
        let digest = digest::digest(algorithm, secret);
        (*name, digest.as_ref().to_vec())
    }));
    let with_break = [secret, b"\n"].concat();
    let line = digest::digest(&digest::SHA256, &with_break);
    digests.push((
        "SHA-256 (and of a line break after it)",
        line.as_ref().to_vec(),
    ));
    let forms = digests.into_iter().flat_map(|(name, digest)| {
        let of =
            |form: &str| format!("the issuer signs with the {name} of this host's secret {form}");
        let hex = hex(&digest);
        [
            Form::new(of("in hex digits"), BY_ISSUER, hex.to_uppercase()),
            Form::new(of("in hex digits"), BY_ISSUER, hex),
            Form::new(of("in base64"), BY_ISSUER, STANDARD.encode(&digest)),
            Form::new(of("as bytes"), BY_ISSUER, digest),
        ]
    });
    forms.collect()
}

/// Capitals, small letters, and other encodings of characters.
pub fn letters(secret: &[u8]) -> Vec<Form> {
    let mut forms = vec![Form::new(
        "the issuer signs with an empty secret",
        "let the issuer read the secret from where it is: its variable or file was empty",
        Vec::new(),
    )];
    let Ok(text) = std::str::from_utf8(secret) else {
        return forms;
    };
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    forms.push(Form::new(
        "the issuer signs with the secret in capitals",
        BY_ISSUER,
        text.to_uppercase(),
    ));
    forms.push(Form::new(
        "the issuer signs with the secret in small letters",
        BY_ISSUER,
        text.to_lowercase(),
    ));
    let mut rest = text.chars();
    if let Some(first) = rest.next() {
        let capital: String = first
            .to_uppercase()
            .chain(rest.flat_map(char::to_lowercase))
            .collect();
        let cause = "the issuer signs with the secret with a capital at its beginning, and small letters otherwise";
        forms.push(Form::new(cause, BY_ISSUER, capital));
    }
    let wide = "the issuer signs with the secret in UTF-16, two bytes a character";
    let remedy = "let the issuer turn the secret into bytes as UTF-8";
    forms.push(Form::new(
        wide,
        remedy,
        [b"\xff\xfe".as_slice(), &little].concat(),
    ));
    forms.push(Form::new(
        wide,
        remedy,
        [b"\xfe\xff".as_slice(), &big].concat(),
    ));
    forms.push(Form::new(wide, remedy, little));
    forms.push(Form::new(wide, remedy, big));
    if !text.is_ascii() {
        let latin: Option<Vec<u8>> = text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).ok())
            .collect();
        let cause = "the issuer signs with the secret in Latin-1, where its letters beyond A to Z are single bytes";
        forms.extend(latin.map(|bytes| Form::new(cause, remedy, bytes)));
        let twice: String = secret.iter().map(|byte| char::from(*byte)).collect();
        let cause = "the issuer signs with the secret encoded in UTF-8 twice";
        forms.push(Form::new(cause, remedy, twice));
    }
    forms
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

/// The bytes that hex digits stand for.
pub fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.chunks_exact(2);
    if !pairs.remainder().is_empty() || text.is_empty() {
        return None;
    }
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    };
    pairs.map(byte).collect()
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const ALGORITHMS: [(&str, &Algorithm); 4] = [
    ("SHA-256", &digest::SHA256),
    ("SHA-1", &digest::SHA1_FOR_LEGACY_USE_ONLY),
    ("SHA-512", &digest::SHA512),
    ("SHA-384", &digest::SHA384),
];

const DECODED: &str =
    "the server has the secret in base64, and the issuer signs with what it stands for";
const ENCODED: &str = "the issuer signs with the base64 form of the server's secret";
const ENCODED_BREAK: &str = "the issuer signs with the base64 form of the secret and a line break, as `echo SECRET | base64` makes it";
const HEX_OF: &str = "the issuer signs with the server's secret in hex digits";
const HEXADECIMAL: &str =
    "the server has the secret in hex digits, and the issuer signs with what they stand for";
const BY_DECODED: &str = "let the issuer sign with the text as it stands in app_secret, or put what it stands for into app_secret_file";
