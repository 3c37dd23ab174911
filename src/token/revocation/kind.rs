//! What can be taken back.

/// What can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One token.
    Token,
    /// The tokens with this `jti` (RFC 7519 section 4.1.7).
    TokenId,
    /// The tokens of one user.
    User,
    /// The tokens whose header has this `kid` (RFC 7515 section 4.1.4).
    Key,
    /// The tokens with this `iss` (RFC 7519 section 4.1.1).
    Issuer,
    /// All joins of one room, whoever joins.
    Room,
    /// The tokens of one session at their issuer: those with this `sid` (`OpenID` Connect Front-Channel Logout 1.0 section 3).
    Session,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Token,
        Self::TokenId,
        Self::User,
        Self::Key,
        Self::Issuer,
        Self::Room,
        Self::Session,
    ];

    /// What it is called where it is written: the claim or the header that it is about.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::TokenId => "jti",
            Self::User => "user",
            Self::Key => "kid",
            Self::Issuer => "issuer",
            Self::Room => "room",
            Self::Session => "sid",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
