//! How tokens are named where people read: never by themselves.

use serde_json::Value;

use crate::token::decision::Admission;
use crate::token::log_name::LogName;
use crate::token::shown;

/// A verified token is named by its `jti` if that is short and plain, any other by a digest.
#[must_use]
pub fn of(token: &str, admission: Option<&Admission>) -> String {
    let plain = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_graphic())
            && !shown::looks_like_token(id)
    };
    let jti = match admission {
        Some(Admission::Member(member)) => member
            .claims
            .claim("jti")
            .and_then(Value::as_str)
            .filter(plain),
        Some(Admission::Guest) | None => None,
    };
    jti.map_or_else(|| digest_id(token), str::to_owned)
}

/// The first 8 hex digits of the token's SHA-256.
#[must_use]
pub fn digest_id(token: &str) -> String {
    LogName::of(token).to_string()
}
