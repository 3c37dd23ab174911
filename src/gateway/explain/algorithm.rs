//! Tokens whose `alg` is not the credential's.

use serde_json::Value;

use super::super::refusal::{BadToken, Refusal};
use super::Examined;
use super::judged::{Named, WHERE, is_secret, kind};
use super::read::Read;
use super::signature::{Signed, another_credential};
use crate::token::algorithm::Algorithm;
use crate::token::explain::algorithm::Named as Written;
use crate::token::explain::{Explanation, format};
use crate::token::header::Header;
use crate::token::key::Key;

/// What is answered where `alg` is none that there is.
pub const UNKNOWN: Refusal = Refusal::BadToken(BadToken::Algorithm);

/// The algorithm that the header names.
pub fn named(header: &Header) -> Option<Algorithm> {
    Algorithm::from_name(header.member("alg").and_then(Value::as_str)?)
}

/// `alg` is none that there is.
pub fn unknown(header: &Header) -> Explanation {
    let value = header.member("alg");
    let all = Algorithm::ALL.map(Algorithm::name).join(", ");
    let (cause, remedy) = match Written::of(value) {
        Written::Unsigned => (
            "the token is not signed at all",
            "let the issuer sign its tokens, with the credential's secret or key".to_owned(),
        ),
        Written::Misspelt(meant) => (
            "the name of the algorithm is spelt otherwise in JWTs",
            format!("let the issuer write alg as \"{meant}\""),
        ),
        Written::Nothing => (
            "the header has no alg",
            "let the issuer make its tokens with a JWT library".to_owned(),
        ),
        Written::Known(_) | Written::Unknown => (
            "nobody verifies that here",
            "let the issuer sign with the credential's algorithm".to_owned(),
        ),
    };
    Explanation::new("alg", format::value(value), format!("one of {all}"))
        .because(Some(cause.to_owned()))
        .mend(remedy)
}

/// It is another one than the credential's.
pub fn explain(
    examined: &Examined<'_>,
    read: &Read<'_>,
    named: &Named<'_>,
    found: Algorithm,
) -> Explanation {
    let expected = named.verifying.algorithm;
    let explanation = Explanation::new(
        "alg",
        format!("\"{found}\""),
        format!(
            "\"{expected}\", as the credential {} has it",
            format::quote(&named.key)
        ),
    );
    let signed = Signed::of(read, found);
    let other = signed.and_then(|signed| another_credential(examined, named, &signed));
    if let Some((cause, remedy)) = other {
        return explanation.because(Some(cause)).mend(remedy);
    }
    let (cause, remedy) = mistake(examined, read, named, found);
    explanation.because(Some(cause)).mend(remedy)
}

fn mistake(
    examined: &Examined<'_>,
    read: &Read<'_>,
    named: &Named<'_>,
    found: Algorithm,
) -> (String, String) {
    let expected = named.verifying.algorithm;
    let sign = format!("let the issuer sign with {expected}");
    let key = examined.rules.verifier(named.verifying).ok();
    if let Some(key) = key.filter(|key| key.is_for(found)) {
        let of_right_key = if is_signed(read, &key, found) {
            "; its key is the right one"
        } else {
            ""
        };
        return (
            format!(
                "the issuer signs with {found}, and the credential is for {expected} alone{of_right_key}"
            ),
            format!("{sign}, or give the credential algorithm = \"{found}\" {WHERE}"),
        );
    }
    let has = kind(&named.verifying.material, expected);
    let (what, field) = match (is_secret(found), is_secret(expected)) {
        (true, _) => ("a secret", "the issuer's secret"),
        (false, true) => (
            "the private key of a key pair",
            "the issuer's public key as rsa_public_key",
        ),
        (false, false) => (
            "the private key of another kind",
            "the issuer's public key as rsa_public_key",
        ),
    };
    (
        format!(
            "the issuer signs with {what} ({found}), and the credential has {has} ({expected})"
        ),
        format!("{sign}, or give the credential algorithm = \"{found}\" and {field} {WHERE}"),
    )
}

fn is_signed(read: &Read<'_>, key: &Key, algorithm: Algorithm) -> bool {
    Signed::of(read, algorithm).is_some_and(|signed| signed.fits(key))
}
