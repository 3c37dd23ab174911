//! What becomes of sessions whose token expires, and when.

use super::claims::Claims;
use super::issuer::Issuer;

/// What becomes of a session whose token expires.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SessionExpiry {
    /// What is done then (`end_sessions_at_expiry`).
    pub action: AtExpiry,
    /// For how many seconds a session goes on before it is ended (`end_sessions_grace`).
    pub grace: f64,
}

/// What is done as a session's token expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtExpiry {
    /// Nothing, as with Jitsi's modules.
    Nothing,
    /// Its user is told.
    Warn,
    /// It is ended.
    End,
}

impl SessionExpiry {
    /// Nothing is done.
    pub const NEVER: Self = Self {
        action: AtExpiry::Nothing,
        grace: 0.0,
    };
}

/// When a session with these claims is to be asked about, in Unix seconds; none where its token's end changes nothing.
#[must_use]
pub fn check_again_at(expiry: SessionExpiry, issuer: &Issuer, claims: &Claims) -> Option<i64> {
    let grace = match expiry.action {
        AtExpiry::Nothing => return None,
        AtExpiry::Warn => 0.0,
        AtExpiry::End => expiry.grace,
    };
    let end = claims.expiration().ok()??;
    Some(whole(end + issuer.lifetime.leeway + grace))
}

/// The first whole second that is not before this time.
#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates: nobody asks so late"
)]
pub(super) fn whole(seconds: f64) -> i64 {
    seconds.ceil() as i64
}
