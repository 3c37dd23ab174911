//! Credentials that verify nothing.

use super::super::credentials::{Material, Unusable};
use super::super::decision::secret_bytes;
use super::Examined;
use super::judged::{Named, WHERE};
use super::read::Read;
use super::signature::Signed;
use crate::token::explain::{Explanation, format};
use crate::token::key::{Key, KeyError};

/// What the check is called.
pub const CHECK: &str = "credential's key";

/// The credential has nothing that verifies. Whoever is not trusted is told no more than Kong tells.
pub fn explain(examined: &Examined<'_>, read: &Read<'_>, named: &Named<'_>) -> Explanation {
    let algorithm = named.verifying.algorithm;
    let credential = format::quote(&named.key);
    let needed = format!("a key for {algorithm}");
    let found = format!("none that can be used in the credential {credential}");
    let explanation = Explanation::new(CHECK, found, needed);
    if !examined.is_trusted {
        return explanation.mend(
            "ask the operator to mend the credential: nothing is wrong with the token so far",
        );
    }
    let (cause, remedy) = match &named.verifying.material {
        Material::Public(_) => return explanation,
        Material::Secret(text) => {
            return of_secret(examined, read, named, text.text(), explanation);
        }
        Material::Unusable(why) => of(why, named),
    };
    explanation.because(Some(cause)).mend(remedy)
}

fn of_secret(
    examined: &Examined<'_>,
    read: &Read<'_>,
    named: &Named<'_>,
    text: &str,
    explanation: Explanation,
) -> Explanation {
    let is_base64 = examined.rules.settings.secret_is_base64;
    let bytes = secret_bytes(text, is_base64);
    let error = bytes.map(|bytes| Key::from_secret(&bytes).err());
    let (cause, remedy) = match error {
        None => {
            let as_text = Signed::of(read, named.verifying.algorithm);
            let is_text = as_text.is_some_and(|signed| signed.fits(&Key::hmac(text.as_bytes())));
            let cause = if is_text {
                "its secret is no base64, and the token is signed with it as text"
            } else {
                "its secret is no base64, and secret_is_base64 says that it is"
            };
            return explanation
                .by(&["secret_is_base64"])
                .because(Some(cause.to_owned()))
                .mend(format!(
                    "{}, where all of its credentials have secrets as text, or give the credential the secret in base64 {WHERE}",
                    examined.set("secret_is_base64", "false")
                ));
        }
        Some(Some(KeyError::PemAsSecret)) => (
            "its secret is a key in PEM, which everybody may have".to_owned(),
            format!(
                "give the credential that key as rsa_public_key, with an algorithm such as \"RS256\", and no secret {WHERE}"
            ),
        ),
        Some(error) => (
            error.map_or_else(String::new, |error| error.to_string()),
            format!("give the credential a secret {WHERE}"),
        ),
    };
    explanation.because(Some(cause)).mend(remedy)
}

fn of(why: &Unusable, named: &Named<'_>) -> (String, String) {
    let algorithm = named.verifying.algorithm;
    let public =
        format!("give the credential the issuer's public key in PEM as rsa_public_key {WHERE}");
    match why {
        Unusable::NoSecret => (
            "its secret is missing, or is sealed and could not be opened".to_owned(),
            "give the daemon the key that it was sealed with, by seal_key_file in [store], or make the credential anew: \
             prosody-tokend credentials delete, then add"
                .to_owned(),
        ),
        Unusable::NoPublicKey => (
            format!("it is for {algorithm}, and has no rsa_public_key"),
            public,
        ),
        Unusable::NotPublicKey(KeyError::PrivateKey) => (
            "its rsa_public_key is a private key, which belongs to the issuer alone".to_owned(),
            format!("{public}: openssl pkey -in PRIVATE.pem -pubout makes it; and since that private key was shown to others, let the issuer make a new one"),
        ),
        Unusable::NotPublicKey(error) => (format!("its rsa_public_key: {error}"), public),
        Unusable::OfOtherType(key_type) => (
            format!("its key is {key_type}, and {algorithm} has no use for that"),
            format!("{public}, or another algorithm: {}", algorithms_for(key_type)),
        ),
    }
}

fn algorithms_for(key_type: &str) -> &'static str {
    match key_type {
        "RSA" => "\"RS256\", or PS256",
        "P-256" => "\"ES256\"",
        "P-384" => "\"ES384\"",
        "P-521" => "\"ES512\"",
        "Ed25519" => "\"EdDSA\"",
        _ => "one for such keys",
    }
}
