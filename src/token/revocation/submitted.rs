//! A token that somebody wants to take back: what identifies it, and for how long it could be good.

use thiserror::Error;

use super::super::claims::Claims;
use super::super::compact::Compact;
use super::super::expiry;
use super::super::header::Header;
use super::TokenDigest;

/// A token as it is taken back. Nothing else is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubmittedToken {
    /// What identifies it.
    pub digest: TokenDigest,
    /// Its `exp`, in Unix seconds, where it has one.
    pub expires_at: Option<i64>,
}

/// Why a text is no token. It says nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoToken {
    /// There are more parts, or fewer.
    #[error("it has no three parts with a dot between them")]
    Parts,
    /// The first part is none.
    #[error("its first part is no JSON object in base64url")]
    Header,
    /// The second part is none.
    #[error("its second part is no JSON object in base64url")]
    Payload,
}

impl SubmittedToken {
    /// Reads a token, whoever signed it: nobody need vouch for what is to open nothing. Blanks around it are none of it.
    ///
    /// # Errors
    /// [`NoToken`].
    pub fn read(text: &str) -> Result<Self, NoToken> {
        let token = text.trim();
        let parts = Compact::split(token).map_err(|_| NoToken::Parts)?;
        Header::decode(parts.header).map_err(|_| NoToken::Header)?;
        let claims = Claims::decode(parts.payload).map_err(|_| NoToken::Payload)?;
        Ok(Self {
            digest: TokenDigest::of(token).map_err(|_| NoToken::Parts)?,
            expires_at: claims.expiration().ok().flatten().map(expiry::whole),
        })
    }

    /// Until when it has to be denied: as long as the largest leeway lets it in, and no shorter than those stay in who came with it.
    #[must_use]
    pub fn until(&self, now: i64) -> Option<i64> {
        let last = self.expires_at?.max(now).saturating_add(LARGEST_LEEWAY);
        (last < NEVER).then_some(last)
    }

    /// Whether nobody is let in with it any more, whatever is taken back.
    #[must_use]
    pub fn is_over(&self, now: i64) -> bool {
        let last = self
            .expires_at
            .map(|end| end.saturating_add(LARGEST_LEEWAY));
        last.is_some_and(|last| last <= now)
    }
}

/// In seconds, of what the option `leeway` may be.
const LARGEST_LEEWAY: i64 = 3_600;

/// What is later is no time that anybody means (the year 5138).
const NEVER: i64 = 99_999_999_999;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const NOW: i64 = 1_765_139_000;

    fn token(header: &str, payload: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.c2ln", part(header), part(payload))
    }

    #[test]
    fn what_is_no_token_is_refused_with_what_it_lacks() {
        for (text, expected) in [
            ("", NoToken::Parts),
            ("a", NoToken::Parts),
            ("a.b", NoToken::Parts),
            ("a.b.", NoToken::Parts),
            ("a.b.c.d", NoToken::Parts),
            ("a.b.c.d.e", NoToken::Parts),
            ("a.b.c", NoToken::Header),
            (&token("5", "{}"), NoToken::Header),
            (&token("{}", "true"), NoToken::Payload),
            (&token("{}", "5"), NoToken::Payload),
            (&format!("Bearer {}", token("{}", "{}")), NoToken::Header),
        ] {
            assert_eq!(SubmittedToken::read(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_token_counts_as_the_login_sees_it_whatever_blanks_are_around_it() {
        let text = token("{}", "{}");
        let read = SubmittedToken::read(&format!(" {text}\r\n")).unwrap();
        assert_eq!(read.digest, TokenDigest::of(&text).unwrap());
    }

    #[test]
    fn it_is_denied_as_long_as_any_leeway_lets_it_in_and_those_stay_who_came_with_it() {
        for (payload, until, is_over) in [
            ("{}", None, false),
            (r#"{"exp":"soon"}"#, None, false),
            (r#"{"exp":1765139060}"#, Some(1_765_142_660), false),
            (r#"{"exp":1765139059.5}"#, Some(1_765_142_660), false),
            (r#"{"exp":1765138999}"#, Some(NOW + 3_600), false),
            (r#"{"exp":1765135401}"#, Some(NOW + 3_600), false),
            (r#"{"exp":1765135400}"#, Some(NOW + 3_600), true),
            (r#"{"exp":0}"#, Some(NOW + 3_600), true),
            (r#"{"exp":1e300}"#, None, false),
            (r#"{"exp":-1e300}"#, Some(NOW + 3_600), true),
        ] {
            let read = SubmittedToken::read(&token("{}", payload)).unwrap();
            assert_eq!(read.until(NOW), until, "{payload}");
            assert_eq!(read.is_over(NOW), is_over, "{payload}");
        }
    }
}
