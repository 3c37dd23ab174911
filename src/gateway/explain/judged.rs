//! What a token is judged by, and what comes of a check.

use std::sync::Arc;

use super::super::credentials::{Known, Material, Verifying};
use super::super::refusal::Refusal;
use crate::token::algorithm::{Algorithm, Family};
use crate::token::explain::Explanation;
use crate::token::explain::checks::{Failed, Passed};

/// The credential that a token is judged by.
pub struct Named<'a> {
    /// What tokens name it by.
    pub key: String,
    pub verifying: &'a Verifying,
    pub owner: Option<&'a Arc<Known>>,
}

/// What came of a check.
pub type Outcome = Result<Passed, Box<Failed>>;

/// It failed, with the code of the refusal.
pub fn failed(refusal: &Refusal, explanation: Explanation) -> Outcome {
    let code = refusal.code();
    Err(Box::new(Failed { code, explanation }))
}

/// What kind of material a credential has.
pub fn kind(material: &Material, algorithm: Algorithm) -> &'static str {
    let has_secret = match material {
        Material::Secret(_) => true,
        Material::Public(_) => false,
        Material::Unusable(_) => is_secret(algorithm),
    };
    if has_secret {
        "a secret"
    } else {
        "a public key"
    }
}

/// Whether tokens of this algorithm are signed with a secret.
pub fn is_secret(algorithm: Algorithm) -> bool {
    algorithm.family() == Family::Hmac
}

/// Where credentials are changed.
pub const WHERE: &str = "(in Kong's file, or by PATCH at the Admin API)";
