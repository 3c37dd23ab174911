//! How a login that `doctor` makes is told from those of users.

use serde_json::Value;

use crate::token::claims::Claims;
use crate::token::decision::Found;
use crate::token::explain::checks;

use super::verdict::{Admitted, Denial};
use super::{Case, MOST_NEIGHBOURS, Verifier};

/// What the names of the rooms begin with that `doctor` asks for, and the `jti` of the tokens that it makes.
pub const MARK: &str = "prosody-tokend-doctor-";

impl Verifier {
    /// Whether `doctor` made this login. Room and `jti` say so, and the signature must be good, or else everybody could
    /// hide what he tries.
    pub(super) fn is_doctors(
        &self,
        case: &Case<'_>,
        found: &Found,
        admission: &Result<Admitted, Denial>,
    ) -> bool {
        let room = case.question.room;
        // This is looked at first, for it costs next to nothing.
        if !room.is_none_or(|room| room.name().starts_with(MARK)) {
            return false;
        }
        if let Ok(admitted) = admission {
            let claims = admitted.claims.as_ref();
            return claims.is_some_and(|claims| is_marked(claims.get("jti")));
        }
        let claims = case.question.presented.token.and_then(claims);
        claims.is_some_and(|claims| is_marked(claims.claim("jti"))) && self.is_signed(case, found)
    }

    fn is_signed(&self, case: &Case<'_>, found: &Found) -> bool {
        let checks = self.examining(case, found, MOST_NEIGHBOURS, checks::token);
        let signature = checks.iter().find(|check| check.check == "signature");
        signature.is_some_and(|check| check.outcome.is_ok())
    }
}

fn is_marked(jti: Option<&Value>) -> bool {
    jti.and_then(Value::as_str)
        .is_some_and(|jti| jti.starts_with(MARK))
}

fn claims(token: &str) -> Option<Claims> {
    Claims::decode(token.split('.').nth(1)?).ok()
}
