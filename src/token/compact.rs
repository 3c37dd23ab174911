//! JWS compact serialization (RFC 7515 section 3.1): three base64url parts.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};

use super::reason::{Flaw, Reason};

/// A token split into its parts, none of them decoded or trusted yet.
#[derive(Clone, Copy)]
pub struct Compact<'a> {
    /// What the signature covers: header, dot, payload.
    pub signing_input: &'a str,
    /// The header, base64url.
    pub header: &'a str,
    /// The payload, base64url.
    pub payload: &'a str,
    /// The signature, base64url.
    pub signature: &'a str,
}

impl<'a> Compact<'a> {
    /// Splits a token.
    ///
    /// # Errors
    /// [`Reason::NotThreeParts`] unless there are exactly three parts, none empty.
    pub fn split(token: &'a str) -> Result<Self, Reason> {
        let (signing_input, signature) = token.rsplit_once('.').ok_or(Reason::NotThreeParts)?;
        let (header, payload) = signing_input.split_once('.').ok_or(Reason::NotThreeParts)?;
        let parts = [header, payload, signature];
        if payload.contains('.') || parts.iter().any(|part| part.is_empty()) {
            return Err(Reason::NotThreeParts);
        }
        Ok(Self {
            signing_input,
            header,
            payload,
            signature,
        })
    }
}

/// Decodes one part; what RFC 7515 section 2 forbids and Jitsi's modules read all the same is noted in `flaws`.
///
/// None if it cannot be decoded at all.
pub fn decode(part: &str, flaws: &mut Vec<Flaw>) -> Option<Vec<u8>> {
    if let Ok(bytes) = URL_SAFE_NO_PAD.decode(part) {
        return Some(bytes);
    }
    flaws.push(Flaw::Base64Url);
    let part = part.replace('=', "");
    let without_rest = part
        .strip_suffix(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        .filter(|_| part.len() % 4 == 1);
    LENIENT.decode(without_rest.unwrap_or(&part)).ok()
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_parts_none_of_them_empty_make_a_token() {
        for token in [
            "",
            ".",
            "..",
            "...",
            "a",
            "a.b",
            "a.b.",
            ".b.c",
            "a..c",
            "a.b.c.",
            "a.b.c.d",
            "a.b.c.d.e",
        ] {
            assert!(
                matches!(Compact::split(token), Err(Reason::NotThreeParts)),
                "{token}"
            );
        }
        let compact = Compact::split("a.b.c").unwrap_or_else(|_| panic!("three parts"));
        assert_eq!(
            [compact.header, compact.payload, compact.signature],
            ["a", "b", "c"]
        );
        assert_eq!(compact.signing_input, "a.b");
    }

    #[test]
    fn a_million_dots_are_no_token() {
        assert!(matches!(
            Compact::split(&".".repeat(1_000_000)),
            Err(Reason::NotThreeParts)
        ));
    }

    #[test]
    fn padding_and_trailing_bits_are_noted_as_flaws() {
        for (part, flawed) in [("YQ", false), ("YQ==", true), ("=YQ", true), ("YR", true)] {
            let mut flaws = Vec::new();
            assert_eq!(decode(part, &mut flaws), Some(b"a".to_vec()), "{part}");
            assert_eq!(!flaws.is_empty(), flawed, "{part}");
        }
    }

    #[test]
    fn what_is_no_base64url_is_not_decoded() {
        for part in ["$", "YWJj$", "!!!!", "YQ\n", "Y Q", "+/+/"] {
            assert_eq!(decode(part, &mut Vec::new()), None, "{part}");
        }
    }
}
