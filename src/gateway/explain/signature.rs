//! Signatures that do not match.

use super::super::credentials::{Material, Verifying};
use super::super::decision::secret_bytes;
use super::Examined;
use super::judged::{Named, WHERE};
use super::read::Read;
use crate::token::algorithm::Algorithm;
use crate::token::explain::signature::{Mistake, input_of};
use crate::token::explain::{Explanation, format, secret, signature_shape};
use crate::token::key::Key;
use crate::token::signature::{Signature, matches};

/// A token's signature, and what it has to be of.
pub struct Signed<'a> {
    input: &'a str,
    signature: &'a Signature,
    algorithm: Algorithm,
}

impl<'a> Signed<'a> {
    pub fn of(read: &'a Read<'_>, algorithm: Algorithm) -> Option<Self> {
        Some(Self {
            input: read.signing_input,
            signature: read.signature.as_ref()?,
            algorithm,
        })
    }

    /// Whether the signature is of this key.
    pub fn fits(&self, key: &Key) -> bool {
        self.fits_on(self.input, key)
    }

    fn fits_on(&self, input: &str, key: &Key) -> bool {
        matches(input, self.signature, key, self.algorithm)
    }

    fn is_of(&self, secret: &[u8]) -> bool {
        self.fits(&Key::hmac(secret))
    }
}

/// The signature is not of the credential's key.
pub fn explain(
    examined: &Examined<'_>,
    read: &Read<'_>,
    named: &Named<'_>,
    algorithm: Algorithm,
) -> Explanation {
    let needed = |what: &str| {
        let credential = format::quote(&named.key);
        format!("an {algorithm} signature with {what} of the credential {credential}")
    };
    match &named.verifying.material {
        Material::Secret(text) => {
            of_secret(examined, read, named, text.text(), needed("the secret"))
        }
        Material::Public(key) => of_public(examined, read, named, key, needed("the key")),
        Material::Unusable(_) => Explanation::new(CHECK, UNFIT, needed("the key")),
    }
}

fn of_secret(
    examined: &Examined<'_>,
    read: &Read<'_>,
    named: &Named<'_>,
    text: &str,
    needed: String,
) -> Explanation {
    if let Some(explanation) = misshapen(read, named.verifying.algorithm, None, &needed) {
        return explanation;
    }
    let explanation = Explanation::new(CHECK, UNFIT, needed);
    let Some(signed) = Signed::of(read, named.verifying.algorithm) else {
        return explanation;
    };
    if let Some((cause, remedy)) = other_reading(examined, text, &signed) {
        return explanation
            .by(&["secret_is_base64"])
            .because(Some(cause))
            .mend(remedy);
    }
    let mistake = mistaken(examined, read, named, text, &signed);
    let (cause, remedy) = mistake.unwrap_or_else(another_secret);
    explanation.because(Some(cause)).mend(remedy)
}

/// The secret is base64 for one side, and a text for the other.
fn other_reading(examined: &Examined<'_>, text: &str, signed: &Signed<'_>) -> Option<Mistake> {
    let is_base64 = examined.rules.settings.secret_is_base64;
    let other = secret_bytes(text, !is_base64)?;
    if other.is_empty() || !signed.is_of(&other) {
        return None;
    }
    let (cause, value, issuer) = if is_base64 {
        (
            "the issuer signs with the credential's secret as text, and this gateway takes it for base64",
            "false",
            "let the issuer decode the secret from base64 before it signs",
        )
    } else {
        (
            "the issuer signs with the bytes that the credential's secret is base64 of, and this gateway takes it as text",
            "true",
            "let the issuer sign with the text as it stands",
        )
    };
    let set = examined.set("secret_is_base64", value);
    let remedy = format!("{set}, which counts for all of its credentials, or {issuer}");
    Some((cause.to_owned(), remedy))
}

fn mistaken(
    examined: &Examined<'_>,
    read: &Read<'_>,
    named: &Named<'_>,
    text: &str,
    signed: &Signed<'_>,
) -> Option<Mistake> {
    let bytes = secret_bytes(text, examined.rules.settings.secret_is_base64)?;
    another_form(examined, &bytes, signed)
        .or_else(|| another_form(examined, text.as_bytes(), signed))
        .or_else(|| {
            let key = Key::hmac(&bytes);
            input_of(read.token, |input| signed.fits_on(input, &key))
        })
        .or_else(|| no_secret(examined, named, signed))
        .or_else(|| another_credential(examined, named, signed))
        .or_else(|| {
            let stand_in = secret::stand_in(text.as_bytes());
            let (cause, remedy) = stand_in.filter(|_| examined.is_trusted)?;
            Some((cause.to_owned(), remedy.to_owned()))
        })
}

/// What people do to secrets; says which one fits, and shows none.
fn another_form(examined: &Examined<'_>, bytes: &[u8], signed: &Signed<'_>) -> Option<Mistake> {
    let forms = secret::forms(bytes).filter(|form| examined.is_trusted || form.may_be_told());
    let mut forms = forms.take(examined.most_tried);
    let form = forms.find(|form| signed.is_of(&form.secret))?;
    Some((form.cause.into_owned(), form.remedy.to_owned()))
}

/// What everybody knows who has seen a token, and words that stand in examples.
fn no_secret(examined: &Examined<'_>, named: &Named<'_>, signed: &Signed<'_>) -> Option<Mistake> {
    let remedy = "let the issuer sign with the credential's secret".to_owned();
    let Verifying { id, consumer, .. } = named.verifying;
    let of_key = ("the credential's key", named.key.clone());
    // Who is not trusted could find these by signing with them.
    let others = [
        ("the credential's ID", id.to_string()),
        ("the consumer's ID", consumer.to_string()),
        ("the consumer's name", examined.called(consumer)),
        ("the gateway's name", examined.gateway.to_owned()),
    ];
    let others = others.into_iter().filter(|_| examined.is_trusted);
    let mut known = std::iter::once(of_key).chain(others);
    let name = known.find(|(_, name)| signed.is_of(name.as_bytes()));
    if let Some((what, _)) = name {
        return Some((format!("signed with {what}, which is no secret"), remedy));
    }
    let mut words = secret::common::words();
    let word = words.find(|word| signed.is_of(word.as_bytes()))?;
    let cause = format!("signed with the word \"{word}\", which stands in examples");
    Some((cause, remedy))
}

/// Another credential's key made the signature. Who is not trusted could find secrets by asking that.
pub fn another_credential(
    examined: &Examined<'_>,
    named: &Named<'_>,
    signed: &Signed<'_>,
) -> Option<Mistake> {
    if !examined.is_trusted {
        return None;
    }
    let is_other = |verifying: &Verifying| {
        verifying.id != named.verifying.id && verifying.algorithm == signed.algorithm
    };
    let others = examined.credentials();
    let others = others.filter(|(_, verifying)| is_other(verifying));
    let fits = |verifying: &Verifying| {
        let key = examined.rules.verifier(verifying);
        key.is_ok_and(|key| signed.fits(&key))
    };
    let mut others = others.take(examined.most_tried);
    let (key, verifying) = others.find(|(_, verifying)| fits(verifying))?;
    let claim = &examined.rules.settings.key_claim_name;
    let (key, consumer) = (format::quote(key), examined.called(&verifying.consumer));
    let whose = if verifying.consumer == named.verifying.consumer {
        "of the same consumer".to_owned()
    } else {
        format!("of the consumer {}", format::quote(&consumer))
    };
    Some((
        format!("the token is signed with the key of another credential, {key} {whose}"),
        format!(
            "let the issuer set {claim} to {key}, or sign with the key of the credential that it names"
        ),
    ))
}

fn another_secret() -> Mistake {
    (
        "the issuer has another secret, or the token was changed".to_owned(),
        format!(
            "let the issuer sign with the credential's secret, to the byte, or give the credential the issuer's {WHERE}"
        ),
    )
}

fn of_public(
    examined: &Examined<'_>,
    read: &Read<'_>,
    named: &Named<'_>,
    key: &Key,
    needed: String,
) -> Explanation {
    let algorithm = named.verifying.algorithm;
    if let Some(explanation) = misshapen(read, algorithm, Some(key), &needed) {
        return explanation;
    }
    let signed = Signed::of(read, algorithm);
    let other = signed.and_then(|signed| another_credential(examined, named, &signed));
    let (cause, remedy) = other.or_else(|| weak(key)).unwrap_or_else(|| {
        (
            "the issuer signs with another key, or the token was changed".to_owned(),
            format!(
                "give the credential the public key that belongs to the issuer's private key, as rsa_public_key {WHERE}"
            ),
        )
    });
    Explanation::new(CHECK, UNFIT, with_print(needed, key))
        .because(Some(cause))
        .mend(remedy)
}

/// The signature is not of the published key.
pub fn published(
    examined: &Examined<'_>,
    read: &Read<'_>,
    key: &Key,
    algorithm: Algorithm,
) -> Explanation {
    let kid = format::value(read.member("kid"));
    let needed = format!("an {algorithm} signature of the published key {kid}");
    if let Some(explanation) = misshapen(read, algorithm, Some(key), &needed) {
        return explanation;
    }
    let (cause, remedy) = weak(key).unwrap_or_else(|| {
        (
            "the issuer signs with another key than it publishes under this kid, or the token was changed".to_owned(),
            format!(
                "publish the public key that belongs to the issuer's private key, or let [gateways.{}] take the keys of the \
                 issuer that made the token",
                examined.gateway
            ),
        )
    });
    Explanation::new(CHECK, UNFIT, with_print(needed, key))
        .by(&["cache_keys_url", "discover"])
        .because(Some(cause))
        .mend(remedy)
}

fn with_print(needed: String, key: &Key) -> String {
    match &key.facts().fingerprint {
        Some(print) => format!("{needed} (fingerprint {print})"),
        None => needed,
    }
}

fn weak(key: &Key) -> Option<Mistake> {
    let cause = format!("the key is {}", key.facts().weakness()?);
    let remedy = "let the issuer make a key of at least 2048 bits".to_owned();
    Some((cause, remedy))
}

/// It is none of the algorithm, whatever the key.
fn misshapen(
    read: &Read<'_>,
    algorithm: Algorithm,
    key: Option<&Key>,
    needed: &str,
) -> Option<Explanation> {
    if read.token.ends_with('.') {
        let cause = "the token was made with alg none, or cut off at its end";
        return Some(
            Explanation::new(CHECK, "an empty one", needed)
                .because(Some(cause.to_owned()))
                .mend("let the issuer sign its tokens, and pass them whole"),
        );
    }
    let shape = signature_shape::of(read.token, algorithm, key)?;
    let explanation = Explanation::new(CHECK, shape.found, needed);
    Some(explanation.because(Some(shape.cause)).mend(shape.remedy))
}

const CHECK: &str = "signature";
const UNFIT: &str = "one that does not match";
