//! Claims that a token has under other names.

use crate::token::explain::mapped::MappedClaim;

/// What a claim gets, and from where.
#[must_use]
pub fn taken(claim: &MappedClaim) -> String {
    let nothing = || claim.why_not.as_deref().unwrap_or_default();
    match &claim.value {
        Some(value) => format!("{value}  (from {})", claim.source),
        None => format!("not set  ({}: {})", claim.source, nothing()),
    }
}
