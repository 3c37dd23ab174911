//! Parts of a token as far as they can be read. Nobody has vouched for them.

use serde_json::Value;

use super::examined::Examined;
use crate::token::algorithm::Algorithm;
use crate::token::claims::Claims;
use crate::token::compact::Compact;
use crate::token::header::Header;

/// The claims of a token, as far as they can be read.
pub fn claims(token: &str) -> Option<Claims> {
    Claims::decode(Compact::split(token).ok()?.payload).ok()
}

/// One claim.
pub fn value(examined: &Examined<'_>, name: &str) -> Option<Value> {
    claims(examined.token?)?.claim(name).cloned()
}

/// One claim as the issuer's mapping makes it.
pub fn mapped(examined: &Examined<'_>, name: &str) -> Option<Value> {
    let claims = claims(examined.token?)?.issued_by(examined.issuer);
    claims.claim(name).cloned()
}

/// The header of a token, as far as it can be read.
pub fn header(token: &str) -> Option<Header> {
    Header::decode(token.split('.').next()?).ok()
}

/// The algorithm that the signature is verified with: the one that the token names, where it is accepted.
pub fn algorithm(examined: &Examined<'_>) -> Option<Algorithm> {
    let accepted = &examined.issuer.algorithms;
    let header = examined.token.and_then(header);
    let named = header.and_then(|header| header.algorithm(accepted).ok());
    named.or_else(|| examined.issuer.algorithm())
}

/// A member of the header.
pub fn member(examined: &Examined<'_>, name: &str) -> Option<Value> {
    header(examined.token?)?.member(name).cloned()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Unix seconds are exact in an f64 for 285 million years"
)]
pub const fn seconds(now: i64) -> f64 {
    now as f64
}
