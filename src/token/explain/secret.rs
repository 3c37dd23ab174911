//! What people do to secrets, so that issuer and server end up with different ones.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Secrets that the issuer may have in place of `secret`, each with what would have happened. None is ever shown, or
/// accepted.
pub fn mistaken(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = secret.trim_ascii();
    let issuers = [
        (LINE_BREAK, Some([secret, b"\n"].concat())),
        (LINE_BREAK, Some([secret, b"\r\n"].concat())),
        (ENCODED, Some(STANDARD.encode(secret).into_bytes())),
        (ENCODED, Some(URL_SAFE_NO_PAD.encode(secret).into_bytes())),
        (EMPTY, Some(Vec::new())),
    ];
    let servers = [
        (BLANKS, Some(text.to_vec())),
        (DECODED, base64(text)),
        (HEXADECIMAL, hexadecimal(text)),
        (QUOTES, unquoted(text).map(<[u8]>::to_vec)),
    ];
    let all = issuers.into_iter().chain(servers);
    all.filter_map(|(mistake, mistaken)| Some((mistake, mistaken.filter(|it| it != secret)?)))
        .collect()
}

fn unquoted(text: &[u8]) -> Option<&[u8]> {
    let within = |quote: &[u8]| text.strip_prefix(quote)?.strip_suffix(quote);
    within(b"\"").or_else(|| within(b"'"))
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let standard = STANDARD_NO_PAD.decode(text);
    standard.or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok()
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    };
    pairs.map(byte).collect()
}

const LINE_BREAK: &str = "the issuer signs with the secret and a line break after it";
const ENCODED: &str = "the issuer signs with the base64 form of the server's secret";
const EMPTY: &str = "the issuer signs with an empty secret";
const BLANKS: &str = "the server's secret has a line break or blanks around it";
const DECODED: &str =
    "the server has the secret in base64, and the issuer signs with what it stands for";
const HEXADECIMAL: &str =
    "the server has the secret in hex digits, and the issuer signs with what they stand for";
const QUOTES: &str = "the server's secret has quotes around it";
