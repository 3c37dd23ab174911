//! Signatures that are none of their algorithm, whatever key they were made with.

use super::super::algorithm::{Algorithm, Family};
use super::super::compact::{self, Compact};
use super::super::key::Key;

/// What a signature is instead, why that is probably so, and what to change.
pub struct Misshapen {
    pub found: String,
    pub cause: String,
    pub remedy: String,
}

impl Misshapen {
    fn new(found: impl Into<String>, cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            found: found.into(),
            cause: cause.into(),
            remedy: remedy.into(),
        }
    }
}

/// Looks at a token's signature, for this algorithm and key. None if it has the right form.
pub fn of(token: &str, algorithm: Algorithm, key: Option<&Key>) -> Option<Misshapen> {
    let part = Compact::split(token).ok()?.signature;
    let bytes = compact::decode(part, &mut Vec::new())?;
    let expected = length(algorithm, key)?;
    encoded_otherwise(part, &bytes, algorithm, expected)
        .or_else(|| (bytes.len() != expected).then(|| of_length(bytes.len(), algorithm, expected)))
}

fn encoded_otherwise(
    part: &str,
    bytes: &[u8],
    algorithm: Algorithm,
    expected: usize,
) -> Option<Misshapen> {
    let is_curve = matches!(
        algorithm.family(),
        Family::P256 | Family::P384 | Family::P521
    );
    Some(
        if is_hex_of(part.as_bytes(), expected) || is_hex_of(bytes, expected) {
            Misshapen::new(
                "a signature in hex digits",
                "the issuer writes the signature's bytes in hex digits, where base64url of the bytes themselves must be",
                "let the issuer take the raw bytes: hash_hmac(…, true) in PHP, digest() without \"hex\" elsewhere",
            )
        } else if is_base64_of(bytes, expected) {
            Misshapen::new(
                "a signature in base64 of base64",
                "the issuer encodes the signature twice",
                "let the issuer encode the signature's bytes in base64url once",
            )
        } else if is_curve && is_der(bytes) {
            Misshapen::new(
                "a signature in DER (ASN.1)",
                "the issuer writes it as OpenSSL does, where r and s must stand side by side",
                "let the issuer write r and s as bytes of fixed length (RFC 7518 section 3.4), by a JWT library",
            )
        } else {
            return None;
        },
    )
}

fn of_length(bytes: usize, algorithm: Algorithm, expected: usize) -> Misshapen {
    let found = format!("a signature of {bytes} bytes");
    let makes = format!("{algorithm} makes {expected}");
    let is_its = |other: &Algorithm| length(*other, None) == Some(bytes);
    let mut others = Algorithm::ALL
        .into_iter()
        .filter(|other| *other != algorithm);
    let is_rsa = matches!(algorithm.family(), Family::Rsa | Family::RsaPss);
    if let Some(other) = others.find(is_its) {
        return Misshapen::new(
            found,
            format!(
                "{makes}, and {other} makes {bytes}: the issuer signs in that way, with another key"
            ),
            format!("let the issuer sign with {algorithm}, as the header says"),
        );
    }
    if is_rsa && matches!(bytes, 128 | 256 | 384 | 512 | 1024) {
        let bits = bytes.saturating_mul(8);
        return Misshapen::new(
            found,
            format!(
                "{makes} with the host's key: the issuer signs with another key, of {bits} bits"
            ),
            "publish the public key that belongs to the issuer's private key",
        );
    }
    if bytes < expected {
        let whole = "pass the whole token, to its last character";
        return Misshapen::new(found, format!("{makes}: the token was cut off"), whole);
    }
    Misshapen::new(
        found,
        format!(
            "{makes}: something was added behind the token, or it is no signature of that kind"
        ),
        "pass the token alone, as the issuer made it",
    )
}

/// How many bytes a signature has; of RSA's only with a key.
fn length(algorithm: Algorithm, key: Option<&Key>) -> Option<usize> {
    Some(match algorithm {
        Algorithm::Hs256 => 32,
        Algorithm::Hs384 => 48,
        Algorithm::Hs512 | Algorithm::Es256 | Algorithm::EdDsa => 64,
        Algorithm::Es384 => 96,
        Algorithm::Es512 => 132,
        Algorithm::Rs256
        | Algorithm::Rs384
        | Algorithm::Rs512
        | Algorithm::Ps256
        | Algorithm::Ps384
        | Algorithm::Ps512 => key?.facts().bits.div_ceil(8),
    })
}

fn is_hex_of(text: &[u8], bytes: usize) -> bool {
    text.len() == bytes.saturating_mul(2) && text.iter().all(u8::is_ascii_hexdigit)
}

fn is_base64_of(text: &[u8], bytes: usize) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(byte);
    let digits = text.iter().filter(|byte| **byte != b'=').count();
    text.iter().all(is_digit) && digits == bytes.saturating_mul(4).div_ceil(3)
}

/// A sequence of two integers (RFC 3279 section 2.2.3).
fn is_der(bytes: &[u8]) -> bool {
    match bytes {
        [0x30, length, 0x02, rest @ ..] => usize::from(*length) == rest.len().saturating_add(1),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    fn cause(signature: &[u8], algorithm: Algorithm) -> Option<String> {
        let key = Key::from_pem(include_bytes!("../../../tests/data/rsa-public.pem")).unwrap();
        let token = format!("e30.e30.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
        let Misshapen {
            found,
            cause,
            remedy,
        } = of(&token, algorithm, Some(&key))?;
        assert!(!remedy.is_empty());
        Some(format!("{found}: {cause}"))
    }

    #[test]
    fn a_signature_of_another_form_is_named() {
        let der: Vec<u8> = [&[0x30, 0x45, 0x02, 0x21][..], &[0; 67]].concat();
        for (signature, algorithm, named) in [
            (
                vec![0xA5; 23],
                Algorithm::Hs256,
                "HS256 makes 32: the token was cut off",
            ),
            (vec![0xA5; 31], Algorithm::Hs256, "a signature of 31 bytes"),
            (vec![0xA5; 63], Algorithm::Hs512, "cut off"),
            (vec![0xA5; 33], Algorithm::Hs256, "something was added"),
            (vec![0xA5; 64], Algorithm::Hs256, "HS512 makes 64"),
            (vec![b'a'; 64], Algorithm::Hs256, "in hex digits"),
            (vec![b'A'; 128], Algorithm::Hs512, "in hex digits"),
            (vec![b'x'; 43], Algorithm::Hs256, "base64 of base64"),
            (der, Algorithm::Es256, "in DER"),
            (vec![0xA5; 63], Algorithm::Es256, "cut off"),
            (vec![0xA5; 255], Algorithm::Rs256, "RS256 makes 256"),
            (
                vec![0xA5; 512],
                Algorithm::Rs256,
                "another key, of 4096 bits",
            ),
            (vec![0xA5; 32], Algorithm::Rs256, "another key"),
        ] {
            let found = cause(&signature, algorithm);
            let found = found.unwrap_or_else(|| panic!("{named}"));
            assert!(found.contains(named), "{named}: {found}");
        }
        for (length, algorithm) in [
            (32, Algorithm::Hs256),
            (64, Algorithm::Es256),
            (64, Algorithm::EdDsa),
            (256, Algorithm::Rs256),
        ] {
            assert_eq!(cause(&vec![0xA5; length], algorithm), None, "{algorithm}");
        }
    }
}
