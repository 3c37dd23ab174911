//! A secret that the issuer may have in place of the server's.

use std::borrow::Cow;

/// A secret that the issuer may have in place of the server's. It is never shown, or accepted.
pub struct Form {
    /// What would have happened.
    pub cause: Cow<'static, str>,
    /// What to change then.
    pub remedy: &'static str,
    /// The secret itself.
    pub secret: Vec<u8>,
    /// Whether a part of the server's secret is enough to make it.
    pub is_part: bool,
}

impl Form {
    pub fn new(
        cause: impl Into<Cow<'static, str>>,
        remedy: &'static str,
        secret: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            cause: cause.into(),
            remedy,
            secret: secret.into(),
            is_part: false,
        }
    }

    pub fn part(self) -> Self {
        Self {
            is_part: true,
            ..self
        }
    }

    /// Whether it can be told to whoever asks that a token is signed with it. Short parts would let the secret be guessed
    /// piece by piece, by those who know none of it.
    #[must_use]
    pub fn may_be_told(&self) -> bool {
        !self.is_part || self.secret.len() >= SHORTEST_PART
    }
}

/// More bytes than anybody guesses at once.
pub const SHORTEST_PART: usize = 16;

/// What to do where the issuer has another form of the secret than this host.
pub const BY_ISSUER: &str =
    "let the issuer sign with the secret as it stands in app_secret, to the byte";

pub const BY_SERVER: &str = "set app_secret to the form that the issuer has, to the byte";
