//! Tokens that name no credential.

use serde_json::Value;

use super::super::refusal::Refusal;
use super::Examined;
use super::holders::{self, Holder};
use super::read::Read;
use crate::token::explain::{Explanation, elsewhere, format};

/// Where the member stands that counts.
pub fn place(read: &Read<'_>, claim: &str) -> &'static str {
    match read.claim(claim) {
        None | Some(Value::Null | Value::Bool(false)) => "header",
        Some(_) => "payload",
    }
}

/// The member that names the credential is missing, empty or no text; and the key that seems to be meant.
pub fn explain(
    examined: &Examined<'_>,
    read: &Read<'_>,
    refusal: &Refusal,
) -> (Explanation, Option<String>) {
    let claim = &examined.rules.settings.key_claim_name;
    let value = read.claim(claim).or_else(|| read.member(claim));
    let found = match refusal {
        Refusal::KeyMissing { .. } => format!("nothing in {claim}"),
        _ => format!("{} in {claim}", format::value(value)),
    };
    let explanation = Explanation::new(
        "key",
        found,
        format!("the key of a credential in {claim}, in payload or header"),
    )
    .by(&["key_claim_name"]);
    if let Some(key) = value.and_then(|value| holders::known(examined, value)) {
        let explanation = explanation
            .because(Some(format!(
                "{claim} is {}, and Kong takes a text alone for a key",
                value.map_or("nothing", format::kind)
            )))
            .mend(format!(
                "let the issuer write {claim} as a text: {}",
                format::quote(&key)
            ));
        return (explanation, Some(key));
    }
    if let Some(holder) = holders::find(examined, read) {
        let explanation = explanation
            .because(Some(cause(&holder, claim)))
            .mend(remedy(examined, &holder));
        return (explanation, Some(holder.key));
    }
    let explanation = explanation.because(misplaced(read, claim)).mend(format!(
        "let the issuer set {claim} to the key of its credential, or {} to the member that has it",
        examined
            .set("key_claim_name", "\"…\"")
            .replace(" = \"…\"", "")
    ));
    (explanation, None)
}

/// Another member holds the key.
pub fn cause(holder: &Holder, claim: &str) -> String {
    let Holder { place, member, .. } = holder;
    format!(
        "{member} in the {place} holds the key of a credential, and this gateway looks for it in {claim}"
    )
}

/// Either side can come to the other.
pub fn remedy(examined: &Examined<'_>, holder: &Holder) -> String {
    let claim = &examined.rules.settings.key_claim_name;
    let member = Value::from(holder.member.as_str()).to_string();
    format!(
        "{}, which counts for all of its tokens, or let the issuer set {claim} to {}",
        examined.set("key_claim_name", &member),
        format::quote(&holder.key)
    )
}

/// The member is there under nearly its name, or deeper down.
fn misplaced(read: &Read<'_>, claim: &str) -> Option<String> {
    let claims = read.claims.as_ref()?;
    elsewhere::called_otherwise(claims, claim).or_else(|| elsewhere::inside(claims, claim))
}
