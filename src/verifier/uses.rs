//! Notes the use of tokens that may be used once.

use crate::token::explain;
use crate::token::once::Use;
use crate::token::reason::Reason;

use super::undecided::Undecided;
use super::verdict::{Denial, TokenVerdict};
use super::{Case, MOST_NEIGHBOURS, Verifier};

impl Verifier {
    /// Denies a token that was used before, and notes the use of another one. Nobody is let in whose use cannot be noted.
    ///
    /// # Errors
    /// [`Undecided::UseNotNoted`].
    pub(super) async fn use_token(
        &self,
        case: &Case<'_>,
        verdict: TokenVerdict,
        once: Use,
    ) -> Result<TokenVerdict, Undecided> {
        if self.is_first(once).await? {
            return Ok(verdict);
        }
        let reason = Reason::TokenUsed;
        let explained = self.examining(case, &None, MOST_NEIGHBOURS, |examined| {
            explain::token(&reason, examined)
        });
        let denial = Denial::new(reason, explained, &case.host, verdict.issuer.as_deref());
        Ok(TokenVerdict {
            admission: Err(denial),
            room: None,
            ..verdict
        })
    }

    async fn is_first(&self, once: Use) -> Result<bool, Undecided> {
        let Some(uses) = &self.uses else {
            return Err(Undecided::UseNotNoted("there is no store".to_owned()));
        };
        let noted = uses.use_once(once.digest, once.until).await;
        noted.map_err(|error| Undecided::UseNotNoted(error.to_string()))
    }
}
