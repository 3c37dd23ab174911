//! Who may ask: the API key, the names of this server, and what signs its own tokens.

use aws_lc_rs::{constant_time, digest};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use crate::signer::Signer;
use crate::token::shown;

use super::response::Problem;
use super::seats::Seat;

/// A digest of the key that callers must send; the key itself is not kept.
pub struct ApiKey(digest::Digest);

impl ApiKey {
    /// Takes the key's bytes.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(digest::digest(&digest::SHA256, key))
    }

    fn accepts(&self, key: &[u8]) -> bool {
        let key = digest::digest(&digest::SHA256, key);
        constant_time::verify_slices_are_equal(self.0.as_ref(), key.as_ref()).is_ok()
    }
}

/// Who may ask.
pub struct Access {
    /// The key that callers must send, if one is set.
    pub api_key: Option<ApiKey>,
    /// Names that are accepted as `Host` beside those of loopback.
    pub server_names: Vec<String>,
    /// Signs this server's own tokens for callers, if a host has a key for that.
    pub signer: Option<Signer>,
}

impl Access {
    /// Whoever shows the key is known from then on, and keeps the connection.
    pub(super) fn authorize(&self, headers: &HeaderMap, seat: &Seat) -> Result<(), Problem> {
        let Some(expected) = &self.api_key else {
            return Ok(());
        };
        let key = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let key = key.and_then(bearer_credentials);
        if key.is_some_and(|key| expected.accepts(key)) {
            seat.key_was_shown();
            Ok(())
        } else if has_token(headers) {
            Err(Problem::TokenAsKey)
        } else {
            Err(Problem::Unauthorized)
        }
    }

    /// Whether a user's token stands in the header that is for the API key, where nobody looks at it.
    pub(super) fn overlooks_token(&self, headers: &HeaderMap) -> bool {
        self.api_key.is_none() && has_token(headers)
    }

    pub(super) fn is_server_name(&self, name: &str) -> bool {
        let names = &self.server_names;
        names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The signer of tokens; none where callers need no key.
    pub(super) fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref().filter(|_| self.api_key.is_some())
    }
}

/// What follows the scheme `Bearer`, in any spelling and with any blanks behind it (RFC 9110 section 11.4).
fn bearer_credentials(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, credentials) = authorization.split_at_checked(BEARER.len())?;
    let is_bearer = scheme.eq_ignore_ascii_case(BEARER) && credentials.starts_with(b" ");
    is_bearer.then(|| credentials.trim_ascii())
}

const BEARER: &[u8] = b"Bearer";

fn has_token(headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION);
    let value = value.and_then(|value| value.to_str().ok());
    value.is_some_and(shown::looks_like_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_is_accepted_whole_only() {
        let key = ApiKey::new(b"correct horse");
        assert!(key.accepts(b"correct horse"));
        for wrong in [
            "",
            "correct",
            "correct horse ",
            "Correct horse",
            "correct horsf",
        ] {
            assert!(!key.accepts(wrong.as_bytes()), "{wrong}");
        }
    }
}
