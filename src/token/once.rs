//! Tokens that open one session each.

use aws_lc_rs::digest::{self, Context};
use serde_json::Value;

use super::claims::Claims;
use super::expiry;
use super::issuer::Issuer;
use super::reason::Reason;

/// What tells that a token has been used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// SHA-256 of host, issuer and `jti`.
    pub digest: [u8; 32],
    /// From when on it need not be known any longer, in Unix seconds: the token has expired.
    pub until: i64,
}

/// A token that opens one session must have what tells it from others.
///
/// # Errors
/// [`Reason::TokenIdMissing`].
pub(super) fn check(issuer: &Issuer, claims: &Claims) -> Result<(), Reason> {
    if !issuer.once || jti(claims).is_some() {
        Ok(())
    } else {
        Err(Reason::TokenIdMissing)
    }
}

/// What tells that this token has been used, where it may be used once.
///
/// In a box: most tokens have none, and their verdicts need not have room for it.
pub(super) fn of(host: &str, issuer: &Issuer, claims: &Claims) -> Option<Box<Use>> {
    if !issuer.once {
        return None;
    }
    let jti = jti(claims)?;
    let end = claims.expiration().ok()??;
    Some(Box::new(Use {
        digest: digest([host, &issuer.name, jti]),
        until: expiry::whole(end + issuer.lifetime.leeway).saturating_add(1),
    }))
}

fn jti(claims: &Claims) -> Option<&str> {
    let jti = claims.claim("jti").and_then(Value::as_str);
    jti.filter(|jti| !jti.is_empty())
}

/// Each part has its length before it, so that no two lists of parts look alike.
fn digest(parts: [&str; 3]) -> [u8; 32] {
    let mut context = Context::new(&digest::SHA256);
    for part in parts {
        context.update(&part.len().to_be_bytes());
        context.update(part.as_bytes());
    }
    let digest = context.finish();
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}
